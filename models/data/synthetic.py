"""Invented 12-lead records with known labels: always available, never to be taken for patients.

A record is decided by the data set's seed, its split and its index alone, so a data set of any
size begins with the same records. Labels are named like PTB-XL's superclasses; each is a change
of the heart's dipole whose severity runs from invisible to plain, and patients differ
(axis, rate, amplitude, electrodes) in ways that resemble the findings.

`n_generated` lets pretraining draw from that many training records, which are then made while it
goes on and where it goes on (models/generators/); `n_train` of them are prepared, for the probes.
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from models.data import _cache, _heart, _synthetic_report, _variation
from models.data._records import LEADS, SPLITS, DataError, Records, Report, Split, check_options

NEEDS_FOLDER = False
LABELS = ("NORM", "MI", "STTC", "CD", "HYP")
RECORD_S = 10.0

OPTIONS: dict[str, type] = {
    "seed": int,
    "n_train": int,
    "n_validation": int,
    "n_test": int,
    "subset_seed": int,
    "n_generated": int,
}
_DEFAULTS = {"seed": 0, "n_train": 2048, "n_validation": 512, "n_test": 512, "subset_seed": 0}
_PATIENT_SIZES = (1, 1, 2, 1, 3)  # records of five patients in a row: eight records
_BATCH = 64
LARGEST_UV = 32767
_MOST = 1 << 48  # numbers that a record's key has room for
LEAD_MATRIX = _heart.lead_matrix()


def digest(folder: Path | None, options: Mapping[str, Any], cache: Path | None = None) -> str:
    """SHA-256 over the options that decide the records, and the generator's own source."""
    settings = settings_of(options)
    # These decide which records are used, not what they are.
    for name in ("subset_seed", "n_generated"):
        settings.pop(name, None)
    text = hashlib.sha256(json.dumps(settings, sort_keys=True).encode())
    for module in ("synthetic.py", "_heart.py", "_variation.py", "_synthetic_report.py"):
        source = Path(__file__).with_name(module).read_bytes()
        text.update(hashlib.sha256(source.replace(b"\r\n", b"\n")).digest())
    return text.hexdigest()


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
        name="synthetic",
        digest=digest(folder, options),
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
    made = [(split, index) for split in SPLITS for index in range(settings[f"n_{split}"])]
    return _cache.Contents(
        n_records=len(made),
        n_times=round(RECORD_S * sampling_hz),
        fill=lambda write: _fill(made, settings["seed"], sampling_hz, write, report),
    )


def settings_of(options: Mapping[str, Any]) -> dict[str, int]:
    check_options(dict(options), OPTIONS, where="dataset_options (synthetic)")
    settings = {**_DEFAULTS, **options}
    for name, value in settings.items():
        least = 1 if name.startswith("n_") else 0
        if value < least:
            raise DataError(f"dataset_options.{name} must be at least {least}, found {value}.")
        if name.startswith("n_") and value > _MOST:
            raise DataError(f"dataset_options.{name} must be at most 2**48, found {value}.")
    return settings


def _fill(
    made: list[tuple[Any, int]],
    seed: int,
    sampling_hz: int,
    write: Callable[[int, npt.NDArray[np.int16]], None],
    report: Report,
) -> _cache.Index:
    index = _cache.Index(label_names=LABELS)
    for start in range(0, len(made), _BATCH):
        batch = made[start : start + _BATCH]
        records = generate(batch, seed=seed, sampling_hz=sampling_hz)
        write(start, records.signals_uv)
        for place, (split, number) in enumerate(batch):
            index.record_ids.append(f"synthetic-{split}-{number:06d}")
            index.patient_ids.append(f"synthetic-{split}-patient-{patient_of(number):06d}")
            index.splits.append(split)
            index.reports.append(records.reports[place])
            index.targets.append([int(flag) for flag in records.targets[place]])
        report(min(start + _BATCH, len(made)), len(made))
    return index


def patient_of(number: int) -> int:
    """Number of the patient to whom the record with this number belongs, within a split.

    >>> [patient_of(number) for number in range(9)]
    [0, 1, 2, 2, 3, 4, 4, 4, 5]
    """
    rounds, left = divmod(number, sum(_PATIENT_SIZES))
    for place, size in enumerate(_PATIENT_SIZES):
        if left < size:
            return rounds * len(_PATIENT_SIZES) + place
        left -= size
    raise AssertionError("a remainder is smaller than its divisor")


@dataclass(frozen=True, kw_only=True)
class Generated:
    signals_uv: npt.NDArray[np.int16]  # (R, 12, T)
    targets: npt.NDArray[np.uint8]  # (R, 5)
    reports: list[str]


def generate(batch: list[tuple[Split, int]], *, seed: int, sampling_hz: int) -> Generated:
    """Make the records (split, number); each is the same in whatever batch it is made."""
    n_times = round(RECORD_S * sampling_hz)
    hearts, generators = hearts_of(batch, seed=seed)
    person, moment, findings = hearts.person, hearts.moment, hearts.findings
    noise = np.empty((len(batch), len(LEADS), n_times), dtype=np.float32)
    for place, own in enumerate(generators):
        own.standard_normal(out=noise[place], dtype=np.float32)
    signals = _heart.seen_by_leads(
        _variation.waves(person, moment, findings),
        _variation.beats(person, moment),
        leads=LEAD_MATRIX,
        sampling_hz=sampling_hz,
        n_times=n_times,
    )
    signals *= _variation.electrodes(person, moment)[:, :, None]
    signals += _variation.disturbances(moment, noise, sampling_hz)
    microvolts = np.clip(np.rint(signals * 1000), -LARGEST_UV, LARGEST_UV).astype(np.int16)
    return Generated(signals_uv=microvolts, targets=hearts.targets(), reports=hearts.reports())


@dataclass(frozen=True, kw_only=True)
class Hearts:
    """What decides R records but for their muscle noise: patients, moments, findings."""

    person: _variation.Draws
    moment: _variation.Draws
    findings: dict[str, npt.NDArray[Any]]

    def targets(self) -> npt.NDArray[np.uint8]:
        """Return (R, 5) of 0 and 1, in the order of LABELS."""
        sick = np.stack([self.findings[label] for label in LABELS[1:]], axis=1) > 0
        return np.concatenate([~sick.any(axis=1, keepdims=True), sick], axis=1).astype(np.uint8)

    def reports(self) -> list[str]:
        rates = 60 / _variation.rr_s(self.person, self.moment)
        return [
            _synthetic_report.write(
                findings={label: float(self.findings[label][row]) for label in LABELS[1:]},
                kinds={
                    "MI": int(self.findings["mi_kind"][row]),
                    "CD": int(self.findings["cd_kind"][row]),
                },
                rate=float(rates[row]),
                draws=self.moment.uniform[row, 24:40],
            )
            for row in range(len(rates))
        ]


def hearts_of(
    batch: list[tuple[Split, int]], *, seed: int
) -> tuple[Hearts, list[np.random.Generator]]:
    """Draw the hearts of records (split, number); each one's generator is left for its noise."""
    persons, moments, generators = [], [], []
    for split, number in batch:
        stream = SPLITS.index(split)
        persons.append(_draws(_generator(seed, stream, 0, patient_of(number))))
        generators.append(own := _generator(seed, stream, 1, number))
        moments.append(_draws(own))
    person, moment = _variation.Draws.of(persons), _variation.Draws.of(moments)
    findings = _variation.findings_of(person, moment)
    return Hearts(person=person, moment=moment, findings=findings), generators


def _generator(seed: int, stream: int, level: int, number: int) -> np.random.Generator:
    # Philox is keyed, so any record can be made without making those before it.
    key = (seed << 64) | (stream << 56) | (level << 48) | number
    return np.random.Generator(np.random.Philox(key=key & ((1 << 128) - 1)))


def _draws(generator: np.random.Generator) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
    return generator.random(_variation.N_DRAWS), generator.standard_normal(_variation.N_DRAWS)
