"""A process on this machine, in a process group of its own."""

import contextlib
import os
import signal
import subprocess
from pathlib import Path

from verifier.executors import Job

LABEL = "this machine"
ROOT = Path(__file__).parents[2]  # children import our packages from here

# one thread for each child: runs side by side do not contend, and sums come out in one order
ONE_THREAD = {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}


class LocalAttempt:
    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self.process = process

    def exit_status(self) -> int | None:
        return self.process.poll()

    def stop(self, *, grace_s: float) -> None:
        self._signal(signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(timeout=grace_s)
        self._signal(signal.SIGKILL)  # also those of the group that outlived their parent
        self.process.wait()

    def _signal(self, number: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, number)


def start(job: Job) -> LocalAttempt:
    job.folder.mkdir(parents=True, exist_ok=True)
    path = os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
    with job.log.open("ab") as log:
        process = subprocess.Popen(
            job.command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            env={**os.environ, **ONE_THREAD, "PYTHONPATH": path},
        )
    return LocalAttempt(process)
