"""Lessons in word pieces, packed into flat arrays: a device then makes batches by itself.

A lesson is a claim beside a document, what the one says of the other and which sentences say it
(documents.py). Cutting texts into pieces takes longer than learning from them does on a GPU, so it
is done before, once, and kept in one file.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from models.text import minilm
from models.text.documents import UNKNOWN, Marked
from models.text.heard import Asked
from models.text.judge import Batch, Pieces, Question
from models.text.pairs import CLASSES

AT_ONCE = 4096
Numbers = npt.NDArray[np.int64]
Arrays = Mapping[str, npt.NDArray[Any]]


@dataclass(frozen=True, kw_only=True)
class Lesson:
    """`fold` is that of the claim, -1 where it comes from no training claim."""

    read: Marked
    stage: int
    fold: int = -1


class Packed:
    """Questions of one kind, on a device; rows are picked by number."""

    def __init__(self, arrays: Mapping[str, npt.NDArray[Any]], device: str) -> None:
        self.length = np.diff(arrays["start"])
        self.n_sentences = np.diff(arrays["mark_start"])
        self._on = {
            name: torch.from_numpy(arrays[name].astype(np.int32)).to(device)
            for name in ("ids", "places", "marks", "n_claim", "label")
        }
        self._start = torch.from_numpy(arrays["start"].astype(np.int64)).to(device)
        self._mark_start = torch.from_numpy(arrays["mark_start"].astype(np.int64)).to(device)
        self.device = device

    def batch(self, rows: Numbers) -> tuple[Batch, Tensor, Tensor]:
        """The questions of these rows, with the label of each (B,) and its marks (B, S)."""
        chosen = torch.from_numpy(rows).to(self.device)
        ids, mask = self._picked("ids", self._start, chosen, int(self.length[rows].max()), 0)
        places, _ = self._picked("places", self._start, chosen, ids.shape[1], 0)
        n = int(self.n_sentences[rows].max())
        marks, _ = self._picked("marks", self._mark_start, chosen, n, UNKNOWN)
        at = torch.arange(ids.shape[1], device=self.device)
        segments = (at >= self._on["n_claim"][chosen][:, None]) & mask
        text = minilm.Batch(ids, mask, segments.long())
        return Batch(text, places, n), self._on["label"][chosen].long(), marks

    def _picked(
        self, name: str, start: Tensor, chosen: Tensor, longest: int, empty: int
    ) -> tuple[Tensor, Tensor]:
        """(B, longest) of a flat array, and where there is something."""
        at = torch.arange(longest, device=self.device)
        is_there = at < (start[chosen + 1] - start[chosen])[:, None]
        flat = self._on[name]
        where = (start[chosen][:, None] + at).clamp_max(len(flat) - 1)
        return flat[where].long().masked_fill(~is_there, empty), is_there


def packed(questions: Iterable[tuple[Question, int, Sequence[int]]]) -> dict[str, npt.NDArray[Any]]:
    """Flat arrays of questions with the place of their label in CLASSES and of their marks."""
    pieces = Pieces()
    ids, places, marks = [], [], []
    n_claim, labels, lengths, n_marks = [], [], [], []
    for part in _parts(list(questions)):
        for tokens, (_, label, marked) in zip(
            pieces.tokens([question for question, _, _ in part]), part, strict=True
        ):
            ids.append(tokens.ids.astype(np.uint16))
            places.append(tokens.places.astype(np.uint8))
            marks.append(np.array(marked, np.int8))
            n_claim.append(tokens.n_claim)
            labels.append(label)
            lengths.append(len(tokens.ids))
            n_marks.append(len(marked))
        pieces.forget()
    return {
        "ids": np.concatenate(ids),
        "places": np.concatenate(places),
        "marks": np.concatenate(marks),
        "n_claim": np.array(n_claim, np.int16),
        "label": np.array(labels, np.int8),
        "start": np.array([0, *np.cumsum(lengths)]),
        "mark_start": np.array([0, *np.cumsum(n_marks)]),
    }


def of_lessons(lessons: Sequence[Lesson]) -> dict[str, npt.NDArray[Any]]:
    """The same with the stage and the fold of each."""
    found = packed(
        (each.read.question(), CLASSES.index(each.read.label), each.read.marks())
        for each in lessons
    )
    found["stage"] = np.array([each.stage for each in lessons], np.int8)
    found["fold"] = np.array([each.fold for each in lessons], np.int8)
    return found


def asked(arrays: Arrays, rows: Numbers) -> list[Asked]:
    """The questions in these rows, as they were put."""
    start = arrays["mark_start"]
    return [
        Asked(
            int(arrays["claim"][row]),
            int(arrays["document"][row]),
            tuple(map(int, arrays["sentences"][start[row] : start[row + 1]])),
        )
        for row in rows
    ]


def write(path: Path, parts: Mapping[str, Mapping[str, npt.NDArray[Any]]], notes: str) -> None:
    """One file of several kinds of questions: NAME.ARRAY."""
    flat: dict[str, Any] = {"notes": np.array(notes)}
    flat |= {f"{name}.{key}": value for name, part in parts.items() for key, value in part.items()}
    with path.open("wb") as out:
        np.savez_compressed(out, **flat)


def read(path: Path) -> tuple[dict[str, dict[str, npt.NDArray[Any]]], str]:
    parts: dict[str, dict[str, npt.NDArray[Any]]] = {}
    with np.load(path) as held:
        for name in held.files:
            kind, _, key = name.partition(".")
            if key:
                parts.setdefault(kind, {})[key] = held[name]
        return parts, str(held["notes"])


def _parts(
    every: Sequence[tuple[Question, int, Sequence[int]]],
) -> Iterable[Sequence[tuple[Question, int, Sequence[int]]]]:
    for start in range(0, len(every), AT_ONCE):
        yield every[start : start + AT_ONCE]
