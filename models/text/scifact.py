"""The files of SciFact: claims, the abstracts they cite, and which sentences say what.

    claims   JSON lines: id, claim, cited_doc_ids, evidence {doc id: [{sentences, label}]}
    corpus   JSON lines, perhaps packed with xz: doc_id, title, abstract (a list of sentences)

Wadden et al. 2020, "Fact or Fiction: Verifying Scientific Claims"; annotations CC BY 4.0, corpus
ODC-By 1.0. `cited_doc_ids` is nearly the answer key and is never shown to a search.
"""

import json
import lzma
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SUPPORTED, CONTRADICTED, NEITHER = "supported", "contradicted", "neither"
LABELS = {"SUPPORT": SUPPORTED, "CONTRADICT": CONTRADICTED}


@dataclass(frozen=True, kw_only=True)
class Abstract:
    id: int
    title: str
    sentences: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class CitingClaim:
    id: int
    text: str
    cited: tuple[int, ...]  # every abstract that was looked at, evidence or not
    labels: Mapping[int, str]  # by abstract: supported or contradicted; absent: neither
    rationales: Mapping[int, tuple[tuple[int, ...], ...]]  # by abstract: sets of sentence numbers

    def label(self, abstract_id: int) -> str:
        return self.labels.get(abstract_id, NEITHER)

    def gold(self, abstract_id: int) -> frozenset[int]:
        return frozenset(i for chosen in self.rationales.get(abstract_id, ()) for i in chosen)


def claims(path: Path) -> list[CitingClaim]:
    """Every claim of a file.

    Raises:
        ValueError: a line is not such a claim; the message says which.
    """
    return [_claim(entry) for entry in _entries(path, ("id", "claim"))]


def corpus(path: Path) -> dict[int, Abstract]:
    """Abstracts by their number; ValueError as for `claims`."""
    return {
        int(entry["doc_id"]): Abstract(
            id=int(entry["doc_id"]), title=entry["title"], sentences=tuple(entry["abstract"])
        )
        for entry in _entries(path, ("doc_id", "title", "abstract"))
    }


def _claim(entry: Mapping[str, Any]) -> CitingClaim:
    evidence = entry.get("evidence", {})
    cited = dict.fromkeys([*map(int, evidence), *map(int, entry.get("cited_doc_ids", ()))])
    return CitingClaim(
        id=int(entry["id"]),
        text=entry["claim"],
        cited=tuple(cited),
        labels={int(doc): LABELS[sets[0]["label"]] for doc, sets in evidence.items()},
        rationales={
            int(doc): tuple(tuple(each["sentences"]) for each in sets)
            for doc, sets in evidence.items()
        },
    )


def _entries(path: Path, needed: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    with (
        lzma.open(path, "rt", encoding="utf-8")
        if path.suffix == ".xz"
        else path.open(encoding="utf-8") as lines
    ):
        for number, line in enumerate(lines, start=1):
            try:
                entry = json.loads(line)
            except ValueError:
                entry = None
            if not isinstance(entry, dict) or any(key not in entry for key in needed):
                raise ValueError(
                    f"{path}, line {number}: expected a JSON object with {', '.join(needed)}"
                )
            yield entry
