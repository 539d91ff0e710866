"""Prepared records on disk: written under a temporary name, renamed when whole, then memory-mapped.

Runs that start at the same moment may build the same entry; the first to finish wins and
the others throw theirs away, so nobody waits for a lock and nobody reads half an entry.
"""

import contextlib
import hashlib
import json
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

from models.data._records import LEADS, LeftOut, Records

_SCHEMA = 1
Write = Callable[[int, npt.NDArray[np.int16]], None]  # first row, then (n, 12, T) microvolts


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


def open_or_build(
    cache: Path, *, name: str, digest: str, sampling_hz: int, describe: Callable[[], Contents]
) -> Records:
    """Open the entry for this data set at this rate; build it first if it is not there."""
    key = hashlib.sha256(f"{digest} {sampling_hz} {_reader_digest()}".encode()).hexdigest()
    entry = cache / f"{name}-{sampling_hz}hz-{key[:24]}"
    if not (entry / "index.json").is_file():
        _build(entry, describe())
    index = json.loads((entry / "index.json").read_text(encoding="utf-8"))
    signals = np.load(entry / "signals.npy", mmap_mode="r", allow_pickle=False)
    labels = tuple(index["label_names"])
    return Records(
        name=name,
        digest=digest,
        sampling_hz=sampling_hz,
        signals_uv=signals[: len(index["record_ids"])],
        targets=np.array(index["targets"], dtype=np.uint8).reshape(-1, len(labels)),
        label_names=labels,
        record_ids=tuple(index["record_ids"]),
        patient_ids=tuple(index["patient_ids"]),
        splits=tuple(index["splits"]),
        reports=tuple(index["reports"]),
        left_out=tuple(LeftOut(**one) for one in index["left_out"]),
    )


def _build(entry: Path, contents: Contents) -> None:
    entry.parent.mkdir(parents=True, exist_ok=True)
    with _temporary_folder(entry) as half_made:
        signals = np.lib.format.open_memmap(
            half_made / "signals.npy",
            mode="w+",
            dtype=np.int16,
            shape=(max(contents.n_records, 1), len(LEADS), contents.n_times),
        )

        def write(row: int, made: npt.NDArray[np.int16]) -> None:
            signals[row : row + len(made)] = made

        index = contents.fill(write)
        signals.flush()
        settings = {
            "schema": _SCHEMA,
            "label_names": index.label_names,
            "record_ids": index.record_ids,
            "patient_ids": index.patient_ids,
            "splits": index.splits,
            "reports": index.reports,
            "targets": index.targets,
            "left_out": [vars(one) for one in index.left_out],
        }
        (half_made / "index.json").write_text(json.dumps(settings), encoding="utf-8")
        # Fails where another process has put a whole, equal entry there meanwhile.
        with contextlib.suppress(OSError):
            half_made.rename(entry)
    if not (entry / "index.json").is_file():
        raise OSError(f"Could not put prepared records at {entry}.")


@contextlib.contextmanager
def _temporary_folder(entry: Path) -> Iterator[Path]:
    made = Path(tempfile.mkdtemp(prefix=f".{entry.name}.", dir=entry.parent))
    try:
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)


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
