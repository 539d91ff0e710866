"""What befalls workers and trainings in a round of `faults`, one function a fault."""

import random
import shutil
import sqlite3
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from resource import RLIM_INFINITY, RLIMIT_FSIZE, prlimit

from verifier.attempt import PROGRESS
from verifier.bench._world import ENDED, ROOT, World, kill
from verifier.worker import HEARTBEATS

LEASE_S = 6.0
PATIENCE_S = 600.0  # a run that has not ended by then is lost; a busy machine takes its time
LOCKED_S = 30.0
JUMP_S = 3600.0


@dataclass
class Round:
    """One fault and the runs it befalls."""

    world: World
    ids: list[int]
    dice: random.Random
    n_destroyed: dict[int, int] = field(default_factory=dict)  # results that the fault itself took
    remark: str = ""


def kill_child(round_: Round) -> None:
    _kill_some(round_, round_.world.trainings())


def kill_supervisor(round_: Round) -> None:
    round_.world.supervisors[0].kill()
    round_.world.supervisors[0].wait()


def kill_nursery(round_: Round) -> None:
    """The process that children come from; they end with it."""
    pid = round_.world.nursery()
    _kill_some(round_, [] if pid is None else [pid])


def kill_both(round_: Round) -> None:
    """Supervisor, nursery and children at once, as when the power fails."""
    world = round_.world
    pids = [*world.trainings(), *filter(None, [world.nursery()])]
    kill_supervisor(round_)
    for pid in pids:
        kill(pid)


def take_over(round_: Round) -> None:
    """A second worker is there when the first one dies."""
    round_.world.start()
    time.sleep(round_.dice.uniform(0.5, 3.0))
    kill_supervisor(round_)


def freeze(round_: Round) -> None:
    """The supervisor stands still beyond its lease, another takes over, and it comes back."""
    round_.world.start()
    with round_.world.frozen():
        _pause(round_, LEASE_S * 1.5)


def fill_disk(round_: Round) -> None:
    world = round_.world
    if world.filled_by == "tmpfs":
        ballast = world.workspace.runs_folder / "ballast"
        with suppress(OSError), ballast.open("wb", buffering=0) as file:
            while True:
                file.write(bytes(4096))
        _until_failed(round_)
        ballast.unlink(missing_ok=True)
        return
    for pid in world.trainings():  # not root: a limit on the size of files stands for it
        with suppress(OSError):
            prlimit(pid, RLIMIT_FSIZE, (2048, RLIM_INFINITY))


def lock_database(round_: Round) -> None:
    file = round_.world.home / "replicheck.sqlite"
    holder = sqlite3.connect(file, timeout=60, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    _pause(round_, LOCKED_S)
    holder.execute("ROLLBACK")
    holder.close()


def clock_forward(round_: Round) -> None:
    round_.world.set_clock(JUMP_S)


def clock_back(round_: Round) -> None:
    """… and the supervisor dies, so that its leases end an hour from now."""
    round_.world.set_clock(-JUMP_S)
    if round_.dice.random() < 0.5:
        kill_supervisor(round_)


def tear_progress(round_: Round) -> None:
    path = round_.world.folder(round_.dice.choice(round_.ids)) / PROGRESS
    if not path.exists():
        round_.remark = "nothing to tear yet"
    elif round_.dice.random() < 0.5:
        with path.open("ab") as file:
            file.write(b'{"at": "2026-06-09T12:00:00+00:00", "phase": "pretr')
    else:
        size = path.stat().st_size
        with path.open("rb+") as file:
            file.truncate(round_.dice.randint(0, size))


def cut_result(round_: Round) -> None:
    """A disk that loses the end of a file, between the child's end and the supervisor's look.

    The supervisor stands still while a run is about to end, for less than its lease at a time.
    """
    world, which = round_.world, round_.dice.choice(["result", "predictions"])
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end and any(r.state not in ENDED for r in world.runs(round_.ids)):
        if not any(world.is_about_to_end(run_id) for run_id in round_.ids):
            time.sleep(0.02)
            continue
        with world.frozen():
            if _cut_one(round_, which, until=time.monotonic() + LEASE_S * 0.5):
                return
        time.sleep(LEASE_S / HEARTBEATS)  # so that it renews its leases
    round_.remark = "nothing to cut in time"


def _cut_one(round_: Round, which: str, *, until: float) -> bool:
    world = round_.world
    while time.monotonic() < until:
        for run_id in round_.ids:
            run = world.workspace.queue.run(run_id)
            is_at_work = run is not None and run.state == "running"
            if is_at_work and world.cut_short(run_id, which=which):
                round_.n_destroyed[run_id] = 1
                return True
        time.sleep(0.02)
    return False


def other_code(round_: Round) -> None:
    """A worker of another version of the training code comes along; it may take nothing."""
    world = round_.world
    root = world.home / "other"
    if not root.exists():
        for part in ("models", "verifier", "db"):
            shutil.copytree(
                ROOT / part,
                root / part,
                ignore=shutil.ignore_patterns("__pycache__"),
                symlinks=True,
            )
        with (root / "models" / "train.py").open("a", encoding="utf-8") as file:
            file.write("# another version\n")
    stranger = world.start(root)
    world.wait(round_.ids, seconds=PATIENCE_S)
    world.retire(stranger)
    for run_id in round_.ids:
        events = world.workspace.queue.events(run_id)
        if any(e.kind == "started" and f":{stranger.pid}:" in e.actor for e in events):
            raise AssertionError(f"A worker of other code took run {run_id}.")


FAULTS: dict[str, Callable[[Round], None]] = {
    "child killed": kill_child,
    "supervisor killed": kill_supervisor,
    "both killed": kill_both,
    "warm process killed": kill_nursery,
    "second worker takes over": take_over,
    "supervisor frozen beyond its lease": freeze,
    "disk full": fill_disk,
    "clock an hour on": clock_forward,
    "clock an hour back": clock_back,
    "progress torn": tear_progress,
    "result cut short": cut_result,
    "worker of other code": other_code,
    "database locked for 30 s": lock_database,
}
SELDOM = {"database locked for 30 s": 40}  # once in so many rounds, for the time it takes


def _pause(round_: Round, seconds: float) -> None:
    """Let time pass with an eye on the runs."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        round_.world.runs(round_.ids)
        time.sleep(0.2)


def _kill_some(round_: Round, pids: Sequence[int]) -> None:
    if not pids:
        round_.remark = "nothing to kill yet"
        return
    kill(round_.dice.choice(list(pids)))


def _until_failed(round_: Round) -> None:
    queue = round_.world.workspace.queue
    end = time.monotonic() + 4.0
    while time.monotonic() < end:
        said = [e for run_id in round_.ids for e in queue.events(run_id) if e.kind == "failed"]
        if said:
            return
        time.sleep(0.1)
