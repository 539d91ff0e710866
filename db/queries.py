"""Named queries. The caller owns the transaction; arguments that could swap are keyword-only."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, case, func, not_, select, tuple_
from sqlalchemy.orm import Session, aliased

from db.tables.claims import ClaimRow, MentionRow
from db.tables.literature import DocumentRemovalRow, DocumentRow, RetractionCheckRow
from db.tables.verdicts import AssessmentRow, VerdictRow

Literature = aliased(AssessmentRow, name="literature")
Experiment = aliased(AssessmentRow, name="experiment")
Decided = aliased(VerdictRow, name="decided")


ClaimJoin = Select[ClaimRow, VerdictRow, VerdictRow, AssessmentRow, AssessmentRow]


def claims_with_verdicts() -> ClaimJoin:
    """Each claim with its shown verdict, our own, and the newest assessment by each witness."""
    return (
        select(ClaimRow, VerdictRow, Decided, Literature, Experiment)
        .select_from(ClaimRow)
        .outerjoin(VerdictRow, VerdictRow.id == ClaimRow.verdict_id)
        .outerjoin(Decided, Decided.id == ClaimRow.decided_id)
        .outerjoin(Literature, Literature.id == ClaimRow.literature_id)
        .outerjoin(Experiment, Experiment.id == ClaimRow.experiment_id)
    )


def in_report(report_id: int) -> ColumnElement[bool]:
    mentioned = select(MentionRow.claim_id).where(MentionRow.report_id == report_id)
    return ClaimRow.id.in_(mentioned)


SORT_COLUMNS: dict[str, Any] = {
    "position": ClaimRow.position,
    "statement": func.lower(ClaimRow.statement),
    "status": ClaimRow.status,
    "confidence": ClaimRow.confidence,
    "checked": ClaimRow.verdict_id,
}


def sort_columns(sort: str, *, descending: bool) -> list[Any]:
    """Order of a claim list; what has no value comes last, whichever way one sorts."""
    column = SORT_COLUMNS[sort]
    ordered = [column.desc() if descending else column.asc(), ClaimRow.position]
    if sort in ("confidence", "checked"):
        return [case((column.is_(None), 1), else_=0), *ordered]
    return ordered


def outside(pairs: Collection[tuple[str, str]]) -> ColumnElement[bool]:
    """An experiment decided by none of these (protocol, hash of it): by one since replaced."""
    protocol = func.coalesce(ClaimRow.protocol_id, "")
    stands = tuple_(protocol, ClaimRow.protocol_hash).in_(sorted(pairs))
    return ClaimRow.protocol_hash.is_not(None) & not_(stands)


# few values each, so that all of them are counted in one walk over an index
FACETS = ("status", "kind", "certainty", "literature", "experiment", "is_fragile", "is_cut")
PROTOCOL = ("protocol_id", "protocol_hash")


def facet_counts(session: Session, *conditions: ColumnElement[bool]) -> Sequence[Any]:
    """How many claims there are with each combination of the facets, the count last."""
    columns = [getattr(ClaimRow, name) for name in (*FACETS, *PROTOCOL)]
    is_overruled = ClaimRow.verdict_id.is_distinct_from(ClaimRow.decided_id).label("is_overruled")
    counted = select(*columns, is_overruled, func.count()).where(*conditions)
    return session.execute(counted.group_by(*columns, is_overruled)).all()


def current_documents() -> Select[DocumentRow]:
    """The newest text of every document, without those that a person took out of reading."""
    newest = (
        select(func.max(DocumentRow.id))
        .where(DocumentRow.id.not_in(removed_ids()))
        .group_by(DocumentRow.key)
        .scalar_subquery()
    )
    return select(DocumentRow).where(DocumentRow.id.in_(newest)).order_by(DocumentRow.id)


def standing_removals() -> Select[DocumentRemovalRow]:
    """Of each text that is out of reading, who took it out and why."""
    newest = select(func.max(DocumentRemovalRow.id)).group_by(DocumentRemovalRow.document_id)
    return select(DocumentRemovalRow).where(
        DocumentRemovalRow.id.in_(newest.scalar_subquery()), DocumentRemovalRow.act == "removed"
    )


def removed_ids() -> Any:
    return standing_removals().with_only_columns(DocumentRemovalRow.document_id).scalar_subquery()


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
