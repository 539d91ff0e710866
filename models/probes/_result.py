"""What a probe hands back, and the measurements that follow from its scores."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from models.data._records import Records, Split
from models.measurement import Measurement
from models.probes._auroc import auroc


@dataclass(frozen=True, kw_only=True)
class ProbeResult:
    rows: npt.NDArray[np.int64]  # rows of the records scored, test fold
    scores: npt.NDArray[np.float32]  # (len(rows), L), larger is more likely
    measurements: tuple[Measurement, ...]
    details: dict[str, Any] = field(default_factory=dict)  # what was chosen, and from what


def discrimination(
    probe: str,
    split: Split,
    records: Records,
    rows: npt.NDArray[np.int64],
    scores: npt.NDArray[np.float32],
) -> list[Measurement]:
    """AUROC of each label and their mean over the labels that have one."""
    n_patients = records.n_patients(rows)
    common: dict[str, Any] = {
        "probe": probe,
        "split": split,
        "n": len(rows),
        "n_patients": n_patients,
    }
    targets = records.targets[rows]
    each: list[Measurement] = []
    for place, label in enumerate(records.label_names):
        n_positive = int(targets[:, place].sum())
        value = auroc(targets[:, place], scores[:, place])
        reason = None
        if value is None:
            reason = (
                f"{n_positive} of {len(rows)} {split} records have {label}; both kinds are needed"
            )
        each.append(Measurement(name=f"auroc/{label}", value=value, reason=reason, **common))
    return [_macro(each, common), *each]


def _macro(each: Sequence[Measurement], common: dict[str, Any]) -> Measurement:
    values = [one.value for one in each if one.value is not None]
    return Measurement(
        name="macro_auroc",
        value=float(np.mean(values)) if values else None,
        reason=None if values else "no label has records of both kinds",
        n_labels=len(values),
        **common,
    )
