"""A process on this machine, in a process group of its own.

Trainings come from `models.warm`, a process that has torch loaded already; where that does not
come up, and for everything else, a process is started anew.
"""

import contextlib
import json
import os
import select
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from verifier.executors import ONE_THREAD, Attempt, Capacity, ExecutorError, Job, Where

LABEL = "this machine"
ROOT = Path(__file__).parents[2]  # children import our packages from here
LOST = -signal.SIGKILL  # status of those that ended with the process they came from


class Local:
    def __init__(self) -> None:
        self.nursery: Nursery | None = None
        self.is_nursery_any_good = True

    def capacity(self) -> Capacity:
        return Capacity(slots=os.cpu_count() or 1)

    def start(self, job: Job) -> Attempt:
        job.folder.mkdir(parents=True, exist_ok=True)
        is_training = list(job.command[:3]) == [sys.executable, "-m", "models"]
        # a forked process cannot use a card that its parent has looked at
        if not is_training or job.n_gpus or not self._has_nursery():
            return ColdAttempt(job)
        assert self.nursery is not None
        return WarmAttempt(self.nursery, job)

    def _has_nursery(self) -> bool:
        if self.nursery is not None and not self.nursery.is_alive():
            self.is_nursery_any_good = self.nursery.was_ready
            self.nursery.close()
            self.nursery = None
        if self.nursery is None and self.is_nursery_any_good:
            self.nursery = Nursery()
        return self.nursery is not None

    def wait(self, seconds: float) -> None:
        if self.nursery is None or self.nursery.is_over:
            time.sleep(seconds)
        else:
            select.select([self.nursery.said], [], [], seconds)

    def close(self) -> None:
        if self.nursery is not None:
            self.nursery.close()
            self.nursery = None


def connect(where: Where | None = None) -> Local:
    if where is not None and (where.address or where.options):
        raise ExecutorError(
            "--address and --option are for a cluster: add --executor ray or --executor slurm."
        )
    return Local()


def environment(job: Job | None = None) -> dict[str, str]:
    path = os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
    own = dict(job.environment) if job is not None else {}
    return {**os.environ, **ONE_THREAD, "PYTHONPATH": path, **own}


def resident_bytes(pid: int) -> int | None:
    """Memory of a process that is really in use, where the system says so (Linux)."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except (OSError, IndexError, ValueError):
        return None
    return pages * os.sysconf("SC_PAGE_SIZE")


class ColdAttempt:
    """A process of its own from the start."""

    def __init__(self, job: Job) -> None:
        with job.log.open("ab") as log:
            self.process = subprocess.Popen(
                job.command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                env=environment(job),
            )
        self.pid = self.process.pid

    def exit_status(self) -> int | None:
        was_running = self.process.returncode is None
        status = self.process.poll()
        if was_running and status is not None:
            self.send(signal.SIGKILL)  # those of the group that outlived it
        return status

    def send(self, number: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, number)

    def memory_bytes(self) -> int | None:
        return resident_bytes(self.pid)

    def is_waiting(self) -> bool:
        return False


class Nursery:
    """Our end of `models.warm`: orders out, ends in."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "models.warm"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,
            env={**environment(), "CUDA_VISIBLE_DEVICES": ""},
        )
        assert self.process.stdout is not None
        self.said = self.process.stdout.fileno()
        self.statuses: dict[int, int] = {}
        self.pids: dict[int, int] = {}
        self.was_ready = False
        self.is_over = False
        self._left = b""
        self._n_orders = 0
        self._held_back: dict[int, dict[str, Any]] = {}  # until it is ready to carry them out

    def order(self, job: Job) -> int:
        self._n_orders += 1
        order = {
            "start": self._n_orders,
            "arguments": list(job.command[3:]),
            "log": str(job.log),
            "environment": dict(job.environment),
        }
        if self.was_ready:
            self.write(order)
        else:
            self._held_back[self._n_orders] = order
        return self._n_orders

    def send(self, number: signal.Signals, of: int) -> None:
        """Signal a child; one that has not begun yet never will."""
        if of in self._held_back:
            del self._held_back[of]
            self.statuses[of] = -number
        else:
            self.write({"signal": int(number), "of": of})

    def write(self, order: dict[str, Any]) -> None:
        assert self.process.stdin is not None
        with contextlib.suppress(BrokenPipeError):  # then it is over, and `listen` finds out
            self.process.stdin.write(json.dumps(order).encode() + b"\n")
            self.process.stdin.flush()

    def is_alive(self) -> bool:
        self.listen()
        return not self.is_over

    def listen(self) -> None:
        """Take in what it said, without waiting."""
        while not self.is_over and select.select([self.said], [], [], 0)[0]:
            fresh = os.read(self.said, 65536)
            self.is_over = not fresh
            *lines, self._left = (self._left + fresh).split(b"\n")
            for line in lines:
                self._note(json.loads(line))

    def _note(self, said: dict[str, Any]) -> None:
        if "ready" in said:
            self.was_ready = True
            for order in self._held_back.values():
                self.write(order)
            self._held_back.clear()
        elif "started" in said:
            self.pids[said["started"]] = said["pid"]
        else:
            self.statuses[said["ended"]] = said["status"]

    def close(self) -> None:
        """Its children end with it."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.close()
        try:
            self.process.wait(timeout=15)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()


class WarmAttempt:
    """A child of the nursery."""

    def __init__(self, nursery: Nursery, job: Job) -> None:
        self.nursery = nursery
        self.job = job
        self.number = nursery.order(job)
        self.instead: ColdAttempt | None = None  # where the nursery never came up

    def exit_status(self) -> int | None:
        if self.instead is not None:
            return self.instead.exit_status()
        self.nursery.listen()
        if self.number in self.nursery.statuses:
            return self.nursery.statuses[self.number]
        if not self.nursery.is_over:
            return None
        if self.nursery.was_ready:
            return LOST
        self.instead = ColdAttempt(self.job)
        return None

    def send(self, number: signal.Signals) -> None:
        if self.instead is not None:
            self.instead.send(number)
        else:
            self.nursery.send(number, self.number)

    def memory_bytes(self) -> int | None:
        if self.instead is not None:
            return self.instead.memory_bytes()
        pid = self.nursery.pids.get(self.number)
        return None if pid is None else resident_bytes(pid)

    def is_waiting(self) -> bool:
        return False
