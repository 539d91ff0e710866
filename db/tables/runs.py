"""Runs, what they measured, and the workers that carry them out."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, LargeBinary, UniqueConstraint, desc
from sqlalchemy.orm import Mapped, mapped_column

from db.tables.ground import Table, one_of

RUN_STATES = ("queued", "running", "paused", "lost", "succeeded", "failed", "cancelled")


class RunRow(Table):
    """One training and its probes, or one description; the fingerprint is its identity."""

    __tablename__ = "run"
    __table_args__ = (
        one_of("state", RUN_STATES, "state"),
        one_of("kind", ("training", "description"), "kind"),
        UniqueConstraint("kind", "fingerprint"),
        Index("ix_run_waiting", "state", desc("priority"), "id"),
        Index("ix_run_state_finished", "state", "finished_at"),  # the list of runs
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    fingerprint: Mapped[str]
    label: Mapped[str]  # what a person sees in the list of runs
    task: Mapped[dict[str, Any]]  # the recipe, or what to read
    data: Mapped[str]  # data reference, e.g. "synthetic"
    state: Mapped[str]
    priority: Mapped[int]
    attempt: Mapped[int]
    max_attempts: Mapped[int]
    owner: Mapped[str | None]
    lease_until: Mapped[datetime | None]
    heartbeat_at: Mapped[datetime | None]
    not_before: Mapped[datetime | None]  # back-off after a lost or failed attempt
    cancel_requested_at: Mapped[datetime | None]
    pause_requested_at: Mapped[datetime | None]
    device: Mapped[str] = mapped_column(default="cpu")  # or "cuda"
    code: Mapped[str] = mapped_column(default="")  # digest of the training code, "": any will do
    queued_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    phase: Mapped[str]
    step: Mapped[int]
    n_steps: Mapped[int]
    windows_per_s: Mapped[float | None]
    is_valid: Mapped[bool | None]
    error: Mapped[str]
    result: Mapped[dict[str, Any] | None]


class RunEventRow(Table):
    __tablename__ = "run_event"

    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("run.id"), index=True)
    attempt: Mapped[int]
    at: Mapped[datetime]
    actor: Mapped[str]
    kind: Mapped[str]
    detail: Mapped[str]


class RunProgressRow(Table):
    """Points of the loss curve, copied by the supervisor from the child's progress file."""

    __tablename__ = "run_progress"
    __table_args__ = (UniqueConstraint("run_id", "attempt", "phase", "step"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("run.id"))
    attempt: Mapped[int]
    at: Mapped[datetime]
    phase: Mapped[str]
    step: Mapped[int]
    loss: Mapped[float | None]
    windows_per_s: Mapped[float | None]


class MeasurementRow(Table):
    __tablename__ = "measurement"
    __table_args__ = (UniqueConstraint("run_id", "name", "probe", "split"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("run.id"))
    name: Mapped[str]
    probe: Mapped[str]
    split: Mapped[str]
    value: Mapped[float | None]
    reason: Mapped[str]  # why there is no value
    n: Mapped[int | None]
    n_counts: Mapped[str]


class PredictionsRow(Table):
    """Per-record test scores of a run as one NumPy archive without pickles (predictions.npz)."""

    __tablename__ = "predictions"

    run_id: Mapped[int] = mapped_column(ForeignKey("run.id"), primary_key=True)
    sha256: Mapped[str]
    payload: Mapped[bytes] = mapped_column(LargeBinary)


class WorkerRow(Table):
    __tablename__ = "worker"

    id: Mapped[str] = mapped_column(primary_key=True)
    host: Mapped[str]
    pid: Mapped[int]
    slots: Mapped[int]
    executor: Mapped[str] = mapped_column(default="local")
    code: Mapped[str] = mapped_column(default="")  # digest of the training code it works with
    gpus: Mapped[int] = mapped_column(default=0)
    started_at: Mapped[datetime]
    heartbeat_at: Mapped[datetime]
    stopped_at: Mapped[datetime | None]
