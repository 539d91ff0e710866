"""Effects with intervals that hold both sources of noise: the training seed and the patients."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, special  # not scipy.stats, which takes a second to import

Floats = NDArray[np.float64]

N_NODES = 2000  # quantiles that stand for the patients' part; 1e-4 of a probability at worst


@dataclass(frozen=True, kw_only=True)
class Effect:
    """A mean difference and what is known of its error. `value` > 0 is on the claim's side.

    The error is the sum of two independent parts, each a Student's t times its own standard error:
    the distribution of Behrens and Fisher, which is the posterior under flat priors.
    """

    value: float
    seed_error: float  # standard error from the spread over seeds, n_seeds − 1 degrees of freedom
    patient_error: float  # from resampling patients, n_patients − 1 degrees of freedom
    n_seeds: int
    n_patients: int

    @property
    def standard_error(self) -> float:
        return float(np.hypot(self.seed_error, self.patient_error))

    def interval(self, level: float) -> tuple[float, float]:
        """Central interval."""
        if self.standard_error == 0:
            return self.value, self.value
        tail = (1 + level) / 2
        widest = 2 * self.standard_error * float(special.stdtrit(self._least_freedom, tail))
        reach = float(optimize.brentq(lambda x: self._cumulative(x) - tail, 0.0, widest))
        return self.value - reach, self.value + reach

    def probability_above(self, threshold: float) -> float:
        """Of the true effect lying above a threshold, given the runs."""
        if self.standard_error == 0:
            return float(self.value > threshold)
        return self._cumulative(self.value - threshold)

    @property
    def _least_freedom(self) -> int:
        return min(self.n_seeds, self.n_patients) - 1

    def _cumulative(self, x: float) -> float:
        """The chance that the error is at most x."""
        if self.seed_error == 0:
            return float(special.stdtr(self.n_patients - 1, x / self.patient_error))
        nodes = special.stdtrit(self.n_patients - 1, (np.arange(N_NODES) + 0.5) / N_NODES)
        shifted = (x - self.patient_error * nodes) / self.seed_error
        return float(np.mean(special.stdtr(self.n_seeds - 1, shifted)))


def paired_effect(differences: Floats, resampled: Floats, *, n_patients: int) -> Effect:
    """Combine the spread over seeds with the spread over resampled patients.

    Args:
        differences: the paired difference of each seed on the whole test fold, (S,), S ≥ 2.
        resampled: the mean difference over seeds on each resample of patients, (B,); NaN where
            a resample gave no score.
        n_patients: in the test fold, at least 2.

    Seeds and patients are crossed, so their variances add: training noise falls with the number
    of seeds, the noise of one shared test fold does not. What seeds and patients do together is
    counted in both parts, so the interval errs on the wide side (docs/decisions/0003).
    """
    n_seeds = len(differences)
    if n_seeds < 2:
        raise ValueError(f"The spread over seeds needs at least 2 of them, got {n_seeds}.")
    if n_patients < 2:
        raise ValueError(f"The spread over patients needs at least 2 of them, got {n_patients}.")
    scored = resampled[~np.isnan(resampled)]
    if len(scored) < max(2, len(resampled) / 2):
        raise ValueError(
            f"Only {len(scored)} of {len(resampled)} resamples of patients gave a score; the test "
            "fold is too small."
        )
    return Effect(
        value=float(np.mean(differences)),
        seed_error=float(np.std(differences, ddof=1) / np.sqrt(n_seeds)),
        patient_error=float(np.std(scored, ddof=1)),
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
