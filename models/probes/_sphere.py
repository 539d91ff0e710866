"""How points of length 1 lie: pairs (u, v) in the rows of two arrays (R, P)."""

from collections.abc import Sequence

import numpy as np

from models.probes._points import Points

_ROWS_AT_ONCE = 512


def alignment(one: Points, other: Points) -> float:
    """Mean squared distance of pairs: 0 is best, 2 is what unrelated directions have."""
    return float(np.square(one - other).sum(axis=1).mean())


def uniformity(points: Points) -> float:
    """Log of the mean of exp(-2 d^2) over all pairs of different rows; lower is more even."""
    total = 0.0
    for first in range(0, len(points), _ROWS_AT_ONCE):
        squared = 2 - 2 * points[first : first + _ROWS_AT_ONCE] @ points.T
        total += float(np.exp(-2 * squared).sum())
    n = len(points)
    return float(np.log((total - n) / (n * (n - 1))))  # every row's distance to itself is 0


def modality_gap(one: Points, other: Points) -> float:
    """Distance between the centres of the two clouds."""
    return float(np.linalg.norm(one.mean(axis=0) - other.mean(axis=0)))


def cosines(one: Points, other: Points, keys: Sequence[str]) -> dict[str, float | None]:
    """Compare cosines of a row with what has its key and with all else, over all pairs of rows.

    `cosine_gap` is the difference of the means, `d_prime` that divided by the root of the
    mean of the variances. None where all keys are equal or nothing varies.
    """
    names = np.array(keys)
    sums = np.zeros((2, 3))  # not alike, alike: count, sum and sum of squares
    for first in range(0, len(one), _ROWS_AT_ONCE):
        some = slice(first, first + _ROWS_AT_ONCE)
        found = one[some] @ other.T
        is_alike = names[some, None] == names
        for kind, chosen in enumerate((found[~is_alike], found[is_alike])):
            sums[kind] += len(chosen), chosen.sum(), np.square(chosen).sum()
    if not sums[0, 0]:
        return {"cosine_gap": None, "d_prime": None}
    means = sums[:, 1] / sums[:, 0]
    spread = float(np.sqrt((sums[:, 2] / sums[:, 0] - means**2).clip(0).mean()))
    gap = float(means[1] - means[0])
    return {"cosine_gap": gap, "d_prime": gap / spread if spread > 0 else None}
