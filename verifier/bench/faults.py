"""Breaks workers and trainings in every way we could think of, and counts what came of it.

Real supervisors, real children, a real database; one fault a round, at a random moment. Every run
must end, once, with the bits of one that nobody disturbed. Rounds go in lanes side by side, each
in a world of its own; the random moments come from a fixed seed.
"""

import random
import shutil
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from verifier.bench import _claims, _overhead, _ray
from verifier.bench._faults import FAULTS, LEASE_S, PATIENCE_S, SELDOM, Round
from verifier.bench._world import SEEDS, World

LANES = 3
RUNS_A_ROUND = 2  # as many as the supervisor has slots
SLACK_S = 2.0  # beyond the lease, until a worker has looked; a loaded machine takes its time


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


def measure(n_rounds: int, *, seed: int = 7, say: Callable[[str], None]) -> dict[str, Any]:
    """The rounds, and what a run costs the queue, the supervisor and Ray beside its training."""
    with tempfile.TemporaryDirectory(prefix="replicheck-faults-") as folder:
        count = Rounds(Path(folder), seed, say).go(n_rounds)
        found: dict[str, Any] = {
            "rounds": count.rounds,
            "lost": count.lost,
            "doubled": count.doubled,
            "different": count.different,
            "stuck": count.stuck,
            "claims_per_s": _claims.measure(Path(folder), say),
            "overhead_s": _overhead.measure(Path(folder), say),
            "ray": _ray.measure(Path(folder), seed=seed, say=say),
        }
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
