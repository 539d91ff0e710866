"""How fast a full queue is claimed by several processes, each run exactly once."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from verifier.bench._postgresql import NoPostgresqlError, running
from verifier.queue import RunRequest
from verifier.workspace import open_workspace

ROOT = Path(__file__).parents[2]
N_RUNS = 10_000
N_PROCESSES = 8


def measure(folder: Path, say: Callable[[str], None]) -> dict[str, float | None]:
    """Claims a second on each database; None where there is none of the kind."""
    home = folder / "claims"
    home.mkdir(parents=True, exist_ok=True)
    found: dict[str, float | None] = {}
    found["sqlite"] = rate(f"sqlite:///{home / 'claims.sqlite'}", home)
    say(f"SQLite: {found['sqlite']} claims/s")
    try:
        with running(folder / "postgresql") as url:
            found["postgresql"] = rate(url, home)
        say(f"PostgreSQL: {found['postgresql']} claims/s")
    except NoPostgresqlError as error:
        say(str(error))
        found["postgresql"] = None
    return found


def rate(url: str, home: Path, *, n_runs: int = N_RUNS, n_processes: int = N_PROCESSES) -> float:
    """Claims a second, from the moment that all processes are ready to the last claim.

    Raises:
        AssertionError: a run was claimed twice, or never.
    """
    environment = {**os.environ, "VERIFIER_HOME": str(home), "VERIFIER_DATABASE_URL": url}
    workspace = open_workspace(environment)
    workspace.queue.enqueue(
        [
            RunRequest(
                kind="training", fingerprint=f"{n:064x}", label="", task={}, data="synthetic"
            )
            for n in range(n_runs)
        ],
        actor="bench",
    )
    workspace.database.close()
    processes = [
        subprocess.Popen(
            [sys.executable, "-m", "verifier.bench._claims"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**environment, "PYTHONPATH": str(ROOT)},
            text=True,
        )
        for _ in range(n_processes)
    ]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    began = time.monotonic()
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    said = [process.communicate()[0].split() for process in processes]
    seconds = time.monotonic() - began
    claimed = [int(run_id) for ids in said for run_id in ids]
    if sorted(claimed) != sorted(set(claimed)) or len(claimed) != n_runs:
        raise AssertionError(f"{n_runs} runs, {len(claimed)} claims, {len(set(claimed))} different")
    return round(n_runs / seconds, 1)


def claim_all() -> None:
    """What each of the processes does: one run a claim, as a worker with one free slot."""
    queue: Any = open_workspace().queue
    print("ready", flush=True)
    sys.stdin.readline()
    taken = []
    while (run := queue.claim(f"here:{os.getpid()}:0")) is not None:
        taken.append(run.id)
    print(*taken)


if __name__ == "__main__":
    claim_all()
