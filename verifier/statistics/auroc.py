"""Area under the ROC curve, for many resamples of patients at once.

R records, B resamples.
"""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def auroc(targets: NDArray[np.bool_], scores: Floats, weights: Floats) -> Floats:
    """Weighted AUROC of one label for each row of weights: targets, scores (R,), weights (B, R).

    The chance that a random positive scores above a random negative, a tie counting half.
    NaN where a resample lacks positives or negatives.
    """
    order = np.argsort(scores, kind="stable")
    ranked, is_positive = scores[order], targets[order]
    _, group = np.unique(ranked, return_inverse=True)
    first = np.searchsorted(group, group, side="left")
    last = np.searchsorted(group, group, side="right")
    weighted = weights[:, order]
    negatives = np.where(is_positive, 0.0, weighted)
    below = np.concatenate([np.zeros((len(weights), 1)), np.cumsum(negatives, axis=1)], axis=1)
    beaten = (below[:, first] + below[:, last]) / 2
    positives = np.where(is_positive, weighted, 0.0)
    pairs = positives.sum(axis=1) * negatives.sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where(pairs > 0, (positives * beaten).sum(axis=1) / pairs, np.nan))
