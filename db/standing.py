"""Where each claim stands now, derived from the verdicts and assessments that were appended.

A person's overruling stands until it is withdrawn; what the witnesses come to meanwhile goes on in
the history and in `claim.decided`. Written by the archive with every append, so that lists read one
table; after rows came in some other way, `restate` for all claims brings it up to date.
"""

from typing import Any

from sqlalchemy import ScalarSelect, case, func, or_, select, update
from sqlalchemy.orm import Session, aliased

from db.tables.claims import ClaimRow
from db.tables.verdicts import AssessmentRow, VerdictRow


def restate(session: Session, claim_id: str | None = None) -> None:
    """Derive where one claim stands, or all of them; `is_fragile` is the archive's to say."""
    session.flush()
    chosen = update(ClaimRow).execution_options(synchronize_session=False)
    if claim_id is not None:
        chosen = chosen.where(ClaimRow.id == claim_id)
    session.execute(chosen.values(_rows_behind()))
    session.execute(chosen.values(_what_they_say()))
    session.expire_all()


def misstated(session: Session) -> list[str]:
    """Claims that stand elsewhere than their history says, in order; there should be none."""
    wrong: set[str] = set()
    for derived in (_rows_behind(), _what_they_say()):
        differs = (getattr(ClaimRow, c).is_distinct_from(found) for c, found in derived.items())
        wrong |= set(session.scalars(select(ClaimRow.id).where(or_(*differs))))
    return sorted(wrong)


def _rows_behind() -> dict[str, Any]:
    person = aliased(VerdictRow, name="person")
    newest = select(func.max(person.id)).where(
        person.claim_id == ClaimRow.id, person.act != "decided"
    )
    standing = (
        select(case((VerdictRow.act == "overruled", VerdictRow.id)))
        .where(VerdictRow.id == newest.correlate(ClaimRow).scalar_subquery())
        .correlate(ClaimRow)
        .scalar_subquery()
    )
    return {
        "decided_id": _newest(VerdictRow, VerdictRow.act == "decided"),
        "verdict_id": func.coalesce(standing, _newest(VerdictRow, VerdictRow.act == "decided")),
        "literature_id": _newest(AssessmentRow, AssessmentRow.witness == "literature"),
        "experiment_id": _newest(AssessmentRow, AssessmentRow.witness == "experiment"),
    }


def _what_they_say() -> dict[str, Any]:
    return {
        "status": func.coalesce(_of(VerdictRow.status, ClaimRow.verdict_id), "unchecked"),
        "decided": func.coalesce(_of(VerdictRow.status, ClaimRow.decided_id), "unchecked"),
        "confidence": _of(VerdictRow.confidence, ClaimRow.verdict_id),
        "checked_at": _of(VerdictRow.at, ClaimRow.verdict_id),
        "certainty": _certainty(),
        "literature": _of(AssessmentRow.finding, ClaimRow.literature_id),
        "experiment": _of(AssessmentRow.finding, ClaimRow.experiment_id),
        "protocol_hash": _of(AssessmentRow.protocol_hash, ClaimRow.experiment_id),
    }


def _newest(table: Any, which: Any) -> ScalarSelect[Any]:
    found = select(func.max(table.id)).where(table.claim_id == ClaimRow.id, which)
    return found.correlate(ClaimRow).scalar_subquery()


def _of(column: Any, id: Any) -> ScalarSelect[Any]:
    return select(column).where(column.class_.id == id).correlate(ClaimRow).scalar_subquery()


def _certainty() -> ScalarSelect[Any]:
    """Of the assessment that the shown verdict rests on."""
    basis = case(
        (VerdictRow.rests_on == "literature", VerdictRow.literature_id),
        (VerdictRow.rests_on == "experiment", VerdictRow.experiment_id),
    )
    return (
        select(AssessmentRow.certainty)
        .select_from(VerdictRow)
        .join(AssessmentRow, AssessmentRow.id == basis)
        .where(VerdictRow.id == ClaimRow.verdict_id)
        .correlate(ClaimRow)
        .scalar_subquery()
    )
