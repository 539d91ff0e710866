"""Files that are there whole or not at all, and folders that one run has to itself. No torch."""

import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

_LOOK_AGAIN_S = 0.1


class BusyError(OSError):
    """Another process holds the folder and does not let go."""


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield a path to write to; it takes the place of `path` once it is safely on the disk.

    When writing fails, as on a full disk, the old file stays as it was and nothing half-made
    is left to keep the disk full.
    """
    half_made = path.with_name(f".{path.stem}.{os.getpid()}{path.suffix}")
    try:
        yield half_made
        with half_made.open("rb+") as file:
            os.fsync(file.fileno())
        half_made.replace(path)
    except BaseException:
        half_made.unlink(missing_ok=True)
        raise


@contextmanager
def alone_in(folder: Path, *, patience_s: float, is_stopping: Callable[[], bool]) -> Iterator[None]:
    """Hold the folder's lock, which ends with the process however that ends.

    An earlier attempt whose supervisor died may live for a moment beside the next one; the next
    one waits for it. What a killed process left half-made is cleared away.

    Raises:
        BusyError: the lock was not free within `patience_s`, or we were asked to stop.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("ab") as lock:
        end = time.monotonic() + patience_s
        while not _locked(lock.fileno()):
            if time.monotonic() > end or is_stopping():
                raise BusyError(f"Another process is at work in {folder}.")
            time.sleep(_LOOK_AGAIN_S)
        for stem in ("checkpoint", "alignment", "result", "predictions"):
            for left in folder.glob(f".{stem}.*"):
                left.unlink(missing_ok=True)
        yield


def _locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
