"""Scores of a run on the whole test fold and on every resample of its patients, by metric.

R records, L labels, B resamples. Areas under the ROC curve are resampled through their placement
values (DeLong 1988; Hájek's projection), which makes each a ratio of sums over records and so all
resamples one matrix product. What the projection leaves out falls with the number of positives;
below LEAST_OF_A_KIND of either kind the exact statistic is resampled instead.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from verifier.statistics.auroc import auroc

Floats = NDArray[np.float64]
Weights = NDArray[np.float32]
LEAST_OF_A_KIND = 25
_DRAWN_AT_ONCE = 256  # resamples


@dataclass(frozen=True, kw_only=True)
class Scored:
    """What a probe left of each record of the test fold; what it has nothing of is None."""

    targets: NDArray[np.bool_] | None = None  # (R, L)
    scores: Floats | None = None  # (R, L)
    ranks: Floats | None = None  # (R,), of the first correct report, from 1


@dataclass(frozen=True, kw_only=True)
class Metric:
    unit: str  # in words
    needs: str  # "scores" or "ranks"
    # of each run scored on one fold (runs, 1 + B): whole fold first; NaN where undefined
    measure: Callable[[Sequence[Scored], Weights], Floats]


def patient_weights(
    patient_ids: NDArray[np.str_], n_resamples: int, generator: np.random.Generator
) -> Weights:
    """How often each record counts in each resample of patients, (1 + B, R); the first row is 1.

    Patients are drawn with replacement and bring all their records, because records of one
    patient are not independent.
    """
    _, patient_of = np.unique(patient_ids, return_inverse=True)
    n_patients = int(patient_of.max()) + 1
    counts = np.ones((1 + n_resamples, n_patients), dtype=np.float32)
    for first in range(1, 1 + n_resamples, _DRAWN_AT_ONCE):
        rows = counts[first : first + _DRAWN_AT_ONCE]
        drawn = generator.integers(n_patients, size=rows.shape, dtype=np.int32)
        drawn += n_patients * np.arange(len(rows), dtype=np.int32)[:, None]
        rows[:] = np.bincount(drawn.ravel(), minlength=rows.size).reshape(rows.shape)
    return counts if n_patients == len(patient_of) else counts[:, patient_of]


def macro_auroc(runs: Sequence[Scored], weights: Weights) -> Floats:
    """Mean AUROC over the labels that have both kinds of record."""
    columns: list[Floats] = []  # of the labels that are projected, four each
    exact: list[list[Floats]] = []
    n_projected: list[int] = []
    for found in runs:
        targets, scores = _labelled(found)
        before = len(columns)
        exact.append([])
        for label in range(targets.shape[1]):
            is_positive = targets[:, label]
            n_positive = int(is_positive.sum())
            fewest = min(n_positive, len(is_positive) - n_positive)
            if 0 < fewest < LEAST_OF_A_KIND:
                area = auroc(is_positive, scores[:, label], weights.astype(np.float64))
                exact[-1].append(area)
            elif fewest:
                columns += _projected(is_positive, scores[:, label])
        n_projected.append((len(columns) - before) // 4)
    projected = iter(_ratios(columns, weights))
    return np.stack(
        [
            _mean_of_measured([*small, *(next(projected) for _ in range(n_large))], len(weights))
            for small, n_large in zip(exact, n_projected, strict=True)
        ]
    )


def _projected(is_positive: NDArray[np.bool_], scores: Floats) -> list[Floats]:
    """Numerators and denominators (R,) of the two means whose sum is AUROC + the resample's own."""
    placed = placements(is_positive, scores)
    area = placed[is_positive].mean()
    positive, negative = is_positive.astype(np.float64), (~is_positive).astype(np.float64)
    return [placed * positive, positive, (placed - area) * negative, negative]


def placements(is_positive: NDArray[np.bool_], scores: Floats) -> Floats:
    """For a positive the share of negatives below it, for a negative the share of positives above.

    Ties count half (DeLong, DeLong and Clarke-Pearson 1988, equation 5). (R,)
    """
    n_positive = int(is_positive.sum())
    ranks = _ranks(scores)
    placed = np.empty(len(scores))
    for one, n_others in ((is_positive, len(scores) - n_positive), (~is_positive, n_positive)):
        placed[one] = (ranks[one] - _ranks(scores[one])) / n_others
    placed[~is_positive] = 1 - placed[~is_positive]
    return placed


def _ranks(values: Floats) -> Floats:
    """From 1 up, tied values sharing their mean (scipy.stats takes a second to import)."""
    _, group, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    return np.asarray((last - (counts - 1) / 2)[group], dtype=np.float64)


def _ratios(columns: list[Floats], weights: Weights) -> list[Floats]:
    """The AUROC of each label for each row of weights, from one product for all labels."""
    if not columns:
        return []
    stacked = np.stack(columns, axis=1)
    sums = (weights @ stacked.astype(np.float32)).astype(np.float64)
    sums[0] = weights[0].astype(np.float64) @ stacked  # the whole fold to the last digit
    with np.errstate(divide="ignore", invalid="ignore"):
        means = sums[:, ::2] / sums[:, 1::2]
    return list((means[:, ::2] + means[:, 1::2]).T)


def macro_auprc(runs: Sequence[Scored], weights: Weights) -> Floats:
    """Mean average precision over the labels that have both kinds of record."""
    rows = []
    for found in runs:
        targets, scores = _labelled(found)
        kinds = np.flatnonzero(targets.any(axis=0) & ~targets.all(axis=0))
        each = [_auprc(targets[:, k], scores[:, k], weights) for k in kinds]
        rows.append(_mean_of_measured(each, len(weights)))
    return np.stack(rows)


def _auprc(is_positive: NDArray[np.bool_], scores: Floats, weights: Weights) -> Floats:
    """Average precision, tied scores entering together, as scikit-learn's."""
    order = np.argsort(-scores, kind="stable")
    weighted = weights[:, order].astype(np.float64)
    last = np.flatnonzero(np.diff(scores[order], append=-np.inf))  # the last of each tied group
    found = np.cumsum(np.where(is_positive[order], weighted, 0.0), axis=1)[:, last]
    taken = np.cumsum(weighted, axis=1)[:, last]
    gained = np.diff(found, axis=1, prepend=0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        precision = np.where(taken > 0, found / taken, 0.0)
        return np.asarray((gained * precision).sum(axis=1) / found[:, -1])


def _mean_rank_score(
    of: Callable[[Floats], Floats],
) -> Callable[[Sequence[Scored], Weights], Floats]:
    def measure(runs: Sequence[Scored], weights: Weights) -> Floats:
        if any(found.ranks is None for found in runs):
            raise ValueError("There are no ranks; the retrieval probe keeps them.")
        each = np.stack([of(found.ranks) for found in runs if found.ranks is not None], axis=1)
        sums = (weights @ each.astype(np.float32)).astype(np.float64)
        return np.asarray((sums / weights.sum(axis=1, keepdims=True)).T, dtype=np.float64)

    return measure


def _is_within(ranks: Floats, *, most: int) -> Floats:
    return np.asarray(ranks <= most, dtype=np.float64)


def _labelled(found: Scored) -> tuple[NDArray[np.bool_], Floats]:
    if found.targets is None or found.scores is None:
        raise ValueError("There are no scores of labels; a probe of labels keeps them.")
    return found.targets, found.scores


def _mean_of_measured(areas: Sequence[Floats], n_rows: int) -> Floats:
    """A label without both classes in a resample is left out of that resample's mean."""
    if not areas:
        return np.full(n_rows, np.nan)
    each = np.stack(areas)
    measured = ~np.isnan(each)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where(measured, each, 0.0).sum(axis=0) / measured.sum(axis=0))


METRICS: Mapping[str, Metric] = {
    "macro_auroc": Metric(unit="macro AUROC", needs="scores", measure=macro_auroc),
    "macro_auprc": Metric(unit="macro AUPRC", needs="scores", measure=macro_auprc),
    **{
        f"recall_at_{k}": Metric(
            unit=f"recall at {k}",
            needs="ranks",
            measure=_mean_rank_score(partial(_is_within, most=k)),
        )
        for k in (1, 5, 10)
    },
    "mrr": Metric(
        unit="mean reciprocal rank",
        needs="ranks",
        measure=_mean_rank_score(lambda ranks: 1 / ranks),
    ),
}
