"""Decision rules: one file each, pure, from what was measured to a finding.

Every file offers `LABEL`, `OPTIONS` (what a protocol's [protocol.options] may say to it, with
what each means) and `decide(measured, *, protocol) -> Decision`. A rule never decides on nothing:
without measurements it says inconclusive, with the reason.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from models.catalog import Catalog
from verifier.statistics.questions import Question
from verifier.statistics.scores import Place, Scores
from verifier.verdict import Estimate, Finding

CHECKS = Catalog(__name__)


@dataclass(frozen=True, kw_only=True)
class Measured:
    """What the runs of a protocol came to.

    `members` are the comparisons the claim consists of, `controls` the favoured arms against
    their control, `points` the error at each size of pretraining set, per context. `scores` has
    the scores of every place, seed by seed, for the rules that ask more than whether members
    exceed delta.
    """

    members: tuple[Estimate, ...] = ()
    controls: tuple[Estimate, ...] = ()
    points: tuple[Estimate, ...] = ()
    n_seeds: int = 0  # seeds that every arm has
    sizes: tuple[int, ...] = ()  # records really used
    used: Mapping[int, int] = field(default_factory=dict, compare=False)  # by the size asked for
    missing: tuple[str, ...] = ()  # runs that failed or were invalid, in words
    scores: Mapping[Place, Scores] = field(default_factory=dict, compare=False)
    share: float = 1.0  # of the error rates that this look may spend; see docs/decisions/0033


@dataclass(frozen=True, kw_only=True)
class Decision:
    """`confidence` is the probability that the finding is right; see docs/decisions/0002."""

    finding: Finding
    reason: str
    confidence: float | None
    confidence_reason: str = ""
    probability: float | None = None  # that the claim holds, whatever was found; None: not said
    members: tuple[Estimate, ...] | None = None  # what it rests on, where not on the members
    questions: tuple[Question, ...] = ()  # what the claim came down to
