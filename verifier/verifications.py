"""Requests to verify: which claims, on which data, how thoroughly, and how far each has come."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import CursorResult, delete, or_, select, update

from db.session import Database
from db.tables import VerificationRow, VerificationRunRow
from verifier.archive import utc_now
from verifier.claim import InputError
from verifier.queue import LEASE

OPEN_STATES = ("requested", "running")


@dataclass(frozen=True, kw_only=True)
class Verification:
    id: int
    requested_at: datetime
    claim_ids: list[str]
    preset: str
    data: str
    state: str
    message: str
    owner: str | None
    lease_until: datetime | None
    finished_at: datetime | None

    @property
    def is_open(self) -> bool:
        return self.state in OPEN_STATES


class Verifications:
    """The requests, each tended by one process under a lease."""

    def __init__(
        self,
        database: Database,
        *,
        clock: Callable[[], datetime] = utc_now,
        lease: timedelta = LEASE,
    ) -> None:
        self.database = database
        self.clock = clock
        self.lease = lease

    def request(self, claim_ids: Sequence[str], *, preset: str, data: str) -> int:
        """Ask; the same request that is still open is returned, not doubled."""
        with self.database.writing() as session:
            opened = session.scalars(
                select(VerificationRow).where(VerificationRow.state.in_(OPEN_STATES))
            )
            for row in opened:
                if (row.claim_ids, row.preset, row.data) == (list(claim_ids), preset, data):
                    return row.id
            row = VerificationRow(
                requested_at=self.clock(),
                claim_ids=list(claim_ids),
                preset=preset,
                data=data,
                state="requested",
                message="waiting for a worker",
            )
            session.add(row)
            session.flush()
            return row.id

    def claim(self, owner: str) -> Verification | None:
        """Take the next request that nobody tends; one whose tender fell silent counts."""
        now = self.clock()
        with self.database.writing() as session:
            row = session.scalar(
                select(VerificationRow)
                .where(
                    VerificationRow.state.in_(OPEN_STATES),
                    or_(VerificationRow.owner.is_(None), VerificationRow.lease_until < now),
                )
                .order_by(VerificationRow.id)
                .limit(1)
            )
            if row is None:
                return None
            row.state, row.owner, row.lease_until = "running", owner, now + self.lease
            session.flush()
            return _verification(row)

    def renew(self, verification: Verification, *, message: str | None = None) -> bool:
        """Heartbeat and what is going on. False: cancelled, or somebody else tends it now."""
        values: dict[str, Any] = {"lease_until": self.clock() + self.lease}
        if message is not None:
            values["message"] = message
        return self._fenced(verification, **values)

    def end(self, verification: Verification, *, state: str, message: str) -> bool:
        return self._fenced(
            verification,
            state=state,
            message=message,
            owner=None,
            lease_until=None,
            finished_at=self.clock(),
        )

    def give_back(self, verification: Verification) -> bool:
        return self._fenced(verification, owner=None, lease_until=None)

    def cancel(self, verification_id: int) -> None:
        """Stop waiting for the rest; what was decided so far stays."""
        with self.database.writing() as session:
            row = session.get(VerificationRow, verification_id)
            if row is None:
                raise InputError(f"There is no verification {verification_id}.")
            if row.state in OPEN_STATES:
                row.state, row.message = "cancelled", "cancelled by a person"
                row.owner, row.lease_until, row.finished_at = None, None, self.clock()

    def _fenced(self, verification: Verification, **values: Any) -> bool:
        with self.database.writing() as session:
            result = session.execute(
                update(VerificationRow)
                .where(
                    VerificationRow.id == verification.id,
                    VerificationRow.owner == verification.owner,
                    VerificationRow.state == "running",
                )
                .values(**values)
            )
            return isinstance(result, CursorResult) and result.rowcount == 1

    def link(self, verification_id: int, runs: Mapping[str, Iterable[int]]) -> None:
        """Say which runs each claim waits for; saying it again replaces what was said."""
        with self.database.writing() as session:
            session.execute(
                delete(VerificationRunRow).where(
                    VerificationRunRow.verification_id == verification_id
                )
            )
            session.add_all(
                VerificationRunRow(
                    verification_id=verification_id, claim_id=claim_id, run_id=run_id
                )
                for claim_id, run_ids in runs.items()
                for run_id in set(run_ids)
            )

    def runs(self, verification_id: int) -> dict[str, list[int]]:
        """The runs each claim waits for."""
        with self.database.reading() as session:
            rows = session.scalars(
                select(VerificationRunRow)
                .where(VerificationRunRow.verification_id == verification_id)
                .order_by(VerificationRunRow.run_id)
            )
            found: dict[str, list[int]] = {}
            for row in rows:
                found.setdefault(row.claim_id, []).append(row.run_id)
            return found

    def claims_of_run(self, run_id: int) -> list[str]:
        """Claims that some verification wanted this run for."""
        with self.database.reading() as session:
            found = session.scalars(
                select(VerificationRunRow.claim_id)
                .where(VerificationRunRow.run_id == run_id)
                .distinct()
            )
            return sorted(found)

    def get(self, verification_id: int) -> Verification | None:
        with self.database.reading() as session:
            row = session.get(VerificationRow, verification_id)
            return None if row is None else _verification(row)

    def latest(self, *, limit: int = 20, only_open: bool = False) -> list[Verification]:
        chosen = select(VerificationRow).order_by(VerificationRow.id.desc()).limit(limit)
        if only_open:
            chosen = chosen.where(VerificationRow.state.in_(OPEN_STATES))
        with self.database.reading() as session:
            return [_verification(row) for row in session.scalars(chosen)]

    def data_used(self) -> list[str]:
        """Data references of earlier requests, newest first, for a person to choose from."""
        with self.database.reading() as session:
            rows = session.scalars(
                select(VerificationRow.data).order_by(VerificationRow.id.desc()).limit(200)
            )
            return list(dict.fromkeys(rows))


def _verification(row: VerificationRow) -> Verification:
    return Verification(**{f.name: getattr(row, f.name) for f in fields(Verification)})
