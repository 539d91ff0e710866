"""What one document says about a claim, and how sure that is: select, ask the judge, weigh.

Needs the language model (verifier/encoder.py); where its weights are missing the reader falls back
on shared words and plain rules.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.text import weights
from verifier.claim import Claim
from verifier.document import Document, Passage
from verifier.encoder import Embedder, Question, Reading, shared
from verifier.judges import bundled, rules
from verifier.judges._words import content
from verifier.literature import selection, stack
from verifier.literature.passages import passages
from verifier.literature.retrieval import Embeds, Retriever
from verifier.literature.surroundings import seen_around
from verifier.verdict import Evidence, Finding

PER_CLAIM = 5  # documents that are weighed
PER_DOCUMENT = 3  # passages that are shown of each
OVERALL = 5
LEAST = 0.1  # probability to be evidence, below which a passage is about something else
N_SENTENCES = 5  # of a document, the nearest to the claim, that the judge reads
Asks = Callable[[Sequence[Question]], Sequence[Reading]]
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


@dataclass(frozen=True, kw_only=True)
class Look:
    """One document beside a claim, before anything is weighed."""

    read: selection.Sentences
    trees: NDArray[np.float64]  # the selector's log odds, sentence by sentence
    chosen: tuple[int, ...]  # sentences for the judge, in their order
    reading: Reading | None = None


def retriever_of(held: Sequence[Held], embedder: Embeds) -> Retriever:
    sentences = [[passage.text for passage in each.passages] for each in held]
    return Retriever([each.document for each in held], embedder, sentences)


class Examiner:
    """Documents read once for many claims."""

    def __init__(self, held: Sequence[Held], embedder: Embeds, judge: Asks | None) -> None:
        self.held = held
        self.retriever = retriever_of(held, embedder)
        self.embedder = embedder
        self.judge = judge

    def search(self, statement: str, most: int) -> list[int]:
        """Places of the documents nearest to a statement."""
        vector = self.embedder.embed([statement])[0]
        return [hit.place for hit in self.retriever.search(statement, vector, most)]

    def weigh(self, statement: str, places: Sequence[int]) -> list[Weighing]:
        """What each of these documents says; one without sentences is left out."""
        places = [place for place in places if self.held[place].passages]
        looks = self.looks(statement, places)
        return [self._weighing(place, looks[place]) for place in places]

    def looks(
        self, statement: str, places: Sequence[int], trees: selection.Trees | None = None
    ) -> dict[int, Look]:
        """The sentences of each document ranked, and read by the judge, all in one question."""
        vector = self.embedder.embed([statement])[0]
        reads = {place: self._read(statement, vector, place) for place in places}
        chosen = {place: nearest(read.cosines) for place, read in reads.items()}
        asked = [self._question(place, statement, chosen[place]) for place in places]
        with ThreadPoolExecutor(1) as beside:  # the judge, another process, reads while we rank
            said = beside.submit(self.judge, asked) if self.judge and asked else None
            ranks = {place: selection.score(read, trees) for place, read in reads.items()}
        heard = said.result() if said is not None else [None] * len(asked)
        return {
            place: Look(read=reads[place], trees=ranks[place], chosen=chosen[place], reading=one)
            for place, one in zip(places, heard, strict=True)
        }

    def _read(self, statement: str, vector: Vectors, place: int) -> selection.Sentences:
        held = self.held[place]
        texts = [passage.text for passage in held.passages]
        return sentences_of(
            statement,
            texts,
            cosines=(self.embedder.embed(texts) @ vector).astype(float),
            document=held.document,
            idf=self.retriever.bm25.idf,
        )

    def _question(self, place: int, statement: str, chosen: Sequence[int]) -> Question:
        held = self.held[place]
        texts = tuple(held.passages[i].text for i in chosen)
        return Question(statement, held.document.title, texts)

    def _weighing(self, place: int, look: Look) -> Weighing:
        scores = ranked(look, stack.bundled().ranking)
        order = [int(i) for i in np.argsort(-scores, kind="stable")[: stack.TOP]]
        return Weighing(
            place=place,
            passages=tuple(self.held[place].passages[i] for i in order),
            evidence=tuple(float(1 / (1 + np.exp(-scores[i]))) for i in order),
            probabilities=stack.bundled().probabilities(weighed(look)),
        )


def nearest(cosines: NDArray[np.float64]) -> tuple[int, ...]:
    """Places of the sentences the judge reads, in the order of the text; one cosine a sentence."""
    order = np.argsort(-cosines, kind="stable")[:N_SENTENCES]
    return tuple(sorted(int(i) for i in order))


def ranked(look: Look, ranking: stack.Ranking | None) -> NDArray[np.float64]:
    """Log odds of each sentence to be evidence."""
    if look.reading is None or ranking is None:
        return look.trees
    return ranking.sentences(look.trees, look.chosen, look.reading)


def weighed(look: Look) -> stack.Weighed:
    """The selector's best sentences, and what the judge read."""
    order = [int(i) for i in np.argsort(-look.trees, kind="stable")[: stack.TOP]]
    return stack.Weighed(
        statement=look.read.statement,
        texts=[look.read.texts[i] for i in order],
        scores=[float(look.trees[i]) for i in order],
        cosines=[float(look.read.cosines[i]) for i in order],
        title_share=look.read.title_share,
        reading=look.reading,
    )


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


def version() -> str:
    """Of everything that weighs, for what rests on it."""
    judge = bundled.VERSION if bundled.available()[0] else "no judge"
    return f"selector {selection.version()}, stack {stack.version()}, {judge}"


def examiner_of(documents: Sequence[Document], cache: Path) -> Examiner | None:
    """An examiner of these documents; None without language model or documents."""
    if not documents or weights.missing():
        return None
    judge = shared().judge if bundled.available()[0] else None
    return Examiner([Held.of(document) for document in documents], Embedder(cache), judge)


def weighed_evidence(claim: Claim, examiner: Examiner) -> list[Evidence]:
    """The best passages for a claim, those of the study it names first, as primary.

    Where a document settles the claim by itself, one of them carries the stance.
    """
    places = examiner.search(claim.statement, PER_CLAIM)
    study = [i for i, h in enumerate(examiner.held) if h.document.is_study(claim.study)]
    found: list[tuple[bool, float, Evidence]] = []
    for said in examiner.weigh(claim.statement, list(dict.fromkeys([*study, *places]))):
        is_primary = said.place in study
        decision = decided(claim.statement, said, examiner.held[said.place].document)
        for i, (passage, score) in enumerate(zip(said.passages, said.evidence, strict=True)):
            if score >= LEAST and i < PER_DOCUMENT:
                decides = decision is not None and i == decision.by
                one = Evidence(
                    document_id=passage.document_id,
                    start=passage.start,
                    end=passage.end,
                    quote=passage.text,
                    score=score,
                    stance=decision.finding if decides and decision else None,
                    probability=decision.probability if decides and decision else None,
                    is_primary=is_primary,
                )
                found.append((is_primary, score, one))
    found.sort(key=lambda one: (not one[0], -one[1]))
    return [one for _, _, one in found[:OVERALL]]


@dataclass(frozen=True, kw_only=True)
class Decision:
    """What a document settles by itself, and the passage that carries it."""

    finding: Finding
    probability: float
    by: int  # place among the weighing's passages


def decided(statement: str, said: Weighing, document: Document) -> Decision | None:
    """None where the document leaves the claim open, or its passage is about something else.

    The passage is one a plain rule rests on, if there is one against whose place nothing can be
    said; where there is none, the best.
    """
    finding, probability = stack.shown(said.probabilities)
    if finding is Finding.INCONCLUSIVE:
        return None
    ruled = [
        i
        for i, passage in enumerate(said.passages)
        if rules.judge(statement, passage.text).finding is finding
    ]
    vouched = (i for i in ruled if not seen_around(statement, document, said.passages[i]))
    by = next(vouched, ruled[0] if ruled else 0)
    is_shown = by < PER_DOCUMENT and said.evidence[by] >= LEAST
    return Decision(finding=finding, probability=probability, by=by) if is_shown else None
