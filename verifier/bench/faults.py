"""Breaks workers and trainings in every way we could think of, and counts what came of it.

Real supervisors, real children, a real database; one fault a round, at a random moment. Every run
must end, once, with the bits of one that nobody disturbed. Rounds go in lanes side by side, each
in a world of its own; the random moments come from a fixed seed.
"""

import random
import shutil
import sqlite3
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from resource import RLIM_INFINITY, RLIMIT_FSIZE, prlimit
from typing import Any

from verifier.attempt import PROGRESS
from verifier.bench import _claims, _overhead, _ray
from verifier.bench._world import ENDED, ROOT, SEEDS, World, kill
from verifier.worker import HEARTBEATS

LEASE_S = 6.0
LANES = 3
RUNS_A_ROUND = 2  # as many as the supervisor has slots
PATIENCE_S = 600.0  # a run that has not ended by then is lost; a busy machine takes its time
LOCKED_S = 30.0
JUMP_S = 3600.0
SLACK_S = 2.0  # beyond the lease, until a worker has looked; a loaded machine takes its time


@dataclass
class Round:
    """One fault and the runs it befalls."""

    world: World
    ids: list[int]
    dice: random.Random
    n_destroyed: dict[int, int] = field(default_factory=dict)  # results that the fault itself took
    remark: str = ""


# the faults


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


# a round, a lane, all of it


@dataclass
class Count:
    """What came of the rounds."""

    rounds: int = 0
    lost: int = 0
    doubled: int = 0
    different: int = 0
    stuck: int = 0
    runs: int = 0
    seconds: float = 0.0
    longest_orphan_s: float = 0.0
    faults: Counter[str] = field(default_factory=Counter)
    missed: Counter[str] = field(default_factory=Counter)  # came too early or late to hurt
    attempts: Counter[int] = field(default_factory=Counter)
    troubles: list[str] = field(default_factory=list)


def measure(
    n_rounds: int, *, seed: int = 7, say: Callable[[str], None], is_whole: bool = True
) -> dict[str, Any]:
    """All of the measurements; `is_whole` False: the rounds alone."""
    with tempfile.TemporaryDirectory(prefix="replicheck-faults-") as folder:
        count = Rounds(Path(folder), seed, say).go(n_rounds)
        found: dict[str, Any] = {
            "rounds": count.rounds,
            "lost": count.lost,
            "doubled": count.doubled,
            "different": count.different,
            "stuck": count.stuck,
        }
        if is_whole:
            found["claims_per_s"] = _claims.measure(Path(folder), say)
            found["overhead_s"] = _overhead.measure(Path(folder), say)
            found["ray"] = _ray.measure(Path(folder), seed=seed, say=say)
    return {
        **found,
        "runs": count.runs,
        "seed": seed,
        "lease_s": LEASE_S,
        "longest_orphan_s": round(count.longest_orphan_s, 2),
        "seconds": round(count.seconds, 1),
        "faults": dict(count.faults),
        "without_effect": dict(count.missed),
        "attempts": {str(n): m for n, m in sorted(count.attempts.items())},
        "disk_full_by": _disk(count),
        "troubles": count.troubles,
    }


def _disk(count: Count) -> str:
    return next((name for name in ("tmpfs", "rlimit") if count.faults[f"disk full ({name})"]), "")


class Rounds:
    def __init__(self, folder: Path, seed: int, say: Callable[[str], None]) -> None:
        self.folder = folder
        self.seed = seed
        self.say = say
        self.count = Count()
        self.undisturbed: dict[int, Mapping[str, Any]] = {}
        self.guard = threading.Lock()
        self.left: list[tuple[int, str]] = []

    def go(self, n_rounds: int) -> Count:
        began = time.monotonic()
        self._compute_undisturbed()
        self.left = list(reversed(list(enumerate(schedule(n_rounds, self.seed)))))
        homes = [self.folder / f"lane-{n}" for n in range(min(LANES, n_rounds))]
        worlds = [World(home, lease_s=LEASE_S) for home in homes]
        lanes = [threading.Thread(target=self._lane, args=(world,)) for world in worlds]
        for lane in lanes:
            lane.start()
        for lane in lanes:
            lane.join()
        self.count.seconds = time.monotonic() - began
        return self.count

    def _compute_undisturbed(self) -> None:
        world = World(self.folder / "undisturbed", lease_s=60)
        try:
            world.tend()
            ended = world.wait(world.put(range(SEEDS), "undisturbed"), seconds=300)
            for run in ended:
                if run.state != "succeeded":
                    raise RuntimeError(f"An undisturbed run {run.state}: {run.error}")
                self.undisturbed[int(run.task["seed"])] = world.content(run)
        finally:
            world.close()

    def _lane(self, world: World) -> None:
        try:
            while True:
                with self.guard:
                    if not self.left:
                        return
                    number, name = self.left.pop()
                self._round(world, number, name)
        except Exception as error:
            with self.guard:
                self.count.troubles.append(f"a lane ended: {type(error).__name__}: {error}")
        finally:
            world.close()

    def _round(self, world: World, number: int, name: str) -> None:
        dice = random.Random(self.seed * 1_000_003 + number)
        world.tend()
        ids = world.put([dice.randrange(SEEDS) for _ in range(RUNS_A_ROUND)], f"round {number}")
        round_ = Round(world=world, ids=ids, dice=dice)
        self._wait_for_work(round_)
        time.sleep(dice.uniform(0.0, 2.5))
        try:
            FAULTS[name](round_)
        except (OSError, AssertionError) as error:
            round_.remark = f"{type(error).__name__}: {error}"
        ended = world.wait(ids, seconds=PATIENCE_S)
        self._note(round_, number, name, ended)
        for spare in world.supervisors[1:]:
            world.retire(spare)
        for run_id in ids:
            shutil.rmtree(world.folder(run_id), ignore_errors=True)  # the disk is small

    def _wait_for_work(self, round_: Round) -> None:
        end = time.monotonic() + 30
        while time.monotonic() < end:
            if any(run.state != "queued" for run in round_.world.runs(round_.ids)):
                return
            time.sleep(0.05)

    def _note(self, round_: Round, number: int, name: str, ended: Sequence[Any]) -> None:
        world = round_.world
        longest, late = world.seen.longest_s, world.seen.late_s
        world.seen.longest_s = world.seen.late_s = 0.0
        problems = []
        with self.guard:
            count = self.count
            count.rounds += 1
            count.faults[f"{name} ({world.filled_by})" if name == "disk full" else name] += 1
            count.longest_orphan_s = max(count.longest_orphan_s, longest)
            if late > SLACK_S:
                count.stuck += 1
                problems.append(f"orphaned for {longest:.1f} s, {late:.1f} s beyond the lease")
            if round_.remark:
                count.missed[name] += 1
                if round_.remark.startswith("Assertion"):
                    problems.append(round_.remark)
            for run in ended:
                count.runs += 1
                count.attempts[run.attempt] += 1
                if run.state != "succeeded":
                    count.lost += 1
                    problems.append(f"run {run.id} {run.state}: {run.error}")
                    continue
                allowed = 1 + round_.n_destroyed.get(run.id, 0)
                n_computed, n_stored = world.n_computed(run), world.n_stored(run)
                if n_stored != 1 or n_computed > allowed:
                    count.doubled += 1
                    problems.append(
                        f"run {run.id} computed {n_computed} times, stored {n_stored} times"
                    )
                if world.content(run) != self.undisturbed[int(run.task["seed"])]:
                    count.different += 1
                    problems.append(f"run {run.id} differs")
            count.troubles += [f"round {number} ({name}): {problem}" for problem in problems]
            self.say(
                f"round {number}, {name}: "
                + ("; ".join(problems) or round_.remark or "all ended well")
            )


def schedule(n_rounds: int, seed: int) -> list[str]:
    """Every fault about as often as every other, the slow ones seldom, in a random order."""
    common = [name for name in FAULTS if name not in SELDOM]
    seldom = [name for name, every in SELDOM.items() for _ in range(round(n_rounds / every))]
    names = [*seldom, *(common[n % len(common)] for n in range(n_rounds - len(seldom)))]
    random.Random(seed).shuffle(names)
    return names


def words(found: Mapping[str, Any]) -> list[str]:
    return [f"{key}: {value}" for key, value in found.items()]
