"""How a measure moves with more pretraining: points from runs. No fit, no drawing.

What is measured is one of `measures`, always with less being better, so that every curve reads as
an error; along what it moves is one of the axes of `trained`.
"""

import json
import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from statistics import fmean, median_high, stdev
from typing import Any

import pandas as pd
from scipy.stats import t as student

from verifier import trained
from verifier.charts import RANDOM_ENCODER
from verifier.measures import LINEAR, MEASURES
from verifier.plural import plural
from verifier.queue import Measurement, Run
from verifier.trained import BATCH, PRETRAINING_ONLY, RECORDS, Trained

FEWEST_SIZES, FEWEST_DECADES, FEWEST_SEEDS = 5, 1.5, 3
ALIKE = 1.05  # numbers of records within this ratio are one size: folds differ by that much


Groups = dict[tuple[str, int], list[Trained]]  # (series, place on the axis): its runs
COLUMNS = [
    "data",
    "backbone",
    "objective",
    "n_records",
    "n_seeds",
    "metric",
    "error",
    "low",
    "high",
    "auroc",
    "run_ids",
    "n_updates",
    "settings",
    "series",
    "network",
    "errors",
]


def points(runs: Sequence[Run], measurements: Mapping[int, Sequence[Measurement]]) -> pd.DataFrame:
    """`points_of` the runs at hand: the linear probe's error against pretraining records."""
    found = (trained.read(run, measurements.get(run.id, ())) for run in runs)
    return points_of([one for one in found if isinstance(one, Trained)])


def points_of(
    found: Iterable[Trained], *, measure: str = LINEAR, along: str = RECORDS
) -> pd.DataFrame:
    """One row for each size of each series: mean error over seeds, with its interval.

    A series is runs on one data reference whose recipes differ in seed and in what the axis is
    about alone. `error` is 1 − the measure on the test fold (or the measure itself where less is
    better), `auroc` its complement, `errors` one by seed; `low` and `high` end the 95 % t
    interval over seeds and are missing where there is one seed. `n_records` is the place on the
    axis, whatever it is about: by default the number really pretrained on, 0 for the random
    encoder. Numbers that only the fold makes differ, as it does how many records have labels, are
    one size, at their median. `settings` says in words how the recipe differs from the usual one of
    that data, backbone and objective, and is empty for that one. The usual one is the commonest of
    the `network` that most trained runs have, whatever their objective, so that usual ones can be
    compared. `network` is alike where pretraining alone differs: it tells which random encoder a
    curve has to beat.
    """
    groups: Groups = {}
    for one in found:
        if measure in one.values:
            place = 0 if one.objective == RANDOM_ENCODER else int(getattr(one, along))
            groups.setdefault((_series(one, along), place), []).append(one)
    if along != BATCH:
        groups = _sized(groups)
    words = _differences(groups, along, measure)
    rows = [
        {
            **_row(members, measure, place),
            "settings": words[series],
            "series": series,
            "network": _network(members[0], measure),
        }
        for (series, place), members in groups.items()
    ]
    table = pd.DataFrame(rows, columns=COLUMNS).astype({"low": float, "high": float})
    order = ["data", "backbone", "objective", "settings", "series", "n_records"]
    return table.sort_values(order, ignore_index=True)


def _sized(groups: Groups) -> Groups:
    """The groups with places of a series that are alike put together, at the median of its runs.

    >>> sorted(place for _, place in _sized({("a", 100): [1], ("a", 102): [2, 3], ("a", 200): [4]}))
    [102, 200]
    """
    merged: Groups = {}
    by_series: dict[str, list[int]] = {}
    for series, place in sorted(groups):
        by_series.setdefault(series, []).append(place)
    for series, places in by_series.items():
        while places:
            alike = [place for place in places if place <= places[0] * ALIKE]
            places = places[len(alike) :]
            each = [place for place in alike for _ in groups[series, place]]
            members = [one for place in alike for one in groups[series, place]]
            merged[series, median_high(each)] = members
    return merged


def left_out(
    runs: Sequence[Run], measurements: Mapping[int, Sequence[Measurement]]
) -> dict[str, int]:
    """How many training runs no point counts, by the reason why."""
    return trained.left_out(trained.read(run, measurements.get(run.id, ())) for run in runs)


def range_note(points: pd.DataFrame) -> str | None:
    """Say which series reach too little to be called scaling, and by which numbers; None if none.

    A curve wants five sizes over one and a half decades, and three seeds at every size.
    """
    pretrained = points[points["objective"] != RANDOM_ENCODER]
    by = ["data", "backbone", "objective", "settings", "series"]
    short = [
        _named(line.iloc[0], among=pretrained) + ": " + short_of
        for _, line in pretrained.groupby(by, sort=True)
        if (short_of := reach(line)) is not None
    ]
    if not short:
        return None
    return (
        f"Insufficient range: a scaling curve wants {FEWEST_SIZES} sizes over {FEWEST_DECADES:g} "
        f"decades and {FEWEST_SEEDS} seeds at each. {'; '.join(short)}."
    )


def t_interval(values: Sequence[float], level: float = 0.95) -> tuple[float, float] | None:
    """Student's t interval of the mean; None below two values.

    >>> low, high = t_interval([1.0, 2.0, 3.0])
    >>> round(low, 3), round(high, 3)  # 2 ± 4.303 · 1 / √3
    (-0.484, 4.484)
    """
    if len(values) < 2:
        return None
    half = float(student.ppf((1 + level) / 2, len(values) - 1))
    half *= stdev(values) / math.sqrt(len(values))
    return fmean(values) - half, fmean(values) + half


def _series(one: Trained, along: str) -> str:
    """What runs of one curve share; beside the recipe the size that is not the axis."""
    if one.objective == RANDOM_ENCODER:
        return f"{one.data} {one.objective} {one.recipe}"
    fixed = f"n_records {one.n_records}" if along == BATCH else f"batch_size {one.batch_size}"
    return f"{one.data} {one.objective} {fixed} {one.recipe}"


def _row(members: Sequence[Trained], measure: str, place: int) -> dict[str, Any]:
    """A seed that was run more than once counts once, with its mean."""
    is_error = MEASURES[measure].is_error
    by_seed: dict[int, list[float]] = {}
    for one in members:
        value = one.values[measure]
        by_seed.setdefault(one.seed, []).append(value if is_error else 1 - value)
    by_seed_mean = {seed: fmean(values) for seed, values in sorted(by_seed.items())}
    errors = list(by_seed_mean.values())
    low, high = t_interval(errors) or (None, None)
    first = members[0]
    return {
        "data": first.data,
        "backbone": first.backbone,
        "objective": first.objective,
        "n_records": place,
        "n_seeds": len(errors),
        "metric": MEASURES[measure].name,
        "error": fmean(errors),
        "low": low,
        "high": high,
        "auroc": 1 - fmean(errors),
        "run_ids": sorted(one.run_id for one in members),
        "n_updates": first.n_updates,
        "errors": by_seed_mean,
    }


def _network(one: Trained, measure: str) -> str:
    """All of a recipe but the pretraining and the probes that take another measure."""
    told = json.loads(one.recipe)
    probe = MEASURES[measure].probe
    told["probe_options"] = told.get("probe_options", {}).get(probe, {})
    decided_by_pretraining = {*PRETRAINING_ONLY, "n_updates", "probes"}
    kept = {key: value for key, value in told.items() if key not in decided_by_pretraining}
    return f"{one.data} {json.dumps(kept, sort_keys=True)}"


def _differences(
    groups: Mapping[tuple[str, int], Sequence[Trained]], along: str, measure: str
) -> dict[str, str]:
    """For each series, how its recipe differs from the usual one of its kind."""
    kinds: dict[tuple[str, str, str], dict[str, list[Trained]]] = {}
    networks: dict[tuple[str, str], Counter[str]] = {}
    for (series, _), members in groups.items():
        one = members[0]
        kinds.setdefault((one.data, one.backbone, one.objective), {}).setdefault(series, []).extend(
            members
        )
        if one.objective != RANDOM_ENCODER:
            counted = networks.setdefault((one.data, one.backbone), Counter())
            counted[_network(one, measure)] += len(members)
    words: dict[str, str] = {}
    for (data, backbone, _), alike in kinds.items():
        counted = networks.get((data, backbone), Counter())
        weights = {
            series: (counted[_network(alike[series][0], measure)], len(alike[series]))
            for series in sorted(alike)
        }
        usual = _settings(alike[max(weights, key=weights.__getitem__)][0], along)
        for series, members in alike.items():
            own = _settings(members[0], along)
            keys = [
                key for key in sorted(own.keys() | usual.keys()) if own.get(key) != usual.get(key)
            ]
            words[series] = ", ".join(f"{key} = {own.get(key, 'not set')}" for key in keys)
    return words


def _settings(one: Trained, along: str) -> dict[str, Any]:
    fixed = "n_records" if along == BATCH else "batch_size"
    is_random = one.objective == RANDOM_ENCODER
    return {
        **dict(_flat(json.loads(one.recipe))),
        **({} if is_random else {fixed: getattr(one, fixed)}),
    }


def _flat(table: Mapping[str, Any], prefix: str = "") -> Iterable[tuple[str, Any]]:
    """Dotted keys of nested tables.

    >>> dict(_flat({"seed": 1, "stem": {"width": 64}}))
    {'seed': 1, 'stem.width': 64}
    """
    for key, value in table.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def beside(chosen: pd.DataFrame, points: pd.DataFrame) -> pd.DataFrame:
    """The chosen curves with the random encoders of their own networks, out of all points."""
    is_random = points["objective"] == RANDOM_ENCODER
    is_theirs = is_random & points["network"].isin(set(chosen["network"]))
    return points[points.index.isin(chosen.index) | is_theirs]


def _named(row: pd.Series, *, among: pd.DataFrame) -> str:
    """Name a series by as little as tells it apart: the data too where there are several."""
    parts = [row["objective"], row["backbone"]]
    parts += [row["data"]] if among["data"].nunique() > 1 else []
    return ", ".join([*parts, *([row["settings"]] if row["settings"] else [])])


def reach(line: pd.DataFrame) -> str | None:
    """The numbers of a series that reaches too little, None where it reaches far enough."""
    sizes = sorted({int(size) for size in line["n_records"] if size > 0})
    decades = math.log10(sizes[-1] / sizes[0]) if sizes else 0.0
    n_seeds = int(line["n_seeds"].min())
    if len(sizes) >= FEWEST_SIZES and decades >= FEWEST_DECADES and n_seeds >= FEWEST_SEEDS:
        return None
    width = f" over {decades:.1f} decades" if len(sizes) > 1 else ""
    return f"{plural(len(sizes), 'size')}{width}, {plural(n_seeds, 'seed')}"
