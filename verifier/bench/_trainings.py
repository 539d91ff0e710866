"""A real worker that trains a run on each core: what a machine does while people look."""

import contextlib
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence

from models.recipe import Recipe
from verifier.bench._server import ROOT
from verifier.claim import InputError
from verifier.queue import RunRequest, fingerprint_of
from verifier.workspace import Workspace


@contextlib.contextmanager
def training(workspace: Workspace, environment: Mapping[str, str], n: int) -> Iterator[None]:
    """`n` trainings go on from beginning to end; then they are cancelled, and their worker ends.

    Raises:
        InputError: They did not start, or one of them ended meanwhile.
    """
    run_ids = workspace.queue.enqueue(long_runs(n), actor="bench")
    log = workspace.home / "worker.log"
    with log.open("wb") as out:
        worker = subprocess.Popen(
            [sys.executable, "-m", "verifier", "worker", "--slots", str(n)],
            cwd=ROOT, env=dict(environment), stdout=out, stderr=subprocess.STDOUT,
        )  # fmt: skip
    try:
        _wait_for_training(workspace, run_ids)
        yield
        running = workspace.queue.runs(ids=run_ids)
    finally:
        for run_id in run_ids:
            workspace.queue.request_cancel(run_id, actor="bench")
        worker.terminate()
        worker.wait(timeout=60)
        for run_id in run_ids:  # given back by the worker that stopped
            workspace.queue.request_cancel(run_id, actor="bench")
    still = sum(run.state == "running" for run in running)
    if still < n:
        raise InputError(f"Only {still} of {n} trainings ran to the end of the measurement.")


def long_runs(n: int) -> list[RunRequest]:
    recipe = Recipe.bundled("tiny").with_changes({"n_updates": 1_000_000})
    stamp = time.time_ns()  # never the runs of a former call, which are cancelled
    requests = []
    for seed in range(n):
        task = recipe.with_changes({"seed": seed}).to_dict()
        key = fingerprint_of({"bench": stamp, "seed": seed})
        label = f"bench · {recipe.objective} · seed {seed}"
        requests.append(
            RunRequest(
                kind="training", fingerprint=key, label=label, task=task, data="synthetic",
                priority=9,
            )
        )  # fmt: skip
    return requests


def _wait_for_training(workspace: Workspace, run_ids: Sequence[int]) -> None:
    until = time.monotonic() + 120
    while time.monotonic() < until:
        runs = workspace.queue.runs(ids=run_ids)
        if all(run.state == "running" and run.step > 0 for run in runs):
            return
        time.sleep(0.5)
    said = "; ".join(f"{run.label}: {run.state}, {run.phase} {run.error}" for run in runs)
    raise InputError(f"The trainings of the benchmark did not start within 120 s: {said}")
