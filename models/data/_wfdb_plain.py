"""The commonest WFDB layout, read without wfdb, which takes ten times as long.

One file of 16-bit signals side by side, every field of the header stated (WFDB's header(5)).
PTB-XL and the CinC challenges are all like this. What is any other way is left to wfdb.
"""

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

_RECORD = re.compile(r"([\w-]+)\s+(\d+)\s+(\d+(?:\.\d+)?)\s+(\d+)(?:\s+.*)?")
_SIGNAL = re.compile(
    r"(?P<file>[\w.-]+)\s+16(?:x1)?(?:\+(?P<offset>\d+))?\s+"
    r"(?P<gain>\d+(?:\.\d+)?(?:e[+-]?\d+)?)(?:\((?P<baseline>-?\d+)\))?(?:/(?P<units>\S+))?\s+"
    r"\d+\s+(?P<zero>-?\d+)\s+-?\d+\s+(?P<checksum>-?\d+)\s+0\s+(?P<name>\S.*?)\s*",
    re.IGNORECASE,
)


@dataclass(frozen=True, kw_only=True)
class PlainRecord:
    """What wfdb's Record would hold, under its names."""

    fs: float
    sig_len: int
    file_name: list[str]
    sig_name: list[str]
    units: list[str]
    adc_gain: list[float]
    baseline: list[int]
    checksum: list[int]
    fmt: list[str]
    samps_per_frame: list[int]
    skew: list[int]
    e_d_signal: list[npt.NDArray[np.int16]]


def read(path: Path) -> PlainRecord | None:
    """Read a record, or return None if it is not of this layout or its file is too short."""
    try:
        text = path.with_name(f"{path.name}.hea").read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError):
        return None
    lines = [line.strip() for line in text.splitlines() if line.strip() and line[0] != "#"]
    first = _RECORD.fullmatch(lines[0]) if lines else None
    signals = [_SIGNAL.fullmatch(line) for line in lines[1:]]
    if first is None or first[1] != path.name or int(first[2]) != len(signals) or not signals:
        return None
    stated = [match for match in signals if match is not None]
    places = {(match["file"], match["offset"]) for match in stated}
    if len(stated) < len(signals) or len(places) > 1:
        return None
    n_times, (name, offset) = int(first[4]), places.pop()
    signal = _samples(path.with_name(name), int(offset or 0), (n_times, len(signals)))
    if signal is None:
        return None
    return PlainRecord(
        fs=float(first[3]),
        sig_len=n_times,
        file_name=[name] * len(signals),
        sig_name=[match["name"] for match in stated],
        units=[match["units"] or "mV" for match in stated],
        adc_gain=[float(match["gain"]) for match in stated],
        baseline=[int(match["baseline"] or match["zero"]) for match in stated],
        checksum=[int(match["checksum"]) for match in stated],
        fmt=["16"] * len(signals),
        samps_per_frame=[1] * len(signals),
        skew=[0] * len(signals),
        e_d_signal=list(signal),
    )


def _samples(path: Path, offset: int, shape: tuple[int, int]) -> npt.NDArray[np.int16] | None:
    """Return (C, T) of a file that holds `shape`, (T, C); every signal then lies in one piece."""
    try:
        is_long_enough = path.stat().st_size >= offset + 2 * shape[0] * shape[1] > offset
        if not is_long_enough:
            return None
        found = np.fromfile(path, dtype="<i2", count=shape[0] * shape[1], offset=offset)
    except OSError:
        return None
    return np.ascontiguousarray(found.reshape(shape).T)
