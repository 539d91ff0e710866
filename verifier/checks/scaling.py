"""How does the error fall with the number of pretraining records?

A statement about scaling needs at least five sizes over one and a half decades and three seeds;
with less there are points to look at and the words "insufficient range", never a fit.
"""

from collections.abc import Mapping
from math import log10

from verifier.checks import Decision, Measured
from verifier.protocol import Protocol
from verifier.verdict import Finding

OPTIONS: Mapping[str, str] = {}
LABEL = "error against the number of pretraining records"
LEAST_SIZES = 5
LEAST_DECADES = 1.5
LEAST_SEEDS = 3


def decide(measured: Measured, *, protocol: Protocol) -> Decision:
    lacking = insufficient(measured.sizes, n_seeds=measured.n_seeds)
    if lacking is None:
        lacking = "the range would do, but no rule of this version compares the fits of objectives"
    return Decision(
        finding=Finding.INCONCLUSIVE,
        reason=f"{lacking}. The measured errors are shown as points.",
        confidence=None,
        confidence_reason="nothing is asserted about a scaling law",
    )


def insufficient(sizes: tuple[int, ...], *, n_seeds: int) -> str | None:
    """What is lacking for a scaling statement, with the numbers; None if nothing is."""
    unique = sorted({size for size in sizes if size > 0})
    decades = log10(unique[-1] / unique[0]) if unique else 0.0
    if len(unique) >= LEAST_SIZES and decades >= LEAST_DECADES and n_seeds >= LEAST_SEEDS:
        return None
    return (
        f"Insufficient range: {len(unique)} sizes over {decades:.1f} decades with {n_seeds} seeds; "
        f"{LEAST_SIZES} sizes over {LEAST_DECADES} decades and {LEAST_SEEDS} seeds are needed"
    )
