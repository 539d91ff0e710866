"""What the queue costs a run beyond the run's own process."""

import os
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

from verifier.attempt import Limits, job_for
from verifier.bench._world import once_more
from verifier.worker import TICK_S, Settings, Worker
from verifier.workspace import open_workspace

N_RUNS = 12
N_UPDATES = 6


def measure(folder: Path, say: Callable[[str], None]) -> float:
    """Seconds that a run takes longer through the queue than its process alone; the median.

    Both come from the same warm process, in turn.
    """
    home = folder / "overhead"
    workspace = open_workspace(
        {
            **os.environ,
            "VERIFIER_HOME": str(home),
            "VERIFIER_DATABASE_URL": f"sqlite:///{home / 'replicheck.sqlite'}",
        }
    )
    worker = Worker(workspace, Settings(slots=1))
    _through_queue(worker, 0)
    _alone(worker, 0)
    through, alone = [], []
    for number in range(1, N_RUNS + 1):  # in turn, so that a busy machine is as busy for both
        through.append(_through_queue(worker, number))
        alone.append(_alone(worker, number))
    worker.here.close()
    workspace.database.close()
    differences = [queued - bare for queued, bare in zip(through, alone, strict=True)]
    say(f"a run takes {median(through):.3f} s through the queue, {median(alone):.3f} s without")
    return round(median(differences), 3)


def _through_queue(worker: Worker, number: int) -> float:
    """From the request to the stored result."""
    queue = worker.workspace.queue
    began = time.monotonic()
    (run_id,) = queue.enqueue([once_more(number, "queued", n_updates=N_UPDATES)], actor="bench")
    while True:
        worker.tick()
        run = queue.run(run_id)
        assert run is not None
        if run.state not in ("queued", "running"):
            return time.monotonic() - began
        worker.here.wait(TICK_S)


def _alone(worker: Worker, number: int) -> float:
    """The same process with nothing but its end to wait for."""
    queue = worker.workspace.queue
    (run_id,) = queue.enqueue([once_more(number, "alone", n_updates=N_UPDATES)], actor="bench")
    run = queue.claim("bench")
    assert run is not None
    assert run.id == run_id
    began = time.monotonic()
    attempt = worker.here.start(job_for(worker.workspace, run, Limits()))
    while attempt.exit_status() is None:
        worker.here.wait(1.0)
    seconds = time.monotonic() - began
    queue.request_cancel(run_id, actor="bench")
    queue.fail(run, error="", may_retry=False)
    return seconds
