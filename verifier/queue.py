"""The run queue: leases, attempts, and the record of every run. The door to the run table.

A run's identity is its fingerprint: asking for one that exists returns it. Every write of a
worker names its attempt; once the lease has gone to another, the write changes nothing and the
worker is told so.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from sqlalchemy import CursorResult, and_, func, or_, select, update
from sqlalchemy.orm import Session

from db.session import Database
from db.tables import (
    MeasurementRow,
    PredictionsRow,
    RunEventRow,
    RunProgressRow,
    RunRow,
    WorkerRow,
)
from verifier.access import Access, Role
from verifier.archive import utc_now
from verifier.claim import InputError

LEASE = timedelta(seconds=60)
BACK_OFF = (timedelta(seconds=2), timedelta(seconds=15), timedelta(seconds=60))
OPEN_STATES = ("queued", "running")


@dataclass(frozen=True, kw_only=True)
class RunRequest:
    """A run somebody wants. `task` is what the child gets: a recipe in plain JSON."""

    kind: str  # "training" or "description"
    fingerprint: str
    label: str
    task: Mapping[str, Any]
    data: str
    priority: int = 0


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
        """Wall time of the last attempt, None before it ended."""
        if self.started_at is None or self.finished_at is None:
            return None
        return (self.finished_at - self.started_at).total_seconds()


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
    started_at: datetime
    heartbeat_at: datetime


class Queue:
    """Runs that wait, run and have ended."""

    def __init__(
        self,
        database: Database,
        *,
        clock: Callable[[], datetime] = utc_now,
        lease: timedelta = LEASE,
        access: Access | None = None,
    ) -> None:
        self.database = database
        self.access = access or Access()
        self.clock = clock
        self.lease = lease

    # asking

    def enqueue(self, requests: Iterable[RunRequest], *, actor: str) -> list[int]:
        """Ids of the requested runs, in order; only those that do not exist yet are added.

        One that failed or was cancelled stays so until somebody asks for a retry.
        """
        ids = []
        with self.database.writing() as session:
            for request in requests:
                known = session.scalar(
                    select(RunRow.id).where(
                        RunRow.kind == request.kind, RunRow.fingerprint == request.fingerprint
                    )
                )
                ids.append(known if known is not None else self._add(session, request, actor))
        return ids

    def _add(self, session: Session, request: RunRequest, actor: str) -> int:
        row = RunRow(
            **{**vars(request), "task": dict(request.task)},
            state="queued",
            attempt=0,
            max_attempts=len(BACK_OFF),
            queued_at=self.clock(),
            phase="",
            step=0,
            n_steps=0,
            error="",
        )
        session.add(row)
        session.flush()
        self._event(session, row.id, 0, actor, "queued")
        return row.id

    def request_cancel(self, run_id: int, *, actor: str) -> str:
        """Cancel a waiting run at once, and ask the worker of a running one to end it."""
        self.access.require(Role.OPERATOR, to="cancel a run")
        with self.database.writing() as session:
            row = self._row(session, run_id)
            if row.state == "queued":
                row.state, row.finished_at = "cancelled", self.clock()
                self._event(session, run_id, row.attempt, actor, "cancelled")
            elif row.state == "running" and row.cancel_requested_at is None:
                row.cancel_requested_at = self.clock()
                self._event(session, run_id, row.attempt, actor, "cancel requested")
            return row.state

    def retry(self, run_id: int, *, actor: str) -> None:
        """Queue a failed or cancelled run again, with all its attempts before it."""
        self.access.require(Role.OPERATOR, to="retry a run")
        with self.database.writing() as session:
            row = self._row(session, run_id)
            if row.state not in ("failed", "cancelled"):
                raise InputError(
                    f"Run {run_id} is {row.state}; only a failed or cancelled run can be retried."
                )
            row.state, row.error, row.not_before = "queued", "", None
            row.cancel_requested_at = row.finished_at = None
            row.max_attempts = row.attempt + len(BACK_OFF)
            self._event(session, run_id, row.attempt, actor, "queued", "retry")

    # working

    def claim(self, owner: str) -> Run | None:
        """Take the next run under a lease; the attempt number of the lease fences every write."""
        now = self.clock()
        ready = and_(
            RunRow.state == "queued", or_(RunRow.not_before.is_(None), RunRow.not_before <= now)
        )
        with self.database.writing() as session:
            self._return_lost(session, now)
            chosen = session.scalar(
                select(RunRow).where(ready).order_by(RunRow.priority.desc(), RunRow.id).limit(1)
            )
            if chosen is None:
                return None
            chosen.state, chosen.owner = "running", owner
            chosen.attempt += 1
            chosen.lease_until, chosen.heartbeat_at = now + self.lease, now
            chosen.started_at, chosen.finished_at = now, None
            chosen.phase, chosen.step, chosen.n_steps = "starting", 0, 0
            self._event(session, chosen.id, chosen.attempt, owner, "started")
            session.flush()
            return _run(chosen)

    def _return_lost(self, session: Session, now: datetime) -> None:
        """Runs whose worker fell silent go back to the queue, or fail after the last attempt."""
        lost = session.scalars(
            select(RunRow).where(RunRow.state == "running", RunRow.lease_until < now)
        )
        for row in lost:
            self._event(session, row.id, row.attempt, row.owner or "", "lost", "the lease ran out")
            self._end_attempt(row, now, error="The worker fell silent.")

    def _end_attempt(self, row: RunRow, now: datetime, *, error: str) -> None:
        row.owner = row.lease_until = None
        row.error = error
        if row.cancel_requested_at is not None:
            row.state, row.finished_at = "cancelled", now
        elif row.attempt < row.max_attempts:
            row.state = "queued"
            row.not_before = now + BACK_OFF[min(row.attempt, len(BACK_OFF)) - 1]
        else:
            row.state, row.finished_at = "failed", now

    def renew(self, run: Run) -> bool:
        """Heartbeat. False: the lease is somebody else's now, or the run has ended."""
        now = self.clock()
        return self._fenced(run, lease_until=now + self.lease, heartbeat_at=now)

    def is_cancel_requested(self, run: Run) -> bool:
        with self.database.reading() as session:
            asked = session.scalar(
                select(RunRow.cancel_requested_at).where(RunRow.id == run.id, *_ours(run))
            )
            return asked is not None

    def record(self, run: Run, points: Sequence[ProgressPoint]) -> bool:
        """Copy new progress of an attempt; the last point becomes what the list of runs shows."""
        if not points:
            return True
        latest = points[-1]
        with self.database.writing() as session:
            known = _changed(
                session.execute(
                    update(RunRow)
                    .where(RunRow.id == run.id, *_ours(run))
                    .values(
                        phase=latest.phase,
                        step=latest.step,
                        n_steps=latest.n_steps,
                        windows_per_s=latest.windows_per_s,
                    )
                )
            )
            if known:
                self._add_points(session, run, points)
            return known

    def _add_points(self, session: Session, run: Run, points: Sequence[ProgressPoint]) -> None:
        seen = {
            (phase, step)
            for phase, step in session.execute(
                select(RunProgressRow.phase, RunProgressRow.step).where(
                    RunProgressRow.run_id == run.id, RunProgressRow.attempt == run.attempt
                )
            )
        }
        for point in points:
            if (point.phase, point.step) not in seen:
                seen.add((point.phase, point.step))
                values = {k: v for k, v in vars(point).items() if k != "n_steps"}
                session.add(RunProgressRow(run_id=run.id, attempt=run.attempt, **values))

    def succeed(self, run: Run, *, result: Mapping[str, Any], predictions: bytes | None) -> bool:
        """Store what the child measured, whole or not at all."""
        now = self.clock()
        measured = result.get("measurements", [])
        kept = {key: value for key, value in result.items() if key != "measurements"}
        with self.database.writing() as session:
            ended = _changed(
                session.execute(
                    update(RunRow)
                    .where(RunRow.id == run.id, *_ours(run))
                    .values(
                        state="succeeded",
                        owner=None,
                        lease_until=None,
                        finished_at=now,
                        phase="done",
                        error=result.get("invalid_reason") or "",
                        is_valid=result.get("is_valid", True),
                        result=kept,
                    )
                )
            )
            if not ended:
                return False
            session.add_all(_measurement_row(run.id, found) for found in measured)
            if predictions is not None:
                session.add(
                    PredictionsRow(
                        run_id=run.id, sha256=sha256(predictions).hexdigest(), payload=predictions
                    )
                )
            self._event(session, run.id, run.attempt, run.owner or "", "succeeded")
            return True

    def fail(self, run: Run, *, error: str, may_retry: bool) -> bool:
        """End an attempt that gave no result; `may_retry` where another attempt could."""
        with self.database.writing() as session:
            row = session.scalar(select(RunRow).where(RunRow.id == run.id, *_ours(run)))
            if row is None:
                return False
            kind = "cancelled" if row.cancel_requested_at is not None else "failed"
            self._event(session, run.id, run.attempt, run.owner or "", kind, error)
            if not may_retry:
                row.max_attempts = row.attempt
            self._end_attempt(row, self.clock(), error=error)
            return True

    def give_back(self, run: Run) -> bool:
        """A worker that stops in good order leaves its runs to the next one at once."""
        with self.database.writing() as session:
            row = session.scalar(select(RunRow).where(RunRow.id == run.id, *_ours(run)))
            if row is None:
                return False
            row.state, row.owner, row.lease_until = "queued", None, None
            row.attempt -= 1  # it was not the run's fault
            self._event(session, run.id, run.attempt, run.owner or "", "given back")
            return True

    def _fenced(self, run: Run, **values: Any) -> bool:
        with self.database.writing() as session:
            statement = update(RunRow).where(RunRow.id == run.id, *_ours(run)).values(**values)
            return _changed(session.execute(statement))

    def _event(
        self, session: Session, run_id: int, attempt: int, actor: str, kind: str, detail: str = ""
    ) -> None:
        session.add(
            RunEventRow(
                run_id=run_id,
                attempt=attempt,
                at=self.clock(),
                actor=actor,
                kind=kind,
                detail=detail,
            )
        )

    @staticmethod
    def _row(session: Session, run_id: int) -> RunRow:
        row = session.get(RunRow, run_id)
        if row is None:
            raise InputError(f"There is no run {run_id}.")
        return row

    # looking

    def run(self, run_id: int) -> Run | None:
        with self.database.reading() as session:
            row = session.get(RunRow, run_id)
            return None if row is None else _run(row)

    def runs(
        self,
        *,
        states: Sequence[str] = (),
        ids: Sequence[int] | None = None,
        limit: int | None = None,
        offset: int = 0,
    ) -> list[Run]:
        """Runs, those at work first, then those that wait, then the newest that have ended."""
        order: list[Any] = [
            (RunRow.state == "running").desc(),
            (RunRow.state == "queued").desc(),
            RunRow.finished_at.desc(),
            RunRow.id,
        ]
        # ids first, by a narrow index: rows are wide, and sorting them all takes long
        chosen = select(RunRow.id)
        if states:
            chosen = chosen.where(RunRow.state.in_(states))
        if ids is not None:
            chosen = chosen.where(RunRow.id.in_(ids))
        page = chosen.order_by(*order).limit(limit).offset(offset)
        with self.database.reading() as session:
            rows = session.scalars(select(RunRow).where(RunRow.id.in_(page)).order_by(*order))
            return [_run(row) for row in rows]

    def ended(self) -> dict[int, datetime]:
        """When each run that has ended did so, by id."""
        with self.database.reading() as session:
            rows = session.execute(
                select(RunRow.id, RunRow.finished_at).where(RunRow.finished_at.is_not(None))
            )
            return {row[0]: at for row in rows if (at := row[1]) is not None}

    def stamp(self) -> tuple[int, datetime | None]:
        """Changes whenever a run ends: the key of what is computed from all that have."""
        with self.database.reading() as session:
            newest = select(func.count(RunRow.finished_at), func.max(RunRow.finished_at))
            n_ended, last = session.execute(newest).one()
            return n_ended, last

    def counts(self) -> dict[str, int]:
        with self.database.reading() as session:
            rows = session.execute(select(RunRow.state, func.count()).group_by(RunRow.state))
            return {row[0]: row[1] for row in rows}

    def events(self, run_id: int) -> list[RunEvent]:
        with self.database.reading() as session:
            rows = session.scalars(
                select(RunEventRow).where(RunEventRow.run_id == run_id).order_by(RunEventRow.id)
            )
            return [
                RunEvent(attempt=r.attempt, at=r.at, actor=r.actor, kind=r.kind, detail=r.detail)
                for r in rows
            ]

    def progress(self, run_id: int) -> list[ProgressPoint]:
        """The curve of the latest attempt."""
        with self.database.reading() as session:
            latest = select(func.max(RunProgressRow.attempt)).where(RunProgressRow.run_id == run_id)
            rows = session.scalars(
                select(RunProgressRow)
                .where(
                    RunProgressRow.run_id == run_id,
                    RunProgressRow.attempt == latest.scalar_subquery(),
                )
                .order_by(RunProgressRow.id)
            )
            return [
                ProgressPoint(
                    at=r.at,
                    phase=r.phase,
                    step=r.step,
                    loss=r.loss,
                    windows_per_s=r.windows_per_s,
                )
                for r in rows
            ]

    def measurements(
        self, run_ids: Sequence[int], *, split: str | None = None
    ) -> dict[int, list[Measurement]]:
        """What each run measured, on one split or on all."""
        found: dict[int, list[Measurement]] = {run_id: [] for run_id in run_ids}
        names = [field.name for field in fields(Measurement)]
        # columns, not rows: tens of thousands of objects of the mapper take seconds
        chosen = select(MeasurementRow.run_id, *(getattr(MeasurementRow, name) for name in names))
        chosen = chosen.where(MeasurementRow.run_id.in_(run_ids)).order_by(MeasurementRow.id)
        if split is not None:
            chosen = chosen.where(MeasurementRow.split == split)
        with self.database.reading() as session:
            for run_id, *values in session.execute(chosen):
                found[run_id].append(Measurement(**dict(zip(names, values, strict=True))))
        return found

    def predictions(self, run_id: int) -> bytes | None:
        """The run's predictions.npz."""
        with self.database.reading() as session:
            row = session.get(PredictionsRow, run_id)
            return None if row is None else row.payload

    # workers

    def register(self, worker_id: str, *, host: str, pid: int, slots: int) -> None:
        now = self.clock()
        with self.database.writing() as session:
            session.add(
                WorkerRow(
                    id=worker_id, host=host, pid=pid, slots=slots, started_at=now, heartbeat_at=now
                )
            )

    def beat(self, worker_id: str) -> None:
        self._worker(worker_id, heartbeat_at=self.clock())

    def sign_off(self, worker_id: str) -> None:
        self._worker(worker_id, stopped_at=self.clock())

    def _worker(self, worker_id: str, **values: Any) -> None:
        with self.database.writing() as session:
            session.execute(update(WorkerRow).where(WorkerRow.id == worker_id).values(**values))

    def workers(self) -> list[Worker]:
        """Workers heard of within the length of a lease."""
        with self.database.reading() as session:
            rows = session.scalars(
                select(WorkerRow).where(
                    WorkerRow.stopped_at.is_(None),
                    WorkerRow.heartbeat_at > self.clock() - self.lease,
                )
            )
            return [Worker(**{f.name: getattr(r, f.name) for f in fields(Worker)}) for r in rows]


def fingerprint_of(parts: Mapping[str, Any]) -> str:
    """SHA-256 of canonical JSON."""
    return sha256(json.dumps(parts, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def _ours(run: Run) -> tuple[Any, ...]:
    return (RunRow.owner == run.owner, RunRow.attempt == run.attempt, RunRow.state == "running")


def _changed(result: Any) -> bool:
    return isinstance(result, CursorResult) and result.rowcount == 1


def _run(row: RunRow) -> Run:
    return Run(**{field.name: getattr(row, field.name) for field in fields(Run)})


def _measurement_row(run_id: int, found: Mapping[str, Any]) -> MeasurementRow:
    return MeasurementRow(
        run_id=run_id,
        name=found["name"],
        probe=found.get("probe") or "",
        split=found.get("split") or "",
        value=found["value"],
        reason=found.get("reason") or "",
        n=found.get("n"),
        n_counts=found.get("n_counts") or "",
    )
