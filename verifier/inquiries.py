"""What is asked beyond a page's patience: searches, readings, extractions, care of data sets."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import select

from db.tables.requests import INQUIRY_KINDS, InquiryRow
from verifier.access import Role
from verifier.leases import OPEN_STATES, Leased

KINDS = INQUIRY_KINDS


@dataclass(frozen=True, kw_only=True)
class Inquiry:
    id: int
    kind: str  # search, read, extract or review; prepare, check or fetch a data set
    subject: str  # a question, a document's key, a report's number
    settings: Mapping[str, Any]
    requested_at: datetime
    state: str
    message: str
    owner: str | None
    lease_until: datetime | None
    finished_at: datetime | None
    result: Mapping[str, Any] | None

    @property
    def is_open(self) -> bool:
        return self.state in OPEN_STATES


class Inquiries(Leased[Inquiry]):
    """The requests, each answered by one process under a lease."""

    row = InquiryRow
    word = "inquiry"
    folder = "inquiries"

    def read(self, row: InquiryRow) -> Inquiry:
        return Inquiry(**{f.name: getattr(row, f.name) for f in fields(Inquiry)})

    def request(self, kind: str, subject: str, settings: Mapping[str, Any] | None = None) -> int:
        """Ask; the same request that is still open is returned, not doubled."""
        self.access.require(Role.OPERATOR, to="search the literature or look after data sets")
        wanted = dict(settings or {})
        with self.database.writing() as session:
            opened = session.scalars(
                select(InquiryRow).where(
                    InquiryRow.state.in_(OPEN_STATES),
                    InquiryRow.kind == kind,
                    InquiryRow.subject == subject,
                )
            )
            for row in opened:
                if row.settings == wanted:
                    return row.id
            row = InquiryRow(
                kind=kind,
                subject=subject,
                settings=wanted,
                requested_at=self.clock(),
                state="requested",
                message="waiting for a worker",
            )
            session.add(row)
            session.flush()
            return row.id

    def about(self, kind: str, subject: str | None = None, *, limit: int = 20) -> list[Inquiry]:
        """Requests of a kind, perhaps about one subject, newest first."""
        chosen = select(InquiryRow).where(InquiryRow.kind == kind)
        if subject is not None:
            chosen = chosen.where(InquiryRow.subject == subject)
        with self.database.reading() as session:
            rows = session.scalars(chosen.order_by(InquiryRow.id.desc()).limit(limit))
            return [self.read(row) for row in rows]
