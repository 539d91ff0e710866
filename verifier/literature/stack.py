"""How sure: from what was found in a document to the probability of each finding.

Multinomial logistic regression over the selector's scores, the nearness of the document and the
signs of judges/_polarity.py in its best sentences, fitted on SciFact's training claims with every
selector score from a fold that did not see the claim. Where the bundled judge can be asked, its
opinion moves the result by three numbers, fitted on the quarter of the training claims it never
saw. The coefficients are in `stack.json`; `python -m verifier.bench.fitting` makes it.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from verifier.judges import rules
from verifier.judges._polarity import signs
from verifier.verdict import Finding

MODEL = Path(__file__).with_name("stack.json")
FINDINGS = (Finding.SUPPORTED, Finding.CONTRADICTED, Finding.INCONCLUSIVE)
TOP = 3  # sentences that are weighed
# A claim is decided from this probability. Chosen on the field's claims, of which the stack, fitted
# in another field, gets too many wrong below it; SciFact alone would allow 0.75.
DECISIVE = 0.9
# What plain rules decide is right with this probability: 5 of 5 on the field's claims, (5 + ½) / 6.
RULED = 0.917
FARTHEST = 3.0  # deviations
Matrix = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Weighed:
    """The best sentences of one document beside a claim, best first."""

    statement: str
    texts: Sequence[str]
    scores: Sequence[float]  # the selector's log odds
    cosines: Sequence[float]
    title_share: float
    opinions: Matrix | None = None  # (sentences, 3) logits of the bundled judge, where it was asked


def features(weighed: Weighed) -> Matrix:
    """One row for a claim and a document, without the judge's opinion."""
    scores, cosines = np.array(weighed.scores), np.array(weighed.cosines)
    said = np.array([signs(weighed.statement, text) for text in weighed.texts])
    share = softmax(scores)
    return np.concatenate(
        [
            [scores[0], np.logaddexp.reduce(scores), cosines.max(), cosines[0]],
            [weighed.title_share, cosines[0] * scores[0]],
            share @ said,
            said[0],
        ]
    )


@dataclass(frozen=True, kw_only=True)
class Hearing:
    """How much the judge's opinion moves the logits: three numbers, so that few claims fit them."""

    lean: float  # for its preference of supported over contradicted
    silence: float  # for its opinion that nothing is said
    start: float

    def added(self, weighed: Weighed) -> Matrix:
        """(3,), to be added to the logits of FINDINGS."""
        if weighed.opinions is None:
            raise ValueError("the judge was not asked")
        logits = weighed.opinions - weighed.opinions.mean(axis=1, keepdims=True)
        share = softmax(np.array(weighed.scores))
        lean, silence = share @ (logits[:, 0] - logits[:, 1]), share @ logits[:, 2]
        moved = self.lean * lean
        return np.array([moved, -moved, self.silence * silence + self.start])


@dataclass(frozen=True, eq=False)
class Regression:
    """Standardised features to logits of FINDINGS, over one temperature."""

    mean: Matrix
    scale: Matrix
    weights: Matrix  # (features, 3)
    start: Matrix  # (3,)
    temperature: float

    def logits(self, row: Matrix) -> Matrix:
        found: Matrix = self.standing(row) @ self.weights + self.start
        return found / self.temperature

    def standing(self, row: Matrix) -> Matrix:
        """Deviations from the mean; what is rare must not outweigh everything else."""
        found: Matrix = np.clip((row - self.mean) / self.scale, -FARTHEST, FARTHEST)
        return found


@dataclass(frozen=True)
class Stack:
    plain: Regression
    judged: Hearing | None

    def probabilities(self, weighed: Weighed) -> Matrix:
        """(3,): supported, contradicted, inconclusive."""
        logits = self.plain.logits(features(weighed))
        if self.judged is not None and weighed.opinions is not None:
            logits = logits + self.judged.added(weighed)
        return _as_ruled(weighed, softmax(logits))


def _as_ruled(weighed: Weighed, probabilities: Matrix) -> Matrix:
    """What a plain rule decides takes RULED of the whole; rules that disagree say nothing."""
    ruled = {rules.judge(weighed.statement, text).finding for text in weighed.texts}
    decisive = [i for i in (0, 1) if FINDINGS[i] in ruled]
    if len(decisive) != 1 or probabilities[decisive[0]] >= RULED:
        return probabilities
    is_ruled = np.arange(len(FINDINGS)) == decisive[0]
    rest = probabilities * (1 - RULED) / (1 - probabilities[decisive[0]])
    found: Matrix = np.where(is_ruled, RULED, rest)
    return found


def shown(probabilities: Matrix) -> tuple[Finding, float]:
    """What a person is told: a decisive finding only where it is probable enough."""
    best = int(probabilities[:2].argmax())
    if probabilities[best] >= DECISIVE:
        return FINDINGS[best], float(probabilities[best])
    return Finding.INCONCLUSIVE, float(probabilities[2])


def softmax(logits: Matrix) -> Matrix:
    raised = np.exp(logits - logits.max())
    found: Matrix = raised / raised.sum()
    return found


@cache
def bundled() -> Stack:
    written = json.loads(MODEL.read_text(encoding="utf-8"))
    judged = written.get("judged")
    return Stack(
        plain=regression_of(written["plain"]),
        judged=None if judged is None else Hearing(**judged),
    )


def judge_fitted() -> str:
    """Version of the judge whose opinion the stack knows how to weigh; empty: none."""
    return str(json.loads(MODEL.read_text(encoding="utf-8")).get("judge", ""))


def version() -> str:
    """The first letters of the model's digest."""
    return sha256(MODEL.read_bytes()).hexdigest()[:10]


def regression_of(written: Mapping[str, object]) -> Regression:
    mean, scale, weights, start = (
        np.array(written[name], dtype=float) for name in ("mean", "scale", "weights", "start")
    )
    return Regression(mean, scale, weights, start, float(str(written["temperature"])))
