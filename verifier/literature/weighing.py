"""What one document says about a claim, and how sure that is: select, ask the judge, weigh.

Needs the language model (verifier/encoder.py); where its weights are missing the reader falls back
on shared words and plain rules.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.text import weights
from verifier.claim import Claim
from verifier.document import Document, Passage
from verifier.encoder import Embedder, shared
from verifier.judges import bundled, rules
from verifier.judges._words import content
from verifier.literature import selection, stack
from verifier.literature.passages import passages
from verifier.literature.retrieval import Embeds, Retriever
from verifier.verdict import Evidence, Finding

PER_CLAIM = 5  # documents that are weighed
PER_DOCUMENT = 3  # passages that are shown of each
OVERALL = 5
LEAST = 0.1  # probability to be evidence, below which a passage is about something else
Opinions = Callable[[Sequence[tuple[str, str]]], NDArray[np.float64]]
Vectors = NDArray[np.float32]


@dataclass(frozen=True, kw_only=True)
class Held:
    """A document with its sentences."""

    document: Document
    passages: tuple[Passage, ...]

    @staticmethod
    def of(document: Document) -> "Held":
        return Held(document=document, passages=tuple(passages(document)))


@dataclass(frozen=True, kw_only=True)
class Weighing:
    """One document's answer: its best sentences and the probability of each finding."""

    place: int  # of the document
    passages: tuple[Passage, ...]  # best first
    evidence: tuple[float, ...]  # probability of each to be marked as evidence
    probabilities: NDArray[np.float64]  # in the order of stack.FINDINGS


class Examiner:
    """Documents read once for many claims."""

    def __init__(self, held: Sequence[Held], embedder: Embeds, opinions: Opinions | None) -> None:
        self.held = held
        self.retriever = Retriever([each.document for each in held], embedder)
        self.embedder = embedder
        self.opinions = opinions

    def search(self, statement: str, most: int) -> list[int]:
        """Places of the documents nearest to a statement."""
        vector = self.embedder.embed([statement])[0]
        return [hit.place for hit in self.retriever.search(statement, vector, most)]

    def weigh(self, statement: str, places: Sequence[int]) -> list[Weighing]:
        """What each of these documents says; one without sentences is left out."""
        places = [place for place in places if self.held[place].passages]
        vector = self.embedder.embed([statement])[0]
        ranked = [self._ranked(statement, vector, place) for place in places]
        told = self._judged([weighed for weighed, _ in ranked])
        return [
            Weighing(
                place=place,
                passages=tuple(self.held[place].passages[i] for i in order),
                evidence=tuple(float(1 / (1 + np.exp(-score))) for score in weighed.scores),
                probabilities=stack.bundled().probabilities(weighed),
            )
            for place, weighed, (_, order) in zip(places, told, ranked, strict=True)
        ]

    def _judged(self, ranked: Sequence[stack.Weighed]) -> list[stack.Weighed]:
        """With the judge's opinion of every sentence that may be evidence; 0 of the others."""
        if self.opinions is None:
            return list(ranked)
        return judged(ranked, self.opinions)

    def best_of(self, statement: str, place: int, trees: selection.Trees) -> stack.Weighed:
        """What a given selector takes of one document, the judge not yet asked."""
        return self._ranked(statement, self.embedder.embed([statement])[0], place, trees)[0]

    def _ranked(
        self, statement: str, vector: Vectors, place: int, trees: selection.Trees | None = None
    ) -> tuple[stack.Weighed, list[int]]:
        held = self.held[place]
        texts = [passage.text for passage in held.passages]
        read = sentences_of(
            statement,
            texts,
            cosines=(self.embedder.embed(texts) @ vector).astype(float),
            document=held.document,
            idf=self.retriever.bm25.idf,
        )
        return best(read, selection.score(read, trees))


def sentences_of(
    statement: str,
    texts: Sequence[str],
    *,
    cosines: NDArray[np.float64],
    document: Document,
    idf: selection.Idf,
) -> selection.Sentences:
    claimed = set(content(statement))
    shared = claimed & set(content(document.title))
    return selection.Sentences(
        statement=statement,
        texts=texts,
        cosines=cosines,
        title_share=len(shared) / max(1, len(claimed)),
        idf=idf,
        is_abstract=document.extent == "abstract",
    )


def best(read: selection.Sentences, scores: NDArray[np.float64]) -> tuple[stack.Weighed, list[int]]:
    """The sentences that are weighed, and their places, best first."""
    order = [int(i) for i in np.argsort(-scores, kind="stable")[: stack.TOP]]
    return stack.Weighed(
        statement=read.statement,
        texts=[read.texts[i] for i in order],
        scores=[float(scores[i]) for i in order],
        cosines=[float(read.cosines[i]) for i in order],
        title_share=read.title_share,
    ), order


def judged(ranked: Sequence[stack.Weighed], opinions: Opinions) -> list[stack.Weighed]:
    """All sentences in one question, those left out that the selector takes for something else."""
    asked = [[score >= stack.ASKED_FROM for score in each.scores] for each in ranked]
    pairs = [
        (each.statement, text)
        for each, which in zip(ranked, asked, strict=True)
        for text, is_asked in zip(each.texts, which, strict=True)
        if is_asked
    ]
    said = iter(opinions(pairs) if pairs else ())
    silent = np.zeros(len(stack.FINDINGS))
    return [
        replace(each, opinions=np.array([next(said) if is_asked else silent for is_asked in which]))
        for each, which in zip(ranked, asked, strict=True)
    ]


def version() -> str:
    """Of everything that weighs, for what rests on it."""
    judge = bundled.VERSION if bundled.available()[0] else "no judge"
    return f"selector {selection.version()}, stack {stack.version()}, {judge}"


def examiner_of(documents: Sequence[Document], cache: Path) -> Examiner | None:
    """An examiner of these documents; None without language model or documents."""
    if not documents or weights.missing():
        return None
    opinions = shared().judge if bundled.available()[0] else None
    return Examiner([Held.of(document) for document in documents], Embedder(cache), opinions)


def weighed_evidence(claim: Claim, examiner: Examiner) -> list[Evidence]:
    """The best passages for a claim, those of the study it names first, as primary.

    Where a document settles the claim by itself, the passage a plain rule rests on carries the
    stance; where none does, the best.
    """
    places = examiner.search(claim.statement, PER_CLAIM)
    study = [i for i, h in enumerate(examiner.held) if h.document.is_study(claim.study)]
    found: list[tuple[bool, float, Evidence]] = []
    for said in examiner.weigh(claim.statement, list(dict.fromkeys([*study, *places]))):
        is_primary = said.place in study
        finding, probability = stack.shown(said.probabilities)
        deciding = _deciding(claim.statement, said.passages, finding)
        for i, (passage, score) in enumerate(zip(said.passages, said.evidence, strict=True)):
            if score >= LEAST and i < PER_DOCUMENT:
                decides = i == deciding and finding is not Finding.INCONCLUSIVE
                one = Evidence(
                    document_id=passage.document_id,
                    start=passage.start,
                    end=passage.end,
                    quote=passage.text,
                    score=score,
                    stance=finding if decides else None,
                    probability=probability if decides else None,
                    is_primary=is_primary,
                )
                found.append((is_primary, score, one))
    found.sort(key=lambda one: (not one[0], -one[1]))
    return [one for _, _, one in found[:OVERALL]]


def _deciding(statement: str, passages: Sequence[Passage], finding: Finding) -> int:
    ruled = (i for i, p in enumerate(passages) if rules.judge(statement, p.text).finding is finding)
    return next(ruled, 0)
