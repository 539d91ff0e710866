"""Which documents bear on a claim: BM25 and embeddings, each brought to one scale and mixed.

The claim's embedding is then drawn towards the first documents found (Rocchio 1971), which brings
in their words, and all are ranked again. Of those that come first then, the one with a sentence
near the claim rises: an abstract that reports five findings is as a whole near none of them. All
shares were chosen on SciFact's training claims (docs/literature.md), where their neighbours give
the same within half a point. Without the language model's weights BM25 alone ranks.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from verifier.document import Document
from verifier.literature.bm25 import Bm25

BM25_SHARE = 0.3
TITLE_SHARE = 0.05  # of BM25 over titles alone, added
N_ECHO = 2  # documents the claim is drawn to
ECHO = 0.5  # how much of them is added to the claim, which counts 1
N_CLOSE = 30  # documents whose sentences are looked at
SENTENCE_SHARE = 0.4  # of the nearest sentence's standing among theirs, added
N_OPENING = 20  # sentences of a document, about an abstract: full texts would take long to embed


class Embeds(Protocol):
    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]: ...


@dataclass(frozen=True, slots=True)
class Hit:
    """A document by its place in the retriever, best first."""

    place: int
    score: float  # deviations above the mean of all documents


class Retriever:
    """Documents indexed once for many claims, perhaps with the sentences of each."""

    def __init__(
        self,
        documents: Sequence[Document],
        embedder: Embeds | None,
        sentences: Sequence[Sequence[str]] = (),
    ) -> None:
        texts = [text_of(document) for document in documents]
        self.bm25 = Bm25(texts)
        self.titles = Bm25([document.title for document in documents])
        self._embedder = embedder
        self._vectors = embedder.embed(texts) if embedder is not None and texts else None
        self._sentences = [each[:N_OPENING] for each in sentences]

    def search(self, statement: str, vector: NDArray[np.float32] | None, most: int) -> list[Hit]:
        """At most `most` documents; `vector` is the statement's embedding."""
        scores = _standing(self.bm25.scores(statement))
        if self._vectors is not None and vector is not None:
            words = BM25_SHARE * scores + TITLE_SHARE * _standing(self.titles.scores(statement))
            scores = words + self._near(vector)
            first = _first(scores, N_ECHO)
            scores = words + self._near(vector + ECHO * self._vectors[first].mean(axis=0))
            close = _first(scores, N_CLOSE)
            scores[close] += SENTENCE_SHARE * self._nearest_sentences(close, vector)
        return [Hit(place=int(i), score=float(scores[i])) for i in _first(scores, most)]

    def _nearest_sentences(
        self, places: NDArray[np.intp], vector: NDArray[np.float32]
    ) -> NDArray[np.float64]:
        """Standing of the cosine of each document's nearest sentence; 0 for one without any."""
        found = np.zeros(len(places))
        told = [i for i, place in enumerate(places) if self._sentences and self._sentences[place]]
        if self._embedder is None or not told:
            return found
        texts = [self._sentences[places[i]] for i in told]
        cosines = self._embedder.embed([text for each in texts for text in each]) @ vector
        starts = np.cumsum([0, *map(len, texts[:-1])])
        found[told] = _standing(np.maximum.reduceat(cosines, starts).astype(float))
        return found

    def _near(self, vector: NDArray[np.float32]) -> NDArray[np.float64]:
        """Standing of each document's cosine; a length of the vector does not matter for it."""
        if self._vectors is None:
            raise ValueError("there are no embeddings")
        # Not `@`: BLAS' threads wait for more work on the cores that the language model needs.
        cosines = np.einsum("ij,j->i", self._vectors, vector)
        return (1 - BM25_SHARE) * _standing(cosines.astype(float))


def text_of(document: Document) -> str:
    """What of a document is embedded as a whole."""
    return f"{document.title} {document.text}"


def _first(scores: NDArray[np.float64], most: int) -> NDArray[np.intp]:
    """Places of the highest, best first, equals in their order; sorts no more than needed."""
    places = np.arange(len(scores))
    if most < len(scores):
        places = np.flatnonzero(scores >= np.partition(scores, -most)[-most])
    return places[np.argsort(-scores[places], kind="stable")][:most]


def _standing(values: NDArray[np.float64]) -> NDArray[np.float64]:
    spread = values.std() if len(values) else 0.0
    return (values - values.mean()) / spread if spread > 1e-9 else np.zeros_like(values)
