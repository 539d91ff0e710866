"""PTB-XL as PhysioNet lays it out (Wagner et al. 2020, doi:10.1038/s41597-020-0495-6).

Labels are the five diagnostic superclasses; a code counts whatever its stated likelihood, as in
the data set's own example. Folds 1 to 8 train, 9 validates, 10 tests: its authors' advice.
With `rotation` k the fold k places before tests instead (1 after 10 comes round), the one before
that validates, and the rest train, so that ten rotations test every patient once. No patient is in
two of the ten folds.
A download may be partial, and files may be damaged: such records are left out by name.
"""

import ast
import csv
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from models.data import _cache, _digest, _wfdb_record
from models.data._ahead import read_ahead
from models.data._records import DataError, LeftOut, Records, Report, check_options

NEEDS_FOLDER = True
LABELS = ("NORM", "MI", "STTC", "CD", "HYP")
RECORD_S = 10.0
N_ROTATIONS = 10  # folds that can take their turn as test fold

OPTIONS: dict[str, type] = {"source_hz": int, "subset_seed": int, "rotation": int}
_DEFAULTS = {"source_hz": 100, "subset_seed": 0, "rotation": 0}
_COLUMNS = {100: "filename_lr", 500: "filename_hr"}
_TABLE, _STATEMENTS = "ptbxl_database.csv", "scp_statements.csv"


@dataclass(frozen=True, kw_only=True)
class _Row:
    record_id: str
    patient_id: str
    split: str
    report: str
    labels: list[int]
    file: str  # relative to the folder, without suffix


def digest(folder: Path | None, options: Mapping[str, Any], cache: Path | None = None) -> str:
    """SHA-256 over both tables and every record file present, wherever the folder lies."""
    source_hz = settings_of(options)["source_hz"]
    folder = _checked(folder)
    files = [folder / _TABLE, folder / _STATEMENTS, *_record_files(folder, source_hz)]
    return _digest.of_files(folder, files, name="ptb_xl", settings=f"{source_hz}", cache=cache)


def load(
    folder: Path | None,
    options: Mapping[str, Any],
    *,
    sampling_hz: int,
    cache: Path,
    report: Report = lambda done, total: None,
) -> Records:
    records = _cache.open_or_build(
        cache,
        name="ptb_xl",
        digest=digest(folder, options, cache),
        sampling_hz=sampling_hz,
        describe=lambda: contents(folder, options, sampling_hz=sampling_hz, report=report),
    )
    rotation = settings_of(options)["rotation"]
    return records if not rotation else _rotated(records, _checked(folder), rotation)


def _rotated(records: Records, folder: Path, rotation: int) -> Records:
    """The same prepared records with another fold to test on: no signal is read again."""
    with (folder / _TABLE).open(encoding="utf-8", newline="") as file:
        fold = {str(int(row["ecg_id"])): row["strat_fold"] for row in csv.DictReader(file)}
    splits = (split_of(int(float(fold[one])), rotation=rotation) for one in records.record_ids)
    return replace(records, splits=tuple(splits))


def contents(
    folder: Path | None,
    options: Mapping[str, Any],
    *,
    sampling_hz: int,
    report: Report = lambda done, total: None,
) -> _cache.Contents:
    source_hz, folder = settings_of(options)["source_hz"], _checked(folder)
    rows = read_table(folder, source_hz)
    present = [row for row in rows if _is_present(folder, row.file)]
    if not present:
        raise DataError(
            f"{folder} has {_TABLE}, but none of the {len(rows)} records it names (the first "
            f"would be {rows[0].file}.dat). Download records{source_hz} too."
        )
    there = {row.record_id for row in present}
    absent = [
        LeftOut(record_id=row.record_id, reason="files are absent")
        for row in rows
        if row.record_id not in there
    ]

    def fill(write: _cache.Write) -> _cache.Index:
        index = _fill(folder, present, source_hz, sampling_hz, write, report)
        # Damage is rarer than absence and asks for action, so it is named first.
        index.left_out += absent
        return index

    n_times = round(RECORD_S * sampling_hz)
    return _cache.Contents(n_records=len(present), n_times=n_times, fill=fill)


def read_table(folder: Path, source_hz: int) -> list[_Row]:
    """Read what is known of every record, present or not, in the table's order."""
    superclass = _superclasses(folder / _STATEMENTS)
    column = _COLUMNS[source_hz]
    needed = ("ecg_id", "patient_id", "scp_codes", "strat_fold", "report", column)
    rows = []
    with (folder / _TABLE).open(encoding="utf-8", newline="") as file:
        table = csv.DictReader(file)
        missing = [name for name in needed if name not in (table.fieldnames or [])]
        if missing:
            raise DataError(f"{folder / _TABLE} has no column {', '.join(missing)}.")
        for line, row in enumerate(table, start=2):
            try:
                rows.append(_row(row, column, superclass))
            except (ValueError, SyntaxError, TypeError) as error:
                raise DataError(f"{folder / _TABLE}, line {line}: {error}.") from None
    if not rows:
        raise DataError(f"{folder / _TABLE} names no record.")
    return rows


def split_of(fold: int, *, rotation: int = 0) -> str:
    """Return the split a fold belongs to.

    >>> [split_of(fold) for fold in (1, 8, 9, 10)]
    ['train', 'train', 'validation', 'test']
    >>> [split_of(fold, rotation=9) for fold in (1, 8, 9, 10)]
    ['test', 'train', 'train', 'validation']
    """
    if not 1 <= fold <= N_ROTATIONS:
        raise ValueError(f"strat_fold must be from 1 to 10, found {fold}")
    place = (fold + rotation - 1) % N_ROTATIONS + 1
    return "train" if place <= 8 else "validation" if place == 9 else "test"


def _row(row: Mapping[str, str], column: str, superclass: Mapping[str, str]) -> _Row:
    classes = {superclass[code] for code in _codes(row["scp_codes"]) if code in superclass}
    return _Row(
        record_id=str(int(row["ecg_id"])),
        patient_id=str(int(float(row["patient_id"]))),
        split=split_of(int(float(row["strat_fold"]))),
        report=row["report"],
        labels=[int(label in classes) for label in LABELS],
        file=row[column],
    )


@lru_cache(maxsize=1 << 14)  # four records in five have the codes of another one
def _codes(text: str) -> frozenset[str]:
    codes = ast.literal_eval(text)
    if not isinstance(codes, dict):
        raise ValueError(f"scp_codes should be a table of codes, found {text!r}")
    return frozenset(codes)


def _superclasses(path: Path) -> dict[str, str]:
    """Superclass of every diagnostic code; codes of form and rhythm have none."""
    with path.open(encoding="utf-8", newline="") as file:
        return {
            row[""]: row["diagnostic_class"]
            for row in csv.DictReader(file)
            if row["diagnostic"] and float(row["diagnostic"]) == 1
        }


def _fill(
    folder: Path,
    rows: list[_Row],
    source_hz: int,
    sampling_hz: int,
    write: _cache.Write,
    report: Report,
) -> _cache.Index:
    def read(row: _Row) -> _cache.Signals | str:
        try:
            return _wfdb_record.read(
                folder / row.file, source_hz=source_hz, sampling_hz=sampling_hz, record_s=RECORD_S
            )
        except _wfdb_record.DamagedRecordError as error:
            return f"damaged: {error}"

    index = _cache.Index(label_names=LABELS)
    for done, (row, found) in enumerate(zip(rows, read_ahead(read, rows), strict=True), start=1):
        if done % 200 == 0 or done == len(rows):
            report(done, len(rows))
        if isinstance(found, str):
            index.left_out.append(LeftOut(record_id=row.record_id, reason=found))
            continue
        write(len(index.record_ids), found[None])
        index.record_ids.append(row.record_id)
        index.patient_ids.append(row.patient_id)
        index.splits.append(row.split)
        index.reports.append(row.report)
        index.targets.append(row.labels)
    return index


def _is_present(folder: Path, file: str) -> bool:
    """Say whether a record was downloaded at all; half a record is damage, not absence."""
    return (folder / f"{file}.hea").is_file() or (folder / f"{file}.dat").is_file()


def _record_files(folder: Path, source_hz: int) -> list[Path]:
    found = [
        path
        for path in (folder / f"records{source_hz}").rglob("*")
        if path.suffix in (".hea", ".dat")
    ]
    return sorted(found, key=lambda path: path.relative_to(folder).as_posix())


def _checked(folder: Path | None) -> Path:
    if folder is None:
        raise DataError("ptb_xl needs its folder, as in ptb_xl:FOLDER.")
    if not folder.is_dir():
        raise DataError(f"ptb_xl: {folder} is no folder; expected PTB-XL's with {_TABLE}.")
    for name in (_TABLE, _STATEMENTS):
        if not (folder / name).is_file():
            raise DataError(
                f"ptb_xl: {folder} has no {name}; expected the folder that PhysioNet's archive "
                f"unpacks to, with {_TABLE}, {_STATEMENTS} and records100."
            )
    return folder


def settings_of(options: Mapping[str, Any]) -> dict[str, int]:
    check_options(dict(options), OPTIONS, where="dataset_options (ptb_xl)")
    settings = {**_DEFAULTS, **options}
    if settings["source_hz"] not in _COLUMNS:
        raise DataError(
            f"dataset_options.source_hz must be 100 or 500, found {settings['source_hz']}."
        )
    if not 0 <= settings["rotation"] < N_ROTATIONS:
        raise DataError(
            f"dataset_options.rotation must be from 0 to {N_ROTATIONS - 1}, "
            f"found {settings['rotation']}."
        )
    return settings
