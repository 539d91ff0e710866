"""Where an attempt runs: one file per kind of place.

Every file offers `LABEL` and `connect(Where()) -> Executor`, which raises `ExecutorError` where
something is missing. The child it starts knows no database: it reads a task file and leaves files
in its folder, or they are brought there.
"""

import signal
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from models.catalog import Catalog

EXECUTORS = Catalog(__name__)

# one thread for each child: runs side by side do not contend, and sums come out in one order
ONE_THREAD = {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}


class ExecutorError(RuntimeError):
    """The place cannot be reached or used; the message says what to do."""


@dataclass(frozen=True, kw_only=True)
class Where:
    """Which cluster, how it is to be asked, and a folder that it may use."""

    address: str | None = None
    options: Mapping[str, str] = field(default_factory=dict)
    folder: Path | None = None


@dataclass(frozen=True, kw_only=True)
class Capacity:
    """How many runs it makes sense to start at a time where nobody says otherwise."""

    slots: int
    gpus: tuple[int, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Job:
    """One process to start. What it prints goes to `log`."""

    command: Sequence[str]
    folder: Path
    log: Path
    cache: Path | None = None  # of prepared records, shared between runs
    name: str = "run"
    n_gpus: int = 0
    memory_bytes: int | None = None  # most it may use
    seconds: float | None = None  # longest it may take
    environment: Mapping[str, str] = field(default_factory=dict)


class Attempt(Protocol):
    """A started process and all its children."""

    def exit_status(self) -> int | None:
        """None while it runs; negative: the number of the signal that ended it."""

    def send(self, number: signal.Signals) -> None:
        """Signal the whole group: TERM asks it to end, KILL ends it."""

    def memory_bytes(self) -> int | None:
        """What it occupies now; None where that cannot be told."""

    def is_waiting(self) -> bool:
        """Whether it waits for a place on a full cluster: its time has not begun."""


class Executor(Protocol):
    """A place that is open for work."""

    def capacity(self) -> Capacity: ...

    def start(self, job: Job) -> Attempt: ...

    def wait(self, seconds: float) -> None:
        """Return after so long, or as soon as something may have ended."""

    def close(self) -> None:
        """End whatever is left of what it started."""


def stop(attempts: Iterable[Attempt], *, grace_s: float) -> None:
    """Ask all to end, and end those that have not after `grace_s` seconds."""
    left = list(attempts)
    for number, patience in ((signal.SIGTERM, grace_s), (signal.SIGKILL, grace_s)):
        for attempt in left:
            attempt.send(number)
        end = time.monotonic() + patience
        while (left := [a for a in left if a.exit_status() is None]) and time.monotonic() < end:
            time.sleep(0.02)
