"""A small world to break: a home of its own, a supervisor, tiny runs, and eyes on all of it."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

from models.data import DATASETS
from models.fingerprint import code_digest, fingerprint
from models.recipe import Recipe
from verifier.attempt import PREDICTIONS, PROGRESS, RESULT, folder_of
from verifier.bench._supervisor import OFFSET
from verifier.queue import UNAVAILABLE, Run, RunRequest
from verifier.worker import HEARTBEATS
from verifier.workspace import Workspace, open_workspace

ROOT = Path(__file__).parents[2]
SEEDS = 4  # different runs; each is carried out again and again in folders of its own
N_UPDATES = 30
ENDED = ("succeeded", "failed", "cancelled")
DISK_MIB = 24  # of the disk that can be filled
SUPERVISOR = ("verifier.bench._supervisor",)


def once_more(seed: int, name: str, *, n_updates: int) -> RunRequest:
    """A tiny run that gives the same bits under every name, and yet counts as one of its own.

    What names set apart is the draw of a part of the records, of which all are used.
    """
    drawn = int.from_bytes(sha256(name.encode()).digest()[:4])
    changes = {"n_updates": n_updates, "seed": seed, "dataset_options.subset_seed": drawn}
    recipe = Recipe.bundled("tiny").with_changes(changes)
    data = DATASETS.load(recipe.dataset).digest(None, recipe.dataset_options)
    code = code_digest()
    return RunRequest(
        kind="training",
        fingerprint=fingerprint(recipe, data, code),
        label=f"seed {seed}",
        task=recipe.to_dict(),
        data="synthetic",
        code=code,
    )


@dataclass
class Seen:
    """Runs that were `running` in the name of a process that was gone, and for how long."""

    since: dict[tuple[int, int], float] = field(default_factory=dict)
    longest_s: float = 0.0
    worker_since: float | None = None  # when the worker came up that is there now
    late_s: float = 0.0  # beyond the lease, with a worker there that could have seen it


class World:
    def __init__(self, home: Path, *, lease_s: float, command: Sequence[str] = SUPERVISOR) -> None:
        """`command`: what Python is to carry out as a supervisor."""
        self.home = home
        self.lease_s = lease_s
        self.command = command
        self.environment = {
            **os.environ,
            "VERIFIER_HOME": str(home),
            "VERIFIER_DATABASE_URL": f"sqlite:///{home / 'replicheck.sqlite'}",
            "VERIFIER_LEASE_S": str(lease_s),
            "VERIFIER_OFFLINE": "1",
            "PYTHONPATH": str(ROOT),
        }
        self.workspace: Workspace = open_workspace(self.environment)
        self.supervisors: list[subprocess.Popen[bytes]] = []
        self.offset_s = 0.0
        self.seen = Seen()
        self.filled_by = self._mount()

    def _mount(self) -> str:
        """Give the runs a small disk of their own; only root may."""
        folder = self.workspace.runs_folder
        folder.mkdir(parents=True, exist_ok=True)
        command = ["mount", "-t", "tmpfs", "-o", f"size={DISK_MIB}m", "replicheck", str(folder)]
        try:
            done = subprocess.run(command, capture_output=True, check=False).returncode == 0
        except OSError:
            done = False
        return "tmpfs" if done else "rlimit"

    # supervisors

    def start(self, root: Path = ROOT) -> subprocess.Popen[bytes]:
        """Another supervisor, of the code that lies in `root`."""
        with (self.home / "supervisor.txt").open("ab") as log:
            started = subprocess.Popen(
                [sys.executable, "-m", *self.command],
                cwd=root,
                env={**self.environment, "PYTHONPATH": str(root)},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.supervisors.append(started)
        return started

    def tend(self) -> None:
        """Somebody restarts a worker that has ended, as systemd or a person would."""
        self.supervisors = [s for s in self.supervisors if s.poll() is None]
        if not self.supervisors:
            self.start()

    def retire(self, supervisor: subprocess.Popen[bytes]) -> None:
        supervisor.terminate()
        supervisor.wait()
        self.supervisors = [s for s in self.supervisors if s is not supervisor]

    def close(self) -> None:
        for supervisor in self.supervisors:
            supervisor.send_signal(signal.SIGCONT)
            supervisor.terminate()
        for supervisor in self.supervisors:
            try:
                supervisor.wait(20)
            except subprocess.TimeoutExpired:
                supervisor.kill()
                supervisor.wait()
        self.workspace.database.close()
        if self.filled_by == "tmpfs":
            for _ in range(50):  # the last children may be about to end
                done = subprocess.run(
                    ["umount", str(self.workspace.runs_folder)], capture_output=True, check=False
                )
                if done.returncode == 0:
                    break
                time.sleep(0.2)

    # runs

    def put(self, seeds: Sequence[int], name: str, *, n_updates: int = N_UPDATES) -> list[int]:
        """Queue the run of each seed, once more and in folders of their own."""
        requests = [
            once_more(seed, f"{name} {place}", n_updates=n_updates)
            for place, seed in enumerate(seeds)
        ]
        return self.workspace.queue.enqueue(requests, actor="bench")

    def runs(self, ids: Sequence[int]) -> list[Run]:
        """How they stand; also looks whether somebody is behind each that is said to run."""
        try:
            found = self.workspace.queue.runs(ids=ids)
        except UNAVAILABLE:
            return []
        now = time.monotonic()
        orphans = {
            (r.id, r.attempt): None
            for r in found
            if r.state == "running" and r.owner and not _is_there(int(r.owner.split(":")[1]))
        }
        self.seen.since = {key: self.seen.since.get(key, now) for key in orphans}
        lasted = [now - since for since in self.seen.since.values()]
        self.seen.longest_s = max([self.seen.longest_s, *lasted])
        self._look_for_worker(now)
        if self.seen.worker_since is not None:
            # one that comes up looks about for a heartbeat before it judges others
            due = self.seen.worker_since + self.lease_s / HEARTBEATS
            late = [now - max(s + self.lease_s, due) for s in self.seen.since.values()]
            self.seen.late_s = max([self.seen.late_s, *late])
        return found

    def _look_for_worker(self, now: float) -> None:
        there = [w for w in self.workspace.queue.workers() if _is_there(w.pid)]
        if not there:
            self.seen.worker_since = None
        elif self.seen.worker_since is None:
            self.seen.worker_since = now

    def wait(self, ids: Sequence[int], *, seconds: float) -> list[Run]:
        """Until all have ended, with a worker there all the time."""
        end = time.monotonic() + seconds
        while True:
            found = self.runs(ids)
            if found and all(run.state in ENDED for run in found):
                return found
            if time.monotonic() > end:
                return found
            self.tend()
            time.sleep(0.1)

    def folder(self, run_id: int) -> Path:
        run = self.workspace.queue.run(run_id)
        assert run is not None
        return folder_of(self.workspace, run)

    def content(self, run: Run) -> dict[str, Any]:
        """What must be the same to the last bit, however a run came about."""
        scores = self.workspace.queue.predictions(run.id)
        measured = self.workspace.queue.measurements([run.id])[run.id]
        result = run.result or {}
        return {
            "scores": None if scores is None else sha256(scores).hexdigest(),
            "measurements": [(m.name, m.probe, m.split, m.value, m.n) for m in measured],
            "losses": result.get("last_losses"),
            "probes": result.get("probes"),
        }

    def n_computed(self, run: Run) -> int:
        """How often its whole training and probes were carried out to the end."""
        try:
            lines = (folder_of(self.workspace, run) / PROGRESS).read_bytes().splitlines()
        except OSError:
            return 0
        return sum(b'"phase": "done"' in line for line in lines)

    def n_stored(self, run: Run) -> int:
        return sum(e.kind == "succeeded" for e in self.workspace.queue.events(run.id))

    def set_clock(self, seconds: float) -> None:
        self.offset_s += seconds
        (self.home / OFFSET).write_text(str(self.offset_s), encoding="utf-8")

    # processes

    def nursery(self) -> int | None:
        found = children_of(self.supervisors[0].pid) if self.supervisors else []
        warm = [pid for pid in found if b"models.warm" in _command(pid)]
        return warm[0] if warm else None

    def trainings(self) -> list[int]:
        nursery = self.nursery()
        return [] if nursery is None else children_of(nursery)

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """The supervisor stands still."""
        supervisor = self.supervisors[0]
        supervisor.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            supervisor.send_signal(signal.SIGCONT)

    def is_about_to_end(self, run_id: int) -> bool:
        """Its training is done and its probes are at work."""
        folder = self.folder(run_id)
        try:
            said = (folder / PROGRESS).read_bytes()
        except OSError:
            return False
        return b'"phase": "probe"' in said and not (folder / RESULT).exists()

    def cut_short(self, run_id: int, *, which: str) -> bool:
        """Cut a file of a run that has just ended to half; False: it has not."""
        path = self.folder(run_id) / {"result": RESULT, "predictions": PREDICTIONS}[which]
        if not (path.with_name(RESULT)).exists() or not path.exists():
            return False
        os.truncate(path, path.stat().st_size // 2)
        return True


def children_of(parent: int) -> list[int]:
    try:
        return [int(p) for p in Path(f"/proc/{parent}/task/{parent}/children").read_text().split()]
    except OSError:
        return []


def kill(pid: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def _command(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def _is_there(pid: int) -> bool:
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False
