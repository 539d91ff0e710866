"""A three-way NLI model of the user's own, in the child process: VERIFIER_NLI says where it lies.

Its shares are not calibrated on anything of ours, so they decide only where nearly everything is on
one side, and no probability is given.
"""

import numpy as np
from numpy.typing import NDArray

from models.text import weights
from verifier.encoder import EncoderError, shared
from verifier.judges import Judgement
from verifier.verdict import Finding

LABEL = "NLI model"
VERSION: str
SURE = 0.9  # share of one finding from which it counts
MARGIN = 0.8  # of supported above contradicted, or the other way round
FINDINGS = (Finding.SUPPORTED, Finding.CONTRADICTED, Finding.INCONCLUSIVE)


def __getattr__(name: str) -> str:
    """VERSION is that of the model configured now."""
    if name == "VERSION":
        return weights.nli_version() or "not configured"
    raise AttributeError(name)


def available() -> tuple[bool, str]:
    why_not = weights.missing_nli()
    return not why_not, why_not


def judge(statement: str, passage: str) -> Judgement:
    """Decisive only where the model puts nearly everything on one side."""
    folder = weights.nli_folder()
    if folder is None or not statement.strip() or not passage.strip():
        why = "There is nothing to compare." if folder else "No model is configured."
        return Judgement(finding=Finding.INCONCLUSIVE, reason=why)
    try:
        (logits,) = shared().entail([(statement, passage)], folder)
    except EncoderError as error:
        return Judgement(
            finding=Finding.INCONCLUSIVE,
            reason=f"It could not be asked: {error}",
            trouble=str(error),
        )
    shares = _shares(logits)
    told = ", ".join(f"{f.value} {p:.0%}" for f, p in zip(FINDINGS, shares, strict=True))
    best = int(shares.argmax())
    is_sure = shares[best] >= SURE and abs(shares[0] - shares[1]) >= MARGIN
    if FINDINGS[best] is Finding.INCONCLUSIVE or not is_sure:
        return Judgement(finding=Finding.INCONCLUSIVE, reason=f"Not decided: {told}.")
    return Judgement(finding=FINDINGS[best], reason=f"The NLI model reads: {told}.")


def _shares(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    raised = np.exp(logits - logits.max())
    found: NDArray[np.float64] = raised / raised.sum()
    return found
