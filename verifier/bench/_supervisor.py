"""A real worker whose clock can be set: `python -m verifier.bench._supervisor`.

The clock is the machine's plus the seconds that the file `clock_offset` in the home folder holds.
"""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from verifier.attempt import Limits
from verifier.worker import Settings, Worker
from verifier.workspace import home_folder, open_workspace

OFFSET = "clock_offset"
CHECKPOINT_EVERY = 5
SLOTS = 2


class SettableClock:
    def __init__(self, file: Path) -> None:
        self.file = file

    def __call__(self) -> datetime:
        try:
            seconds = float(self.file.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            seconds = 0.0
        return datetime.now(UTC) + timedelta(seconds=seconds)


def main() -> None:
    workspace = open_workspace()
    clock = SettableClock(home_folder() / OFFSET)
    for kept in (workspace.queue, workspace.verifications, workspace.inquiries):
        kept.clock = clock
    limits = Limits(checkpoint_every=CHECKPOINT_EVERY)
    Worker(workspace, Settings(slots=SLOTS, limits=limits), say=print).work()


if __name__ == "__main__":
    main()
