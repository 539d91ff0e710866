"""Which passages bear on a claim, and how much of it they share.

The score of a passage is the share of the claim's information that it repeats, 0..1. Each content
word w of the claim weighs idf(w) = log(1 + N / n_w), with N passages of which n_w hold w. A passage
is credited

    1      for a word it holds,
    r      for a word it holds in a nearly equal spelling (r is the similarity, at least NEAR),
    AROUND for a word that only its title or a neighbouring passage holds (a sentence that
           says "our method" is about what was named just before),

and the score is the credit over the weight of the whole claim. Among passages of one document a
later one is preferred, because abstracts end with what was found: the ranking, not the score,
multiplies by 1 + LATE x (place in the abstract, 0..1; half way for a full text, which ends with
its references).

On SciFact's gold abstracts the first passage holds a gold sentence for 59.3 % and the first three
for 88.5 % of 209 dev pairs (BM25 x position: 55.5 and 83.7).
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz, process

from verifier.claim import Claim
from verifier.document import Document, Passage
from verifier.judges._words import REPORTING_KEYS, content
from verifier.literature.passages import passages
from verifier.verdict import Evidence

PER_DOCUMENT = 3
OVERALL = 5
MIN_SCORE = 0.35  # less of a claim than this is about something else
NEAR = 0.88  # similarity from which two spellings are taken for the same word
NEAR_LENGTH = 6  # shorter words differ in meaning when they differ in a letter
AROUND = 0.3  # both lie among the values tried on SciFact's training claims; neither is its best
LATE = 0.5


@dataclass(frozen=True, slots=True)
class Match:
    """A passage of the index with its score, best first."""

    position: int  # of the passage in the index
    score: float
    rank: float  # what passages are ordered by


class PassageIndex:
    """Passages of stored documents, indexed once by their words; a claim is then quick."""

    def __init__(self, documents: Iterable[Document]) -> None:
        self.documents = tuple(documents)
        self.passages: list[Passage] = []
        self._document: list[int] = []
        holding: defaultdict[str, list[int]] = defaultdict(list)
        entitled: defaultdict[str, list[int]] = defaultdict(list)
        places: list[float] = []
        for number, document in enumerate(self.documents):
            found = passages(document)
            for i, passage in enumerate(found):
                for word in dict.fromkeys(content(passage.text)):
                    holding[word].append(len(self.passages))
                self.passages.append(passage)
                self._document.append(number)
                places.append(_place(document, i, len(found)))
            for word in dict.fromkeys(content(document.title)):
                entitled[word].append(number)
        self._holding = {word: np.array(held, np.intp) for word, held in holding.items()}
        self._entitled = {word: np.array(held, np.intp) for word, held in entitled.items()}
        self._place = np.array(places)
        self._owner = np.array(self._document, np.intp)

    @cached_property
    def _long_words(self) -> list[str]:
        return [word for word in self._holding if len(word) >= NEAR_LENGTH]

    def document_of(self, position: int) -> Document:
        return self.documents[self._document[position]]

    def matches(self, statement: str) -> list[Match]:
        """Every passage that shares a word with the statement, best first."""
        weights = self._weights(statement)
        whole = sum(weights.values())
        if not whole or not self.passages:
            return []
        score = np.zeros(len(self.passages))
        for word, weight in weights.items():
            score += weight * self._credit(word)
        score /= whole
        rank = score * (1 + LATE * self._place)
        order = np.lexsort((np.arange(len(rank)), -rank))
        return [
            Match(position=int(p), score=float(score[p]), rank=float(rank[p]))
            for p in order[: int(np.count_nonzero(rank))]
        ]

    def _weights(self, statement: str) -> dict[str, float]:
        words = dict.fromkeys(w for w in content(statement) if w not in REPORTING_KEYS)
        return {word: self._idf(word) for word in words}

    def _idf(self, word: str) -> float:
        n = len(self._holding.get(word, ()))
        return float(np.log1p(len(self.passages) / (n or 1)))

    def _credit(self, word: str) -> NDArray[np.float64]:
        """What each passage is credited for one word, 0..1."""
        own = np.zeros(len(self.passages))
        for spelling, likeness in self._spellings(word):
            held = self._holding[spelling]
            own[held] = np.maximum(own[held], likeness)
        around = np.zeros_like(own)
        same = self._owner[1:] == self._owner[:-1]
        around[1:] = np.where(same, own[:-1], 0.0)
        around[:-1] = np.maximum(around[:-1], np.where(same, own[1:], 0.0))
        if word in self._entitled:
            around[np.isin(self._owner, self._entitled[word])] = 1.0
        return np.maximum(own, AROUND * around)

    def _spellings(self, word: str) -> list[tuple[str, float]]:
        same = [(word, 1.0)] if word in self._holding else []
        if len(word) < NEAR_LENGTH or not word.isalpha():
            return same
        near = process.extract(
            word, self._long_words, scorer=fuzz.ratio, score_cutoff=100 * NEAR, limit=10
        )
        return same + [(found, ratio / 100) for found, ratio, _ in near if found != word]


def evidence(
    claim: Claim, index: PassageIndex, *, per_document: int = PER_DOCUMENT, overall: int = OVERALL
) -> list[Evidence]:
    """The best passages for a claim; those of the study it names come first, as primary."""
    taken: Counter[int] = Counter()
    found: list[tuple[bool, float, Evidence]] = []
    for match in index.matches(claim.statement):
        passage = index.passages[match.position]
        if match.score < MIN_SCORE or taken[passage.document_id] == per_document:
            continue
        taken[passage.document_id] += 1
        is_primary = index.document_of(match.position).is_study(claim.study)
        found.append((is_primary, match.rank, _evidence(passage, match.score, is_primary)))
    found.sort(key=lambda one: (not one[0], -one[1]))
    return [one for _, _, one in found[:overall]]


def _evidence(passage: Passage, score: float, is_primary: bool) -> Evidence:
    return Evidence(
        document_id=passage.document_id,
        start=passage.start,
        end=passage.end,
        quote=passage.text,
        score=min(score, 1.0),
        is_primary=is_primary,
    )


def _place(document: Document, i: int, n: int) -> float:
    """Where in an abstract its passage i of n stands, 0..1."""
    if document.extent != "abstract":
        return 0.5
    return i / (n - 1) if n > 1 else 1.0
