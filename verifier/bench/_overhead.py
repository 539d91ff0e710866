"""What the queue costs a run beyond the run's own process."""

import os
import time
from collections.abc import Callable
from pathlib import Path

from models.recipe import Recipe
from verifier.attempt import Limits, job_for
from verifier.executors.local import connect
from verifier.queue import RunRequest
from verifier.worker import Settings, Worker
from verifier.workspace import Workspace, open_workspace

N_RUNS = 12


def measure(folder: Path, say: Callable[[str], None]) -> float:
    """Mean seconds a run takes through the queue, less those of its process without one.

    Both go one run after the other from a warm process, in the same minute on the same machine.
    """
    home = folder / "overhead"
    workspace = open_workspace(
        {
            **os.environ,
            "VERIFIER_HOME": str(home),
            "VERIFIER_DATABASE_URL": f"sqlite:///{home / 'replicheck.sqlite'}",
        }
    )
    _put(workspace, "warm-up", 1)
    worker = Worker(workspace, Settings(slots=1))
    _work_off(worker)
    _put(workspace, "through the queue", N_RUNS)
    began = time.monotonic()
    _work_off(worker)
    through_queue = (time.monotonic() - began) / N_RUNS
    worker.here.close()
    alone = _alone(workspace)
    workspace.database.close()
    say(f"a run takes {through_queue:.3f} s through the queue, {alone:.3f} s without")
    return round(through_queue - alone, 3)


def _put(workspace: Workspace, name: str, n: int) -> None:
    recipe = Recipe.bundled("tiny")
    workspace.queue.enqueue(
        [
            RunRequest(
                kind="training",
                fingerprint=f"{place:08x}{name.encode().hex():0<56}"[:64],
                label=name,
                task=recipe.with_changes({"seed": place}).to_dict(),
                data="synthetic",
            )
            for place in range(n)
        ],
        actor="bench",
    )


def _work_off(worker: Worker) -> None:
    while worker.workspace.queue.counts().keys() & {"queued", "running"}:
        worker.tick()
        worker.here.wait(0.25)


def _alone(workspace: Workspace) -> float:
    """The same processes, one after the other, with nothing but their exit to wait for."""
    _put(workspace, "alone", N_RUNS + 1)
    runs = [run for run in workspace.queue.runs() if run.label == "alone"]
    executor = connect()
    seconds = []
    for run in runs:
        began = time.monotonic()
        attempt = executor.start(job_for(workspace, run, Limits()))
        while attempt.exit_status() is None:
            executor.wait(1.0)
        seconds.append(time.monotonic() - began)
    executor.close()
    return sum(seconds[1:]) / N_RUNS  # the first one waited for the warm process to come up
