"""SHA256SUMS.txt: one line a file, its SHA-256 and its path below the list's own folder."""

import hashlib
import re
from pathlib import Path, PurePosixPath

NAME = "SHA256SUMS.txt"
_LINE = re.compile(r"([0-9a-fA-F]{64})[ \t]+\*?(.+)")
_CHUNK = 1 << 20
_LEVELS_UP = 3  # training/georgia/g1 lies that far below the list


class ChecksumListError(ValueError):
    """A list that is none, or that names files outside its folder."""


def parse(text: str) -> dict[str, str]:
    """Return the SHA-256 of every path, in the list's order.

    >>> parse("a" * 64 + " records100/00001.dat")["records100/00001.dat"][:3]
    'aaa'
    """
    found: dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        match = _LINE.fullmatch(line.strip())
        if match is None:
            raise ChecksumListError(f"{NAME}, line {number}: no checksum and path in {line[:80]!r}")
        path = PurePosixPath(match[2])
        if path.is_absolute() or ".." in path.parts or "\\" in match[2] or "\0" in match[2]:
            raise ChecksumListError(f"{NAME}, line {number}: {match[2]!r} leads out of the folder")
        found[path.as_posix()] = match[1].lower()
    return found


def of_file(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def list_for(folder: Path) -> Path | None:
    """Return the list that names the files of a folder: in it, or a little above."""
    for place in [folder.resolve(), *folder.resolve().parents][: _LEVELS_UP + 1]:
        if (place / NAME).is_file():
            return place / NAME
    return None
