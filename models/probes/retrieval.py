"""Retrieval: does a record find its report among those of the test fold, and a report its record?

Reports with the same words are all correct for each of their records. The first correct one counts;
what scores as high as it stands before it, so that a collapsed space finds nothing. Beside each
score stands what a random order would score, since that depends on gallery and repetitions.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from models.data._records import Split, nested_order
from models.embedding import Examined
from models.measurement import Measurement
from models.probes._points import Points, of_records, of_texts, reported_rows
from models.probes._result import ProbeResult
from models.recipe import RecipeError
from models.text_encoders._words import same_key

NEEDS_TEXTS = True
HEADLINE = "recall_at_10/report_of_record"

AT = (1, 5, 10)
_QUERIES_AT_ONCE = 512
_SCORED: tuple[Split, ...] = ("validation", "test")

Counts = npt.NDArray[np.int64]


def evaluate(examined: Examined, *, n_gallery: int | None = None) -> ProbeResult:
    """Rank the reports for every record and the records for every report.

    `n_gallery` takes that many records of each fold: scores compare only at one gallery size.
    """
    measurements: list[Measurement] = []
    for split in _SCORED:
        rows = _gallery(examined, split, n_gallery)
        reports = [examined.records.reports[row] for row in rows]
        groups = group_numbers([same_key(report) for report in reports])
        points, meanings = of_records(examined, rows), of_texts(examined, reports)
        ranks = {
            "report_of_record": first_correct_ranks(points, meanings, groups),
            "record_of_report": first_correct_ranks(meanings, points, groups),
        }
        n_correct = np.bincount(groups)[groups]
        n_patients = examined.records.n_patients(rows)
        measurements += [
            Measurement(
                name=name,
                probe="retrieval",
                split=split,
                value=value,
                n=len(rows),
                n_patients=n_patients,
            )
            for name, value in _values(ranks, n_correct).items()
        ]
    return ProbeResult(
        rows=rows,
        per_record={
            "n_correct": n_correct,
            **{f"rank_of_{name.partition('_')[0]}": found for name, found in ranks.items()},
            # for a page that shows the reports nearest to a record; three digits of a cosine do
            "record_point": points.astype(np.float16),
            "report_point": meanings.astype(np.float16),
        },
        measurements=tuple(measurements),
        details={"n_gallery": len(rows), "n_distinct_reports": len(np.unique(groups))},
    )


def first_correct_ranks(queries: Points, gallery: Points, groups: Counts) -> Counts:
    """Rank, from 1 up, of the best-scored gallery item of each query's own group.

    Queries and gallery (R, P) are in the same order of records, and so are `groups` (R,).
    """
    ranks = np.empty(len(queries), dtype=np.int64)
    for first in range(0, len(queries), _QUERIES_AT_ONCE):
        some = slice(first, first + _QUERIES_AT_ONCE)
        scores = queries[some] @ gallery.T
        is_correct = groups[some, None] == groups
        best = np.where(is_correct, scores, -np.inf).max(axis=1, keepdims=True)
        ranks[some] = 1 + ((scores >= best) & ~is_correct).sum(axis=1)
    return ranks


def chance(n_correct: Counts, n_gallery: int) -> dict[str, float]:
    """Expected R@k and MRR of a random order, averaged over queries with so many correct items.

    >>> chance(np.array([1, 1, 2, 2]), 4)["recall_at_1"]  # the sum of squared shares of the texts
    0.375
    """
    found = dict.fromkeys((*(f"recall_at_{k}" for k in AT), "mrr"), 0.0)
    for correct, n_queries in zip(*np.unique(n_correct, return_counts=True), strict=True):
        places = np.arange(n_gallery)
        # No correct one among the first r: the product of (M - m - i) / (M - i) for i below r.
        miss = np.cumprod(np.clip(n_gallery - correct - places, 0, None) / (n_gallery - places))
        hit = 1 - miss
        share = n_queries / len(n_correct)
        for k in AT:
            found[f"recall_at_{k}"] += float(share * hit[min(k, n_gallery) - 1])
        found["mrr"] += float(share * (np.diff(hit, prepend=0) / (places + 1)).sum())
    return found


def group_numbers(keys: Sequence[str]) -> Counts:
    """Number the keys so that equal ones have the same number."""
    return np.unique(np.array(keys), return_inverse=True)[1].astype(np.int64)


def _values(ranks: dict[str, Counts], n_correct: Counts) -> dict[str, float]:
    values: dict[str, float] = {}
    for direction, found in ranks.items():
        values |= {f"recall_at_{k}/{direction}": float((found <= k).mean()) for k in AT}
        values[f"mrr/{direction}"] = float((1 / found).mean())
        values[f"median_rank/{direction}"] = float(np.median(found))
    # The same in both directions: a record has as many correct reports as its report has records.
    by_chance = chance(n_correct, len(n_correct))
    return values | {f"chance/{name}": value for name, value in by_chance.items()}


def _gallery(examined: Examined, split: Split, n_gallery: int | None) -> Counts:
    rows = reported_rows(examined, split)
    if n_gallery is None:
        return rows
    if not 2 <= n_gallery <= len(rows):
        raise RecipeError(
            f"probe_options.retrieval.n_gallery must be from 2 to the {len(rows)} {split} records "
            f"with a report, found {n_gallery}."
        )
    return rows[np.sort(nested_order(len(rows), subset_seed=0)[:n_gallery])]
