"""What people ask of runs: that there be one, that it end, wait, go on, or be tried again."""

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from db.tables.runs import RunRow
from verifier.access import Role
from verifier.claim import InputError
from verifier.queue._table import BACK_OFF, OPEN_STATES, WAITING, RunTable
from verifier.runs import RunRequest


class Asking(RunTable):
    """The part of the queue that people use."""

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
            if row.state in WAITING:
                row.state, row.finished_at = "cancelled", self.clock()
                self._event(session, run_id, row.attempt, actor, "cancelled")
            elif row.state == "running" and row.cancel_requested_at is None:
                row.cancel_requested_at = self.clock()
                self._event(session, run_id, row.attempt, actor, "cancel requested")
            return row.state

    def request_pause(self, run_id: int, *, actor: str) -> str:
        """Keep a waiting run from starting, and have a running one stop at a checkpoint."""
        self.access.require(Role.OPERATOR, to="pause a run")
        with self.database.writing() as session:
            row = self._row(session, run_id)
            if row.state in ("queued", "lost"):
                row.state, row.not_before = "paused", None
                self._event(session, run_id, row.attempt, actor, "paused")
            elif row.state == "running" and row.pause_requested_at is None:
                row.pause_requested_at = self.clock()
                self._event(session, run_id, row.attempt, actor, "pause requested")
            elif row.state not in OPEN_STATES:
                raise InputError(f"Run {run_id} is {row.state}; there is nothing left to pause.")
            return row.state

    def resume(self, run_id: int, *, actor: str) -> None:
        """Let a paused run go on, from its last checkpoint; or forget the wish to pause."""
        self.access.require(Role.OPERATOR, to="resume a run")
        with self.database.writing() as session:
            row = self._row(session, run_id)
            if row.state == "paused":
                row.state = "queued"
            elif row.pause_requested_at is None:
                raise InputError(f"Run {run_id} is {row.state}; only a paused run can be resumed.")
            row.pause_requested_at = None
            self._event(session, run_id, row.attempt, actor, "resumed")

    def move(self, run_id: int, *, device: str, actor: str) -> None:
        """Have a training that waits carried out on a card ("cuda") or a core ("cpu").

        The run stays the same run: fingerprints do not name the device, results do.
        """
        self.access.require(Role.OPERATOR, to="move a run")
        with self.database.writing() as session:
            row = self._row(session, run_id)
            if row.state not in WAITING or row.kind != "training":
                raise InputError(
                    f"Run {run_id} is a {row.kind} and {row.state}; only a training that waits can "
                    "be moved to another device."
                )
            if row.device != device:
                row.device = device
                self._event(session, run_id, row.attempt, actor, "moved", f"to {device}")

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
