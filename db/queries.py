"""Named queries. The caller owns the transaction; arguments that could swap are keyword-only."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, ScalarSelect, Select, and_, case, func, or_, select
from sqlalchemy.orm import Session, aliased

from db.tables import (
    AssessmentRow,
    ClaimRow,
    DocumentRow,
    MentionRow,
    RetractionCheckRow,
    VerdictRow,
)

Literature = aliased(AssessmentRow, name="literature")
Experiment = aliased(AssessmentRow, name="experiment")
NO_STATUS = "unchecked"  # a claim nobody has asked about has no verdict row


def _latest_verdict() -> ScalarSelect[int]:
    """The newest verdict on the claim of the enclosing query."""
    inner = aliased(VerdictRow)
    newest = select(func.max(inner.id)).where(inner.claim_id == ClaimRow.id)
    return newest.correlate(ClaimRow).scalar_subquery()


def _latest_assessment(witness: str) -> ScalarSelect[int]:
    inner = aliased(AssessmentRow)
    newest = select(func.max(inner.id)).where(
        inner.claim_id == ClaimRow.id, inner.witness == witness
    )
    return newest.correlate(ClaimRow).scalar_subquery()


def claims_with_verdicts() -> Select[ClaimRow, VerdictRow, AssessmentRow, AssessmentRow]:
    """Each claim with its newest verdict and its newest assessment by each witness."""
    return (
        select(ClaimRow, VerdictRow, Literature, Experiment)
        .select_from(ClaimRow)
        .outerjoin(VerdictRow, VerdictRow.id == _latest_verdict())
        .outerjoin(Literature, Literature.id == _latest_assessment("literature"))
        .outerjoin(Experiment, Experiment.id == _latest_assessment("experiment"))
    )


def status_column() -> Any:
    return func.coalesce(VerdictRow.status, NO_STATUS)


def containing(words: str) -> ColumnElement[bool]:
    """Claims whose statement, id or reported wording holds every word; wildcards are literal."""
    tests = []
    for word in words.split():
        pattern = "%" + word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
        worded = select(MentionRow.id).where(
            MentionRow.claim_id == ClaimRow.id, MentionRow.statement.ilike(pattern, escape="\\")
        )
        tests.append(
            or_(
                ClaimRow.statement.ilike(pattern, escape="\\"),
                ClaimRow.id.ilike(pattern, escape="\\"),
                worded.exists(),
            )
        )
    return and_(*tests)


def in_report(report_id: int) -> ColumnElement[bool]:
    mentioned = select(MentionRow.id).where(
        MentionRow.claim_id == ClaimRow.id, MentionRow.report_id == report_id
    )
    return mentioned.exists()


def sort_columns(sort: str, *, descending: bool) -> list[Any]:
    """Order of a claim list; what has no value comes last, whichever way one sorts."""
    if sort == "confidence":
        column: Any = VerdictRow.confidence
    elif sort == "status":
        column = status_column()
    elif sort == "statement":
        column = func.lower(ClaimRow.statement)
    elif sort == "checked":
        column = VerdictRow.id
    else:
        column = ClaimRow.position
    missing = case((column.is_(None), 1), else_=0)
    return [missing, column.desc() if descending else column.asc(), ClaimRow.position]


def count_by_status(session: Session) -> Sequence[Row[str, int]]:
    status = status_column()
    return session.execute(
        select(status, func.count())
        .select_from(ClaimRow)
        .outerjoin(VerdictRow, VerdictRow.id == _latest_verdict())
        .group_by(status)
    ).all()


def current_documents() -> Select[DocumentRow]:
    """The newest text of every document."""
    newest = select(func.max(DocumentRow.id)).group_by(DocumentRow.key).scalar_subquery()
    return select(DocumentRow).where(DocumentRow.id.in_(newest)).order_by(DocumentRow.id)


def newest_retraction_checks() -> Select[RetractionCheckRow]:
    """What each source said last of each paper it was asked about."""
    newest = (
        select(func.max(RetractionCheckRow.id))
        .group_by(RetractionCheckRow.document_key, RetractionCheckRow.source)
        .scalar_subquery()
    )
    return (
        select(RetractionCheckRow)
        .where(RetractionCheckRow.id.in_(newest))
        .order_by(RetractionCheckRow.id)
    )
