"""How the error falls with more pretraining records: points from runs. No fit, no drawing."""

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from statistics import fmean, stdev
from typing import Any

import pandas as pd
from scipy.stats import t as student

from verifier.charts import RANDOM_ENCODER
from verifier.queue import Measurement, Run

METRIC, PROBE, SPLIT = "macro_auroc", "linear", "test"
FEWEST_SIZES, FEWEST_DECADES, FEWEST_SEEDS = 5, 1.5, 3

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
]
# Decide nothing where nothing is pretrained, so that all runs of a random encoder are one.
PRETRAINING_ONLY = {
    "objective",
    "objective_options",
    "batch_size",
    "learning_rate",
    "weight_decay",
}


def points(runs: Sequence[Run], measurements: Mapping[int, Sequence[Measurement]]) -> pd.DataFrame:
    """One row for each size of each series: mean error over seeds, with its interval.

    A series is runs on one data reference whose recipes differ in seed and number of records alone.
    `error` is 1 − test macro AUROC of the linear probe, `auroc` its complement; `low` and `high`
    end the 95 % t interval over seeds and are missing where there is one seed. `n_records` is the
    number really pretrained on, 0 for the random encoder. `settings` says in words how the recipe
    differs from the commonest one of that data, backbone and objective, and is empty for that one.
    Only runs that succeeded, are valid and were scored count; `left_out` counts the others.
    """
    scored = [(run, value) for run in runs if (value := _score(run, measurements)) is not None]
    groups: dict[tuple[str, int], list[tuple[Run, float]]] = {}
    for run, value in scored:
        groups.setdefault((_series(run), _n_records(run)), []).append((run, value))
    words = _differences([run for run, _ in scored])
    rows = [
        {**_row(members, n_records=n_records), "settings": words[series], "series": series}
        for (series, n_records), members in groups.items()
    ]
    table = pd.DataFrame(rows, columns=COLUMNS).astype({"low": float, "high": float})
    order = ["data", "backbone", "objective", "settings", "series", "n_records"]
    return table.sort_values(order, ignore_index=True)


def left_out(
    runs: Sequence[Run], measurements: Mapping[int, Sequence[Measurement]]
) -> dict[str, int]:
    """How many training runs no point counts, by the reason why."""
    trained = [run for run in runs if run.kind == "training"]
    ended = [run for run in trained if run.state == "succeeded"]
    n_invalid = sum(run.is_valid is False for run in ended)
    n_scored = sum(_score(run, measurements) is not None for run in ended)
    counts = {
        "not finished": len(trained) - len(ended),
        "invalid": n_invalid,
        "not scored": len(ended) - n_invalid - n_scored,
    }
    return {why: count for why, count in counts.items() if count}


def range_note(points: pd.DataFrame) -> str | None:
    """Say which series reach too little to be called scaling, and by which numbers; None if none.

    A curve wants five sizes over one and a half decades, and three seeds at every size.
    """
    trained = points[points["objective"] != RANDOM_ENCODER]
    by = ["data", "backbone", "objective", "settings", "series"]
    short = [
        _named(line.iloc[0], among=trained) + ": " + reach
        for _, line in trained.groupby(by, sort=True)
        if (reach := _reach(line)) is not None
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


def _score(run: Run, measurements: Mapping[int, Sequence[Measurement]]) -> float | None:
    if run.kind != "training" or run.state != "succeeded" or run.is_valid is False:
        return None
    for found in measurements.get(run.id, ()):
        if (found.name, found.probe, found.split) == (METRIC, PROBE, SPLIT):
            return found.value
    return None


def _is_random(run: Run) -> bool:
    return run.task.get("n_updates") == 0


def _objective(run: Run) -> str:
    return RANDOM_ENCODER if _is_random(run) else str(run.task.get("objective", "unknown"))


def _n_records(run: Run) -> int:
    """Records really pretrained on: a recipe that states none takes all of the training fold."""
    if _is_random(run):
        return 0
    result = run.result or {}
    used = result.get("n_pretraining_records")
    if used is not None:
        return int(used)
    there = result.get("dataset", {}).get("n_records", {}).get("train")
    asked = run.task.get("n_records")
    known = [int(number) for number in (asked, there) if number is not None]
    return min(known, default=0)


def _recipe(run: Run) -> dict[str, Any]:
    """What a series has in common, beyond its data, backbone and objective."""
    ignored = {"seed", "n_records", "paper"} | (PRETRAINING_ONLY if _is_random(run) else set())
    return {key: value for key, value in run.task.items() if key not in ignored}


def _series(run: Run) -> str:
    return json.dumps([run.data, _objective(run), _recipe(run)], sort_keys=True)


def _row(members: Sequence[tuple[Run, float]], *, n_records: int) -> dict[str, Any]:
    """A seed that was run more than once counts once, with its mean."""
    by_seed: dict[int, list[float]] = {}
    for run, value in members:
        by_seed.setdefault(int(run.task.get("seed", 0)), []).append(1 - value)
    errors = [fmean(values) for _, values in sorted(by_seed.items())]
    low, high = t_interval(errors) or (None, None)
    first = members[0][0]
    return {
        "data": first.data,
        "backbone": str(first.task.get("backbone", "unknown")),
        "objective": _objective(first),
        "n_records": n_records,
        "n_seeds": len(errors),
        "metric": METRIC,
        "error": fmean(errors),
        "low": low,
        "high": high,
        "auroc": 1 - fmean(errors),
        "run_ids": sorted(run.id for run, _ in members),
        "n_updates": int(first.task.get("n_updates", 0)),
    }


def _differences(runs: Sequence[Run]) -> dict[str, str]:
    """For each series, how its recipe differs from the commonest of its kind."""
    kinds: dict[tuple[str, str, str], dict[str, list[Run]]] = {}
    for run in runs:
        kind = (run.data, str(run.task.get("backbone")), _objective(run))
        kinds.setdefault(kind, {}).setdefault(_series(run), []).append(run)
    words: dict[str, str] = {}
    for alike in kinds.values():
        commonest = max(sorted(alike), key=lambda series: len(alike[series]))
        usual = dict(_flat(_recipe(alike[commonest][0])))
        for series, members in alike.items():
            own = dict(_flat(_recipe(members[0])))
            keys = [
                key for key in sorted(own.keys() | usual.keys()) if own.get(key) != usual.get(key)
            ]
            words[series] = ", ".join(f"{key} = {own.get(key, 'not set')}" for key in keys)
    return words


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


def _named(row: pd.Series, *, among: pd.DataFrame) -> str:
    """Name a series by as little as tells it apart: the data too where there are several."""
    parts = [row["objective"], row["backbone"]]
    parts += [row["data"]] if among["data"].nunique() > 1 else []
    return ", ".join([*parts, *([row["settings"]] if row["settings"] else [])])


def _reach(line: pd.DataFrame) -> str | None:
    """The numbers of a series that reaches too little, None where it reaches far enough."""
    sizes = sorted({int(size) for size in line["n_records"] if size > 0})
    decades = math.log10(sizes[-1] / sizes[0]) if sizes else 0.0
    n_seeds = int(line["n_seeds"].min())
    if len(sizes) >= FEWEST_SIZES and decades >= FEWEST_DECADES and n_seeds >= FEWEST_SEEDS:
        return None
    return f"{_count(len(sizes), 'size')} over {decades:.1f} decades, {_count(n_seeds, 'seed')}"


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
