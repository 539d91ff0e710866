"""What a claim asks of one effect."""

from dataclasses import dataclass
from functools import cached_property

from verifier.statistics.effect import Effect
from verifier.statistics.prior import probability
from verifier.verdict import Estimate


@dataclass(frozen=True, kw_only=True)
class Question:
    """Does the effect lie above the threshold? Yes is the claim's side.

    A question that asks whether an effect lies *below* something is written with its sign turned;
    the estimate is shown the right way round.
    """

    effect: Effect
    threshold: float
    estimate: Estimate  # for people
    scale: float  # the smallest difference that matters, in the effect's unit

    @property
    def turned(self) -> int:
        """-1 where the effect has the other sign than the estimate that is shown, otherwise 1."""
        is_turned = self.effect.value and self.estimate.value == -self.effect.value
        return -1 if is_turned else 1

    @cached_property
    def above(self) -> float:
        """One minus the one-sided p-value."""
        return self.effect.probability_above(self.threshold)

    @cached_property
    def probability(self) -> float:
        return probability(self.effect, threshold=self.threshold, scale=self.scale)
