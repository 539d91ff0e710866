"""Two nodes of a Ray cluster on this machine, one of which is killed in mid-run, and again."""

import os
import random
import sys
import time
from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from verifier.bench._world import World, children_of, kill
from verifier.executors.ray import QUIET

N_NODES = 2
N_KILLED = 3
RUNS_A_ROUND = 3  # one more than there are places
N_UPDATES = 300
PATIENCE_S = 180.0
NODE = {"num_cpus": 1, "object_store_memory": 100 * 2**20}
WATCHFUL = QUIET | {  # Ray notices a node's death in seconds, not in a minute
    "RAY_health_check_initial_delay_ms": "1000",
    "RAY_health_check_period_ms": "1000",
    "RAY_health_check_timeout_ms": "2000",
    "RAY_health_check_failure_threshold": "4",
}
HEAD = {**NODE, "num_cpus": 0, "include_dashboard": False}


def measure(folder: Path, *, seed: int, say: Callable[[str], None]) -> dict[str, Any] | None:
    """What became of the runs of a cluster that loses nodes; None without Ray.

    Every run must end, with the bits of a local run that nobody disturbed.
    """
    if find_spec("ray") is None:
        say("Ray is left out: it is not installed (pip install -r requirements-cluster.txt).")
        return None
    local = World(folder / "ray-undisturbed", lease_s=60)
    try:
        seeds = range(RUNS_A_ROUND)
        local.tend()
        ended = local.wait(local.put(seeds, "undisturbed", n_updates=N_UPDATES), seconds=PATIENCE_S)
        undisturbed = {run.task["seed"]: local.content(run) for run in ended}
    finally:
        local.close()
    os.environ.update(WATCHFUL)
    cluster = import_module("ray.cluster_utils").Cluster(
        initialize_head=True, head_node_args=HEAD, connect=False
    )
    command = ("verifier", "worker", "--executor", "ray", "--address", cluster.address)
    world = World(folder / "ray", lease_s=30, command=(*command, "--slots", str(N_NODES)))
    nodes = [cluster.add_node(**NODE) for _ in range(N_NODES)]
    found = {"nodes": N_NODES, "killed": 0, "lost": 0, "different": 0, "runs": 0}
    dice = random.Random(seed)
    try:
        for number in range(N_KILLED):
            world.tend()
            ids = world.put(seeds, f"round {number}", n_updates=N_UPDATES)
            _wait_for_work(world, ids)
            time.sleep(dice.uniform(0.0, 1.5))
            at_work = [run.state for run in world.runs(ids)].count("running")
            kill_node(cluster, nodes.pop(dice.randrange(len(nodes))))
            found["killed"] += 1
            ended = world.wait(ids, seconds=PATIENCE_S)
            found["runs"] += len(ended)
            found["lost"] += sum(run.state != "succeeded" for run in ended)
            found["different"] += sum(
                run.state == "succeeded" and world.content(run) != undisturbed[run.task["seed"]]
                for run in ended
            )
            attempts = [run.attempt for run in ended]
            say(f"Ray, node {number + 1} killed with {at_work} runs at work: attempts {attempts}")
            nodes.append(cluster.add_node(**NODE))
    finally:
        world.close()
        cluster.shutdown()
    return found


def kill_node(cluster: Any, node: Any) -> None:
    """All processes of a node at once, as when its power fails."""
    raylet = next(iter(node.all_processes["raylet"])).process.pid
    for pid in [raylet, *_offspring(raylet)]:
        kill(pid)
    cluster.worker_nodes.remove(node)


def _offspring(parent: int) -> list[int]:
    children = children_of(parent)
    return children + [pid for child in children for pid in _offspring(child)]


def _wait_for_work(world: World, ids: list[int]) -> None:
    """Until a node is in the midst of a run."""
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        if any(run.phase == "pretraining" for run in world.runs(ids)):
            return
        time.sleep(0.1)


if __name__ == "__main__":
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        print(measure(Path(folder), seed=7, say=lambda words: print(words, file=sys.stderr)))
