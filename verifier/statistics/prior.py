"""What the runs make of the question "does it exceed?", starting from even odds.

The alternative, an effect that matters, has the non-local prior of Johnson and Rossell (2010,
J. R. Statist. Soc. B 72, 143–170): the inverse-moment density with their order k = 1 and tails of
ν = 1, which vanishes at the threshold, since an effect there does not exceed it, and is highest at
one scale beyond. The null, everything up to the threshold, has half of Cauchy's density with the
same scale. Both tails are heavy, so large effects are not shrunk (docs/decisions/0002).
"""

from functools import cache

import numpy as np
from numpy.typing import NDArray

from verifier.statistics.effect import Effect

Floats = NDArray[np.float64]
_REACH, _N_SIDE = 200.0, 400  # scales, and points on each side of the threshold


@cache
def _grid() -> tuple[Floats, Floats]:
    """Points in scales from the threshold, close where it matters, and the prior mass at each."""
    edges = np.sinh(np.linspace(0, np.arcsinh(_REACH * 20), _N_SIDE + 1)) / 20
    middle, width = (edges[1:] + edges[:-1]) / 2, np.diff(edges)
    matters = width * middle**-2 * np.exp(-1 / middle**2)
    null = width / (1 + middle**2)
    points = np.concatenate([-middle[::-1], middle])
    return points, np.concatenate([null[::-1] / null.sum(), matters / matters.sum()]) / 2


def probability(effect: Effect, *, threshold: float, scale: float) -> float:
    """That the effect lies above the threshold. `scale` is the smallest difference that matters."""
    points, mass = _grid()
    if effect.standard_error < 1e-9 * scale:
        return float(effect.value > threshold)
    if effect.standard_error < 0.02 * scale:  # finer than the grid, so the prior hardly counts
        return effect.probability_above(threshold)
    said = effect.likelihood(threshold + scale * points) * mass
    total = said.sum()
    if not total > 0:
        return effect.probability_above(threshold)
    return float(said[points > 0].sum() / total)
