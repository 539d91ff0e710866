"""Digest of a data set's files, remembered as long as nobody touches them."""

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path

from models.data import _cache

_CHUNK = 1 << 20


def of_files(
    folder: Path, files: Iterable[Path], *, name: str, settings: str, cache: Path | None = None
) -> str:
    """SHA-256 over the settings and all files (below `folder`), wherever the folder lies.

    With a cache, the digest is remembered under the names, sizes and times of all files, so that
    a folder nobody touched is not read again.
    """
    facts = [(file, _place(file, folder), file.stat()) for file in files]
    looks = hashlib.sha256(f"{folder.resolve()} {settings}\n".encode())
    for _, place, found in facts:
        looks.update(f"{place} {found.st_size} {found.st_mtime_ns}\n".encode())
    remembered = cache / f"{name}-digest-{looks.hexdigest()[:24]}.json" if cache else None
    if remembered is not None and remembered.is_file():
        return str(json.loads(remembered.read_text(encoding="utf-8"))["digest"])
    contents = hashlib.sha256(f"{settings}\n".encode())
    for file, place, found in facts:
        contents.update(f"{place} {found.st_size}\n".encode())
        with file.open("rb", buffering=0) as content:
            while chunk := content.read(_CHUNK):
                contents.update(chunk)
    if remembered is not None:
        _cache.write_text(remembered, json.dumps({"digest": contents.hexdigest()}))
    return contents.hexdigest()


def below(folder: Path, suffixes: Iterable[str]) -> list[Path]:
    """Files below a folder with one of these suffixes, hidden ones excepted, in one fixed order."""
    wanted = set(suffixes)
    found = [
        path
        for path in folder.rglob("*")
        if path.suffix in wanted
        and path.is_file()
        and not any(part.startswith(".") for part in path.relative_to(folder).parts)
    ]
    return sorted(found, key=lambda path: _place(path, folder))


def _place(file: Path, folder: Path) -> str:
    return file.relative_to(folder).as_posix()
