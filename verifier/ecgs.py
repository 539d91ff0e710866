"""The only door to records of ECGs: prepared data sets are opened, and read one record at a time.

A data set is prepared once (`python -m models data add`, or the page of data sets) and lies in the
cache as one file of signals that is mapped, not read; made-up records are there without. No torch.
"""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.data import _cache, synthetic

SYNTHETIC = "synthetic"
N_SYNTHETIC = 120  # made-up records that are always there, of the test fold
SYNTHETIC_HZ = 250
SYNTHETIC_ID = "synthetic-test-"
MICROVOLT = np.float32(1e-3)  # in millivolts

Signal = NDArray[np.float32]  # (12, T) millivolts


@dataclass(frozen=True, kw_only=True)
class ShelfName:
    """A prepared data set, before it is opened."""

    key: str  # in the address: the folder's name, or "synthetic"
    data_set: str
    sampling_hz: int
    n_records: int | None  # None before it is opened
    stamp: int  # changes when it is made anew


@dataclass(frozen=True, kw_only=True)
class Shelf:
    """What is known of all records of a prepared data set; signals stay on the disk."""

    name: str
    digest: str  # of the data set: runs on the same records state the same one
    sampling_hz: int
    label_names: tuple[str, ...]
    record_ids: tuple[str, ...]
    patient_ids: tuple[str, ...]
    splits: tuple[str, ...]
    reports: tuple[str, ...]
    targets: NDArray[np.uint8]  # (R, L)
    left_out: tuple[tuple[str, str], ...]  # record and reason
    entry: Path | None  # None: the signals are here
    signals_uv: NDArray[np.int16] | None = field(repr=False)

    def signal_mv(self, row: int) -> Signal:
        """The one record, (12, T) in millivolts."""
        if self.signals_uv is not None:
            found = self.signals_uv[row]
        else:
            assert self.entry is not None  # one of the two is there
            mapped = np.load(self.entry / "signals.npy", mmap_mode="r", allow_pickle=False)
            found = np.array(mapped[row])
        return np.asarray(found.astype(np.float32) * MICROVOLT)

    def labels(self, row: int) -> tuple[str, ...]:
        """Names of the labels it has; none known is not the same as none applies."""
        return tuple(
            name for name, has in zip(self.label_names, self.targets[row], strict=True) if has
        )

    def row_of(self, record_id: str) -> int | None:
        try:
            return self.record_ids.index(record_id)
        except ValueError:
            return None

    def report_of(self, record_id: str) -> str | None:
        """The report of a record, None where it is not known."""
        row = self.row_of(record_id)
        if row is not None:
            return self.reports[row]
        if self.entry is None and (number := _number_of(record_id)) is not None:
            return _made_up([number]).reports[0]
        return None

    def find(
        self, *, labels: Sequence[str] = (), split: str = "", words: str = ""
    ) -> NDArray[np.int64]:
        """Rows in order with all these labels, of this fold, whose patient, id or report has words.

        Words are matched without regard to case.
        """
        chosen = np.ones(len(self.record_ids), dtype=bool)
        for label in labels:
            chosen &= self.targets[:, self.label_names.index(label)].astype(bool)
        if split:
            chosen &= np.array([each == split for each in self.splits])
        for word in words.lower().split():
            chosen &= np.array(
                [
                    word in f"{record} {patient} {report}".lower()
                    for record, patient, report in zip(
                        self.record_ids, self.patient_ids, self.reports, strict=True
                    )
                ]
            )
        return np.flatnonzero(chosen)


def shelves(cache: Path) -> list[ShelfName]:
    """Made-up records, then every whole data set in the cache; nothing is opened."""
    found = [
        ShelfName(
            key=SYNTHETIC, data_set=SYNTHETIC, sampling_hz=SYNTHETIC_HZ, n_records=N_SYNTHETIC,
            stamp=0,
        )
    ]  # fmt: skip
    for entry in sorted(cache.glob("*hz-*")) if cache.is_dir() else ():
        index = entry / "index.json"
        if not index.is_file() or not (entry / "signals.npy").is_file():
            continue
        data_set, _, rate = entry.name.rpartition("hz-")[0].rpartition("-")
        if rate.isdecimal():
            found.append(
                ShelfName(
                    key=entry.name, data_set=data_set, sampling_hz=int(rate), n_records=None,
                    stamp=index.stat().st_mtime_ns,
                )
            )  # fmt: skip
    return found


def open_shelf(cache: Path, key: str) -> Shelf | None:
    """Open one by its key; None where there is none, or it is not whole."""
    if key == SYNTHETIC:
        return _synthetic()
    if Path(key).name != key or key.startswith("."):  # an address must not walk the disk
        return None
    opened = _cache.opened(cache / key)
    return None if opened is None else _shelf(cache / key, opened[0])


def _shelf(entry: Path, index: dict[str, Any]) -> Shelf:
    labels = tuple(index["label_names"])
    n_records = len(index["record_ids"])
    return Shelf(
        name=str(index["name"]),
        digest=str(index["digest"]),
        sampling_hz=int(index["sampling_hz"]),
        label_names=labels,
        record_ids=tuple(index["record_ids"]),
        patient_ids=tuple(index["patient_ids"]),
        splits=tuple(index["splits"]),
        reports=tuple(index["reports"]),
        targets=np.array(index["targets"], dtype=np.uint8).reshape(n_records, len(labels)),
        left_out=tuple((one["record_id"], one["reason"]) for one in index["left_out"]),
        entry=entry,
        signals_uv=None,
    )


def _synthetic() -> Shelf:
    """The first records of the test fold, the same as every run on synthetic data is tested on."""
    numbers = range(N_SYNTHETIC)
    made = _made_up(numbers)
    return Shelf(
        name=SYNTHETIC,
        digest=synthetic.digest(None, {}),
        sampling_hz=SYNTHETIC_HZ,
        label_names=synthetic.LABELS,
        record_ids=tuple(f"{SYNTHETIC_ID}{number:06d}" for number in numbers),
        patient_ids=tuple(
            f"synthetic-test-patient-{synthetic.patient_of(number):06d}" for number in numbers
        ),
        splits=("test",) * N_SYNTHETIC,
        reports=tuple(made.reports),
        targets=made.targets,
        left_out=(),
        entry=None,
        signals_uv=made.signals_uv,
    )


def _made_up(numbers: Sequence[int]) -> synthetic.Generated:
    return synthetic.generate(
        [("test", number) for number in numbers], seed=0, sampling_hz=SYNTHETIC_HZ
    )


def _number_of(record_id: str) -> int | None:
    number = record_id.removeprefix(SYNTHETIC_ID)
    return int(number) if number != record_id and number.isdecimal() and len(number) == 6 else None


# nearest reports


@dataclass(frozen=True, kw_only=True)
class Near:
    """A report that a trained model places close to a record."""

    record_id: str  # whose report it is
    similarity: float  # cosine
    is_own: bool


def has_seen(shelf: Shelf, *, task: Mapping[str, Any], result: Mapping[str, Any]) -> bool:
    """Whether a run was tested on the very records of a shelf.

    A made-up record is decided by its number and the seed alone, whatever the size of the data set.
    """
    if shelf.entry is None:
        options = task.get("dataset_options") or {}
        return task.get("dataset") == SYNTHETIC and options.get("seed", 0) == 0
    return bool((result.get("dataset") or {}).get("digest") == shelf.digest)


def nearest(points: bytes, record_id: str, *, most: int = 5) -> list[Near] | None:
    """Reports nearest to a record in a run's predictions.npz; None where the run did not place it.

    The retrieval probe keeps the points of the test fold's records and of their reports.
    """
    with np.load(io.BytesIO(points), allow_pickle=False) as kept:
        if "record_point/retrieval" not in kept or "report_point/retrieval" not in kept:
            return None
        record_ids = [str(each) for each in kept["record_id/retrieval"]]
        if record_id not in record_ids:
            return None
        row = record_ids.index(record_id)
        reports = kept["report_point/retrieval"].astype(np.float32)
        query = kept["record_point/retrieval"][row].astype(np.float32)
    similarity = reports @ query
    order = np.argsort(-similarity, kind="stable")[:most]
    return [
        Near(record_id=record_ids[place], similarity=float(similarity[place]), is_own=place == row)
        for place in order.tolist()
    ]
