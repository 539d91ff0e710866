"""Any folder of WFDB records with a table of labels, `records.csv`.

Its columns: `record`, the path below the folder without suffix; optional `patient_id`, `split`
(train, validation or test) and `report`; labels either in one column `labels`, separated by
semicolons, or in columns of 0 and 1. Without `patient_id` a record counts as a patient of its
own; without `split` the patient's id decides. What the table does not name is left out by name.
"""

import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from models.data import _cache, _digest, _table
from models.data._collect import Row, collect, read_wfdb
from models.data._records import (
    SPLITS,
    DataError,
    LeftOut,
    Records,
    Report,
    Split,
    check_least,
    check_options,
)
from models.data._splits import split_of

NEEDS_FOLDER = True

OPTIONS: dict[str, type] = {
    "table": str,
    "label_columns": str,
    "min_count": int,
    "record_s": float,
    "subset_seed": int,
}
_DEFAULTS = {
    "table": "records.csv",  # empty: every record, without labels
    "label_columns": "",  # separated by semicolons; empty: every column with no other meaning
    "min_count": 1,
    "record_s": 10.0,
    "subset_seed": 0,
}
_COLUMNS = ("record", "patient_id", "split", "report", "labels")
_TRUTH = {"1": True, "1.0": True, "true": True, "0": False, "0.0": False, "false": False, "": False}
_SIGNAL_FILE = re.compile(r"\.(dat|mat|edf|rec|wav|d\d+)", re.IGNORECASE)


def digest(folder: Path | None, options: Mapping[str, Any], cache: Path | None = None) -> str:
    """SHA-256 over the table, every header, and every file that a header names."""
    settings = settings_of(options)
    settings.pop("subset_seed")  # decides which records are used, not what they are
    folder = _checked(folder, settings["table"])
    headers = _digest.below(folder, (".hea",))
    files = [*headers, *sorted({file for header in headers for file in _files_of(header)})]
    if settings["table"]:
        files.append(folder / settings["table"])
    text = json.dumps(settings, sort_keys=True)
    return _digest.of_files(folder, files, name="wfdb_folder", settings=text, cache=cache)


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
        name="wfdb_folder",
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
    settings = settings_of(options)
    folder = _checked(folder, settings["table"])
    rows = _rows(folder, settings)
    if not rows:
        raise DataError(f"wfdb_folder: {folder} has no record, or its table names none.")
    present = [row for row in rows if _is_present(folder, row.record_id)]
    unread = [
        LeftOut(record_id=row.record_id, reason="files are absent")
        for row in rows
        if not _is_present(folder, row.record_id)
    ] + _unnamed(folder, rows, settings["table"])

    def fill(write: _cache.Write) -> _cache.Index:
        found = read_wfdb(
            [(folder / row.record_id, row) for row in present],
            sampling_hz=sampling_hz,
            record_s=settings["record_s"],
            report=report,
        )
        names = sorted({label for row in rows for label in row.labels})
        index = collect(found, write, label_names=names, min_count=settings["min_count"])
        index.left_out += unread
        return index

    n_times = round(settings["record_s"] * sampling_hz)
    return _cache.Contents(n_records=len(present), n_times=n_times, fill=fill)


def _rows(folder: Path, settings: Mapping[str, Any]) -> list[Row]:
    if not settings["table"]:
        headers = _digest.below(folder, (".hea",))
        ids = [header.relative_to(folder).with_suffix("").as_posix() for header in headers]
        return [Row(record_id=each, patient_id=each, split=split_of(each)) for each in ids]
    path = folder / settings["table"]
    columns = _label_columns(path, settings["label_columns"])
    rows = []
    for line, cells in _table.rows_of(path, ("record",)):
        try:
            rows.append(_row(cells, columns))
        except ValueError as error:
            raise DataError(f"{path}, line {line}: {error}.") from None
    _check_patients(path, rows)
    return rows


def _row(cells: Mapping[str, str], columns: Iterable[str]) -> Row:
    place = PurePosixPath(cells["record"].strip())
    if not place.name or place.is_absolute() or ".." in place.parts:
        raise ValueError(f"record must be a path below the folder, found {cells['record']!r}")
    record_id = (
        place.with_suffix("") if place.suffix in (".hea", ".dat", ".mat") else place
    ).as_posix()
    patient_id = cells.get("patient_id", "").strip() or record_id
    labels = {label.strip() for label in cells.get("labels", "").split(";")} - {""}
    for column in columns:
        value = cells[column].strip().lower()
        if value not in _TRUTH:
            raise ValueError(
                f"column {column!r} holds {cells[column]!r}, and a label is 0 or 1; name the "
                f"columns of labels in dataset_options.label_columns"
            )
        if _TRUTH[value]:
            labels.add(column)
    return Row(
        record_id=record_id,
        patient_id=patient_id,
        split=_split(cells["split"].strip()) if "split" in cells else split_of(patient_id),
        labels=frozenset(labels),
        report=cells.get("report", ""),
    )


def _split(text: str) -> Split:
    for split in SPLITS:
        if text == split:
            return split
    raise ValueError(f"split must be one of {', '.join(SPLITS)}, found {text!r}")


def _label_columns(path: Path, chosen: str) -> list[str]:
    found = _table.columns_of(path)
    wanted = [name.strip() for name in chosen.split(";") if name.strip()]
    missing = [name for name in wanted if name not in found]
    if missing:
        raise DataError(
            f"{path} has no column {', '.join(missing)}, which dataset_options.label_columns "
            f"names; it has {', '.join(found)}."
        )
    if wanted or "labels" in found:
        return wanted
    return [name for name in found if name not in _COLUMNS]


def _check_patients(path: Path, rows: list[Row]) -> None:
    homes: dict[str, Split] = {}
    for row in rows:
        if homes.setdefault(row.patient_id, row.split) != row.split:
            raise DataError(
                f"{path} puts patient {row.patient_id} into {homes[row.patient_id]} and "
                f"{row.split}; a patient belongs to one split."
            )


def _unnamed(folder: Path, rows: list[Row], table: str) -> list[LeftOut]:
    """Headers that the table does not name, and signals that no header names."""
    known = {row.record_id for row in rows}
    left_out, files = [], set()
    for header in _digest.below(folder, (".hea",)):
        record_id = header.relative_to(folder).with_suffix("").as_posix()
        files |= {*_files_of(header)}
        if record_id not in known:
            left_out.append(LeftOut(record_id=record_id, reason=f"{table} does not name it"))
    for path in sorted(folder.rglob("*")):
        if _SIGNAL_FILE.fullmatch(path.suffix) and path.is_file() and path not in files:
            name = path.relative_to(folder).as_posix()
            left_out.append(LeftOut(record_id=name, reason="no header names this file of signals"))
    return left_out


def _files_of(header: Path) -> list[Path]:
    """Files that a header's lines of signals name, as far as they are there."""
    text = header.read_text(encoding="utf-8", errors="replace")
    lines = [line.split() for line in text.splitlines() if not line.startswith("#")]
    names = dict.fromkeys(words[0] for words in lines[1:] if words)
    # A name is a file beside the header; anything else is no name.
    paths = [header.parent / name for name in names if "/" not in name and "\0" not in name]
    return [path for path in paths if path.is_file()]


def _is_present(folder: Path, record_id: str) -> bool:
    """Say whether anything of a record is there; half a record is damage, not absence."""
    place = folder / record_id
    return any(place.with_name(place.name + end).is_file() for end in (".hea", ".dat", ".mat"))


def _checked(folder: Path | None, table: str) -> Path:
    if folder is None or not folder.is_dir():
        raise DataError(
            f"wfdb_folder: {folder or 'nothing'} is no folder; expected one with WFDB records and "
            f"{table or 'their headers'}, as in wfdb_folder:FOLDER."
        )
    if table and not (folder / table).is_file():
        raise DataError(
            f"wfdb_folder: {folder} has no {table}. Write one with a column record (and "
            f"patient_id, split, report, labels), or set dataset_options.table to another name, "
            f'or to "" for every record without labels.'
        )
    return folder


def settings_of(options: Mapping[str, Any]) -> dict[str, Any]:
    check_options(dict(options), OPTIONS, where="dataset_options (wfdb_folder)")
    settings: dict[str, Any] = {**_DEFAULTS, **options}
    settings["record_s"] = float(settings["record_s"])
    check_least(settings, {"min_count": 1, "record_s": 0.1, "subset_seed": 0})
    return settings
