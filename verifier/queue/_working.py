"""What workers do with runs: take them under leases, say how far they are, end them.

Every write names its attempt; once the lease has gone to another, the write changes nothing and
the worker is told so.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import CursorResult, and_, or_, select, update
from sqlalchemy.orm import Session

from db.tables.runs import MeasurementRow, PredictionsRow, RunProgressRow, RunRow, WorkerRow
from verifier.queue._table import BACK_OFF, RunTable
from verifier.queue._taking import EVENTS, TAKE, TAKE_AND_SAY
from verifier.runs import ProgressPoint, Run


@dataclass(frozen=True, kw_only=True)
class Wishes:
    """What people ask of a running run."""

    cancel: bool
    pause: bool


class Working(RunTable):
    """The part of the queue that workers use."""

    def claim(self, owner: str) -> Run | None:
        """Take the next run under a lease; the attempt number of the lease fences every write."""
        taken = self.claim_many(owner, n=1)
        return taken[0] if taken else None

    def claim_many(
        self, owner: str, *, n: int, device: str | None = None, code: str | None = None
    ) -> list[Run]:
        """Take up to `n` of the runs that wait, for one device, of one version of the code.

        None: whatever the device, or the code.
        """
        now = self.clock()
        asked = {
            "n": n,
            "on_device": device,
            "of_code": code,
            "now": now,
            "by": owner,
            "until": now + self.lease,
            "too_late": now + 2 * BACK_OFF[-1],
        }
        with self.database.at_once() as connection:
            if self.database.is_postgresql:
                rows = connection.execute(TAKE_AND_SAY, asked).mappings().all()
            elif rows := connection.execute(TAKE, asked).mappings().all():
                said = [self._said(r["id"], r["attempt"], owner, "started") for r in rows]
                connection.execute(EVENTS.insert(), said)
        return sorted((Run(**row) for row in rows), key=lambda run: (-run.priority, run.id))

    def return_lost(self) -> int:
        """Runs whose worker fell silent wait for their next attempt, or fail after the last.

        A lease that ends later than any lease given now could is one of a clock that went back.
        """
        now = self.clock()
        is_over = or_(RunRow.lease_until < now, RunRow.lease_until > now + 2 * self.lease)
        lost = select(RunRow).where(RunRow.state == "running", is_over)
        with self.database.writing(is_alone=False) as session:
            session.execute(
                update(RunRow)
                .where(
                    RunRow.state == "lost",
                    or_(RunRow.not_before <= now, RunRow.not_before > now + 2 * BACK_OFF[-1]),
                )
                .values(state="queued", not_before=None)
            )
            rows = session.scalars(lost.with_for_update(skip_locked=True)).all()
            for row in rows:
                self._event(
                    session, row.id, row.attempt, row.owner or "", "lost", "the lease ran out"
                )
                self._end_attempt(row, now, error="The worker fell silent.", waits_as="lost")
            return len(rows)

    def is_anything_lost(self) -> bool:
        """Whether `return_lost` has work; a look that locks nobody out."""
        now = self.clock()
        is_over = or_(RunRow.lease_until < now, RunRow.lease_until > now + 2 * self.lease)
        found = or_(and_(RunRow.state == "running", is_over), RunRow.state == "lost")
        with self.database.reading() as session:
            return session.scalar(select(RunRow.id).where(found).limit(1)) is not None

    def _end_attempt(
        self, row: RunRow, now: datetime, *, error: str, waits_as: str = "queued"
    ) -> None:
        row.owner = row.lease_until = None
        row.error = error
        if row.cancel_requested_at is not None:
            row.state, row.finished_at = "cancelled", now
        elif row.pause_requested_at is not None:
            row.state, row.not_before, row.pause_requested_at = "paused", None, None
        elif row.attempt < row.max_attempts:
            row.state = waits_as
            nth = row.attempt - (row.max_attempts - len(BACK_OFF))  # since a person asked for it
            row.not_before = now + BACK_OFF[min(max(nth, 1), len(BACK_OFF)) - 1]
        else:
            row.state, row.finished_at = "failed", now

    def renew(self, run: Run) -> bool:
        """Heartbeat. False: the lease is somebody else's now, or the run has ended."""
        now = self.clock()
        return self._fenced(run, lease_until=now + self.lease, heartbeat_at=now)

    def wait_for_place(self, run: Run) -> bool:
        """Say that an attempt waits for room on a cluster; its time has not begun."""
        return self._fenced(run, phase="waiting")

    def begin(self, run: Run) -> bool:
        """Count the time of an attempt from now on."""
        return self._fenced(run, phase="starting", started_at=self.clock())

    def wishes(self, owner: str) -> dict[tuple[int, int], Wishes]:
        """By run and attempt, what is asked of all that `owner` holds; others are no longer its."""
        with self.database.reading() as session:
            rows = session.execute(
                select(
                    RunRow.id,
                    RunRow.attempt,
                    RunRow.cancel_requested_at,
                    RunRow.pause_requested_at,
                ).where(RunRow.state == "running", RunRow.owner == owner)
            )
            return {
                (run_id, attempt): Wishes(cancel=cancel is not None, pause=pause is not None)
                for run_id, attempt, cancel, pause in rows
            }

    def record(self, run: Run, points: Sequence[ProgressPoint]) -> bool:
        """Copy new progress of an attempt; the last point becomes what the list of runs shows."""
        if not points:
            return True
        latest = points[-1]
        with self.database.writing(is_alone=False) as session:
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
        """A worker that stops in good order leaves its runs to the next one at once.

        So does one that was asked to pause or cancel a run: that is what the run then is.
        """
        with self.database.writing() as session:
            row = session.scalar(select(RunRow).where(RunRow.id == run.id, *_ours(run)))
            if row is None:
                return False
            row.state, row.owner, row.lease_until = "queued", None, None
            row.attempt -= 1  # it was not the run's fault
            if row.cancel_requested_at is not None:
                row.state, row.finished_at = "cancelled", self.clock()
            elif row.pause_requested_at is not None:
                row.state, row.pause_requested_at = "paused", None
            said = {"queued": "given back"}.get(row.state, row.state)
            self._event(session, run.id, run.attempt, run.owner or "", said)
            return True

    def _fenced(self, run: Run, **values: Any) -> bool:
        statement = update(RunRow).where(RunRow.id == run.id, *_ours(run)).values(**values)
        with self.database.at_once() as connection:
            return _changed(connection.execute(statement))

    def register(self, worker_id: str, *, host: str, pid: int, slots: int, **more: Any) -> None:
        """`more`: the executor, the code and the number of GPUs, where they matter."""
        now = self.clock()
        known = {"id": worker_id, "host": host, "pid": pid, "slots": slots, **more}
        with self.database.writing() as session:
            session.merge(WorkerRow(**known, started_at=now, heartbeat_at=now))

    def beat(self, worker_id: str) -> None:
        self._worker(worker_id, heartbeat_at=self.clock())

    def close(self, worker_id: str) -> None:
        """The worker lives on for what it has begun, and takes no more runs."""
        self._worker(worker_id, slots=0, gpus=0)

    def sign_off(self, worker_id: str) -> None:
        self._worker(worker_id, stopped_at=self.clock())

    def _worker(self, worker_id: str, **values: Any) -> None:
        with self.database.at_once() as connection:
            connection.execute(update(WorkerRow).where(WorkerRow.id == worker_id).values(**values))


def _ours(run: Run) -> tuple[Any, ...]:
    return (RunRow.owner == run.owner, RunRow.attempt == run.attempt, RunRow.state == "running")


def _changed(result: Any) -> bool:
    return isinstance(result, CursorResult) and result.rowcount == 1


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
