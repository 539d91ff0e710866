"""Where an attempt runs: one file per kind of place.

Every file offers `LABEL` and `start(job: Job) -> Attempt`. The child it starts knows no
database: it reads a task file and leaves files in its folder.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from models.catalog import Catalog

EXECUTORS = Catalog(__name__)


@dataclass(frozen=True, kw_only=True)
class Job:
    """One process to start. What it prints goes to `log`."""

    command: Sequence[str]
    folder: Path
    log: Path


class Attempt(Protocol):
    """A started process and all its children."""

    def exit_status(self) -> int | None:
        """None while it runs; negative: the number of the signal that ended it."""

    def stop(self, *, grace_s: float) -> None:
        """Ask the whole group to end, and end it after `grace_s` seconds."""
