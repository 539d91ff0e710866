"""The spread of one comparison over seeds, steadied by that of its kin.

Five seeds give some comparison of ten a spread half as large as it is by luck alone, and with it
more certainty than there is. So the variance of a comparison is averaged with that of all
comparisons of its kind, which counts as four degrees of freedom: the moderated t of Smyth (2004,
Stat. Appl. Genet. Mol. Biol. 3, 3), with the weight fixed, since some ten comparisons cannot tell
it. A comparison that spreads more than its kin keeps its own variance (docs/decisions/0048).

Nor is the spread ever taken for smaller than the test patients alone make it (docs/decisions/0052).
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from math import sqrt

import numpy as np
from numpy.typing import NDArray
from scipy import special

from verifier.statistics.effect import Effect

Floats = NDArray[np.float64]
WEIGHT = 4  # degrees of freedom that the spread of the kin counts as, at most
LEAST_SEEDS = 3  # simulated with no fewer; of two seeds nobody can tell whether they are alike
UNLIKE = 0.2  # a ratio of variances less probable than this is no luck: it is unlike its kin


@dataclass(frozen=True, kw_only=True)
class Kin:
    """What the spread of several things over seeds leaves once what they share is taken out."""

    squares: float  # their sum
    freedom: int

    def __add__(self, other: "Kin") -> "Kin":
        return Kin(squares=self.squares + other.squares, freedom=self.freedom + other.freedom)


NONE = Kin(squares=0.0, freedom=0)


def compared(places: Floats) -> Kin:
    """Of places that are compared with one another, (P, S): means of places and seeds taken out."""
    n_places, n_seeds = places.shape
    if n_places < 2:
        return NONE
    left = places - places.mean(axis=0) - places.mean(axis=1, keepdims=True) + places.mean()
    return Kin(squares=float((left**2).sum()), freedom=(n_places - 1) * (n_seeds - 1))


def alone(values: Iterable[Floats]) -> Kin:
    """Of values that stand for themselves, (S,) each, seeds with no part in common."""
    found = list(values)
    squares = sum(float(((each - each.mean()) ** 2).sum()) for each in found)
    return Kin(squares=squares, freedom=sum(len(each) - 1 for each in found))


def moderated(effect: Effect, kin: Kin, *, terms: float) -> Effect:
    """The effect with its seeds' variance averaged with that of the others among its kin.

    Whether averaged or not, it is no smaller than what resampling the patients of each seed leaves.

    Args:
        effect: itself among the kin.
        kin: all comparisons of its kind.
        terms: the sum of the squares of its coefficients: 2 for a difference of two places.
    """
    averaged = _averaged(effect, kin, terms=terms)
    return replace(averaged, seed_error=max(averaged.seed_error, averaged.least_seed_error))


def _averaged(effect: Effect, kin: Kin, *, terms: float) -> Effect:
    own_freedom = effect.n_seeds - 1
    own = effect.seed_error**2 * effect.n_seeds
    others = kin.freedom - own_freedom
    rest = kin.squares - own * own_freedom / terms
    if effect.n_seeds < LEAST_SEEDS or others < 1 or not rest > 0:
        return effect
    expected = terms * rest / others
    if special.fdtrc(own_freedom, others, own / expected) < UNLIKE:
        return effect
    weight = min(WEIGHT, others)
    variance = (own_freedom * own + weight * expected) / (own_freedom + weight)
    return replace(effect, seed_error=sqrt(variance / effect.n_seeds), pooled_freedom=weight)
