"""Records: what a data set hands to training, whichever layout it came from."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from models.catalog import did_you_mean


class DataError(ValueError):
    """Data that cannot be used as asked; the message says what was expected where."""


Split = Literal["train", "validation", "test"]
SPLITS: tuple[Split, ...] = ("train", "validation", "test")

LEADS = ("I", "II", "III", "aVR", "aVL", "aVF", "V1", "V2", "V3", "V4", "V5", "V6")
# Four of the twelve are sums of others; eight leads carry everything that was measured.
LEADS_USED = {12: tuple(range(12)), 8: (0, 1, 6, 7, 8, 9, 10, 11)}

# Told how many of how many records are done; may raise to stop the work.
Report = Callable[[int, int], None]


@dataclass(frozen=True, kw_only=True)
class LeftOut:
    """A record that is not used; a reason that begins with "damaged" asks for another download."""

    record_id: str
    reason: str

    @property
    def is_damaged(self) -> bool:
        return self.reason.startswith("damaged")


def describe_left_out(left_out: Sequence[LeftOut]) -> dict[str, Any]:
    """Return plain values: how many, how often for which reason, and each by name."""
    return {
        "n_left_out": len(left_out),
        "left_out_reasons": dict(Counter(one.reason for one in left_out).most_common()),
        "left_out": [vars(one) for one in left_out],
    }


@dataclass(frozen=True, kw_only=True)
class Records:
    """Records of equal length, R of them, with labels, patients and splits.

    Signals are whole microvolts: PTB-XL's own resolution, at half the size of floats.
    A row of `targets` without a single 1 means "no label known", not "none applies".
    """

    name: str
    digest: str
    sampling_hz: int
    signals_uv: npt.NDArray[np.int16]  # (R, 12, T of the whole record), usually memory-mapped
    targets: npt.NDArray[np.uint8]  # (R, L)
    label_names: tuple[str, ...]  # L
    record_ids: Sequence[str]  # R, like the others of each record mapped too
    patient_ids: Sequence[str]
    splits: tuple[str, ...]
    reports: Sequence[str]
    left_out: tuple[LeftOut, ...]

    @property
    def n_times(self) -> int:
        return int(self.signals_uv.shape[2])

    def indices(self, split: Split, *, is_labelled: bool = False) -> npt.NDArray[np.int64]:
        """Rows of one split, in order; with `is_labelled`, only rows with at least one label."""
        chosen = np.array([found == split for found in self.splits], dtype=bool)
        if is_labelled:
            chosen &= self.targets.any(axis=1)
        return np.flatnonzero(chosen)

    def n_patients(self, rows: npt.NDArray[np.int64]) -> int:
        return len({self.patient_ids[row] for row in rows})

    def windows_mv(
        self, rows: Sequence[int], starts: Sequence[int], *, n_times: int, n_leads: int
    ) -> npt.NDArray[np.float32]:
        """Cut one window (C, T) from each row at its start; millivolts, (len(rows), C, T)."""
        leads = list(LEADS_USED[n_leads])
        cut = np.empty((len(rows), n_leads, n_times), dtype=np.int16)
        for place, (row, start) in enumerate(zip(rows, starts, strict=True)):
            cut[place] = self.signals_uv[row, leads, start : start + n_times]
        return cut.astype(np.float32) * np.float32(1e-3)


def nested_order(n_records: int, *, subset_seed: int) -> npt.NDArray[np.int64]:
    """Order whose first n are the subset of size n, so that smaller subsets lie in larger ones."""
    return np.random.default_rng([subset_seed, 0x5B5E7]).permutation(n_records).astype(np.int64)


def check_options(options: dict[str, Any], allowed: dict[str, type], *, where: str) -> None:
    """Refuse an unknown option by name, and one of the wrong type."""
    for name, value in options.items():
        if name not in allowed:
            hint = did_you_mean(name, allowed)
            raise DataError(
                f"{where} has no option {name!r}.{hint} It has: {', '.join(allowed) or 'none'}."
            )
        kinds = (int, float) if allowed[name] is float else (allowed[name],)
        if not isinstance(value, kinds) or isinstance(value, bool):
            raise DataError(
                f"{where}.{name} must be {allowed[name].__name__}, found {value!r} "
                f"({type(value).__name__})."
            )


def check_least(settings: dict[str, Any], least: dict[str, float]) -> None:
    """Refuse an option below the least value that makes sense."""
    for name, value in least.items():
        if settings[name] < value:
            raise DataError(
                f"dataset_options.{name} must be at least {value:g}, found {settings[name]}."
            )
