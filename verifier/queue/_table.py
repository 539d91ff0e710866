"""What asking and working share: leases, the run table, and the record of what was done."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from db.session import Database
from db.tables.runs import RunEventRow, RunRow
from verifier.access import Access
from verifier.archive import utc_now
from verifier.claim import InputError

LEASE = timedelta(seconds=60)
BACK_OFF = (timedelta(seconds=2), timedelta(seconds=15), timedelta(seconds=60))
OPEN_STATES = ("queued", "running", "paused", "lost")
WAITING = ("queued", "lost", "paused")


class UnderLease:
    """Rows that one process tends at a time, behind the roles of whoever asks for them."""

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


class RunTable(UnderLease):
    """The run table, and the record of what was done to it."""

    def _event(
        self, session: Session, run_id: int, attempt: int, actor: str, kind: str, detail: str = ""
    ) -> None:
        session.add(RunEventRow(**self._said(run_id, attempt, actor, kind, detail)))

    def _said(
        self, run_id: int, attempt: int, actor: str, kind: str, detail: str = ""
    ) -> dict[str, Any]:
        return {
            "run_id": run_id,
            "attempt": attempt,
            "at": self.clock(),
            "actor": actor,
            "kind": kind,
            "detail": detail,
        }

    @staticmethod
    def _row(session: Session, run_id: int) -> RunRow:
        row = session.get(RunRow, run_id)
        if row is None:
            raise InputError(f"There is no run {run_id}.")
        return row
