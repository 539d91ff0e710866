"""A table of every objective on every backbone, beside a random encoder and training on labels.

Each cell is some runs that differ in their seed and, where the data have folds that can take turns,
in the fold they are tested on. An objective stands beside the random encoder of its own direction,
with the same seed and fold. Folders of runs stay, so a table that was cut short goes on where it
stopped, and one that was not asked for everything shows what is there.
"""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from models.backbones import BACKBONES
from models.data import DATASETS, DataReference
from models.objectives import OBJECTIVES as KNOWN
from models.recipe import Recipe
from models.run import Place, run

# The encoder before any update, by whether it is causal, and the objective that starts from it.
CONTROLS = {
    True: ("random encoder, causal", "cpc"),
    False: ("random encoder, both ways", "supervised"),
}
OBJECTIVES = ("cpc", "jepa", "data2vec", "dinosr", "hubert", "supervised")
_LABEL = "macro_auroc"

# Student's t at 97.5 %, by degrees of freedom; scipy takes as long to import as a cell to fill.
_T = (12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262)


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What to train: the recipe's objective, backbone and seed are replaced by each of these."""

    recipe: Recipe
    data: Sequence[DataReference]
    objectives: Sequence[str] = OBJECTIVES
    backbones: Sequence[str] = field(default_factory=BACKBONES.names)
    n_seeds: int = 3

    def cells(self) -> Iterator[tuple[DataReference, str, str]]:
        for data in self.data:
            for backbone in self.backbones:
                for row in (*self._controls(), *self.objectives):
                    yield data, row, backbone

    def _controls(self) -> list[str]:
        """The random encoders that the objectives are compared with."""
        return sorted({control_of(objective) for objective in self.objectives})

    def recipe_of(self, data: DataReference, objective: str, backbone: str, seed: int) -> Recipe:
        starts = dict(CONTROLS.values())
        changes: dict[str, Any] = {"dataset": data.name, "backbone": backbone, "seed": seed}
        changes["objective"] = starts.get(objective, objective)
        if objective in starts:
            changes["n_updates"] = 0
        n_folds = getattr(DATASETS.load(data.name), "N_ROTATIONS", 1)
        if n_folds > 1:
            changes["dataset_options.rotation"] = seed % n_folds
        return self.recipe.with_changes(changes)


def control_of(objective: str) -> str:
    """The random encoder that an objective is compared with: one that sees what it sees."""
    return CONTROLS[bool(KNOWN.load(objective).Objective.is_causal)][0]


@dataclass(frozen=True, kw_only=True)
class Cell:
    """Runs of one arm, by seed; a run without a value is missing here and counted as invalid."""

    data: str
    objective: str
    backbone: str
    values: Mapping[int, float]
    n_invalid: int = 0
    n_parameters: int | None = None
    n_test_patients: int | None = None

    def to_dict(self, control: "Cell | None") -> dict[str, Any]:
        gain = None if control is None else _gain(self, control)
        return {
            "data": self.data,
            "objective": self.objective,
            "backbone": self.backbone,
            "n_seeds": len(self.values),
            "n_invalid": self.n_invalid,
            "n_parameters": self.n_parameters,
            "n_test_patients": self.n_test_patients,
            _LABEL: interval(list(self.values.values())),
            "gain_over_random": gain,
        }


def fill(
    plan: Plan,
    *,
    out: Path,
    is_stopping: Callable[[], bool],
    say: Callable[[str], None] = lambda line: None,
) -> list[dict[str, Any]]:
    """Carry out the runs that are still missing, seed by seed, and return the rows of the table."""
    found: dict[tuple[str, str, str], dict[int, dict[str, Any]]] = {}
    for seed in range(plan.n_seeds):  # so that a table cut short has every cell, of fewer seeds
        for data, objective, backbone in plan.cells():
            row = objective.replace(",", "").replace(" ", "_")
            name = f"{data.name}-{backbone}-{row}-{seed}"
            place = Place(out=out / name, cache=out / "cache", data=data)
            recipe = plan.recipe_of(data, objective, backbone, seed)
            result = run(recipe, place, is_stopping=is_stopping)
            found.setdefault((data.name, objective, backbone), {})[seed] = result
            say(f"{name}: {_value(result)}")
    return rows_of({key: cell_of(key, results) for key, results in found.items()})


def cell_of(key: tuple[str, str, str], results: Mapping[int, dict[str, Any]]) -> Cell:
    values = {seed: value for seed, one in results.items() if (value := _value(one)) is not None}
    first = next(iter(results.values()))
    by_fold = {
        one["recipe"]["dataset_options"].get("rotation", 0): _headline(one)["n_patients"]
        for one in results.values()
    }
    return Cell(
        data=key[0],
        objective=key[1],
        backbone=key[2],
        values=values,
        n_invalid=len(results) - len(values),
        n_parameters=first["model"]["n_parameters"],
        n_test_patients=sum(by_fold.values()),
    )


def rows_of(cells: Mapping[tuple[str, str, str], Cell]) -> list[dict[str, Any]]:
    controls = dict(CONTROLS.values())
    return [
        cell.to_dict(None if row in controls else cells.get((data, control_of(row), backbone)))
        for (data, row, backbone), cell in cells.items()
    ]


def interval(values: Sequence[float]) -> dict[str, float | int | None]:
    """Mean with its 95 % interval over seeds; without an interval where there is one seed only.

    >>> interval([0.7, 0.8])["low"] < 0.2
    True
    """
    if not values:
        return {"mean": None, "low": None, "high": None, "n_seeds": 0}
    mean, n = float(np.mean(values)), len(values)
    if n == 1 or n - 1 > len(_T):
        return {"mean": mean, "low": None, "high": None, "n_seeds": n}
    reach = _T[n - 2] * float(np.std(values, ddof=1)) / math.sqrt(n)
    return {"mean": mean, "low": mean - reach, "high": mean + reach, "n_seeds": n}


def markdown(rows: Sequence[Mapping[str, Any]]) -> str:
    """Write the rows as a table, in the order they have."""
    lines = [
        "| data | backbone | objective | macro AUROC [95 %] | gain over random encoder [95 %] "
        "| seeds | parameters | test patients |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for row in rows:
        seeds = str(row["n_seeds"]) + (f" ({row['n_invalid']} invalid)" if row["n_invalid"] else "")
        lines.append(
            f"| {row['data']} | {row['backbone']} | {row['objective']} | {_shown(row[_LABEL])} "
            f"| {_shown(row['gain_over_random'], sign='+')} | {seeds} "
            f"| {row['n_parameters']:,} | {row['n_test_patients']} |"
        )
    return "\n".join(lines)


def _shown(value: Mapping[str, Any] | None, sign: str = "") -> str:
    if value is None or value["mean"] is None:
        return "–"
    text = f"{value['mean']:{sign}.3f}"
    if value["low"] is None:
        return text
    return f"{text} [{value['low']:{sign}.3f}, {value['high']:{sign}.3f}]".replace("-", "−")


def _gain(cell: Cell, control: Cell) -> dict[str, float | int | None]:
    """Differences of runs with the same seed, and so with the same random start of the encoder."""
    shared = sorted(cell.values.keys() & control.values.keys())
    return interval([cell.values[seed] - control.values[seed] for seed in shared])


def _value(result: Mapping[str, Any]) -> float | None:
    value: float | None = _headline(result)["value"]
    return value


def _headline(result: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = next(
        each
        for each in result["measurements"]
        if each["name"] == _LABEL and each["split"] == "test"
    )
    return found
