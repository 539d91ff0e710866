"""One attempt at a run: its child, its files, and what they say so far."""

import json
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from verifier.executors import Attempt, Job
from verifier.runs import ProgressPoint, Run
from verifier.workspace import Workspace

TASK, PROGRESS, RESULT, PREDICTIONS, LOG = (
    "recipe.json",
    "progress.jsonl",
    "result.json",
    "predictions.npz",
    "log.txt",
)


def folder_of(workspace: Workspace, run: Run) -> Path:
    """One folder for all attempts, so that a later one goes on from the last checkpoint."""
    return workspace.runs_folder / run.fingerprint[:16]


@dataclass(frozen=True, kw_only=True)
class Limits:
    """The most one run may take, and may lose; None: as much as there is."""

    seconds: float | None = None
    memory_bytes: int | None = None
    checkpoint_every: int = 100  # updates: the most work a killed run loses


def job_for(workspace: Workspace, run: Run, limits: Limits, *, gpu: int = 0) -> Job:
    """The child's command; its recipe is written into the folder first."""
    folder = folder_of(workspace, run)
    folder.mkdir(parents=True, exist_ok=True)
    task = folder / TASK
    task.write_text(json.dumps(run.task, indent=1, sort_keys=True), encoding="utf-8")
    verb = {"training": "run", "description": "describe"}[run.kind]
    command = [sys.executable, "-m", "models", verb, str(task), "--out", str(folder)]
    is_on_gpu = run.kind == "training" and run.device == "cuda"
    if run.kind == "training":
        command += ["--data", run.data, "--cache", str(workspace.cache_folder)]
        command += ["--threads", "1", "--end-with-parent", "--device", run.device]
        command += ["--checkpoint-every", str(limits.checkpoint_every)]
    return Job(
        command=command,
        folder=folder,
        log=folder / LOG,
        cache=workspace.cache_folder,
        name=f"run-{run.id}-{run.attempt}",
        n_gpus=int(is_on_gpu),
        seconds=limits.seconds,
        memory_bytes=limits.memory_bytes,
        environment={"CUDA_VISIBLE_DEVICES": str(gpu)} if is_on_gpu else {},
    )


@dataclass
class Child:
    """A running attempt as its supervisor sees it."""

    run: Run
    folder: Path
    process: Attempt
    gpu: int | None = None  # the card it has to itself
    n_read: int = 0  # bytes of the progress file copied so far
    n_seen: int = field(default=0, init=False)  # of these, those that `new_progress` saw
    ending: str = ""  # why it was asked to end: cancel, pause, limit, lost
    why: str = ""  # the same in words
    kill_at: float = 0.0  # on the monotonic clock: then it is asked no longer
    began: float = 0.0  # on the monotonic clock
    has_waited: bool = False  # for a place, and is said to

    def new_progress(self) -> list[ProgressPoint]:
        """Whole lines appended since the last look; a torn last line waits for its end."""
        path = self.folder / PROGRESS
        if not path.exists():
            return []
        if path.stat().st_size < self.n_read:
            self.n_read = 0  # cut short by whatever: what was copied is not copied twice
        with path.open("rb") as file:
            file.seek(self.n_read)
            fresh = file.read()
        whole = fresh[: fresh.rfind(b"\n") + 1]
        self.n_seen = self.n_read + len(whole)
        points = (_point(line) for line in whole.splitlines())
        return [point for point in points if point is not None]

    def progress_is_stored(self) -> None:
        self.n_read = self.n_seen

    def result(self) -> dict[str, Any] | None:
        """What the child left behind, None if there is no whole result."""
        return whole_result(self.folder)

    def predictions(self) -> bytes | None:
        path = self.folder / PREDICTIONS
        return path.read_bytes() if path.exists() else None

    def last_words(self, most: int = 1500) -> str:
        """The end of what it printed, for the error a person reads."""
        path = self.folder / LOG
        text = path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""
        return text.strip()[-most:]


def log_tail(workspace: Workspace, run: Run, most: int = 20_000) -> str:
    """The end of what all attempts printed; empty where they ran elsewhere or printed nothing."""
    path = folder_of(workspace, run) / LOG
    try:
        with path.open("rb") as file:
            file.seek(max(path.stat().st_size - most, 0))
            return file.read().decode("utf-8", errors="replace").strip()
    except OSError:
        return ""


def has_checkpoint(workspace: Workspace, run: Run) -> bool:
    """Whether another attempt would go on from where an earlier one stopped."""
    return any(folder_of(workspace, run).glob("*.pt"))


def set_aside(folder: Path) -> None:
    """Keep what lies there under another name, in the place of what was kept so before."""
    aside = folder.with_name(f"{folder.name}-refused")
    shutil.rmtree(aside, ignore_errors=True)
    if folder.is_dir():
        folder.rename(aside)


def whole_result(folder: Path) -> dict[str, Any] | None:
    path = folder / RESULT
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) and _has_its_scores(folder, found) else None


def _has_its_scores(folder: Path, result: Mapping[str, Any]) -> bool:
    if "predictions_sha256" not in result:
        return True
    try:
        found = sha256((folder / PREDICTIONS).read_bytes()).hexdigest()
    except OSError:
        return False
    return bool(found == result["predictions_sha256"])


def _point(line: bytes) -> ProgressPoint | None:
    try:
        said = json.loads(line)
        return ProgressPoint(
            at=datetime.fromisoformat(said["at"]),
            phase=said["phase"],
            step=said["step"],
            n_steps=said["n_steps"],
            loss=said.get("loss"),
            windows_per_s=said.get("windows_per_s"),
        )
    except (ValueError, KeyError, TypeError):
        return None
