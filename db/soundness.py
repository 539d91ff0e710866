"""What must hold in every database, whatever happened to it; each question lists what breaks it."""

from collections.abc import Callable, Sequence
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, Text, and_, cast, func, not_, or_, select, text
from sqlalchemy.orm import Session

from db import queries, standing
from db.session import Database, dangling
from db.tables.claims import ReportRow
from db.tables.literature import CandidateRow, DocumentRow
from db.tables.runs import MeasurementRow, PredictionsRow, RunEventRow, RunRow
from db.tables.verdicts import AssessmentRow, EvidenceRow, VerdictRow

AT_ONCE = 100  # large rows in memory at a time
ENDED = ("succeeded", "failed", "cancelled")


def examine(database: Database) -> dict[str, list[str]]:
    """By what was asked, what is wrong, in words; empty lists in a sound database.

    Changes nothing, and keeps nobody from writing.
    """
    with database.reading() as session:
        return {name: list(asked(session)) for name, asked in QUESTIONS.items()}


def _file(session: Session) -> Sequence[str]:
    """SQLite's own examination, of every page and index."""
    if session.get_bind().dialect.name != "sqlite":
        return []
    said = [str(row[0]) for row in session.execute(text("PRAGMA integrity_check"))]
    return [] if said == ["ok"] else said


def _references(session: Session) -> Sequence[str]:
    connection: Connection = session.connection()
    return dangling(connection)


def _standing(session: Session) -> Sequence[str]:
    return [f"{claim}: its history says otherwise" for claim in standing.misstated(session)]


def _verdicts(session: Session) -> Sequence[str]:
    """A verdict rests on assessments of its own claim, by the witness they are named for."""
    found = []
    for column, witness in (
        (VerdictRow.literature_id, "literature"),
        (VerdictRow.experiment_id, "experiment"),
    ):
        strange = or_(
            AssessmentRow.claim_id != VerdictRow.claim_id, AssessmentRow.witness != witness
        )
        rows = select(VerdictRow.id, column).join(AssessmentRow, AssessmentRow.id == column)
        for verdict, assessment in session.execute(rows.where(strange)):
            found.append(f"verdict {verdict} rests on assessment {assessment}, of another kind")
    return found


def _quotes(session: Session) -> Sequence[str]:
    found = []
    for table, word in ((EvidenceRow, "evidence"), (CandidateRow, "candidate")):
        there = func.substr(DocumentRow.text, table.start + 1, table.end - table.start)
        rows = select(table.id, table.document_id).join(
            DocumentRow, DocumentRow.id == table.document_id
        )
        for quote, document in session.execute(rows.where(there != table.quote)):
            found.append(f"{word} {quote} is not what document {document} says there")
    return found


def _texts(session: Session) -> Sequence[str]:
    """Reports and documents have the text that their digest is of, but for erased ones."""
    found = []
    for row in _in_turn(session, select(ReportRow.id, ReportRow.sha256, ReportRow.text)):
        if _digest(row.text) != row.sha256:
            found.append(f"report {row.id} is not the text that was imported")
    erased = queries.standing_removals().subquery().c
    is_erased = select(erased.id).where(
        erased.document_id == DocumentRow.id, erased.is_erased, DocumentRow.text == ""
    )
    chosen = select(DocumentRow.id, DocumentRow.sha256, DocumentRow.key, DocumentRow.text).where(
        not_(is_erased.exists())
    )
    for row in _in_turn(session, chosen):
        if _digest(f"{row.key}\n{row.text}") != row.sha256:
            found.append(f"document {row.id} is not the text that was added")
    return found


def _runs(session: Session) -> Sequence[str]:
    """A run that has ended says so, has its result, and nobody is behind it."""
    is_odd = or_(
        and_(RunRow.state == "succeeded", _is_null(RunRow.result)),
        and_(RunRow.state.in_(ENDED), RunRow.finished_at.is_(None)),
        and_(RunRow.state == "running", or_(RunRow.owner.is_(None), RunRow.lease_until.is_(None))),
        and_(RunRow.state != "running", RunRow.owner.is_not(None)),
    )
    found = [
        f"run {run}, {state}, lacks what it must have or has what it must not"
        for run, state in session.execute(select(RunRow.id, RunRow.state).where(is_odd))
    ]
    unknown = select(RunRow.id).where(
        not_(select(RunEventRow.id).where(RunEventRow.run_id == RunRow.id).exists())
    )
    return [*found, *(f"run {run} has no history" for run in session.scalars(unknown))]


def _results(session: Session) -> Sequence[str]:
    """What a valid training measured is there, and the scores are those its result names."""
    none = not_(select(MeasurementRow.id).where(MeasurementRow.run_id == RunRow.id).exists())
    empty = select(RunRow.id).where(
        RunRow.kind == "training", RunRow.state == "succeeded", RunRow.is_valid.is_(True), none
    )
    found = [f"run {run} succeeded and measured nothing" for run in session.scalars(empty)]
    digests: dict[int, str] = {}
    chosen = select(PredictionsRow.run_id, PredictionsRow.sha256, PredictionsRow.payload)
    for row in _in_turn(session, chosen):
        digests[row.run_id] = sha256(row.payload).hexdigest()
        if digests[row.run_id] != row.sha256:
            found.append(f"the scores of run {row.run_id} are not those that were stored")
    succeeded = select(RunRow.id, RunRow.result).where(RunRow.state == "succeeded")
    for run, result in _in_turn(session, succeeded):
        named = (result or {}).get("predictions_sha256")
        if named is not None and named != digests.get(run):
            found.append(f"the scores of run {run} are not those its result names")
    return found


def _search(session: Session) -> Sequence[str]:
    """Every claim is in the search index in its own words; PostgreSQL sees to that itself."""
    if session.get_bind().dialect.name != "sqlite":
        return []
    missing = text(
        "SELECT claim.id FROM claim LEFT JOIN claim_search ON claim_search.rowid = claim.position "
        "WHERE claim_search.statement IS NOT claim.statement OR claim_search.id IS NOT claim.id"
    )
    lost = [f"{row[0]} is not in the search index" for row in session.execute(missing)]
    strange = text(
        "SELECT count(*) FROM claim_search WHERE rowid NOT IN (SELECT position FROM claim)"
    )
    n_strange = session.scalar(strange) or 0
    return [*lost, *([f"{n_strange} claims of the index are gone"] if n_strange else [])]


QUESTIONS: dict[str, Callable[[Session], Sequence[str]]] = {
    "the file is sound": _file,
    "references lead somewhere": _references,
    "claims stand where their history says": _standing,
    "verdicts rest on assessments of their claim": _verdicts,
    "quotes are found where they are said to be": _quotes,
    "texts are those that came in": _texts,
    "runs are in a state that can be": _runs,
    "results are whole": _results,
    "the search index is complete": _search,
}


def _in_turn(session: Session, chosen: Any) -> Any:
    return session.execute(chosen.execution_options(yield_per=AT_ONCE))


def _is_null(column: Any) -> Any:
    """No JSON at all, or JSON's own null."""
    return or_(column.is_(None), cast(column, Text) == "null")


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()
