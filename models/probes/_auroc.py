"""Area under the receiver operating characteristic, by ranks."""

from typing import Any

import numpy as np
import numpy.typing as npt


def auroc(targets: npt.NDArray[Any], scores: npt.NDArray[Any]) -> float | None:
    """Chance that a positive outscores a negative, ties counting half; None without both kinds.

    >>> auroc(np.array([0, 1, 0, 1]), np.array([0.1, 0.4, 0.4, 0.9]))
    0.875
    """
    is_positive = np.asarray(targets).astype(bool)
    n_positive = int(is_positive.sum())
    n_negative = len(is_positive) - n_positive
    if not n_positive or not n_negative:
        return None
    if not np.isfinite(scores).all():
        raise ValueError("AUROC needs finite scores.")
    ordered = np.sort(scores)
    below = np.searchsorted(ordered, scores, side="left")
    up_to = np.searchsorted(ordered, scores, side="right")
    ranks = (below + up_to + 1) / 2  # ties share their mean rank, from 1 up
    above = ranks[is_positive].sum() - n_positive * (n_positive + 1) / 2
    return float(above / (n_positive * n_negative))
