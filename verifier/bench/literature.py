"""How well the literature witness reads: labelled claims against what it says of them.

A pair is a claim and an abstract it was labelled against. `macro_f1`, the calibration error and
accuracy at a coverage take the most probable of the three findings; `decisive_…` take what a person
is shown: it is decided from stack.DECISIVE on, where nothing is held against the passage that
decides it (judges/_objections.py, literature/surroundings.py). Recall and sentence hits count only
what has evidence. `polarity_accuracy`: of abstracts with evidence, whether supported or
contradicted is the more probable, with the sentences the selector chose. Intervals are 95 %:
percentile bootstrap over claims, Wilson for the decisive shares.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import sqrt
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.text import weights
from verifier.bench._cases import Labelled, of_gold, of_scifact
from verifier.claim import InputError
from verifier.document import Document
from verifier.encoder import Embedder, shared
from verifier.judges import bundled
from verifier.judges._objections import objection
from verifier.literature import stack
from verifier.literature.surroundings import seen_around
from verifier.literature.weighing import Examiner, Weighing, decided
from verifier.verdict import Finding

N_RESAMPLES = 1000
N_BINS = 10  # of equal width, for the calibration error
DEEPEST = 10  # documents a search is asked for
N_TIMED = 30  # claims
N_READ = 3  # documents a timed claim is weighed against
SHARED = Path(__file__).parents[3] / "shared"
Values = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What was said of one pair."""

    case: int
    right: int  # place in stack.FINDINGS
    probabilities: Values
    shown: Finding  # to a person
    hits: tuple[float, float] | None  # gold sentence first, among three; None: there is none
    ranks: int | None  # of the abstract in an open search; None: no evidence in it


def measure(paths: "Paths", cache: Path) -> dict[str, Any]:
    """Everything `bench literature --json` prints.

    Raises:
        InputError: a file is missing or wrong, or the language model is not installed.
    """
    if weights.missing():
        raise InputError(f"The bench needs the language model: {weights.missing()}.")
    # read both before minutes go into embedding, so that what is wrong with them is told at once
    labelled = field = None
    if paths.scifact is not None and paths.corpus is not None:
        labelled = of_scifact(paths.scifact, paths.corpus)
    if paths.gold is not None and paths.papers is not None:
        field = of_gold(paths.gold, paths.papers)
    embedder = Embedder(cache)
    asks = shared().judge if bundled.available()[0] else None
    found: dict[str, Any] = {}
    speed = None
    if labelled is not None:
        examiner = Examiner(labelled.held, embedder, asks)
        answers = _answers(labelled, examiner)
        found["scifact"] = measures(answers)
        if paths.train is not None and paths.corpus is not None:
            kept = labelled.without(
                [c.statement for c in of_scifact(paths.train, paths.corpus).cases]
            )
            statements = {case.statement for case in kept.cases}
            found["scifact_without_twins"] = measures(
                [a for a in answers if labelled.cases[a.case].statement in statements]
            )
        speed = _claims_per_s(labelled, examiner, embedder)
    if field is not None:
        examiner = Examiner(field.held, embedder, asks)
        found["field"] = measures(_answers(field, examiner))
        speed = speed or _claims_per_s(field, examiner, embedder)
    judge = f"bundled {bundled.VERSION}" if asks is not None else "signs and rules"
    return {**found, "judge": f"{judge}, stack {stack.version()}", "claims_per_s": speed}


@dataclass(frozen=True, kw_only=True)
class Paths:
    """Labelled claims to measure on; what is None is left out."""

    scifact: Path | None = None
    corpus: Path | None = None
    gold: Path | None = None
    papers: Path | None = None
    train: Path | None = None  # claims whose near repetitions are also reported without

    @staticmethod
    def given(
        scifact: str | None, corpus: str | None, gold: str | None, papers: str | None
    ) -> "Paths":
        """What the command line names; the development data for what it does not."""
        if bool(scifact) != bool(corpus) or bool(gold) != bool(papers):
            raise InputError("--scifact goes with --corpus, and --gold with --papers.")
        names = {
            "scifact": scifact or SHARED / "data/scifact/claims_dev.jsonl",
            "corpus": corpus or SHARED / "data/scifact/corpus.jsonl.xz",
            "gold": gold or SHARED / "literature/gold_dev.jsonl",
            "papers": papers or SHARED / "literature/arxiv.jsonl",
            "train": SHARED / "data/scifact/claims_train.jsonl",
        }
        asked = {name: Path(path) for name, path in names.items()}
        for name, path in asked.items():
            if isinstance(names[name], str) and not path.exists():
                raise InputError(f"{path} (--{name}) is not there.")
        there = {name: path for name, path in asked.items() if path.exists()}
        if not {"scifact", "gold"} & set(there):
            raise InputError("No labelled claims are here: name some with --scifact or --gold.")
        if scifact:
            there.pop("train", None)  # other files: their twins are not known
        return Paths(**there)


def _answers(labelled: Labelled, examiner: Examiner) -> list[Answer]:
    examiner.embedder.embed([case.statement for case in labelled.cases])
    looked = {pair.place for case in labelled.cases for pair in case.pairs}
    examiner.embedder.embed([p.text for i in sorted(looked) for p in labelled.held[i].passages])
    found = []
    for number, case in enumerate(labelled.cases):
        ranked = examiner.search(case.statement, DEEPEST)
        said = examiner.weigh(case.statement, [pair.place for pair in case.pairs])
        for pair, weighing in zip(case.pairs, said, strict=True):
            texts = labelled.held[pair.place].passages
            gold = [p in {texts[i] for i in pair.gold} for p in weighing.passages]
            found.append(
                Answer(
                    case=number,
                    right=stack.FINDINGS.index(pair.label),
                    probabilities=weighing.probabilities,
                    shown=_shown(case.statement, weighing, labelled.held[pair.place].document),
                    hits=(float(gold[0]), float(any(gold))) if pair.gold else None,
                    ranks=_rank(ranked, pair.place) if pair.gold else None,
                )
            )
    return found


def _shown(statement: str, said: Weighing, document: Document) -> Finding:
    """What a person is told of this document alone."""
    decision = decided(statement, said, document)
    if decision is None:
        return Finding.INCONCLUSIVE
    passage = said.passages[decision.by]
    is_held_back = bool(
        objection(statement, passage.text, decision.finding)
        or seen_around(statement, document, passage)
    )
    return Finding.INCONCLUSIVE if is_held_back else decision.finding


def _rank(ranked: Sequence[int], place: int) -> int:
    return ranked.index(place) if place in ranked else DEEPEST


def measures(answers: Sequence[Answer]) -> dict[str, dict[str, float | int | None]]:
    """Every measure with its interval and n; a value is None where nothing could be counted."""
    by_case: dict[int, list[Answer]] = {}
    for answer in answers:
        by_case.setdefault(answer.case, []).append(answer)
    groups = list(by_case.values())
    found = {name: _bootstrapped(groups, one) for name, one in MEASURES.items()}
    told = [a for a in answers if a.shown is not Finding.INCONCLUSIVE]
    n_right = sum(a.shown is stack.FINDINGS[a.right] for a in told)
    found["decisive_accuracy"] = _wilson(n_right, len(told))
    found["decisive_share"] = _wilson(len(told), len(answers))
    return found


Statistic = Callable[[Sequence[Answer]], tuple[float, int] | None]


def _recall(depth: int) -> Statistic:
    """Mean over claims of the share of their evidence abstracts found."""

    def statistic(answers: Sequence[Answer]) -> tuple[float, int] | None:
        # A resampled claim may come twice: it is told apart by where its answers stand.
        shares: list[float] = []
        held: list[bool] = []
        for i, answer in enumerate(answers):
            if i and answer.case != answers[i - 1].case and held:
                shares.append(sum(held) / len(held))
                held = []
            if answer.ranks is not None:
                held.append(answer.ranks < depth)
        if held:
            shares.append(sum(held) / len(held))
        return (float(np.mean(shares)), len(shares)) if shares else None

    return statistic


def _hit(which: int) -> Statistic:
    def statistic(answers: Sequence[Answer]) -> tuple[float, int] | None:
        held = [a.hits[which] for a in answers if a.hits is not None]
        return (float(np.mean(held)), len(held)) if held else None

    return statistic


def _macro_f1(answers: Sequence[Answer]) -> tuple[float, int] | None:
    """Over the findings that occur among the labels."""
    said = np.array([int(a.probabilities.argmax()) for a in answers])
    right = np.array([a.right for a in answers])
    scores = []
    for k in np.unique(right):
        both = np.sum((said == k) & (right == k))
        scores.append(2 * both / (np.sum(said == k) + np.sum(right == k)))
    return (float(np.mean(scores)), len(answers)) if scores else None


def _polarity(answers: Sequence[Answer]) -> tuple[float, int] | None:
    held = [
        float(a.probabilities[a.right] > a.probabilities[1 - a.right])
        for a in answers
        if a.right < 2 and a.hits is not None
    ]
    return (float(np.mean(held)), len(held)) if held else None


def _calibration_error(answers: Sequence[Answer]) -> tuple[float, int] | None:
    sure = np.array([a.probabilities.max() for a in answers])
    is_right = np.array([a.probabilities.argmax() == a.right for a in answers], dtype=float)
    bins = np.minimum((sure * N_BINS).astype(int), N_BINS - 1)
    gaps = [abs(np.sum(sure[bins == b]) - np.sum(is_right[bins == b])) for b in np.unique(bins)]
    return (float(np.sum(gaps)) / len(answers), len(answers)) if len(answers) else None


def _accuracy_at(coverage: float) -> Statistic:
    """Of the most confident share of pairs."""

    def statistic(answers: Sequence[Answer]) -> tuple[float, int] | None:
        surest = sorted(answers, key=lambda a: -float(a.probabilities.max()))
        kept = surest[: round(coverage * len(surest))]
        right = [float(a.probabilities.argmax() == a.right) for a in kept]
        return (float(np.mean(right)), len(right)) if right else None

    return statistic


MEASURES: dict[str, Statistic] = {
    "recall_at_3": _recall(3),
    "recall_at_10": _recall(10),
    "sentence_hit_at_1": _hit(0),
    "sentence_hit_at_3": _hit(1),
    "macro_f1": _macro_f1,
    "polarity_accuracy": _polarity,
    "expected_calibration_error": _calibration_error,
    "accuracy_at_30": _accuracy_at(0.3),
    "accuracy_at_50": _accuracy_at(0.5),
}


def _bootstrapped(
    groups: Sequence[Sequence[Answer]], statistic: Statistic
) -> dict[str, float | int | None]:
    whole = statistic([a for group in groups for a in group])
    if whole is None:
        return {"value": None, "low": None, "high": None, "n": 0}
    random = np.random.default_rng(5)
    drawn = []
    for _ in range(N_RESAMPLES):
        picked = random.integers(0, len(groups), len(groups))
        again = statistic([a for i in picked for a in groups[i]])
        if again is not None:
            drawn.append(again[0])
    low, high = np.percentile(drawn, [2.5, 97.5])
    return _rounded(whole[0], float(low), float(high), whole[1])


def _wilson(n_right: int, n: int) -> dict[str, float | int | None]:
    if not n:
        return {"value": None, "low": None, "high": None, "n": 0}
    z, share = 1.96, n_right / n
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z * sqrt(share * (1 - share) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    return _rounded(share, max(0.0, middle - half), min(1.0, middle + half), n)


def _rounded(value: float, low: float, high: float, n: int) -> dict[str, float | int | None]:
    return {"value": round(value, 4), "low": round(low, 4), "high": round(high, 4), "n": n}


def _claims_per_s(labelled: Labelled, examiner: Examiner, embedder: Embedder) -> float:
    """Search, select, judge and weigh, once the passages are embedded; claims are embedded anew."""
    cases = labelled.cases[:N_TIMED]
    places = {i for case in cases for i in examiner.search(case.statement, N_READ)}
    embedder.embed([p.text for i in sorted(places) for p in labelled.held[i].passages])
    embedder.forget([case.statement for case in cases])
    started = time.perf_counter()
    for case in cases:
        examiner.weigh(case.statement, examiner.search(case.statement, N_READ))
    return round(len(cases) / (time.perf_counter() - started), 2)


def words(found: dict[str, Any]) -> list[str]:
    """The same for people: a line for each measure."""
    lines = [f"judge: {found['judge']}; {found['claims_per_s']} claims a second"]
    for subject in ("scifact", "scifact_without_twins", "field"):
        for name, one in found.get(subject, {}).items():
            said = "nothing to count" if one["value"] is None else f"{one['value']:.3f}"
            within = "" if one["value"] is None else f" ({one['low']:.3f} to {one['high']:.3f})"
            lines.append(f"{subject:<22} {name:<27} {said}{within}, n = {one['n']}")
    return lines
