"""Requests to verify: which claims, on which data, how thoroughly, and how far each has come."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime

from sqlalchemy import delete, select

from db.tables.requests import VerificationRow, VerificationRunRow
from db.tables.runs import RunRow
from verifier.access import Role
from verifier.leases import OPEN_STATES, Leased
from verifier.queue import OPEN_STATES as RUN_OPEN_STATES


@dataclass(frozen=True, kw_only=True)
class Verification:
    id: int
    requested_at: datetime
    claim_ids: list[str]
    preset: str
    data: str
    budget_s: float | None  # seeds are added until decided or this is spent; None: not
    state: str
    message: str
    owner: str | None
    lease_until: datetime | None
    finished_at: datetime | None

    @property
    def is_open(self) -> bool:
        return self.state in OPEN_STATES


class Verifications(Leased[Verification]):
    """The requests, each tended by one process under a lease."""

    row = VerificationRow
    word = "verification"
    folder = "verifications"

    def read(self, row: VerificationRow) -> Verification:
        return Verification(**{f.name: getattr(row, f.name) for f in fields(Verification)})

    def request(
        self, claim_ids: Sequence[str], *, preset: str, data: str, budget_s: float | None = None
    ) -> int:
        """Ask; the same request that is still open is returned, not doubled."""
        self.access.require(Role.OPERATOR, to="ask for a verification")
        with self.database.writing() as session:
            opened = session.scalars(
                select(VerificationRow).where(VerificationRow.state.in_(OPEN_STATES))
            )
            for row in opened:
                same = (row.claim_ids, row.preset, row.data, row.budget_s)
                if same == (list(claim_ids), preset, data, budget_s):
                    return row.id
            row = VerificationRow(
                requested_at=self.clock(),
                claim_ids=list(claim_ids),
                preset=preset,
                data=data,
                budget_s=budget_s,
                state="requested",
                message="waiting for a worker",
            )
            session.add(row)
            session.flush()
            return row.id

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

    def claims_asked(self) -> frozenset[str]:
        """Claims that an open verification has not answered: runs of theirs are open still.

        All claims of one whose runs are not planned yet.
        """
        with self.database.reading() as session:
            opened = session.scalars(
                select(VerificationRow).where(VerificationRow.state.in_(OPEN_STATES))
            ).all()
            links = VerificationRunRow
            mine = links.verification_id.in_([row.id for row in opened])
            planned = set(session.scalars(select(links.verification_id).where(mine).distinct()))
            waiting = session.scalars(
                select(links.claim_id)
                .join(RunRow, RunRow.id == links.run_id)
                .where(mine, RunRow.state.in_(RUN_OPEN_STATES))
                .distinct()
            ).all()
            unplanned = (id for row in opened if row.id not in planned for id in row.claim_ids)
            return frozenset([*waiting, *unplanned])

    def data_used(self) -> list[str]:
        """Data references of earlier requests, newest first, for a person to choose from."""
        with self.database.reading() as session:
            rows = session.scalars(
                select(VerificationRow.data).order_by(VerificationRow.id.desc()).limit(200)
            )
            return list(dict.fromkeys(rows))
