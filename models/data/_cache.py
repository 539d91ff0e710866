"""Prepared records on disk: written under a temporary name, renamed when whole, then memory-mapped.

Runs that start at the same moment may build the same entry; the first to finish wins and
the others throw theirs away, so nobody waits for a lock and nobody reads half an entry. An entry
is believed only if it names the key it was asked for and its signals have their full size.
"""

import contextlib
import errno
import fcntl
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from models.data import _strings
from models.data._records import LEADS, SPLITS, DataError, LeftOut, Records

_SCHEMA = 3
_TEXTS = ("record_ids", "patient_ids", "reports")
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
Signals = npt.NDArray[np.int16]  # (n, 12, T) microvolts
Write = Callable[[int, Signals], None]  # first row, then the rows


@dataclass(kw_only=True)
class Index:
    """What is known of each record beside its signal, in the order of the signals."""

    label_names: tuple[str, ...]
    record_ids: list[str] = field(default_factory=list)
    patient_ids: list[str] = field(default_factory=list)
    splits: list[str] = field(default_factory=list)
    reports: list[str] = field(default_factory=list)
    targets: list[list[int]] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class Contents:
    """How to make an entry: room for at most `n_records`; `fill` may write fewer, from row 0 on."""

    n_records: int
    n_times: int
    fill: Callable[[Write], Index]

    @property
    def n_bytes(self) -> int:
        return self.n_records * len(LEADS) * self.n_times * np.dtype(np.int16).itemsize


def open_or_build(
    cache: Path, *, name: str, digest: str, sampling_hz: int, describe: Callable[[], Contents]
) -> Records:
    """Open the entry for this data set at this rate; build it first if it is not there."""
    key = hashlib.sha256(f"{digest} {sampling_hz} {_reader_digest()}".encode()).hexdigest()
    entry = cache / f"{name}-{sampling_hz}hz-{key[:24]}"
    found = opened(entry, key)
    if found is None:
        facts = {"key": key, "name": name, "digest": digest, "sampling_hz": sampling_hz}
        _build(entry, facts, describe())
        found = opened(entry, key)
    if found is None:
        raise OSError(f"Could not put prepared records at {entry}.")
    index, signals = found
    return Records(
        name=name,
        digest=digest,
        sampling_hz=sampling_hz,
        signals_uv=signals,
        targets=index["targets"],
        label_names=tuple(index["label_names"]),
        record_ids=index["record_ids"],
        patient_ids=index["patient_ids"],
        splits=index["splits"],
        reports=index["reports"],
        left_out=tuple(LeftOut(**one) for one in index["left_out"]),
    )


def opened(entry: Path, key: str | None = None) -> tuple[dict[str, Any], Signals] | None:
    """Return index and mapped signals of a whole entry (with this key); None if it is not one.

    What the index says of each record is mapped as well, but for its split.
    """
    try:
        index = json.loads((entry / "index.json").read_text(encoding="utf-8"))
        signals = np.load(entry / "signals.npy", mmap_mode="r", allow_pickle=False)
        if not isinstance(index, dict) or index.get("schema") != _SCHEMA:
            return None
        if key is not None and index.get("key") != key:
            return None
        index |= {name: _strings.mapped(entry, name) for name in _TEXTS}
        index["targets"] = _strings.mapped_array(entry / "targets.npy")
        splits = _strings.mapped_array(entry / "splits.npy").tolist()
        index["splits"] = tuple(SPLITS[each] for each in splits)  # three texts, not one for each
    except (OSError, EOFError, ValueError, IndexError):  # absent, cut short, or something else
        return None
    sizes = {len(index[name]) for name in (*_TEXTS, "targets", "splits")}
    shape = (len(signals), len(index["label_names"]))
    return (index, signals) if sizes == {len(signals)} and index["targets"].shape == shape else None


def _build(entry: Path, facts: dict[str, Any], contents: Contents) -> None:
    entry.parent.mkdir(parents=True, exist_ok=True)
    _remove_abandoned(entry.parent)
    free = shutil.disk_usage(entry.parent).free
    if contents.n_bytes > free:
        raise DataError(
            f"{entry.parent} has {_mb(free)} free, and preparing {contents.n_records} records "
            f"needs up to {_mb(contents.n_bytes)}. Choose another folder with --cache."
        )
    try:
        with _temporary_folder(entry) as half_made:
            index = _write_signals(half_made / "signals.npy", contents)
            if not index.record_ids:
                raise DataError(_nothing_read(facts["name"], index.left_out))
            _write_index(half_made, facts, index)
            _put(half_made, entry, facts["key"])
    except OSError as error:
        if error.errno not in _FULL:
            raise
        raise DataError(
            f"No room left at {entry.parent} while preparing {contents.n_records} records, which "
            f"needs up to {_mb(contents.n_bytes)} ({error.strerror}). Nothing was kept."
        ) from None


def _write_signals(path: Path, contents: Contents) -> Index:
    """Write rows as they come; a mapped file would end the process (SIGBUS) on a full disk."""
    row_shape = (len(LEADS), contents.n_times)
    with path.open("wb") as file:
        _write_header(file, (contents.n_records, *row_shape))
        start = file.tell()
        row_bytes = 2 * row_shape[0] * row_shape[1]

        def write(row: int, made: Signals) -> None:
            if made.shape[1:] != row_shape or row + len(made) > contents.n_records:
                raise ValueError(f"{made.shape} from row {row} does not fit {contents}")
            file.seek(start + row * row_bytes)
            file.write(np.ascontiguousarray(made, dtype="<i2").tobytes())

        index = contents.fill(write)
        file.truncate(start + len(index.record_ids) * row_bytes)
        file.seek(0)
        # NumPy leaves room for the longest number of rows, so the header keeps its length.
        _write_header(file, (len(index.record_ids), *row_shape))
        file.flush()
        os.fsync(file.fileno())
    return index


def _write_header(file: Any, shape: tuple[int, ...]) -> None:
    header = {"descr": "<i2", "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_1_0(file, header)


def _write_index(folder: Path, facts: dict[str, Any], index: Index) -> None:
    for name in _TEXTS:
        _strings.save(folder, name, getattr(index, name))
    shape = (len(index.record_ids), len(index.label_names))
    np.save(folder / "targets.npy", np.array(index.targets, dtype=np.uint8).reshape(shape))
    np.save(folder / "splits.npy", np.array(list(map(SPLITS.index, index.splits)), dtype=np.uint8))
    left_out = [vars(one) for one in index.left_out]
    text = {"schema": _SCHEMA, **facts, "label_names": index.label_names, "left_out": left_out}
    (folder / "index.json").write_text(json.dumps(text), encoding="utf-8")


def _nothing_read(name: str, left_out: list[LeftOut]) -> str:
    named = "; ".join(f"{one.record_id}: {one.reason}" for one in left_out[:3])
    return f"{name}: none of {len(left_out)} records can be used ({named or 'there are none'})."


def _put(half_made: Path, entry: Path, key: str) -> None:
    """Rename into place, unless an equal entry came first; what else lies there is moved away."""
    with contextlib.suppress(OSError):
        half_made.rename(entry)
        return
    if opened(entry, key) is None:
        with _temporary_folder(entry) as aside, contextlib.suppress(OSError):
            entry.rename(aside / "moved")
        with contextlib.suppress(OSError):
            half_made.rename(entry)


@contextlib.contextmanager
def _temporary_folder(entry: Path) -> Iterator[Path]:
    """Make a folder that is gone afterwards; a lock beside it says that its maker lives."""
    made = Path(tempfile.mkdtemp(prefix=f".{entry.name}.", dir=entry.parent))
    lock = _lock_of(made)
    try:
        with lock.open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            file.write("held")  # until then nobody may take it for abandoned
            file.flush()
            yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)
        lock.unlink(missing_ok=True)


def _lock_of(temporary: Path) -> Path:
    return temporary.with_name(f"{temporary.name}.lock")


def abandoned(cache: Path) -> list[Path]:
    """Folders that killed processes left half made: their lock is there, but nobody holds it."""
    found = []
    for lock in sorted(cache.glob(".*.lock")):
        with contextlib.suppress(OSError), lock.open("r") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if os.fstat(file.fileno()).st_size:
                found.append(lock.with_suffix(""))
    return found


def _remove_abandoned(cache: Path) -> None:
    for made in abandoned(cache):
        shutil.rmtree(made, ignore_errors=True)
        _lock_of(made).unlink(missing_ok=True)


def _mb(n_bytes: int) -> str:
    return f"{n_bytes / 1e6:,.1f} MB"


def _reader_digest() -> str:
    """Digest of the readers' source: a changed reader must not meet an old reader's records."""
    text = hashlib.sha256()
    for path in sorted(Path(__file__).parent.glob("*.py")):
        text.update(path.name.encode() + path.read_bytes().replace(b"\r\n", b"\n"))
    return text.hexdigest()


def write_text(path: Path, text: str) -> None:
    """Write a small file whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(
        "w", encoding="utf-8", dir=path.parent, prefix=f".{path.name}.", delete=False
    ) as half_made:
        half_made.write(text)
    Path(half_made.name).replace(path)
