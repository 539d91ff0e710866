"""Do probabilities mean what they say? What was said against what came, in ten equal bins."""

from math import sqrt

import numpy as np
from numpy.typing import NDArray
from scipy import special

N_BINS = 10


def _bins(probabilities: NDArray[np.float64]) -> NDArray[np.int64]:
    return np.minimum((probabilities * N_BINS).astype(np.int64), N_BINS - 1)


def calibration_error(
    probabilities: NDArray[np.float64], outcomes: NDArray[np.bool_]
) -> float | None:
    """Mean distance between what was said and what came, over ten equal bins, weighted by size.

    >>> calibration_error(np.array([0.9, 0.9]), np.array([True, False]))
    0.4
    """
    if not len(probabilities):
        return None
    bins = _bins(probabilities)
    distance = 0.0
    for place in np.unique(bins):
        within = bins == place
        gap = abs(probabilities[within].mean() - outcomes[within].mean())
        distance += float(within.mean() * gap)
    return round(distance, 12)


def reliability(
    probabilities: NDArray[np.float64], outcomes: NDArray[np.bool_]
) -> list[dict[str, float | int]]:
    """For each bin that holds any: what was said on average, what came, its 95 % interval, and n.

    Both arguments have one number a prediction.
    """
    rows: list[dict[str, float | int]] = []
    bins = _bins(probabilities) if len(probabilities) else np.array([], dtype=np.int64)
    for place in np.unique(bins):
        within = bins == place
        n, hits = int(within.sum()), int(outcomes[within].sum())
        low, high = wilson(hits, n)
        rows.append(
            {
                "said": round(float(probabilities[within].mean()), 4),
                "came": round(hits / n, 4),
                "low": round(low, 4),
                "high": round(high, 4),
                "n": n,
            }
        )
    return rows


def wilson(hits: int, n: int, level: float = 0.95) -> tuple[float, float]:
    """Wilson's interval of a share.

    >>> low, high = wilson(0, 10)
    >>> low, round(high, 3)
    (0.0, 0.278)
    """
    if n < 1:
        raise ValueError("A share needs at least one case.")
    z = float(special.ndtri((1 + level) / 2))
    middle = (hits + z * z / 2) / (n + z * z)
    reach = z * sqrt(hits * (n - hits) / n + z * z / 4) / (n + z * z)
    return max(0.0, middle - reach), min(1.0, middle + reach)
