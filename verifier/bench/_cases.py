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
    if not cases:
        raise InputError(f"{claims} holds no labelled claim.")
    return Labelled(cases=tuple(cases), held=tuple(held))


def of_gold(claims: Path, papers: Path) -> Labelled:
    """The field set's form: claim, arxiv_id, label, rationale; papers as arXiv lists them.

    Raises:
        InputError: a line lacks something, names an unknown paper or label, or quotes what the
            paper does not say.
    """
    listed = _lines(papers, ("arxiv_id", "title", "abstract"))
    held = [Held.of(_paper(entry, n)) for n, entry in enumerate(listed, 1) if entry["abstract"]]
    places = {each.document.key: place for place, each in enumerate(held)}
    cases = []
    for entry in _lines(claims, ("claim", "arxiv_id", "label", "rationale")):
        place = places.get(f"arxiv:{entry['arxiv_id']}")
        if place is None:
            raise _wrong(claims, entry, f"{papers} has no abstract of {entry['arxiv_id']}")
        if entry["label"] not in LABELS:
            known = ", ".join(LABELS)
            raise _wrong(claims, entry, f"the label is {entry['label']!r}; allowed: {known}")
        text = held[place].document.text
        for quote in entry["rationale"]:
            if quote not in text:
                raise _wrong(claims, entry, f"{entry['arxiv_id']} does not say “{quote}”")
        gold = _sentences(held[place], entry["rationale"])
        pair = Pair(place=place, label=LABELS[entry["label"]], gold=gold)
        cases.append(Case(statement=entry["claim"], pairs=(pair,)))
    if not cases:
        raise InputError(f"{claims} holds no labelled claim.")
    return Labelled(cases=tuple(cases), held=tuple(held))


def _wrong(path: Path, entry: Mapping[str, Any], what: str) -> InputError:
    return InputError(f"{path}, “{entry['claim']}”: {what}.")


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


def _lines(path: Path, names: Sequence[str]) -> list[dict[str, Any]]:
    """The objects of a file of JSON lines, each with all these names."""
    try:
        lines = path.read_text("utf-8").split("\n")
    except (OSError, ValueError) as error:
        raise InputError(f"{path} cannot be read: {error}") from None
    found: list[dict[str, Any]] = []
    for number, line in enumerate(lines, start=1):
        if line.strip():
            found.append(_object(line, names, f"{path}, line {number}"))
    return found


def _object(line: str, names: Sequence[str], where: str) -> dict[str, Any]:
    try:
        entry = json.loads(line)
    except ValueError as error:
        raise InputError(f"{where} is no JSON: {error}.") from None
    missing = [name for name in names if name not in entry] if isinstance(entry, dict) else names
    if missing:
        raise InputError(f"{where} lacks {', '.join(missing)}.")
    return dict(entry)


def _words(text: str) -> frozenset[str]:
    return frozenset(token.text.lower() for token in tokens(text) if not token.is_mark)


def _is_twin(words: frozenset[str], known: Sequence[frozenset[str]]) -> bool:
    return any(len(words & other) >= TWIN * len(words | other) for other in known)
