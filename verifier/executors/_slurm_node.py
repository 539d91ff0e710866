"""What a Slurm job carries out on its node: the run's own process, watched over a shared disk.

Brought there by value; only the standard library and submitit may be imported.
"""

import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

LOOK_S = 0.2
ORPHANED_S = 180.0  # without a sign of life from the supervisor: longer than a restart takes
GRACE_S = 60.0  # to reach a checkpoint; Slurm warns 90 s ahead


@dataclass
class Errand:
    """Submitit calls it once, and again after each requeueing: the run goes on from its checkpoint.

    What it returns is the exit status of the run's process.
    """

    command: Sequence[str]
    log: Path
    environment: Mapping[str, str]
    sign: Path  # a file that the supervisor touches while it lives
    process: Any = None

    def __call__(self) -> int:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                list(self.command),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                env={**os.environ, **self.environment},
            )
        seen, since = _touched(self.sign), time.monotonic()
        while (status := self.process.poll()) is None:
            time.sleep(LOOK_S)
            if (now_seen := _touched(self.sign)) != seen:
                seen, since = now_seen, time.monotonic()
            elif time.monotonic() - since > ORPHANED_S:
                self._end()
        return int(status)

    def checkpoint(self) -> Any:
        """Before the node is taken away or its time is over: keep what there is, queue again."""
        from submitit.helpers import DelayedSubmission

        self._end()
        return DelayedSubmission(Errand(self.command, self.log, self.environment, self.sign))

    def _end(self) -> None:
        """Ask the process to stop at a checkpoint; never `wait`, for we may be in a handler."""
        if self.process is None:
            return
        for number in (signal.SIGTERM, signal.SIGKILL):
            end = time.monotonic() + GRACE_S
            try:
                os.killpg(self.process.pid, number)
            except ProcessLookupError:
                return
            while self.process.poll() is None and time.monotonic() < end:
                time.sleep(LOOK_S)


def _touched(sign: Path) -> int:
    try:
        return sign.stat().st_mtime_ns
    except OSError:
        return 0
