"""Area under the ROC curve, for many resamples of patients at once.

R records, L labels, S seeds, P patients, B resamples.
"""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def patient_weights(
    patient_ids: NDArray[np.str_], n_resamples: int, generator: np.random.Generator
) -> Floats:
    """How often each record counts in each resample of patients, (B, R).

    Patients are drawn with replacement and bring all their records, because records of one
    patient are not independent.
    """
    _, patient_of = np.unique(patient_ids, return_inverse=True)
    n_patients = int(patient_of.max()) + 1
    chances = np.full(n_patients, 1 / n_patients)
    drawn = generator.multinomial(n_patients, chances, size=n_resamples)  # (B, P)
    return np.asarray(drawn[:, patient_of], dtype=np.float64)


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


def macro_auroc(targets: NDArray[np.bool_], scores: Floats, weights: Floats) -> Floats:
    """Mean AUROC over labels (R, L) for each row of weights (B, R), as (B,).

    A label without both classes in a resample is left out of that resample's mean.
    """
    each = np.stack(
        [auroc(targets[:, k], scores[:, k], weights) for k in range(targets.shape[1])]
    )  # (L, B)
    measured = ~np.isnan(each)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where(measured, each, 0.0).sum(axis=0) / measured.sum(axis=0))
