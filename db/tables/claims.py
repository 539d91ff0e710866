"""Reports, the claims they make, and where each claim stands."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from db.tables.ground import Table, one_of


class ReportRow(Table):
    __tablename__ = "report"

    id: Mapped[int] = mapped_column(primary_key=True)
    sha256: Mapped[str] = mapped_column(unique=True)  # of the file's text
    name: Mapped[str]  # the file's name
    format: Mapped[str]
    title: Mapped[str]
    author: Mapped[str]
    reported_on: Mapped[date | None]
    abstract: Mapped[str]
    question: Mapped[str]
    text: Mapped[str]
    imported_at: Mapped[datetime]
    notes: Mapped[list[Any]] = mapped_column(default=list, server_default="[]")  # on reading it


class ReferenceRow(Table):
    __tablename__ = "reference"
    __table_args__ = (UniqueConstraint("report_id", "position"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    report_id: Mapped[int] = mapped_column(ForeignKey("report.id"))
    position: Mapped[int]
    url: Mapped[str]
    arxiv_id: Mapped[str | None]
    version: Mapped[int | None]


class ClaimRow(Table):
    """A claim, and from `status` on where it stands now.

    Where it stands follows from the appended verdicts and assessments and is written with them
    (db/standing.py), so that a list of claims walks through no history.
    """

    __tablename__ = "claim"
    __table_args__ = (
        one_of("kind", ("empirical", "descriptive"), "kind"),
        one_of("origin", ("bundled", "imported"), "origin"),
        Index("ix_claim_status_position", "status", "position"),
        Index(
            "ix_claim_facets",
            *("status", "kind", "certainty", "literature", "experiment"),
            *("is_fragile", "is_cut", "verdict_id", "decided_id", "protocol_id", "protocol_hash"),
        ),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(index=True)  # order of arrival, for lists
    statement: Mapped[str]
    kind: Mapped[str]
    origin: Mapped[str]
    study: Mapped[str | None] = mapped_column(index=True)
    topic: Mapped[str] = mapped_column(index=True)
    protocol_id: Mapped[str | None]
    protocol_score: Mapped[float | None]
    is_protocol_chosen: Mapped[bool]  # by a person; a bundled file no longer changes it
    is_cut: Mapped[bool]
    context: Mapped[str]
    created_at: Mapped[datetime]
    status: Mapped[str] = mapped_column(default="unchecked", server_default="unchecked")
    decided: Mapped[str] = mapped_column(  # what the witnesses come to, whoever overruled it
        default="unchecked", server_default="unchecked"
    )
    confidence: Mapped[float | None]
    certainty: Mapped[str | None]  # of the witness the status rests on
    literature: Mapped[str | None]  # the findings …
    experiment: Mapped[str | None]
    is_fragile: Mapped[bool | None]  # None: there is nothing to be turned, or nobody looked yet
    checked_at: Mapped[datetime | None]
    verdict_id: Mapped[int | None] = mapped_column(index=True)  # … and the rows behind them
    decided_id: Mapped[int | None]
    literature_id: Mapped[int | None]
    experiment_id: Mapped[int | None]
    protocol_hash: Mapped[str | None]  # that the newest experiment was decided by
    protocol_chosen_at: Mapped[datetime | None] = mapped_column(index=True)  # by a person, last


class MentionRow(Table):
    """A claim as one report words it, and what that report says of it."""

    __tablename__ = "mention"
    __table_args__ = (UniqueConstraint("report_id", "position"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    report_id: Mapped[int] = mapped_column(ForeignKey("report.id"))
    claim_id: Mapped[str] = mapped_column(ForeignKey("claim.id"), index=True)
    position: Mapped[int]
    line: Mapped[int]
    statement: Mapped[str]
    verified: Mapped[bool | None]
    confidence: Mapped[float | None]
    is_cut: Mapped[bool]
    match_score: Mapped[float | None]  # to the claim it was linked to; None: made this claim
    remarks: Mapped[list[Any]] = mapped_column(  # what the report says that `verified` cannot hold
        default=list, server_default="[]"
    )
