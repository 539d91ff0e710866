"""Many short texts in two mapped files: one that is asked for is decoded, none is kept."""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, overload

import numpy as np
import numpy.typing as npt

_AT_ONCE = 4096


class Strings(Sequence[str]):
    """Texts by their place; equal to any sequence of the same texts."""

    def __init__(self, content: npt.NDArray[np.uint8], ends: npt.NDArray[np.int64]) -> None:
        self._content = content  # UTF-8 of all, one after the other
        self._ends = ends  # (R + 1,), from 0 on

    def __len__(self) -> int:
        return len(self._ends) - 1

    @overload
    def __getitem__(self, place: int) -> str: ...
    @overload
    def __getitem__(self, place: slice) -> tuple[str, ...]: ...
    def __getitem__(self, place: int | slice) -> str | tuple[str, ...]:
        if isinstance(place, slice):
            return tuple(self[each] for each in range(*place.indices(len(self))))
        if not -len(self) <= place < len(self):
            raise IndexError(f"text {place} of {len(self)}")
        place = int(place) % len(self)
        return self._content[self._ends[place] : self._ends[place + 1]].tobytes().decode()

    def __iter__(self) -> Iterator[str]:
        for first in range(0, len(self), _AT_ONCE):
            ends = self._ends[first : first + _AT_ONCE + 1].tolist()
            content = self._content[ends[0] : ends[-1]].tobytes()
            for start, end in pairwise(ends):
                yield content[start - ends[0] : end - ends[0]].decode()

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Sequence) or isinstance(other, str):
            return NotImplemented
        return len(self) == len(other) and all(map(str.__eq__, self, other))

    __hash__ = None  # type: ignore[assignment]  # as equal as a list, and as little a key

    def __repr__(self) -> str:
        return f"Strings of {len(self)}"


def save(folder: Path, name: str, texts: Sequence[str]) -> None:
    encoded = [text.encode() for text in texts]
    ends = np.cumsum([0, *map(len, encoded)], dtype=np.int64)
    np.save(folder / f"{name}.npy", np.frombuffer(b"".join(encoded), dtype=np.uint8))
    np.save(folder / f"{name}_ends.npy", ends)


def mapped(folder: Path, name: str) -> Strings:
    """Map what `save` wrote.

    Raises:
        OSError, EOFError, ValueError: it is not there, or not whole.
    """
    content, ends = mapped_array(folder / f"{name}.npy"), mapped_array(folder / f"{name}_ends.npy")
    if content.ndim != 1 or ends.ndim != 1 or not len(ends) or ends[-1] != len(content):
        raise ValueError(f"{folder / name}: its ends are not those of its texts")
    return Strings(content, ends)


def mapped_array(path: Path) -> npt.NDArray[Any]:
    """Map an array; a plain view of it, which is looked up faster than NumPy's own class for it."""
    return np.asarray(np.load(path, mmap_mode="r", allow_pickle=False))
