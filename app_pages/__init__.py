"""One screen per file, read top to bottom. Knows the verifier; nothing knows the screens."""
