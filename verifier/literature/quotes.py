"""Where a quote stands in a text: letter by letter, white space aside; else nowhere."""

import re


def place_of(quote: str, text: str, *, near: int = 0) -> tuple[int, int] | None:
    r"""Start and end of the first occurrence at or after `near`, else of the first of all.

    >>> text = "We show that S4\nwins. It does."
    >>> place_of("that S4 wins.", text), place_of("that S5 wins.", text)
    ((8, 21), None)
    """
    words = quote.split()
    if not words:
        return None
    pattern = re.compile(r"\s+".join(re.escape(word) for word in words))
    found = pattern.search(text, near) or pattern.search(text)
    return None if found is None else found.span()
