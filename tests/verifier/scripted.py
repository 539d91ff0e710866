"""Runs whose children are small scripts, not trainings, and a supervisor to look after them."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.verifier.made import request
from verifier.attempt import folder_of
from verifier.executors import Job
from verifier.worker import Settings, Worker

PROGRESS = (
    '{"at": "2026-06-09T12:00:00+00:00", "phase": "pretraining", "step": %d, "n_steps": 9, '
    '"loss": 1.5, "windows_per_s": 80.0}'
)
RESULT = (
    'Path("predictions.npz").write_bytes(b"scores"); '
    'Path("result.json").write_text(\'{"schema": 1, "is_valid": true, "measurements": '
    '[{"name": "macro_auroc", "probe": "linear", "split": "test", "value": 0.8}]}\')'
)
WELL = f"""
Path("progress.jsonl").write_text('{PROGRESS % 3}\\n{PROGRESS % 9}\\n' + '{{"torn')
{RESULT}
"""
LONG = "Path('pid').write_text(str(os.getpid())); time.sleep(600)"
GROUP = "Path('pid').write_text(str(subprocess.Popen(['sleep', '600']).pid)); time.sleep(600)"
STUBBORN = "signal.signal(signal.SIGTERM, signal.SIG_IGN); " + LONG
HEAD = "import os, signal, subprocess, sys, time; from pathlib import Path; "


def job_of(script: str):
    """What stands for `attempt.job_for`: every run carries out this script, in its own folder."""

    def job(workspace, run, limits, *, gpu) -> Job:
        folder = folder_of(workspace, run)
        folder.mkdir(parents=True, exist_ok=True)
        code = HEAD + f"os.chdir({str(folder)!r})\n{script}"
        command = [sys.executable, "-c", code]
        return Job(command=command, folder=folder, log=folder / "log.txt")

    return job


@contextmanager
def supervised(workspace, settings: Settings) -> Iterator[Worker]:
    """A supervisor that is ticked by the test, and put down after it."""
    made = Worker(workspace, settings)
    made.register()
    yield made
    made._put_down()
    for executor in {id(e): e for e in (made.here, made.there)}.values():
        executor.close()


def put(workspace, *fingerprints: str) -> list[int]:
    wanted = [request(f * 16, label=f) for f in fingerprints]
    return workspace.queue.enqueue(wanted, actor="test")


def until(worker, condition, *, seconds: float = 300.0) -> float:
    """Seconds it took."""
    began = time.monotonic()
    while not condition():
        worker.tick()
        time.sleep(0.02)
        assert time.monotonic() - began < seconds, "it did not come to that in time"
    return time.monotonic() - began


def content(workspace, run_id: int):
    """What a run gave: its scores and its measurements."""
    measured = workspace.queue.measurements([run_id])[run_id]
    scores = workspace.queue.predictions(run_id)
    return scores, [(m.name, m.probe, m.split, m.value) for m in measured]


def state(workspace, run_id: int) -> str:
    return workspace.queue.run(run_id).state


def pid_of(workspace, run_id: int) -> int | None:
    path = folder_of(workspace, workspace.queue.run(run_id)) / "pid"
    text = path.read_text() if path.exists() else ""
    return int(text) if text else None


def is_alive(pid: int) -> bool:
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False
    return "State:\tZ" not in status
