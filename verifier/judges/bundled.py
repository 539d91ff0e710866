"""The small language model we trained: reads claim and document together, in its own process.

Trained on SciFact's training claims, FEVER pairs and pairs made by program (models/text/,
docs/decisions/0010). It decides only where it is very sure: alone it is a weak judge, and its
opinion is worth most inside the calibrated stack (literature/stack.py), which weighs it against
what the selector and the signs say.
"""

import numpy as np

from models.text import weights
from verifier.encoder import EncoderError, Question, shared
from verifier.judges import Judgement
from verifier.verdict import Finding

LABEL = "Bundled language model"
VERSION = weights.version() or "untrained"
IS_WEIGHED = True  # the stack asks it; alone it decides nothing in a report
SURE = 0.9  # of one pair alone, uncalibrated: a wrong decision is worse than none
FINDINGS = (Finding.SUPPORTED, Finding.CONTRADICTED, Finding.INCONCLUSIVE)


def available() -> tuple[bool, str]:
    why_not = weights.missing_judge()
    return not why_not, why_not


def judge(statement: str, passage: str) -> Judgement:
    """Decisive only where the model puts nearly everything on one side."""
    if not statement.strip() or not passage.strip():
        return Judgement(finding=Finding.INCONCLUSIVE, reason="There is nothing to compare.")
    try:
        ((logits, _),) = shared().judge([Question(statement, "", (passage,))])
    except EncoderError as error:
        return Judgement(finding=Finding.INCONCLUSIVE, reason=f"It could not be asked: {error}")
    raised = np.exp(logits - logits.max())
    shares = raised / raised.sum()
    best = int(shares.argmax())
    if FINDINGS[best] is Finding.INCONCLUSIVE or shares[best] < SURE:
        leaning = ", ".join(f"{f.value} {p:.0%}" for f, p in zip(FINDINGS, shares, strict=True))
        return Judgement(finding=Finding.INCONCLUSIVE, reason=f"Not sure enough: {leaning}.")
    return Judgement(
        finding=FINDINGS[best], reason=f"The language model reads it as {FINDINGS[best].value}."
    )
