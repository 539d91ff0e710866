"""Labelled claims beside the abstracts they cite, and what judges said of them."""

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.text import pairs, scifact
from verifier.bench import _scifact
from verifier.bench._learners import Matrix
from verifier.encoder import Embedder, Reading
from verifier.literature import selection
from verifier.literature.retrieval import Hit, Retriever
from verifier.literature.weighing import Held, nearest, retriever_of, sentences_of

CLASSES = (scifact.SUPPORTED, scifact.CONTRADICTED, scifact.NEITHER)  # as stack.FINDINGS
Pair = tuple[scifact.CitingClaim, Held]
Said = tuple[int, int, tuple[int, ...]]  # claim, abstract, places of the sentences that were read


class Material:
    """Training claims beside the abstracts they cite, and the selector's view of each pair."""

    def __init__(
        self,
        claims: Sequence[scifact.CitingClaim],
        corpus: Mapping[int, scifact.Abstract],
        cache: Path,
    ) -> None:
        self.claims = claims
        self.embedder = Embedder(cache)
        self.held = _scifact.held(corpus)
        self.place = {each.document.id: place for place, each in enumerate(self.held)}
        self.every: list[Pair] = [
            (claim, self.held[self.place[i]]) for claim in claims for i in claim.cited
        ]
        self.folds = _folds(self.every)
        self.labels = np.array([CLASSES.index(c.label(h.document.id or 0)) for c, h in self.every])
        self.gold = [_gold(claim, each) for claim, each in self.every]

    @cached_property
    def retriever(self) -> Retriever:
        return retriever_of(self.held, self.embedder)

    def found(self, claim: scifact.CitingClaim, most: int) -> list[Hit]:
        vector = self.embedder.embed([claim.text])[0]
        return self.retriever.search(claim.text, vector, most)

    def nearest(self, claim: scifact.CitingClaim, place: int) -> tuple[int, ...]:
        vector = self.embedder.embed([claim.text])[0]
        texts = [passage.text for passage in self.held[place].passages]
        return nearest((self.embedder.embed(texts) @ vector).astype(float))

    def ask(self, n_found: int) -> Iterator[dict[str, Any]]:
        """What a judge shall be asked: cited abstracts and the first of those found."""
        for claim in self.claims:
            found = [hit.place for hit in self.found(claim, n_found)] if n_found else []
            for place in dict.fromkeys([*(self.place[i] for i in claim.cited), *found]):
                chosen = self.nearest(claim, place)
                if chosen:
                    document = self.held[place].document.id
                    yield {"claim": claim.id, "document": document, "sentences": chosen}


def readings(path: Path) -> dict[Said, Reading]:
    """What judges said, as `models.text train --heard` wrote it."""
    found = {}
    for line in path.read_text("utf-8").splitlines():
        entry = json.loads(line)
        key = (int(entry["claim"]), int(entry["document"]), tuple(entry["sentences"]))
        found[key] = Reading(np.array(entry["logits"]), np.array(entry["by_sentence"]))
    return found


def read_pairs(
    every: Sequence[Pair], idf: selection.Idf, embedder: Embedder
) -> list[selection.Sentences]:
    embedder.embed([p.text for _, held in every for p in held.passages])
    claims = embedder.embed([claim.text for claim, _ in every])
    found = []
    for (claim, held), vector in zip(every, claims, strict=True):
        texts = [passage.text for passage in held.passages]
        cosines = (embedder.embed(texts) @ vector).astype(float)
        found.append(
            sentences_of(claim.text, texts, cosines=cosines, document=held.document, idf=idf)
        )
    return found


def _folds(every: Sequence[Pair]) -> NDArray[np.intp]:
    """The folds of models/text: claims that share an abstract are in one."""
    claims = list({claim.id: claim for claim, _ in every}.values())
    parts = pairs.folds(claims, pairs.N_FOLDS)
    fold_of = {claim.id: number for number, part in enumerate(parts) for claim in part}
    return np.array([fold_of[claim.id] for claim, _ in every])


def _gold(claim: scifact.CitingClaim, held: Held) -> Matrix:
    marked = claim.gold(held.document.id or 0)
    return np.array([float(i in marked) for i in range(len(held.passages))])
