"""What there is to know of a run: the request, the row, its events, progress and measurements."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

AT_LEAST_S = 0.1  # no training starts, writes its result and is read back in less
CLOCKS_DIFFER_S = 1.0  # a second: of two machines, and of rounding
# of the progress bar, by phase of the child
PARTS = {
    "data": (0.0, 0.05),
    "pretraining": (0.05, 0.8),
    "alignment": (0.8, 0.85),
    "probe": (0.85, 1.0),
}


@dataclass(frozen=True, kw_only=True)
class RunRequest:
    """A run somebody wants. `task` is what the child gets: a recipe in plain JSON."""

    kind: str  # "training" or "description"
    fingerprint: str
    label: str
    task: Mapping[str, Any]
    data: str
    priority: int = 0
    device: str = "cpu"  # or "cuda"
    code: str = ""  # digest of the training code that the fingerprint is of; "": any will do


@dataclass(frozen=True, kw_only=True)
class Run:
    """A row of the run table as it stands."""

    id: int
    kind: str
    fingerprint: str
    label: str
    task: dict[str, Any]
    data: str
    state: str
    priority: int
    attempt: int
    max_attempts: int
    owner: str | None
    lease_until: datetime | None
    heartbeat_at: datetime | None
    not_before: datetime | None
    cancel_requested_at: datetime | None
    pause_requested_at: datetime | None
    device: str
    code: str
    queued_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    phase: str
    step: int
    n_steps: int
    windows_per_s: float | None
    is_valid: bool | None
    error: str
    result: dict[str, Any] | None

    @property
    def seconds(self) -> float | None:
        """Wall time of the last attempt, None before it ended or where nobody knows.

        Of a result that was only taken over, by the clock of whoever made it.
        """
        return self._own_seconds if self.is_taken_over else self._seconds_here

    @property
    def is_taken_over(self) -> bool:
        """Whether its result was there already: sooner than this attempt could have made it.

        It came from elsewhere, or an earlier attempt had written it and was cut off.
        """
        here = self._seconds_here
        if self.kind != "training" or self.state != "succeeded" or here is None:
            return False
        own = self._own_seconds
        return here < AT_LEAST_S if own is None else here < own - CLOCKS_DIFFER_S

    @property
    def _seconds_here(self) -> float | None:
        if self.started_at is None or self.finished_at is None:
            return None
        return (self.finished_at - self.started_at).total_seconds()

    @property
    def _own_seconds(self) -> float | None:
        """As the child that trained it measured."""
        told = (self.result or {}).get("wall_s")
        return float(told) if isinstance(told, int | float) else None

    @property
    def fraction(self) -> float:
        """How far its training and probes are, 0 to 1: what a progress bar shows.

        Pretraining takes most of the time of most runs; each phase has its part of the bar, so
        that the bar never goes back within an attempt.
        """
        if self.state == "succeeded" or self.phase == "done":
            return 1.0
        begin, end = PARTS.get(self.phase, (0.0, 0.0))
        done = min(self.step / self.n_steps, 1.0) if self.n_steps else 0.0
        return begin + (end - begin) * done


@dataclass(frozen=True, kw_only=True)
class RunEvent:
    attempt: int
    at: datetime
    actor: str
    kind: str
    detail: str


@dataclass(frozen=True, kw_only=True)
class ProgressPoint:
    at: datetime
    phase: str
    step: int
    n_steps: int = 0
    loss: float | None = None
    windows_per_s: float | None = None


@dataclass(frozen=True, kw_only=True)
class Measurement:
    """A number a run measured. `value` is None, with a reason, where it could not be."""

    name: str
    probe: str
    split: str
    value: float | None
    reason: str
    n: int | None
    n_counts: str


@dataclass(frozen=True, kw_only=True)
class Worker:
    id: str
    host: str
    pid: int
    slots: int
    executor: str
    code: str
    gpus: int
    started_at: datetime
    heartbeat_at: datetime

    @property
    def takes_runs(self) -> bool:
        """False once the program has changed under it."""
        return bool(self.slots or self.gpus)
