"""Effects with intervals that hold both sources of noise: the training seed and the patients."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, special  # not scipy.stats, which takes a second to import

Floats = NDArray[np.float64]

N_NODES = 500  # quantiles that stand for the patients' part; 4e-4 of a probability at worst
N_COARSE = 64  # the same for a density, which is smoother
PRECISION = 1e-6  # of an interval's end, in standard errors


class Incomparable(ValueError):  # noqa: N818 - not a mistake of ours: these scores say nothing
    """Scores from which no effect can be told; the message says why."""


@dataclass(frozen=True, kw_only=True)
class Effect:
    """A mean difference and what is known of its error. `value` > 0 is on the claim's side.

    The error is the sum of two independent parts, each a Student's t times its own standard error:
    the distribution of Behrens and Fisher, which is the posterior under flat priors.
    """

    value: float
    seed_error: float  # standard error from the spread over seeds
    patient_error: float  # what seeds tested on the same patients share, n_patients − 1 degrees
    n_seeds: int
    n_patients: int
    pooled_freedom: int = 0  # what like comparisons add to the n_seeds − 1 degrees of freedom
    least_seed_error: float = 0.0  # what the patients alone make of the spread over seeds

    @property
    def seed_freedom(self) -> int:
        return self.n_seeds - 1 + self.pooled_freedom

    @property
    def standard_error(self) -> float:
        return float(np.hypot(self.seed_error, self.patient_error))

    def interval(self, level: float) -> tuple[float, float]:
        """Central interval."""
        if self.standard_error == 0:
            return self.value, self.value
        tail = (1 + level) / 2
        widest = 2 * self.standard_error * float(special.stdtrit(self._least_freedom, tail))
        near = PRECISION * self.standard_error
        reach = float(optimize.brentq(lambda x: self._cumulative(x) - tail, 0.0, widest, xtol=near))
        return self.value - reach, self.value + reach

    def probability_above(self, threshold: float) -> float:
        """Of the true effect lying above a threshold, given the runs and flat priors."""
        if self.standard_error == 0:
            return float(self.value > threshold)
        return self._cumulative(self.value - threshold)

    def likelihood(self, at: Floats) -> Floats:
        """Density of the value that was found, were the true effect each of `at`.

        Raises:
            ValueError: there is no error, so there is no density.
        """
        if self.standard_error == 0:
            raise ValueError("An effect without error has no density.")
        gap = self.value - np.asarray(at, dtype=np.float64)
        parts = ((self.seed_error, self.seed_freedom), (self.patient_error, self.n_patients - 1))
        (less, its_freedom), (more, freedom) = sorted(parts)  # the finer part is the one averaged
        nodes = _quantiles(its_freedom, N_COARSE)
        shifted = (gap[..., None] - less * nodes) / more
        return np.asarray(_density(shifted, freedom).mean(axis=-1) / more)

    @property
    def _least_freedom(self) -> int:
        return min(self.seed_freedom, self.n_patients - 1)

    def _cumulative(self, x: float) -> float:
        """The chance that the error is at most x."""
        if self.seed_error == 0:
            return float(special.stdtr(self.n_patients - 1, x / self.patient_error))
        if self.patient_error == 0:
            return float(special.stdtr(self.seed_freedom, x / self.seed_error))
        nodes = _quantiles(self.n_patients - 1, N_NODES)
        shifted = (x - self.patient_error * nodes) / self.seed_error
        return float(np.mean(special.stdtr(self.seed_freedom, shifted)))


def negated(effect: Effect) -> Effect:
    """The same effect seen from the other side."""
    return replace(effect, value=-effect.value)


@lru_cache(maxsize=256)
def _quantiles(freedom: int, n: int) -> Floats:
    """The middles of n equally probable parts of Student's t."""
    return np.asarray(special.stdtrit(freedom, (np.arange(n) + 0.5) / n))


def _density(x: Floats, freedom: int) -> Floats:
    """Student's t density."""
    constant = special.gammaln((freedom + 1) / 2) - special.gammaln(freedom / 2)
    constant -= np.log(freedom * np.pi) / 2
    return np.asarray(np.exp(constant - (freedom + 1) / 2 * np.log1p(x * x / freedom)))


def paired_effect(
    differences: Floats,
    resampled: Floats,
    *,
    n_patients: int,
    folds: Sequence[object] | None = None,
) -> Effect:
    """Combine the spread over seeds with the noise of the patients that seeds share.

    Args:
        differences: the paired difference of each seed on its whole test fold, (S,), S ≥ 2.
        resampled: the same on each resample of the fold's patients, (S, B); NaN where a resample
            gave no score.
        n_patients: behind the whole, at least 2.
        folds: which test fold each seed has, (S,); None: all have the same. Seeds of one fold
            share its resamples.

    Var(mean) = E[s²] / S + K for any design, with s² the variance over seeds and K the mean
    covariance of two different seeds. Seeds of one fold covary by its patients alone, which the
    resamples estimate; seeds of different folds do not. What a seed and the patients do together
    is in s² and in no covariance, so nothing is counted twice (docs/decisions/0003). How much that
    is, the resamples say as well: each seed's own variance over them, less K. The true spread over
    seeds is no smaller, and `moderation.moderated` takes it for no smaller (docs/decisions/0052).

    Raises:
        Incomparable: too few seeds or patients, or resamples that gave no score.
    """
    n_seeds = len(differences)
    if n_seeds < 2:
        raise Incomparable(f"The spread over seeds needs at least 2 of them, got {n_seeds}.")
    if n_patients < 2:
        raise Incomparable(f"The spread over patients needs at least 2 of them, got {n_patients}.")
    if not np.isfinite(differences).all():
        raise Incomparable("A score is not a finite number.")
    of_fold: dict[object, list[int]] = {}
    for place in range(n_seeds):
        of_fold.setdefault(0 if folds is None else folds[place], []).append(place)
    parts = [_variances(resampled[seeds]) for seeds in of_fold.values()]
    shared, own = (sum(part) for part in zip(*parts, strict=True))
    covariance = max(shared / (n_seeds * (n_seeds - 1)), 0.0)
    together = max(own / n_seeds - covariance, 0.0)
    return Effect(
        value=float(np.mean(differences)),
        seed_error=float(np.std(differences, ddof=1) / np.sqrt(n_seeds)),
        patient_error=float(np.sqrt(covariance)),
        n_seeds=n_seeds,
        n_patients=n_patients,
        least_seed_error=float(np.sqrt(together / n_seeds)),
    )


def _variances(resampled: Floats) -> tuple[float, float]:
    """Of one fold's rows over resamples: covariances of all ordered pairs, and own variances."""
    scored = resampled[:, ~np.isnan(resampled).any(axis=0)]
    n_resamples = resampled.shape[1]
    if len(resampled) == 1 and scored.shape[1] < 2:
        return 0.0, 0.0  # shares its patients with no other seed
    if len(resampled) > 1 and scored.shape[1] < max(2, n_resamples / 2):
        raise Incomparable(
            f"Only {scored.shape[1]} of {n_resamples} resamples of patients gave a score; the "
            "test fold is too small."
        )
    own = float(np.var(scored, axis=1, ddof=1).sum())
    return float(np.var(scored.sum(axis=0), ddof=1)) - own, own


def holm(p_values: Sequence[float], *, alpha: float) -> list[bool]:
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
