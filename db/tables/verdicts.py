"""What witnesses, the program and people said of claims; only ever appended."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from db.tables.ground import Table, one_of

STATUSES = ("verified", "supported", "contested", "refuted", "inconclusive", "unchecked")
VERDICT_ACTS = ("decided", "overruled", "withdrawn")


class AssessmentRow(Table):
    __tablename__ = "assessment"
    __table_args__ = (
        one_of("witness", ("literature", "experiment"), "witness"),
        one_of("finding", ("supported", "contradicted", "inconclusive", "not_testable"), "finding"),
        CheckConstraint("confidence BETWEEN 0 AND 1", name="confidence"),
        Index("ix_assessment_claim_witness", "claim_id", "witness", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    claim_id: Mapped[str] = mapped_column(ForeignKey("claim.id"))
    witness: Mapped[str]
    verification_id: Mapped[int | None] = mapped_column(ForeignKey("verification.id"))
    at: Mapped[datetime]
    finding: Mapped[str]
    reason: Mapped[str]
    confidence: Mapped[float | None]
    confidence_reason: Mapped[str]
    certainty: Mapped[str | None]
    certainty_reasons: Mapped[list[Any]]
    kind: Mapped[str | None]
    scope: Mapped[str]
    command: Mapped[str]
    basis: Mapped[str]
    conformity: Mapped[list[Any]]
    protocol_id: Mapped[str | None]
    protocol_hash: Mapped[str | None]
    would_change: Mapped[list[Any]]
    look: Mapped[int] = mapped_column(server_default="0")  # 0: none counted
    nuisances: Mapped[list[Any]] = mapped_column(server_default="[]")
    is_turned_by_stress: Mapped[bool]
    is_secondary_only: Mapped[bool]


class EstimateRow(Table):
    __tablename__ = "estimate"

    id: Mapped[int] = mapped_column(primary_key=True)
    assessment_id: Mapped[int] = mapped_column(ForeignKey("assessment.id"), index=True)
    name: Mapped[str]
    value: Mapped[float]
    low: Mapped[float]
    high: Mapped[float]
    level: Mapped[float]
    n: Mapped[int]
    n_counts: Mapped[str]
    probability: Mapped[float | None]
    role: Mapped[str]
    unit: Mapped[str]
    seed_error: Mapped[float | None]
    patient_error: Mapped[float | None]
    n_patients: Mapped[int | None]
    pooled_freedom: Mapped[int] = mapped_column(server_default="0")
    note: Mapped[str]


class EvidenceRow(Table):
    __tablename__ = "evidence"

    id: Mapped[int] = mapped_column(primary_key=True)
    assessment_id: Mapped[int] = mapped_column(ForeignKey("assessment.id"), index=True)
    document_id: Mapped[int] = mapped_column(ForeignKey("document.id"))
    start: Mapped[int]
    end: Mapped[int]
    quote: Mapped[str]
    score: Mapped[float]
    stance: Mapped[str | None]
    probability: Mapped[float | None]
    is_primary: Mapped[bool]


class AssessmentRunRow(Table):
    __tablename__ = "assessment_run"

    assessment_id: Mapped[int] = mapped_column(ForeignKey("assessment.id"), primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("run.id"), primary_key=True, index=True)


class VerdictRow(Table):
    """Status over time. `author` is the program or a person who overruled it with a reason.

    A person's status stands, whatever the program decides later, until a person withdraws it.
    """

    __tablename__ = "verdict"
    __table_args__ = (
        one_of("status", STATUSES, "status"),
        one_of("act", VERDICT_ACTS, "act"),
        Index("ix_verdict_claim", "claim_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    claim_id: Mapped[str] = mapped_column(ForeignKey("claim.id"))
    at: Mapped[datetime]
    status: Mapped[str]
    confidence: Mapped[float | None]
    rests_on: Mapped[str | None]
    literature_id: Mapped[int | None] = mapped_column(ForeignKey("assessment.id"))
    experiment_id: Mapped[int | None] = mapped_column(ForeignKey("assessment.id"))
    author: Mapped[str]
    reason: Mapped[str]
    act: Mapped[str] = mapped_column(default="decided", server_default="decided")


class ReviewRow(Table):
    """One person's judgement of one claim.

    The first by each reviewer was given without seeing the others'; later ones are revisions.
    """

    __tablename__ = "review"
    __table_args__ = (
        one_of("status", STATUSES[:-1], "status"),
        Index("ix_review_claim", "claim_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    claim_id: Mapped[str] = mapped_column(ForeignKey("claim.id"))
    reviewer: Mapped[str]
    status: Mapped[str]
    reason: Mapped[str]
    at: Mapped[datetime]
    decided_id: Mapped[int | None] = mapped_column(ForeignKey("verdict.id"))  # that was on screen
