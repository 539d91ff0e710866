"""Which records of several sources are the same work, and the one record that stands for them.

The same arXiv id or DOI is the same work. Otherwise titles decide: nearly equal (at least ALIKE of
100, by the characters that must be changed), with the same numbers in them ("Part 1" is not "Part
2"), the same kind (a correction is not what it corrects) and, where both name authors, one family
name in common. A preprint and the article it became are one work.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from rapidfuzz import fuzz

from verifier.document import NOTICE, Document

ALIKE = 95.0
LONG, NEAR = 6, 85.0  # of a word that two sources spell differently
SHORT = 20  # characters below which a title says too little to be told by
NUMBER = re.compile(r"\b(?:\d+|[ivx]+)\b")
ABOUT_ANOTHER = re.compile(
    r"^(?:correction|corrigendum|erratum|retraction|addendum|comment|reply|response|editorial"
    r"|review)\b"
)
RETRACTED = re.compile(r"^\W*(?:retracted|withdrawn)(?: article)?\W*:\s*", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class Work:
    """One work, and every source that found it, in the order in which they were asked."""

    document: Document
    sources: tuple[str, ...]


def merged(found: Iterable[Document]) -> list[Work]:
    """One entry a work, in order of first appearance; what has neither title nor text is none."""
    groups: list[list[Document]] = []
    for document in found:
        if not document.title.strip() and not document.text.strip():
            continue
        same = [group for group in groups if any(is_same(document, held) for held in group)]
        for other in same[1:]:  # a record with both ids joins what was apart
            same[0].extend(other)
            groups.remove(other)
        if same:
            same[0].append(document)
        else:
            groups.append([document])
    return [
        Work(document=_standing_for(group), sources=tuple(dict.fromkeys(d.source for d in group)))
        for group in groups
    ]


def is_same(one: Document, other: Document) -> bool:
    """Whether two records are of one work."""
    if _keys(one) & _keys(other):
        return True
    if _arxiv(one) and _arxiv(other):
        return False  # two preprints, however alike their titles
    return _is_same_title(one, other)


def _is_same_title(one: Document, other: Document) -> bool:
    first, second = plain_title(one.title), plain_title(other.title)
    if min(len(first), len(second)) < SHORT:
        return False
    if NUMBER.findall(first) != NUMBER.findall(second):
        return False
    if bool(ABOUT_ANOTHER.match(first)) != bool(ABOUT_ANOTHER.match(second)):
        return False
    if one.is_notice != other.is_notice:
        return False  # some notices are titled like what they correct
    people, others = _families(one), _families(other)
    if people and others and not people & others:
        return False
    return fuzz.ratio(first, second) >= ALIKE and _is_same_wording(first, second)


def _is_same_wording(first: str, second: str) -> bool:
    """Apart from spaces and misspelt endings; one word for another ("EEG" for "ECG") is not.

    >>> _is_same_wording("pre training for ecg", "pretraining for ecg")
    True
    >>> _is_same_wording("a model of eeg", "a model of ecg")
    False
    >>> _is_same_wording("supervised learning", "unsupervised learning")
    False
    """
    if first.replace(" ", "") == second.replace(" ", ""):
        return True
    mine, theirs = first.split(), second.split()
    strange = [w for w in mine if w not in theirs], [w for w in theirs if w not in mine]
    return len(strange[0]) == len(strange[1]) and all(
        len(word) >= LONG and word[:3] == other[:3] and fuzz.ratio(word, other) >= NEAR
        for word, other in zip(*strange, strict=True)
    )


def _standing_for(group: Sequence[Document]) -> Document:
    """The record with the most to quote, under the best known key, with what the others add.

    A version stays with its own text: an article's abstract is not "v1" of its preprint.
    """
    best = max(group, key=lambda d: (d.extent != "abstract", len(d.text)))
    key = min((document.key for document in group), key=_standing)
    keys = [k for d in group for k in (d.key, *d.other_keys) if k != key]
    return replace(
        best,
        key=key,
        other_keys=tuple(dict.fromkeys(keys)),
        doi=next((d.doi for d in group if d.doi), ""),
        authors=best.authors or next((d.authors for d in group if d.authors), ()),
        published=best.published or next((d.published for d in group if d.published), ""),
        url=best.url or next((d.url for d in group if d.url), ""),
        notes=tuple(
            dict.fromkeys([*best.notes, *(n for d in group for n in d.notes if NOTICE in n)])
        ),
        retraction="; ".join(dict.fromkeys(d.retraction for d in group if d.retraction)),
    )


def _standing(key: str) -> int:
    order = ("arxiv:", "doi:")
    return next((i for i, prefix in enumerate(order) if key.startswith(prefix)), len(order))


def _keys(document: Document) -> set[str]:
    found = {document.key, *document.other_keys}
    return found | ({f"doi:{document.doi}"} if document.doi else set())


def _arxiv(document: Document) -> set[str]:
    return {key for key in _keys(document) if key.startswith("arxiv:")}


def _families(document: Document) -> set[str]:
    """Family names, as the longest word of each name: sources disagree on order and initials."""
    words = (re.findall(r"\w+", _plain(author)) for author in document.authors)
    return {max(parts, key=len) for parts in words if parts}


def plain_title(title: str) -> str:
    """A title without what sources write differently.

    >>> plain_title("RETRACTED: Pré-training — for ECGs.")
    'pre training for ecgs'
    """
    return " ".join(re.findall(r"\w+", _plain(RETRACTED.sub("", title))))


def _plain(text: str) -> str:
    apart = unicodedata.normalize("NFKD", text.lower())
    return "".join(letter for letter in apart if not unicodedata.combining(letter))
