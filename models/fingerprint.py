"""The name of a run: what its recipe, its data and the training code are. No torch."""

import hashlib
from pathlib import Path

from models.recipe import Recipe


def fingerprint(recipe: Recipe, dataset_digest: str, code_digest: str) -> str:
    """SHA-256 of all that decides a run's result: runs with the same one need no repetition."""
    parts = (recipe.canonical_json(), dataset_digest, code_digest)
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def code_digest() -> str:
    """SHA-256 over the names and contents of the training code, the same on every machine.

    models/text/ serves the literature side and models/download/ fetches files; neither trains an
    encoder, so they are left out. The prompts that probes read count as code.
    """
    root = Path(__file__).parent
    apart = ("text", "download")
    files = [path for path in root.rglob("*.py") if path.relative_to(root).parts[0] not in apart]
    files += root.joinpath("probes").glob("*.toml")
    digest = hashlib.sha256()
    for path in sorted(files, key=lambda path: path.relative_to(root).as_posix()):
        content = path.read_bytes().replace(b"\r\n", b"\n")
        digest.update(f"{path.relative_to(root).as_posix()} {len(content)}\n".encode())
        digest.update(content)
    return digest.hexdigest()
