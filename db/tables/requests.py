"""What people ask for that takes longer than a page, and a worker tends under a lease."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from db.tables.ground import Table, one_of

VERIFICATION_STATES = ("requested", "running", "finished", "failed", "cancelled")
INQUIRY_KINDS = ("search", "read", "extract", "review", "prepare", "check", "fetch")


class VerificationRow(Table):
    """Somebody pressed Verify: which claims, on which data, how thoroughly."""

    __tablename__ = "verification"
    __table_args__ = (one_of("state", VERIFICATION_STATES, "state"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    requested_at: Mapped[datetime]
    claim_ids: Mapped[list[Any]]
    preset: Mapped[str]
    data: Mapped[str]
    budget_s: Mapped[float | None]  # seeds are added until decided or this is spent; None: not
    state: Mapped[str]
    message: Mapped[str]
    owner: Mapped[str | None]
    lease_until: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]


class VerificationRunRow(Table):
    __tablename__ = "verification_run"

    verification_id: Mapped[int] = mapped_column(ForeignKey("verification.id"), primary_key=True)
    claim_id: Mapped[str] = mapped_column(ForeignKey("claim.id"), primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("run.id"), primary_key=True, index=True)


class InquiryRow(Table):
    """Something that takes longer than a page: a search, a reading, the care of a data set."""

    __tablename__ = "inquiry"
    __table_args__ = (
        one_of("state", VERIFICATION_STATES, "state"),
        one_of("kind", INQUIRY_KINDS, "kind"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    subject: Mapped[str]  # a question, a document's key, a report's number, a data set
    settings: Mapped[dict[str, Any]]
    requested_at: Mapped[datetime]
    state: Mapped[str]
    message: Mapped[str]
    owner: Mapped[str | None]
    lease_until: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    result: Mapped[dict[str, Any] | None]
