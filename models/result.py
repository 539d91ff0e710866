"""What a run leaves behind: files written whole or not at all, and facts about data and machine."""

import json
import platform
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from models import kernels
from models.data._records import SPLITS, Records
from models.probes._result import ProbeResult
from models.whole_file import replacing

_NAMED_LEFT_OUT = 20


def write_predictions(path: Path, records: Records, found: Mapping[str, ProbeResult]) -> None:
    """Write what each probe knows of the test fold's records as plain arrays, by rename.

    Arrays of a probe are named `<array>/<probe>`: record_id, patient_id, scores and what else it
    keeps. `record_id`, `patient_id`, `targets` and `scores` alone are the linear probe's, or
    those of the first probe with scores where that was not asked for.
    """
    arrays: dict[str, npt.NDArray[Any]] = {
        "label_names": np.array(records.label_names, dtype=np.str_)
    }
    for name, each in found.items():
        kept = {**_who(records, each), **each.per_record}
        if each.scores is not None:
            kept["scores"] = each.scores
        arrays.update({f"{array}/{name}": values for array, values in kept.items()})
    scored = {name: each for name, each in found.items() if each.scores is not None}
    if scored:
        first = scored.get("linear", next(iter(scored.values())))
        arrays.update(_who(records, first), targets=records.targets[first.rows])
        arrays["scores"] = np.asarray(first.scores)
    with replacing(path) as half_made:
        np.savez(half_made, **arrays)  # type: ignore[arg-type]


def _who(records: Records, found: ProbeResult) -> dict[str, npt.NDArray[Any]]:
    return {
        "record_id": np.array([records.record_ids[row] for row in found.rows], dtype=np.str_),
        "patient_id": np.array([records.patient_ids[row] for row in found.rows], dtype=np.str_),
    }


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    text = json.dumps(content, indent=1, allow_nan=False)
    with replacing(path) as half_made:
        half_made.write_text(text + "\n", encoding="utf-8")


def describe_records(records: Records) -> dict[str, Any]:
    rows = {split: records.indices(split) for split in SPLITS}
    return {
        "name": records.name,
        "digest": records.digest,
        "n_records": {split: len(rows[split]) for split in SPLITS},
        "n_labelled": {split: len(records.indices(split, is_labelled=True)) for split in SPLITS},
        "n_patients": {split: records.n_patients(rows[split]) for split in SPLITS},
        "label_names": list(records.label_names),
        "n_left_out": len(records.left_out),
        "left_out": [vars(each) for each in records.left_out[:_NAMED_LEFT_OUT]],
    }


def environment(device: str, n_threads: int) -> dict[str, Any]:
    device_name = torch.cuda.get_device_name() if device == "cuda" else "cpu"
    return {
        "python": platform.python_version(),
        "torch": torch.__version__,
        "numpy": np.__version__,
        "kernels": kernels.made_by(device),
        "platform": platform.platform(),
        "processor": platform.processor() or platform.machine(),
        "device": device_name,
        "threads": n_threads,
    }
