"""Jobs of a Slurm cluster, handed in by submitit; the home folder lies on a disk all nodes share.

A run is a job of one core, or a core and a card. Its files are where they would be here, so
progress and results need no way back. A job that Slurm preempts or whose time is over stops at a
checkpoint and is queued again by submitit under the same number; the attempt goes on all the
while. Only `squeue` is asked how jobs stand, so that no accounting database is needed.
"""

import os
import shutil
import signal
import subprocess
import time
from importlib import import_module
from importlib.util import find_spec
from math import ceil
from pathlib import Path
from typing import Any

from verifier.executors import (
    ONE_THREAD,
    Attempt,
    Capacity,
    ExecutorError,
    Job,
    Where,
    _slurm_node,
)
from verifier.executors.local import ROOT

LABEL = "a Slurm cluster"
SLOTS = 16  # jobs at a time where nobody says otherwise
LOOK_S = 2.0  # between two looks at squeue
SIGN_S = 15.0  # between two signs of life for the jobs
LAG_S = 30.0  # a file written on a node may be seen here so late
MOST_TIMEOUTS = 1000  # how often a job may use up its time and go on in another
WAITING = ("PENDING", "CONFIGURING", "REQUEUED", "REQUEUE_HOLD", "SUSPENDED")
LOST, FAILED = -signal.SIGKILL, 1


class Slurm:
    def __init__(self, submitit: Any, where: Where) -> None:
        self.folder = (where.folder or Path("slurm")).absolute()
        self.folder.mkdir(parents=True, exist_ok=True)
        self.sign = self.folder / f"worker-{os.uname().nodename}-{os.getpid()}"
        self.sign.touch()
        self.submitit = submitit
        self.options = dict(where.options)
        self.states: dict[str, str] = {}  # of our jobs that Slurm still knows, by number
        self.jobs: list[SlurmAttempt] = []
        self._looked_at = self._signed_at = -1e9
        import_module("cloudpickle").register_pickle_by_value(_slurm_node)

    def capacity(self) -> Capacity:
        return Capacity(slots=SLOTS)

    def start(self, job: Job) -> Attempt:
        """Hand the job in; what sbatch says against it is the error.

        Raises:
            ExecutorError: Slurm does not take it.
        """
        executor = self.submitit.SlurmExecutor(self.folder, max_num_timeout=MOST_TIMEOUTS)
        executor.update_parameters(**self._parameters(executor, job))
        path = os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
        errand = _slurm_node.Errand(
            command=[str(part) for part in job.command],
            log=job.log,
            environment={**ONE_THREAD, "PYTHONPATH": path},
            sign=self.sign,
        )
        try:
            made = executor.submit(errand)
        except (RuntimeError, OSError, subprocess.SubprocessError) as error:
            said = " ".join(str(error).split())[-500:]
            raise ExecutorError(f"Slurm did not take the job: {said}") from None
        attempt = SlurmAttempt(self, made, job)
        self.states[attempt.id] = "PENDING"
        self.jobs.append(attempt)
        return attempt

    def _parameters(self, executor: Any, job: Job) -> dict[str, Any]:
        known = executor._valid_parameters()
        asked: dict[str, Any] = {"job_name": job.name, "cpus_per_task": 1, "nodes": 1}
        if job.n_gpus:
            asked["gpus_per_node"] = job.n_gpus
        if job.memory_bytes is not None:
            asked["mem"] = f"{ceil(job.memory_bytes / 2**20)}M"
        named = {name.replace("-", "_"): value for name, value in self.options.items()}
        asked |= {name: value for name, value in named.items() if name in known}
        more = {name: value for name, value in named.items() if name not in known}
        return asked | ({"additional_parameters": more} if more else {})

    def look(self) -> None:
        """Ask Slurm about all our jobs at once, seldom; tell the jobs that we live."""
        now = time.monotonic()
        if now - self._signed_at > SIGN_S:
            self.sign.touch()
            self._signed_at = now
        if now - self._looked_at < LOOK_S or not self.jobs:
            return
        self._looked_at = now
        numbers = ",".join(attempt.id for attempt in self.jobs)
        asked = ["squeue", "--noheader", "--format=%i %T", "--states=all", f"--jobs={numbers}"]
        try:
            said = subprocess.run(asked, capture_output=True, text=True, timeout=20, check=False)
        except subprocess.TimeoutExpired:
            return  # a controller with much to do; what we know stays
        if said.returncode == 0 or "Invalid job id" in said.stderr:  # none of them is left
            self.states = dict(line.split() for line in said.stdout.splitlines())

    def signal(self, number: str, name: str, *more: str) -> None:
        command = ["scancel", *more, *([f"--signal={name}"] if name else []), number]
        subprocess.run(command, capture_output=True, timeout=20, check=False)

    def wait(self, seconds: float) -> None:
        self.look()
        time.sleep(seconds)

    def close(self) -> None:
        for attempt in self.jobs:
            self.signal(attempt.id, "")
        self.sign.unlink(missing_ok=True)


def connect(where: Where | None = None) -> Slurm:
    if find_spec("submitit") is None:
        raise ExecutorError(
            "--executor slurm needs the package submitit, which is not installed here: "
            "pip install -r requirements-cluster.txt."
        )
    if shutil.which("sbatch") is None:
        raise ExecutorError(
            "--executor slurm needs Slurm's own commands (sbatch, squeue, scancel), which are not "
            "on this machine: start the worker on a login node of the cluster."
        )
    where = where or Where()
    if where.address:
        raise ExecutorError("Slurm needs no --address: sbatch knows the cluster of this machine.")
    if silence := why_silent():
        raise ExecutorError(
            f"Slurm's commands are here, but no controller answers (sinfo: {silence}). Start the "
            "worker on a login node of the cluster, or see to slurmctld and slurm.conf."
        )
    return Slurm(import_module("submitit"), where)


def why_silent() -> str:
    """What `sinfo` said where no controller answered it, or nothing where one did."""
    asked = ["sinfo", "--noheader"]
    try:
        said = subprocess.run(asked, capture_output=True, text=True, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    words = " ".join(said.stderr.split())
    return "" if said.returncode == 0 else words[-300:] or f"exit status {said.returncode}"


class SlurmAttempt:
    """A job, from its queueing to its result, however often it is queued again."""

    def __init__(self, executor: Slurm, made: Any, job: Job) -> None:
        self.executor = executor
        self.made = made
        self.job = job
        self.id = str(made.job_id)
        self.status: int | None = None
        self.gone_since: float | None = None
        self.is_to_die = False

    def exit_status(self) -> int | None:
        if self.status is None:
            self.executor.look()
            self._judge()
        return self.status

    def _judge(self) -> None:
        if self.made.paths.result_pickle.exists():
            self._end(self._returned())
            return
        state = self.executor.states.get(self.id, "")
        if state in WAITING or state in ("RUNNING", "COMPLETING", "PREEMPTED"):
            self.gone_since = None
            return
        now = time.monotonic()
        self.gone_since = now if self.gone_since is None else self.gone_since
        if self.is_to_die or now - self.gone_since > LAG_S:
            self._say(f"Slurm job {self.id} ended ({state or 'unknown to Slurm'}).")
            self._end(LOST)

    def _returned(self) -> int:
        """The status that the run's process ended with, or 1 where the job broke before it."""
        try:
            return int(self.made.result())
        except Exception as error:  # submitit re-raises whatever went wrong on the node
            self._say(f"Slurm job {self.id}: {error}")
            return FAILED

    def _end(self, status: int) -> None:
        self.status = status
        self.executor.jobs.remove(self)

    def _say(self, words: str) -> None:
        with self.job.log.open("a", encoding="utf-8") as log:
            log.write(words + "\n")

    def send(self, number: signal.Signals) -> None:
        if self.status is not None:
            return
        if self.is_waiting():
            self.executor.signal(self.id, "")
            self._end(-number)
        elif number == signal.SIGKILL:
            self.is_to_die = True
            self.executor.signal(self.id, "KILL", "--full")
        else:
            self.executor.signal(self.id, signal.Signals(number).name.removeprefix("SIG"))

    def memory_bytes(self) -> int | None:
        return None  # Slurm holds the job to what it asked for

    def is_waiting(self) -> bool:
        return self.status is None and self.executor.states.get(self.id, "") in WAITING
