"""One 12-lead record from WFDB files, checked before it is believed."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from math import gcd
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from models.data._records import LEADS

_PER_MILLIVOLT = {"mV": 1.0, "uV": 1e-3, "µV": 1e-3, "V": 1e3}


class DamagedRecordError(ValueError):
    """A record whose content cannot be trusted; the message says what is wrong."""


def read(path: Path, *, source_hz: int, sampling_hz: int, record_s: float) -> npt.NDArray[np.int16]:
    """Return (12, T) in microvolts, leads in the usual order, at `sampling_hz`.

    Refuses what does not agree with its own header: length, rate, leads, units, checksums.
    """
    record = _read_files(path)
    if record.fs != source_hz:
        raise DamagedRecordError(f"sampled at {record.fs} Hz, expected {source_hz}")
    n_times = round(record_s * source_hz)
    if record.sig_len != n_times:
        raise DamagedRecordError(f"{record.sig_len} time points, expected {n_times}")
    if record.d_signal.shape != (n_times, record.n_sig):
        raise DamagedRecordError(f"signal of shape {record.d_signal.shape}")
    wrong = _wrong_checksums(record)
    if wrong:
        raise DamagedRecordError(f"checksum of lead {', '.join(wrong)} is wrong")
    microvolts = _microvolts(record)[:, _order(record.sig_name)].T
    if not microvolts.any():
        raise DamagedRecordError("every lead is flat at 0")
    resampled = _resampled(microvolts, source_hz, sampling_hz)
    return np.clip(np.rint(resampled), -32767, 32767).astype(np.int16)


def _read_files(path: Path) -> Any:
    for suffix in (".hea", ".dat"):
        if not path.with_suffix(suffix).is_file():
            raise DamagedRecordError(f"{path.name}{suffix} is missing")
    try:
        with quiet_wfdb() as wfdb:
            return wfdb.rdrecord(str(path), physical=False)
    except Exception as error:  # wfdb meets damage with whatever error comes first
        raise DamagedRecordError(f"unreadable ({type(error).__name__}: {error})") from None


@contextmanager
def quiet_wfdb() -> Iterator[Any]:
    """Import wfdb, slow and rarely needed, and keep its use of deprecated pandas to itself."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        import wfdb

        yield wfdb


def _wrong_checksums(record: Any) -> list[str]:
    if record.checksum is None:
        return []
    # WFDB sums modulo 65536 and writes the sum as a signed or an unsigned number.
    found = [int(each) % 65536 for each in record.d_signal.astype(np.int64).sum(axis=0)]
    return [
        name
        for name, stated, summed in zip(record.sig_name, record.checksum, found, strict=True)
        if stated is not None and int(stated) % 65536 != summed
    ]


def _microvolts(record: Any) -> npt.NDArray[np.float64]:
    digital = record.d_signal.astype(np.float64)
    invalid = np.array([-(2 ** (int(each) - 1)) for each in _bits(record)])
    if (digital == invalid).any():
        raise DamagedRecordError("some time points are marked invalid")
    try:
        scale = [_PER_MILLIVOLT[unit] * 1000 for unit in record.units]
    except KeyError as error:
        raise DamagedRecordError(f"unit {error} is not a voltage") from None
    physical: npt.NDArray[np.float64] = (digital - record.baseline) / record.adc_gain * scale
    if not np.isfinite(physical).all():
        raise DamagedRecordError("some values are not finite")
    return physical


def _bits(record: Any) -> list[int]:
    return [int(each) for each in record.fmt]


def _order(names: list[str]) -> list[int]:
    places = {name.strip().upper(): place for place, name in enumerate(names)}
    missing = [lead for lead in LEADS if lead.upper() not in places]
    if missing:
        raise DamagedRecordError(f"lead {', '.join(missing)} is missing")
    return [places[lead.upper()] for lead in LEADS]


def _resampled(
    signal: npt.NDArray[np.float64], source_hz: int, sampling_hz: int
) -> npt.NDArray[np.float64]:
    if source_hz == sampling_hz:
        return signal
    from scipy.signal import resample_poly

    common = gcd(source_hz, sampling_hz)
    up, down = sampling_hz // common, source_hz // common
    # The edge is held instead of falling to 0, which would ring at both ends.
    made: npt.NDArray[np.float64] = resample_poly(signal, up, down, axis=1, padtype="edge")
    return made
