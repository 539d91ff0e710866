"""What a scaling curve needs of a run, and which runs count for none."""

import json
import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from verifier.charts import RANDOM_ENCODER
from verifier.measures import values_of
from verifier.queue import Measurement, Run

RECORDS, PAIRS, BATCH = "n_records", "n_pairs", "batch_size"
AXES: Final[Mapping[str, str]] = {
    RECORDS: "pretraining records",
    PAIRS: "record–report pairs",
    BATCH: "batch size",
}

NOT_FINISHED, INVALID, NOT_SCORED = "not finished", "invalid", "not scored"

# Decide nothing where nothing is pretrained, so that all runs of a random encoder are one.
PRETRAINING_ONLY = {
    "objective",
    "objective_options",
    "batch_size",
    "learning_rate",
    "weight_decay",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Trained:
    """What a scaling curve needs of a run, small enough to keep for tens of thousands of them."""

    run_id: int
    data: str
    backbone: str
    objective: str
    seed: int
    n_updates: int
    n_records: int  # really pretrained on; 0 for a random encoder
    n_pairs: int
    batch_size: int
    recipe: str  # canonical JSON of all else that decides it
    values: Mapping[str, float]  # by key of MEASURES


def read(run: Run, found: Sequence[Measurement]) -> Trained | str | None:
    """The run as a curve sees it, the reason why it counts for none, or None: it trained nothing.

    Only runs that succeeded, are valid and were scored count.
    """
    if run.kind != "training":
        return None
    if run.state != "succeeded":
        return NOT_FINISHED
    if run.is_valid is False:
        return INVALID
    values = values_of(found)
    if not values:
        return NOT_SCORED
    pairs = (run.result or {}).get("n_alignment_pairs")
    n_records = _n_records(run)
    return Trained(
        run_id=run.id,
        data=sys.intern(run.data),
        backbone=sys.intern(str(run.task.get("backbone", "unknown"))),
        objective=sys.intern(_objective(run)),
        seed=int(run.task.get("seed", 0)),
        n_updates=int(run.task.get("n_updates", 0)),
        n_records=n_records,
        # an objective on pairs has them from the start; an alignment stage says how many it had
        n_pairs=int(pairs) if pairs else n_records,
        batch_size=int(run.task.get("batch_size", 0)),
        recipe=sys.intern(json.dumps(_recipe(run), sort_keys=True)),
        values=values,
    )


def left_out(found: Iterable[Trained | str | None]) -> dict[str, int]:
    """How many of the runs that were `read` no curve shows, by the reason why."""
    counted = Counter(one for one in found if isinstance(one, str))
    return {why: counted[why] for why in (NOT_FINISHED, INVALID, NOT_SCORED) if counted[why]}


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
    """What a series has in common, beyond its data, backbone, objective and batch size."""
    ignored = {"seed", "n_records", "paper", "batch_size"}
    ignored |= PRETRAINING_ONLY if _is_random(run) else set()
    told = {key: value for key, value in run.task.items() if key not in ignored}
    options = told.get("dataset_options", {})
    if "rotation" in options:  # which fold is tested goes with the seed
        told["dataset_options"] = {k: v for k, v in options.items() if k != "rotation"}
    return told
