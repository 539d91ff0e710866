"""What a probe hands back, and the measurements that follow from its scores."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from models.data._records import Records, Split
from models.measurement import Measurement
from models.probes._auprc import auprc
from models.probes._auroc import auroc

_AREAS = {"auroc": auroc, "auprc": auprc}


@dataclass(frozen=True, kw_only=True)
class ProbeResult:
    rows: npt.NDArray[np.int64]  # rows of the records examined, test fold
    measurements: tuple[Measurement, ...]
    scores: npt.NDArray[np.float32] | None = None  # (len(rows), L), larger is more likely
    # Whatever else is known of each record, by name, so that intervals can resample patients.
    per_record: Mapping[str, npt.NDArray[Any]] = field(default_factory=dict)
    details: dict[str, Any] = field(default_factory=dict)  # what was chosen, and from what


def discrimination(
    probe: str,
    split: Split,
    records: Records,
    rows: npt.NDArray[np.int64],
    scores: npt.NDArray[np.float32],
) -> list[Measurement]:
    """AUROC and AUPRC of each label, and their means over the labels that have them.

    `scores` (rows, labels) grow with the probability of a label; they are those of `rows`.
    """
    common: dict[str, Any] = {
        "probe": probe,
        "split": split,
        "n": len(rows),
        "n_patients": records.n_patients(rows),
    }
    targets = records.targets[rows]
    found = []
    for metric, area in _AREAS.items():
        each: list[Measurement] = []
        for place, label in enumerate(records.label_names):
            n_positive = int(targets[:, place].sum())
            value = area(targets[:, place], scores[:, place])
            reason = None
            if value is None:
                reason = (
                    f"{n_positive} of {len(rows)} {split} records have {label}; "
                    f"both kinds are needed"
                )
            each.append(Measurement(name=f"{metric}/{label}", value=value, reason=reason, **common))
        found += [_macro(metric, each, common), *each]
    return found


def chosen_by(targets: npt.NDArray[np.uint8], scores: npt.NDArray[np.float32]) -> float:
    """Macro AUROC as probes choose by it: 0.5 for all where no label has records of both kinds.

    Both arguments are (records, labels).
    """
    found = [auroc(targets[:, place], scores[:, place]) for place in range(targets.shape[1])]
    known = [value for value in found if value is not None]
    return float(np.mean(known)) if known else 0.5


def _macro(metric: str, each: Sequence[Measurement], common: dict[str, Any]) -> Measurement:
    values = [one.value for one in each if one.value is not None]
    return Measurement(
        name=f"macro_{metric}",
        value=float(np.mean(values)) if values else None,
        reason=None if values else "no label has records of both kinds",
        n_labels=len(values),
        **common,
    )
