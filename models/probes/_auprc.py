"""Area under the precision-recall curve, as average precision."""

from typing import Any

import numpy as np
import numpy.typing as npt


def auprc(targets: npt.NDArray[Any], scores: npt.NDArray[Any]) -> float | None:
    """Precision at each threshold, weighted by the recall it adds; None without both kinds.

    Equal scores are one threshold. By chance it is the share of positives.

    >>> auprc(np.array([0, 1, 0, 1]), np.array([0.1, 0.4, 0.35, 0.8]))
    1.0
    >>> auprc(np.array([0, 1, 0, 1]), np.array([0.5, 0.5, 0.5, 0.5]))
    0.5
    """
    is_positive = np.asarray(targets).astype(bool)
    if not is_positive.any() or is_positive.all():
        return None
    if not np.isfinite(scores).all():
        raise ValueError("AUPRC needs finite scores.")
    order = np.argsort(-np.asarray(scores), kind="stable")
    ordered, hits = np.asarray(scores)[order], np.cumsum(is_positive[order])
    is_last_of_equals = np.append(ordered[1:] != ordered[:-1], True)
    found = hits[is_last_of_equals]
    precision = found / (np.flatnonzero(is_last_of_equals) + 1)
    return float((precision * np.diff(found, prepend=0)).sum() / found[-1])
