"""Planned runs as they ended: what measuring, certainty and scope make of each and of all."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from verifier.certainty import Setting
from verifier.checks import Measured
from verifier.checks._questions import COVARIATES
from verifier.machines import apart
from verifier.planning import Conditions, parsed_data
from verifier.runs import Measurement, Run
from verifier.scoring import Comparison
from verifier.stress import Tally

DATA_WORDS = {"synthetic": "synthetic 12-lead ECGs", "ptb_xl": "PTB-XL records"}


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """A planned run as it ended."""

    arm: Mapping[str, Any]
    run: Run
    predictions: bytes | None
    measurements: Sequence[Measurement] = ()  # what the run measured by itself


def tallies(outcomes: Sequence[Outcome]) -> dict[str, Tally]:
    """By role, how many runs ended well and how many were planned."""
    found: dict[str, Tally] = {}
    for outcome in outcomes:
        role = outcome.arm["role"]
        ended, planned = found.get(role, (0, 0))
        found[role] = (ended + (outcome.run.state == "succeeded"), planned + 1)
    return found


def comparison_of(outcome: Outcome) -> Comparison:
    run = outcome.run
    usable = run.state == "succeeded" and run.is_valid is not False
    return Comparison(
        arm=outcome.arm,
        predictions=outcome.predictions if usable else None,
        n_records=_pretrained_on(run),
        covariates=_covariates(outcome),
    )


def _covariates(outcome: Outcome) -> dict[str, float]:
    """What a check may hold a score against, as far as the run says it."""
    result, task = outcome.run.result or {}, outcome.run.task
    losses = [
        measured.value
        for measured in outcome.measurements
        if (measured.name, measured.split) == ("pretraining_loss", "validation")
    ]
    found = {
        "pretraining_loss": losses[0] if losses else None,
        "n_updates": task.get("n_updates"),
        "n_records": _pretrained_on(outcome.run),
        "n_pairs": result.get("n_alignment_pairs") or None,
        "batch_size": task.get("batch_size"),
        "n_parameters": result.get("model", {}).get("n_parameters"),
        "width": task.get("backbone_options", {}).get("width", task.get("stem", {}).get("width")),
    }
    return {name: float(found[name]) for name in COVARIATES if found[name] is not None}


def failure(run: Run) -> str:
    """What became of a run that gave nothing, to stand within a sentence."""
    words = "is invalid" if run.state == "succeeded" else run.state
    why = "" if run.state == "cancelled" else run.error.rstrip(".")
    return f"run {run.id} ({run.label}) {words}" + (f": {why}" if why else "")


def _pretrained_on(run: Run) -> int | None:
    """How many records a run really used, which may be fewer than its recipe allows."""
    found = (run.result or {}).get("n_pretraining_records")
    return None if found is None else int(found)


def setting_of(outcomes: Sequence[Outcome], conditions: Conditions) -> Setting:
    counts = [n for outcome in outcomes if (n := _pretrained_on(outcome.run)) is not None]
    return Setting(
        is_synthetic=parsed_data(conditions.data).name == "synthetic",
        n_records=max(counts, default=0),
        is_tuned=False,
        n_runs=len(outcomes),
        n_invalid=sum(outcome.run.is_valid is False for outcome in outcomes),
        made_apart=apart((o.arm, o.run.result) for o in outcomes if o.arm["role"] == "arm"),
    )


def scope_of(outcomes: Sequence[Outcome], measured: Measured, conditions: Conditions) -> str:
    """The regime the finding holds in, in words; a reduced-scale run says nothing beyond it."""
    results = [outcome.run.result for outcome in outcomes if outcome.run.result]
    name = parsed_data(conditions.data).name
    parts = [DATA_WORDS.get(name, name)]
    if measured.sizes:
        parts.append("pretraining on " + _range(measured.sizes) + " records")
    arms = (outcome.run.task for outcome in outcomes if outcome.arm["role"] == "arm")
    updates = {task["n_updates"] for task in arms} - {0}
    if updates:
        parts.append(f"{_range(updates)} updates")
    tested = tested_on(outcomes)
    if tested:
        parts.append(tested)
    sizes = {r["model"]["n_parameters"] for r in results if "model" in r}
    if sizes:
        parts.append(f"encoders of {_range(sizes)} parameters")
    parts.append(f"{measured.n_seeds} seeds")
    return "; ".join(parts)


def tested_on(outcomes: Sequence[Outcome]) -> str:
    """All test records and patients, over the folds where each seed has its own."""
    folds: dict[int, tuple[int, int]] = {}
    for outcome in outcomes:
        if outcome.run.result and "dataset" in outcome.run.result:
            counted = outcome.run.result["dataset"]
            fold = outcome.run.task.get("dataset_options", {}).get("rotation", 0)
            folds[fold] = (counted["n_records"]["test"], counted["n_patients"]["test"])
    if not folds:
        return ""
    n_records, n_patients = (sum(counts) for counts in zip(*folds.values(), strict=True))
    said = f"{n_records:,} test records of {n_patients:,} patients"
    return said if len(folds) == 1 else f"{said} in {len(folds)} folds, each seed tested on one"


def _range(numbers: Iterable[int]) -> str:
    low, high = min(numbers := list(numbers)), max(numbers)
    return f"{low:,}" if low == high else f"{low:,} to {high:,}"
