"""How sure: from what was found in a document to the probability of each finding.

Multinomial logistic regression over the selector's scores, the nearness of the document and the
signs of judges/_polarity.py in its best sentences, fitted on SciFact's training claims with every
selector score from a fold that did not see the claim. Where the bundled judge can be asked, a few
numbers say how its reading and the signs are heard together; they are calibrated on what judges
said of training claims that they had not seen and on our own field's labelled claims, which train
nothing. The coefficients are in `stack.json`, and in `reliability.json` what was said of each of
these pairs when its group was left out; `python -m verifier.bench.fitting` makes both.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from verifier.encoder import Reading
from verifier.judges import rules
from verifier.judges._polarity import signs
from verifier.verdict import Finding

MODEL = Path(__file__).with_name("stack.json")
RELIABILITY = Path(__file__).with_name("reliability.json")  # probabilities of pairs left out
FINDINGS = (Finding.SUPPORTED, Finding.CONTRADICTED, Finding.INCONCLUSIVE)
TOP = 3  # sentences that are weighed
# A claim is decided from this probability: the lowest, in steps of 0.05, from which nine in ten
# were decided rightly of SciFact's training claims (82 of 86), the field's (5 of 5) and invented
# ones (3 of 8) together, every one with its group left out of judge and weighing.
DECISIVE = 0.8
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
    reading: Reading | None = None  # of the bundled judge, where it was asked


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


@dataclass(frozen=True)
class Hearing:
    """How signs and judge are heard together: eight numbers, so that few claims fit them.

    A text leans towards support or contradiction, and it may say nothing. Both are sums of what the
    regression over signs says, of what the judge says of the whole and of the sentence that tells
    the most, and of a start.
    """

    lean_of_signs: float
    lean_of_whole: float
    lean_of_sentence: float
    lean: float
    silence_of_signs: float
    silence_of_whole: float
    silence_of_sentence: float
    silence: float

    def logits(self, plain: Matrix, weighed: Weighed) -> Matrix:
        """(3,) of FINDINGS, from the regression's logits and the judge's reading."""
        found: Matrix = self.of(plain[None], opinion(weighed)[None])[0]
        return found

    def of(self, plain: Matrix, opinions: Matrix) -> Matrix:
        """The same for (pairs, 3) logits and (pairs, 4) opinions."""
        signs = _halves(plain)
        lean = (
            self.lean_of_signs * signs[:, 0]
            + self.lean_of_whole * opinions[:, 0]
            + self.lean_of_sentence * opinions[:, 2]
            + self.lean
        )
        silence = (
            self.silence_of_signs * signs[:, 1]
            + self.silence_of_whole * opinions[:, 1]
            + self.silence_of_sentence * opinions[:, 3]
            + self.silence
        )
        return np.stack([lean / 2, -lean / 2, silence], axis=1)


def opinion(weighed: Weighed) -> Matrix:
    """(4,): lean and silence of the whole, and of its sentences.

    Each sentence leans as much as it tells; of silence the sentence counts that tells the most.
    """
    if weighed.reading is None:
        raise ValueError("the judge was not asked")
    said = _halves(weighed.reading.sentences)
    tells = telling(weighed.reading.sentences)
    whole = _halves(weighed.reading.whole[None])[0]
    return np.array([*whole, softmax(tells) @ said[:, 0], -tells.max()])


def telling(logits: Matrix) -> Matrix:
    """(n,) of (n, 3): log odds that something is said, for or against."""
    found: Matrix = np.logaddexp(logits[:, 0], logits[:, 1]) - logits[:, 2]
    return found


def _halves(logits: Matrix) -> Matrix:
    """(n, 2) of (n, 3): support less contradiction; nothing said, less the mean of both."""
    lean, silence = logits[:, 0] - logits[:, 1], logits[:, 2] - logits[:, :2].mean(axis=1)
    return np.stack([lean, silence], axis=1)


@dataclass(frozen=True)
class Ranking:
    """How the selector's trees and the judge rank sentences together."""

    of_trees: float
    of_judge: float
    start: float

    def sentences(self, trees: Matrix, read: Sequence[int], reading: Reading) -> Matrix:
        """Log odds to be evidence; a sentence that was not read tells no more than those read."""
        tells = telling(reading.sentences)
        every = np.full(len(trees), tells.min())
        every[list(read)] = tells
        found: Matrix = self.of_trees * trees + self.of_judge * every + self.start
        return found


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
    ranking: Ranking | None = None

    def probabilities(self, weighed: Weighed) -> Matrix:
        """(3,): supported, contradicted, inconclusive."""
        logits = self.plain.logits(features(weighed))
        if self.judged is not None and weighed.reading is not None:
            logits = self.judged.logits(logits, weighed)
        return as_ruled(weighed, softmax(logits))


def as_ruled(weighed: Weighed, probabilities: Matrix) -> Matrix:
    """What a plain rule decides takes RULED of the whole; rules that disagree say nothing.

    `probabilities`, and what is returned, are (3,) of FINDINGS.
    """
    ruled = {rules.judge(weighed.statement, text).finding for text in weighed.texts}
    decisive = [i for i in (0, 1) if FINDINGS[i] in ruled]
    if len(decisive) != 1 or probabilities[decisive[0]] >= RULED:
        return probabilities
    is_ruled = np.arange(len(FINDINGS)) == decisive[0]
    rest = probabilities * (1 - RULED) / (1 - probabilities[decisive[0]])
    found: Matrix = np.where(is_ruled, RULED, rest)
    return found


def shown(probabilities: Matrix) -> tuple[Finding, float]:
    """What a person is told: a decisive one of FINDINGS only where it is probable enough."""
    best = int(probabilities[:2].argmax())
    if probabilities[best] >= DECISIVE:
        return FINDINGS[best], float(probabilities[best])
    return Finding.INCONCLUSIVE, float(probabilities[2])


def softmax(logits: Matrix) -> Matrix:
    """Of one vector."""
    raised = np.exp(logits - logits.max())
    found: Matrix = raised / raised.sum()
    return found


@cache
def bundled() -> Stack:
    written = json.loads(MODEL.read_text(encoding="utf-8"))
    judged, ranking = written.get("judged"), written.get("ranking")
    return Stack(
        plain=regression_of(written["plain"]),
        judged=None if judged is None else Hearing(**judged),
        ranking=None if ranking is None else Ranking(**ranking),
    )


def version() -> str:
    """The first letters of the model's digest."""
    return sha256(MODEL.read_bytes()).hexdigest()[:10]


def regression_of(written: Mapping[str, object]) -> Regression:
    mean, scale, weights, start = (
        np.array(written[name], dtype=float) for name in ("mean", "scale", "weights", "start")
    )
    return Regression(mean, scale, weights, start, float(str(written["temperature"])))
