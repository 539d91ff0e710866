"""Effects with intervals that hold both sources of noise: the training seed and the patients."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special  # not scipy.stats, which takes a second to import

Floats = NDArray[np.float64]

LARGE = 1e9  # degrees of freedom from which Student's t is the normal distribution


@dataclass(frozen=True, kw_only=True)
class Effect:
    """A mean difference and what is known of its error. `value` > 0 is on the claim's side."""

    value: float
    standard_error: float
    degrees_of_freedom: float
    n_seeds: int
    n_patients: int

    def interval(self, level: float) -> tuple[float, float]:
        """Central interval by Student's t."""
        reach = (
            float(special.stdtrit(self.degrees_of_freedom, (1 + level) / 2)) * self.standard_error
        )
        return self.value - reach, self.value + reach

    def probability_above(self, threshold: float) -> float:
        """Of the true effect lying above a threshold, given the runs and a flat prior.

        One minus the one-sided p-value of the hypothesis that the effect is at most `threshold`.
        """
        if self.standard_error == 0:
            return float(self.value > threshold)
        distance = (self.value - threshold) / self.standard_error
        return float(special.stdtr(self.degrees_of_freedom, distance))


def paired_effect(differences: Floats, resampled: Floats, *, n_patients: int) -> Effect:
    """Combine the spread over seeds with the spread over resampled patients.

    Args:
        differences: the paired difference of each seed on the whole test fold, (S,), S ≥ 2.
        resampled: the mean difference over seeds on each resample of patients, (B,).
        n_patients: in the test fold.

    Seeds and patients are crossed, so their variances add: training noise falls with the number
    of seeds, the noise of one shared test fold does not. Degrees of freedom after Satterthwaite
    (1946). What seeds and patients do together is counted in both terms, so the interval errs on
    the wide side.
    """
    n_seeds = len(differences)
    if n_seeds < 2:
        raise ValueError(f"The spread over seeds needs at least 2 of them, got {n_seeds}.")
    of_seeds = float(np.var(differences, ddof=1)) / n_seeds
    of_patients = float(np.var(resampled, ddof=1))
    total = of_seeds + of_patients
    freedom = LARGE
    if total > 0:
        parts = of_seeds**2 / (n_seeds - 1) + of_patients**2 / max(n_patients - 1, 1)
        freedom = min(total**2 / parts, LARGE) if parts > 0 else LARGE
    return Effect(
        value=float(np.mean(differences)),
        standard_error=float(np.sqrt(total)),
        degrees_of_freedom=float(freedom),
        n_seeds=n_seeds,
        n_patients=n_patients,
    )


def holm(p_values: list[float], *, alpha: float) -> list[bool]:
    """Which hypotheses Holm's step-down method rejects at family-wise error `alpha` (Holm 1979).

    >>> holm([0.01, 0.04, 0.03], alpha=0.05)
    [True, False, False]
    """
    order = sorted(range(len(p_values)), key=p_values.__getitem__)
    rejected = [False] * len(p_values)
    for place, index in enumerate(order):
        if p_values[index] > alpha / (len(p_values) - place):
            break
        rejected[index] = True
    return rejected
