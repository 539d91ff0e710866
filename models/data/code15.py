"""CODE-15 %: `exams.csv` and parts `exams_part0.hdf5` … (Ribeiro et al. 2021).

As Zenodo has it, unzipped (doi:10.5281/zenodo.4916206): `exam_id` (N,) and `tracings`
(N, 4096, 12) in millivolts at 400 Hz; leads DI, DII, DIII, aVR, aVL, aVF, V1 to V6. Exams of 10 s
and of 7 s were filled up with zeros on both sides, which are cut off here. A download may be
partial. Labels are the six abnormalities, and `normal_ecg` as NORM; an exam with none of them
counts as unlabelled. Patients are split by their ids.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from math import ceil
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from models.data import _cache, _digest, _table
from models.data._collect import Found, Row, collect
from models.data._records import (
    LEADS,
    DataError,
    LeftOut,
    Records,
    Report,
    check_least,
    check_options,
)
from models.data._splits import split_of
from models.data._wfdb_record import DamagedRecordError, at_rate

NEEDS_FOLDER = True
SOURCE_HZ = 400
LABELS = ("NORM", "1dAVb", "RBBB", "LBBB", "SB", "AF", "ST")

OPTIONS: dict[str, type] = {"record_s": float, "subset_seed": int}
_DEFAULTS = {"record_s": 10.0, "subset_seed": 0}
_TABLE = "exams.csv"
_NAMED_OTHERWISE = {"NORM": "normal_ecg"}  # columns that are not called like their label
_TRUTH = {"true": True, "1": True, "1.0": True, "false": False, "0": False, "0.0": False}
_N_TIMES = 4096
_BATCH = 64  # exams read at once, 12 MB
_TOLERANCE = 20  # time points, 50 ms: a signal may itself begin or end at 0


def digest(folder: Path | None, options: Mapping[str, Any], cache: Path | None = None) -> str:
    """SHA-256 over the table, every part present, and the options."""
    settings = settings_of(options)
    settings.pop("subset_seed")  # decides which records are used, not what they are
    folder = _checked(folder)
    files = [folder / _TABLE, *_parts(folder)]
    text = json.dumps(settings, sort_keys=True)
    return _digest.of_files(folder, files, name="code15", settings=text, cache=cache)


def load(
    folder: Path | None,
    options: Mapping[str, Any],
    *,
    sampling_hz: int,
    cache: Path,
    report: Report = lambda done, total: None,
) -> Records:
    return _cache.open_or_build(
        cache,
        name="code15",
        digest=digest(folder, options, cache),
        sampling_hz=sampling_hz,
        describe=lambda: contents(folder, options, sampling_hz=sampling_hz, report=report),
    )


def contents(
    folder: Path | None,
    options: Mapping[str, Any],
    *,
    sampling_hz: int,
    report: Report = lambda done, total: None,
) -> _cache.Contents:
    settings, folder = settings_of(options), _checked(folder)
    rows, part_of = _read_table(folder / _TABLE)
    parts = _parts(folder)
    if not parts:
        raise DataError(
            f"code15: {folder} has {_TABLE}, but none of its parts, such as exams_part0.hdf5. "
            f"Download and unzip them there."
        )
    n_records = sum(len(_exam_ids(part)) for part in parts)
    n_times = round(settings["record_s"] * sampling_hz)

    def found() -> Iterator[Found]:
        waiting = dict(rows)
        for done, one in enumerate(_every_exam(parts, waiting)):
            if done % _BATCH == 0:
                report(min(done, n_records), n_records)
            if isinstance(one, LeftOut):
                yield one
            else:
                yield _prepared(*one, settings["record_s"], sampling_hz)
        present = {part.name for part in parts}
        for exam, row in waiting.items():
            name = part_of[exam] or "its part"
            reason = f"damaged: {name} lacks it" if name in present else f"{name} is absent"
            yield LeftOut(record_id=row.record_id, reason=reason)
        report(n_records, n_records)

    return _cache.Contents(
        n_records=n_records,
        n_times=n_times,
        fill=lambda write: collect(found(), write, label_names=LABELS),
    )


def _every_exam(
    parts: list[Path], waiting: dict[str, Row]
) -> Iterator[tuple[Row, npt.NDArray[np.float32]] | LeftOut]:
    """Go through the parts; an exam that is found waits no longer."""
    for part in parts:
        with _opened(part) as file:
            if isinstance(file, str):
                yield LeftOut(record_id=part.name, reason=f"damaged: {file}")
                continue
            exams, tracings = _exam_ids(part), file["tracings"]
            for start in range(0, len(exams), _BATCH):
                try:
                    batch = tracings[start : start + _BATCH]
                except OSError as error:
                    batch = [f"damaged: {part.name} cannot be read here ({error})"] * _BATCH
                for place, (exam, tracing) in enumerate(zip(exams[start:], batch, strict=False)):
                    row = waiting.pop(exam, None)
                    if row is None:
                        reason = f"{_TABLE} does not name exam {exam}, or it came before"
                        yield LeftOut(record_id=f"{part.name}[{start + place}]", reason=reason)
                    elif isinstance(tracing, str):
                        yield LeftOut(record_id=row.record_id, reason=tracing)
                    else:
                        yield row, tracing


@contextmanager
def _opened(part: Path) -> Iterator[Any]:
    """Open a part, or say in words what is wrong with it."""
    import h5py

    try:
        file = h5py.File(part, "r")
    except OSError as error:
        yield f"unreadable ({error})"
        return
    with file:
        found = {name: getattr(file.get(name), "shape", None) for name in ("exam_id", "tracings")}
        exams, tracings = found["exam_id"], found["tracings"]
        if exams is None or tracings is None or tracings != (*exams, _N_TIMES, len(LEADS)):
            expected = f"exam_id (N,) and tracings (N, {_N_TIMES}, {len(LEADS)})"
            yield f"expected {expected}, found {found}"
        else:
            yield file


def _exam_ids(part: Path) -> list[str]:
    with _opened(part) as file:
        return [] if isinstance(file, str) else [str(int(exam)) for exam in file["exam_id"][:]]


def _prepared(
    row: Row, tracing: npt.NDArray[np.float32], record_s: float, sampling_hz: int
) -> Found:
    """Cut the padding off (4096, 12), resample, and say what speaks against the exam."""
    filled = np.flatnonzero((tracing != 0).any(axis=1))
    if not len(filled):
        return LeftOut(record_id=row.record_id, reason="damaged: every lead is flat at 0")
    n_source, n_found = ceil(record_s * SOURCE_HZ), int(filled[-1] - filled[0] + 1)
    if n_found < n_source - _TOLERANCE:
        reason = f"{n_found / SOURCE_HZ:g} s long, shorter than {record_s:g} s"
        return LeftOut(record_id=row.record_id, reason=reason)
    start = max(0, min(int(filled[0]), len(tracing) - n_source))
    cut = tracing[start : start + n_source].T * np.float32(1000)
    n_times = round(record_s * sampling_hz)
    try:
        return row, at_rate(cut, SOURCE_HZ, sampling_hz, n_times=n_times)
    except DamagedRecordError as error:
        return LeftOut(record_id=row.record_id, reason=f"damaged: {error}")


def _read_table(path: Path) -> tuple[dict[str, Row], dict[str, str]]:
    """Return rows and the names of their parts, both by exam."""
    needed = ["exam_id", "patient_id", "trace_file", *map(_column, LABELS)]
    rows: dict[str, Row] = {}
    part_of: dict[str, str] = {}
    for line, cells in _table.rows_of(path, needed):
        try:
            row = _row(cells)
        except ValueError as error:
            raise DataError(f"{path}, line {line}: {error}.") from None
        if row.record_id in rows:
            raise DataError(f"{path}, line {line}: exam {row.record_id} is there twice.")
        rows[row.record_id] = row
        part_of[row.record_id] = cells["trace_file"].strip()
    return rows, part_of


def _row(cells: Mapping[str, str]) -> Row:
    patient_id = str(int(float(cells["patient_id"])))
    return Row(
        record_id=str(int(cells["exam_id"])),
        patient_id=patient_id,
        split=split_of(patient_id),
        labels=frozenset(label for label in LABELS if _is_true(cells[_column(label)])),
    )


def _column(label: str) -> str:
    return _NAMED_OTHERWISE.get(label, label)


def _is_true(cell: str) -> bool:
    found = _TRUTH.get(cell.strip().lower())
    if found is None:
        raise ValueError(f"a label is True or False, found {cell!r}")
    return found


def _parts(folder: Path) -> list[Path]:
    found = [path for path in folder.glob("exams_part*.hdf5") if _number(path) >= 0]
    return sorted(found, key=_number)


def _number(part: Path) -> int:
    digits = part.stem.removeprefix("exams_part")
    return int(digits) if digits.isdigit() else -1


def _checked(folder: Path | None) -> Path:
    if folder is None or not (folder / _TABLE).is_file():
        raise DataError(
            f"code15: {folder or 'nothing'} has no {_TABLE}; expected a folder with it and "
            f"exams_part0.hdf5 to exams_part17.hdf5, as in code15:FOLDER."
        )
    return folder


def settings_of(options: Mapping[str, Any]) -> dict[str, Any]:
    check_options(dict(options), OPTIONS, where="dataset_options (code15)")
    settings: dict[str, Any] = {**_DEFAULTS, **options}
    settings["record_s"] = float(settings["record_s"])
    check_least(settings, {"record_s": 0.1, "subset_seed": 0})
    return settings
