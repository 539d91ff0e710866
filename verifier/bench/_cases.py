"""Labelled claims of either form as one: what is asked, of which documents, and what is right."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from models.text import scifact
from verifier.bench import _scifact
from verifier.claim import InputError
from verifier.document import Document
from verifier.judges._words import tokens
from verifier.literature.weighing import Held
from verifier.verdict import Finding

LABELS = {
    scifact.SUPPORTED: Finding.SUPPORTED,
    scifact.CONTRADICTED: Finding.CONTRADICTED,
    scifact.NEITHER: Finding.INCONCLUSIVE,
    "not_enough_info": Finding.INCONCLUSIVE,
}
TWIN = 0.8  # share of words, from which two claims are wordings of one


@dataclass(frozen=True, kw_only=True)
class Pair:
    """A document a claim was labelled against."""

    place: int  # of the document
    label: Finding
    gold: frozenset[int]  # its sentences that say so


@dataclass(frozen=True, kw_only=True)
class Case:
    statement: str
    pairs: tuple[Pair, ...]


@dataclass(frozen=True, kw_only=True)
class Labelled:
    cases: tuple[Case, ...]
    held: tuple[Held, ...]

    def without(self, twins: Sequence[str]) -> "Labelled":
        """Without the claims that a training claim nearly repeats."""
        known = [_words(text) for text in twins]
        kept = [case for case in self.cases if not _is_twin(_words(case.statement), known)]
        return Labelled(cases=tuple(kept), held=self.held)


def of_scifact(claims: Path, corpus: Path) -> Labelled:
    """SciFact's form; InputError names what is wrong with a file."""
    try:
        read, held = scifact.claims(claims), _scifact.held(scifact.corpus(corpus))
        places = {each.document.id: place for place, each in enumerate(held)}
        cases = [
            Case(
                statement=claim.text,
                pairs=tuple(
                    Pair(place=places[i], label=LABELS[claim.label(i)], gold=claim.gold(i))
                    for i in claim.cited
                ),
            )
            for claim in read
        ]
    except (OSError, ValueError) as error:
        raise InputError(str(error)) from None
    except KeyError as error:
        raise InputError(
            f"{claims} cites abstract {error}, which {corpus} does not hold."
        ) from None
    return Labelled(cases=tuple(cases), held=tuple(held))


def of_gold(claims: Path, papers: Path) -> Labelled:
    """The field set's form: claim, arxiv_id, label, rationale; papers as arXiv lists them."""
    held = [
        Held.of(_paper(entry, n)) for n, entry in enumerate(_lines(papers), 1) if entry["abstract"]
    ]
    places = {each.document.key: place for place, each in enumerate(held)}
    cases = []
    for entry in _lines(claims):
        place = places.get(f"arxiv:{entry['arxiv_id']}")
        if place is None or entry["label"] not in LABELS:
            raise InputError(f"{claims}: {entry['id']} has no such paper or label in {papers}.")
        gold = _sentences(held[place], entry["rationale"])
        pair = Pair(place=place, label=LABELS[entry["label"]], gold=gold)
        cases.append(Case(statement=entry["claim"], pairs=(pair,)))
    return Labelled(cases=tuple(cases), held=tuple(held))


def _paper(entry: Mapping[str, Any], number: int) -> Document:
    return Document(
        key=f"arxiv:{entry['arxiv_id']}",
        title=entry["title"],
        text=entry["abstract"],
        source="arxiv",
        id=number,
    )


def _sentences(held: Held, rationale: Sequence[str]) -> frozenset[int]:
    """The sentences in which the quoted spans begin."""
    starts = [held.document.text.find(quote) for quote in rationale]
    return frozenset(
        i for i, p in enumerate(held.passages) for at in starts if p.start <= at < p.end
    )


def _lines(path: Path) -> list[dict[str, Any]]:
    try:
        return [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    except (OSError, ValueError) as error:
        raise InputError(f"{path} cannot be read as JSON lines: {error}") from None


def _words(text: str) -> frozenset[str]:
    return frozenset(token.text.lower() for token in tokens(text) if not token.is_mark)


def _is_twin(words: frozenset[str], known: Sequence[frozenset[str]]) -> bool:
    return any(len(words & other) >= TWIN * len(words | other) for other in known)
