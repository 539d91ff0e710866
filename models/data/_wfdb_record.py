"""One 12-lead record from WFDB files, checked before it is believed."""

import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from functools import cache
from math import ceil, isfinite
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from models.data import _wfdb_plain
from models.data._records import LEADS
from models.data._resampling import resampled

_PER_MILLIVOLT = {"mV": 1.0, "uV": 1e-3, "µV": 1e-3, "V": 1e3}
_MOST_UV = 32767  # what a record is stored as has 16 bits
_MOST_STEPS = 5000  # of resampling; the filter grows with them
_BITS = {  # a signal format marks invalid time points by its smallest number; 8 has differences
    **dict.fromkeys(("16", "61", "160", "516"), 16),
    **dict.fromkeys(("24", "524"), 24),
    **dict.fromkeys(("80", "508"), 8),
    **dict.fromkeys(("310", "311"), 10),
    "212": 12,
    "32": 32,
}
_STORED_BITS = {  # of a sample in a file; compressed formats have no fixed number
    **dict.fromkeys(("16", "61", "160"), 16),
    **dict.fromkeys(("8", "80"), 8),
    **dict.fromkeys(("310", "311"), Fraction(32, 3)),
    "212": 12,
    "24": 24,
    "32": 32,
}
_PREFIX = re.compile(r"(MDC[\s_]*)?(ECG[\s_]*)?(LEAD[\s_]*)?")
_SPELLINGS = {"DI": "I", "DII": "II", "DIII": "III", "D1": "I", "D2": "II", "D3": "III"}


class DamagedRecordError(ValueError):
    """A record whose content cannot be trusted; the message says what is wrong."""


class UnsuitableRecordError(ValueError):
    """A sound record that is not what was asked for; the message says what is missing."""


def read(path: Path, *, source_hz: int, sampling_hz: int, record_s: float) -> npt.NDArray[np.int16]:
    """Return (12, T) in microvolts, leads in the usual order, at `sampling_hz`.

    For data sets whose records are all alike: rate, length and leads must be the stated ones.
    """
    try:
        record = _read_files(path)
        if record.fs != source_hz:
            raise DamagedRecordError(f"sampled at {record.fs} Hz, expected {source_hz}")
        n_times = round(record_s * source_hz)
        if record.sig_len != n_times:
            raise DamagedRecordError(f"{record.sig_len} time points, expected {n_times}")
        return _prepared(record, sampling_hz=sampling_hz, record_s=record_s)
    except UnsuitableRecordError as error:
        raise DamagedRecordError(str(error)) from None


def read_any(path: Path, *, sampling_hz: int, record_s: float) -> npt.NDArray[np.int16]:
    """Return the first `record_s` seconds (12, T) in microvolts of a record of any rate and length.

    The header is looked at first, so that hours of other signals are not read in vain.
    """
    plain = _wfdb_plain.read(path)
    if plain is not None:
        return _prepared(_checked(plain), sampling_hz=sampling_hz, record_s=record_s)
    header = _header(path)
    _places(header.sig_name)
    if header.sig_len is not None:
        _check_length(header, record_s)
    return _prepared(_read_files(path), sampling_hz=sampling_hz, record_s=record_s)


@cache
def lead_named(name: str) -> str | None:
    """Return the standard lead that a signal's name stands for, if it stands for one.

    >>> [lead_named(name) for name in ("avr", "Lead II", "MDC_ECG_LEAD_V1", "DIII", "-aVR")]
    ['aVR', 'II', 'V1', 'III', None]
    """
    plain = _PREFIX.sub("", name.strip().upper(), count=1)
    plain = _SPELLINGS.get(plain, plain)
    return next((lead for lead in LEADS if lead.upper() == plain), None)


@contextmanager
def quiet_wfdb() -> Iterator[Any]:
    """Import wfdb, slow and rarely needed, and keep its use of deprecated pandas to itself."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        import wfdb

        yield wfdb


def _call_wfdb(function: str, path: Path, **options: Any) -> Any:
    if not path.with_name(f"{path.name}.hea").is_file():
        raise DamagedRecordError(f"{path.name}.hea is missing")
    try:
        with quiet_wfdb() as wfdb:
            return getattr(wfdb, function)(str(path), **options)
    except Exception as error:  # wfdb meets damage with whatever error comes first
        what = str(error).replace(str(path.parent), "…")
        raise DamagedRecordError(f"unreadable ({type(error).__name__}: {what})") from None


def _header(path: Path) -> Any:
    header = _call_wfdb("rdheader", path)
    if getattr(header, "seg_name", None) is not None:
        raise UnsuitableRecordError(f"it consists of {header.n_seg} segments, which are not joined")
    if not header.n_sig:
        raise UnsuitableRecordError("its header states no signal")
    if len(header.sig_name or []) != header.n_sig:
        n_named = len(header.sig_name or [])
        raise DamagedRecordError(f"its header states {header.n_sig} signals and names {n_named}")
    return header


def _read_files(path: Path) -> Any:
    """Read every signal at its own rate, as whole numbers; check length and checksums."""
    plain = _wfdb_plain.read(path)
    if plain is not None:
        return _checked(plain)
    header = _header(path)
    for name in dict.fromkeys(header.file_name or []):
        if not path.with_name(name).is_file():
            raise DamagedRecordError(f"{name} is missing")
        _check_size(path.with_name(name), header)
    # wfdb shifts skewed signals and so loses some; as stored, they agree with their checksums.
    options = {"physical": False, "ignore_skew": True}
    if max(header.samps_per_frame, default=1) > 1:
        return _checked(_call_wfdb("rdrecord", path, smooth_frames=False, **options))
    record = _call_wfdb("rdrecord", path, **options)
    record.e_d_signal = list(record.d_signal.T)  # wfdb's own way to these fails for format 61
    return _checked(record)


def _check_size(path: Path, header: Any) -> None:
    """Refuse a file that is shorter than what its header asks for; wfdb's words hide that."""
    places = [place for place, name in enumerate(header.file_name) if name == path.name]
    bits = [_STORED_BITS.get(header.fmt[place]) for place in places]
    if header.sig_len is None or None in bits:
        return
    in_frame = sum(
        each * header.samps_per_frame[place]
        for each, place in zip(bits, places, strict=True)
        if each is not None
    )
    needed = (header.byte_offset[places[0]] or 0) + int(header.sig_len * in_frame / 8)
    if (found := path.stat().st_size) < needed:
        raise DamagedRecordError(
            f"{path.name} is cut short: {found:,} bytes of the {needed:,} that {header.n_sig} "
            f"signals of {header.sig_len:,} time points take; download it again"
        )


def _checked(record: Any) -> Any:
    """Return a record, wfdb's or a plain one, if its signals are what its header states."""
    for signal, per_frame in zip(record.e_d_signal, record.samps_per_frame, strict=True):
        if len(signal) != record.sig_len * per_frame:
            raise DamagedRecordError(f"{len(signal)} time points, stated {record.sig_len}")
    wrong = _wrong_checksums(record)
    if wrong:
        raise DamagedRecordError(f"checksum of lead {', '.join(wrong)} is wrong")
    return record


def _wrong_checksums(record: Any) -> list[str]:
    if record.checksum is None:
        return []
    # WFDB sums modulo 65536 and writes the sum as a signed or an unsigned number, so that sums of
    # 16 bits may overflow.
    return [
        name
        for name, stated, signal in zip(
            record.sig_name, record.checksum, record.e_d_signal, strict=True
        )
        if stated is not None and (int(stated) - int(signal.sum(dtype=signal.dtype))) % 65536
    ]


def _prepared(record: Any, *, sampling_hz: int, record_s: float) -> npt.NDArray[np.int16]:
    places = _places(record.sig_name)
    skewed = [record.sig_name[place] for place in places if record.skew[place]]
    if skewed:
        raise UnsuitableRecordError(f"lead {', '.join(skewed)} is skewed, which is not undone")
    per_frame = {record.samps_per_frame[place] for place in places}
    if len(per_frame) > 1:
        raise UnsuitableRecordError(f"its leads have {sorted(per_frame)} samples in a frame")
    n_per_frame = per_frame.pop()
    n_times = _check_length(record, record_s) * n_per_frame
    microvolts = np.empty((len(places), len(record.e_d_signal[places[0]])))
    for place, row in zip(places, microvolts, strict=True):
        _put_microvolts(record, place, row)
    if not microvolts.any():
        raise DamagedRecordError("every lead is flat at 0")
    return at_rate(
        microvolts[:, :n_times],
        Fraction(str(record.fs)) * n_per_frame,
        sampling_hz,
        n_times=round(record_s * sampling_hz),
    )


def _check_length(record: Any, record_s: float) -> int:
    """Return how many frames make `record_s`."""
    if not record.fs > 0:
        raise DamagedRecordError(f"sampled at {record.fs} Hz")
    needed = ceil(record_s * Fraction(str(record.fs)))
    if record.sig_len < needed:
        raise UnsuitableRecordError(
            f"{float(record.sig_len / record.fs):.3g} s long, shorter than {record_s:g} s"
        )
    return needed


def _places(names: list[str]) -> list[int]:
    found = [lead_named(name or "") for name in names]
    missing = [lead for lead in LEADS if lead not in found]
    if missing:
        has = ", ".join(name or "?" for name in names[:15])
        raise UnsuitableRecordError(f"lead {', '.join(missing)} is missing; its signals are {has}")
    twice = [lead for lead in LEADS if found.count(lead) > 1]
    if twice:
        raise UnsuitableRecordError(f"lead {', '.join(twice)} is there twice")
    return [found.index(lead) for lead in LEADS]


def _put_microvolts(record: Any, place: int, row: npt.NDArray[np.float64]) -> None:
    """Convert one signal (T,) into the row given."""
    digital, name = record.e_d_signal[place], record.sig_name[place]
    bits = _BITS.get(record.fmt[place])
    if bits is not None and digital.min() <= -(2 ** (bits - 1)):
        raise DamagedRecordError(f"some time points of lead {name} are marked invalid")
    unit, gain = record.units[place], record.adc_gain[place]
    if unit not in _PER_MILLIVOLT:
        raise UnsuitableRecordError(f"unit {unit!r} of lead {name} is not a voltage")
    if not gain or not isfinite(gain):
        raise DamagedRecordError(f"lead {name} has a gain of {gain}")
    np.subtract(digital, float(record.baseline[place]), out=row)
    row /= gain
    row *= _PER_MILLIVOLT[unit] * 1000


def at_rate(
    microvolts: npt.NDArray[np.floating[Any]],
    source_hz: Fraction | int,
    sampling_hz: int,
    *,
    n_times: int,
) -> npt.NDArray[np.int16]:
    """Resample (C, T) and round; refuse what is no number or more than can be stored."""
    most = float(np.abs(microvolts).max())  # not finite where a single value is not
    if not isfinite(most):
        raise DamagedRecordError("some values are not finite")
    if most > _MOST_UV:
        raise DamagedRecordError(f"reaches {most / 1000:.4g} mV; at most 32.767 mV can be stored")
    found = _resampled(microvolts.astype(np.float64, copy=False), Fraction(source_hz), sampling_hz)
    found = np.rint(found[:, :n_times])
    return np.clip(found, -_MOST_UV, _MOST_UV, out=found).astype(np.int16)


def _resampled(
    signal: npt.NDArray[np.float64], source_hz: Fraction, sampling_hz: int
) -> npt.NDArray[np.float64]:
    if source_hz == sampling_hz:
        return signal
    ratio = sampling_hz / source_hz
    if max(ratio.numerator, ratio.denominator) > _MOST_STEPS:
        raise UnsuitableRecordError(f"{float(source_hz):g} Hz has no simple ratio to {sampling_hz}")
    return resampled(signal, ratio)
