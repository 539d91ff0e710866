"""CinC challenges 2020/2021: CPSC2018, Georgia, Chapman, Ningbo and others.

As PhysioNet lays them out (Reyna et al. 2021, doi:10.13026/34va-7q14): a folder of headers and
signals, nested at will (`g1`, `g2` …); diagnoses are the SNOMED CT codes in each header's `#Dx`
line. The headers name no patient: unless a `patients.csv` (record, patient_id) lies in the
folder, every record counts as a patient of its own. Sets in one folder are read as one; to keep
sources apart, refer to their folders. PTB-XL has a reader of its own, with its patients.
"""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from models.data import _cache, _digest, _snomed, _table
from models.data._collect import Row, collect, read_wfdb
from models.data._records import DataError, Records, Report, check_least, check_options
from models.data._splits import split_of

NEEDS_FOLDER = True

OPTIONS: dict[str, type] = {
    "labels": str,
    "min_count": int,
    "record_s": float,
    "subset_seed": int,
}
_DEFAULTS = {"labels": "scored", "min_count": 1, "record_s": 10.0, "subset_seed": 0}
_LABELS: dict[str, Callable[[list[str]], frozenset[str]]] = {
    "scored": _snomed.scored,
    "codes": _snomed.every,
    "superclasses": _snomed.superclasses,
}
_PATIENTS = "patients.csv"


def digest(folder: Path | None, options: Mapping[str, Any], cache: Path | None = None) -> str:
    """SHA-256 over headers, signals, options and the table of codes."""
    settings = settings_of(options)
    settings.pop("subset_seed")  # decides which records are used, not what they are
    folder = _checked(folder)
    files = _digest.below(folder, (".hea", ".mat", ".dat"))
    if (folder / _PATIENTS).is_file():
        files.append(folder / _PATIENTS)
    text = f"{json.dumps(settings, sort_keys=True)} {_snomed.digest()}"
    return _digest.of_files(folder, files, name="cinc", settings=text, cache=cache)


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
        name="cinc",
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
    headers = _digest.below(folder, (".hea",))
    if not headers:
        raise DataError(f"cinc: {folder} holds no header (.hea), in no folder below it either.")
    codes = {header: codes_of(header) for header in headers}
    labels_of = _LABELS[settings["labels"]]
    patients = _patients(folder / _PATIENTS)

    def row(header: Path) -> Row:
        patient_id = patients.get(header.stem, header.stem)
        return Row(
            record_id=header.stem,
            patient_id=patient_id,
            split=split_of(patient_id),
            labels=labels_of(codes[header]),
        )

    def fill(write: _cache.Write) -> _cache.Index:
        found = read_wfdb(
            [(header.with_suffix(""), row(header)) for header in headers],
            sampling_hz=sampling_hz,
            record_s=settings["record_s"],
            report=report,
        )
        names = _label_names(settings["labels"], {code for each in codes.values() for code in each})
        return collect(found, write, label_names=names, min_count=settings["min_count"])

    n_times = round(settings["record_s"] * sampling_hz)
    return _cache.Contents(n_records=len(headers), n_times=n_times, fill=fill)


def codes_of(header: Path) -> list[str]:
    """Return the numbers of the `#Dx` line; words such as "Unknown" are no diagnosis."""
    for line in header.read_text(encoding="utf-8", errors="replace").splitlines():
        name, colon, value = line.lstrip("# \t").partition(":")
        if line.startswith("#") and colon and name.strip().lower() == "dx":
            return [code for code in (part.strip() for part in value.split(",")) if code.isdigit()]
    return []


def _label_names(labels: str, found: set[str]) -> list[str]:
    if labels == "superclasses":
        return list(_snomed.SUPERCLASSES)
    return sorted(_snomed.every(found)) if labels == "codes" else _snomed.scored_names()


def _patients(path: Path) -> dict[str, str]:
    if not path.is_file():
        return {}
    rows = _table.rows_of(path, ("record", "patient_id"))
    return {cells["record"]: cells["patient_id"] for _, cells in rows if cells["patient_id"]}


def _checked(folder: Path | None) -> Path:
    if folder is None or not folder.is_dir():
        raise DataError(
            f"cinc: {folder or 'nothing'} is no folder; expected one with the challenge's headers "
            f"(.hea) and signals (.mat or .dat), as in cinc:FOLDER."
        )
    return folder


def settings_of(options: Mapping[str, Any]) -> dict[str, Any]:
    check_options(dict(options), OPTIONS, where="dataset_options (cinc)")
    settings: dict[str, Any] = {**_DEFAULTS, **options}
    settings["record_s"] = float(settings["record_s"])
    if settings["labels"] not in _LABELS:
        raise DataError(
            f"dataset_options.labels must be one of {', '.join(_LABELS)}, found "
            f"{settings['labels']!r}."
        )
    check_least(settings, {"min_count": 1, "record_s": 0.1, "subset_seed": 0})
    return settings
