"""Decision rules: one file each, pure, from what was measured to a finding.

Every file offers `LABEL`, and `decide(measured, *, protocol) -> Decision`. A rule never decides
on nothing: without measurements it says inconclusive, with the reason.
"""

from dataclasses import dataclass

from models.catalog import Catalog
from verifier.verdict import Estimate, Finding

CHECKS = Catalog(__name__)


@dataclass(frozen=True, kw_only=True)
class Measured:
    """What the runs of a protocol came to.

    `members` are the comparisons the claim consists of, `controls` the favoured arms against
    their control, `stress` the members again under each nuisance, `points` the error at each
    size of pretraining set, per context.
    """

    members: tuple[Estimate, ...] = ()
    controls: tuple[Estimate, ...] = ()
    stress: tuple[Estimate, ...] = ()
    points: tuple[Estimate, ...] = ()
    n_seeds: int = 0  # seeds that every arm has
    sizes: tuple[int, ...] = ()  # records really used
    missing: tuple[str, ...] = ()  # runs that failed or were invalid, in words


@dataclass(frozen=True, kw_only=True)
class Decision:
    """`confidence` is the probability that the finding is right; see docs/decisions/0002."""

    finding: Finding
    reason: str
    confidence: float | None
    confidence_reason: str = ""
