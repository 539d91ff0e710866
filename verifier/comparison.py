"""Runs side by side: only what differs, and means over seeds with their intervals. Pure."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import fmean, stdev
from typing import Any

from scipy import special

from verifier.queue import Measurement, Run

FEWEST, MOST = 2, 8
LEVEL = 0.95
# parts of a result that say where and on what a run ran, beside its recipe
PARTS = ("environment", "model", "dataset")


@dataclass(frozen=True, kw_only=True)
class Difference:
    """One setting in which the runs are not all alike, with its value in each."""

    part: str  # recipe, environment, model or dataset
    name: str  # dotted path
    values: tuple[str, ...]  # "–" where a run has none


@dataclass(frozen=True, kw_only=True)
class SeedMean:
    """Runs that differ in seed alone, and the mean of one measure with its 95 % t interval."""

    setting: str  # what tells it from the other groups, in words
    run_ids: tuple[int, ...]
    measure: str
    mean: float
    low: float | None  # None: one seed
    high: float | None
    n_seeds: int


def flat(tree: Any, prefix: str = "") -> dict[str, Any]:
    """Leaves by dotted path.

    >>> flat({"a": {"b": 1}, "c": [1, 2]})
    {'a.b': 1, 'c': [1, 2]}
    """
    if not isinstance(tree, Mapping):
        return {prefix: tree}
    leaves: dict[str, Any] = {}
    for name, branch in tree.items():
        leaves |= flat(branch, f"{prefix}.{name}" if prefix else str(name))
    return leaves


def differences(runs: Sequence[Run]) -> list[Difference]:
    """What the runs do not have in common: recipe first, then where and on what they ran."""
    trees = [_parts(run) for run in runs]
    found = []
    for part in ("recipe", "data", *PARTS):
        leaves = [flat(tree.get(part, {})) for tree in trees]
        for name in dict.fromkeys(name for each in leaves for name in each):
            values = tuple(_written(each, name) for each in leaves)
            if len(set(values)) > 1:
                found.append(Difference(part=part, name=name, values=values))
    return found


def _parts(run: Run) -> dict[str, Any]:
    result = run.result or {}
    return {
        "recipe": run.task,
        "data": {"reference": run.data},
        **{part: result[part] for part in PARTS if isinstance(result.get(part), Mapping)},
    }


def _written(leaves: Mapping[str, Any], name: str) -> str:
    if name not in leaves:
        return "–"
    value = leaves[name]
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def measure_name(found: Measurement) -> str:
    parts = (found.name, f"{found.probe} probe" if found.probe else "", found.split)
    return ", ".join(part for part in parts if part)


def seed_means(
    runs: Sequence[Run], measurements: Mapping[int, Sequence[Measurement]]
) -> list[SeedMean]:
    """Every measure of every group of runs that differ in seed alone.

    Invalid runs are never averaged in; a measure without a value counts for no seed.
    """
    groups: dict[str, list[Run]] = {}
    for run in runs:
        if run.state == "succeeded" and run.is_valid is not False:
            groups.setdefault(_but_seed(run), []).append(run)
    settings = _settings([members[0] for members in groups.values()])
    found = []
    for members, setting in zip(groups.values(), settings, strict=True):
        values: dict[str, list[float]] = {}
        for run in members:
            for one in measurements.get(run.id, ()):
                if one.value is not None:
                    values.setdefault(measure_name(one), []).append(one.value)
        ids = tuple(run.id for run in members)
        found += [_mean(setting, ids, measure, numbers) for measure, numbers in values.items()]
    return found


def _but_seed(run: Run) -> str:
    recipe = {name: value for name, value in run.task.items() if name != "seed"}
    return json.dumps([run.kind, run.data, recipe], sort_keys=True)


def _settings(firsts: Sequence[Run]) -> list[str]:
    """How each group differs from the others, in words: by the fewest settings that tell them."""
    found = [d for d in differences(firsts) if d.part in ("recipe", "data") and d.name != "seed"]
    telling = _telling(found, len(firsts))
    return [
        ", ".join(f"{d.name} = {d.values[place]}" for d in telling) or "all alike"
        for place in range(len(firsts))
    ]


def _telling(found: Sequence[Difference], n_groups: int) -> list[Difference]:
    """Settings that together tell all groups apart, each time the one that tells most more.

    An objective brings options of its own; where it is named, they need not be.
    """
    chosen: list[Difference] = []
    while _n_told(chosen, n_groups) < _n_told(found, n_groups):
        chosen.append(max(found, key=lambda d: _n_told([*chosen, d], n_groups)))
    return [d for d in found if d in chosen]


def _n_told(by: Sequence[Difference], n_groups: int) -> int:
    return len({tuple(d.values[place] for d in by) for place in range(n_groups)})


def _mean(setting: str, ids: tuple[int, ...], measure: str, numbers: Sequence[float]) -> SeedMean:
    n, mean = len(numbers), fmean(numbers)
    reach = None
    if n > 1:
        quantile = float(special.stdtrit(n - 1, (1 + LEVEL) / 2))
        reach = quantile * stdev(numbers) / sqrt(n)
    return SeedMean(
        setting=setting,
        run_ids=ids,
        measure=measure,
        mean=mean,
        low=None if reach is None else mean - reach,
        high=None if reach is None else mean + reach,
        n_seeds=n,
    )
