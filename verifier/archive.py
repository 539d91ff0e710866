"""The door to the database: frozen dataclasses in and out, each method one transaction.

queue.py is the other door, for the run table alone.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import ColumnElement, Select, func, not_, or_, select
from sqlalchemy.orm import Session

from db import queries, search, standing
from db.session import Database
from db.tables import (
    AssessmentRow,
    AssessmentRunRow,
    ClaimRow,
    DocumentRemovalRow,
    DocumentRow,
    MentionRow,
    ReferenceRow,
    ReportRow,
    RetractionCheckRow,
    SearchRow,
    VerdictRow,
)
from verifier import _rows
from verifier._rows import (
    DECIDED,
    OVERRULED,
    WITHDRAWN,
    ClaimSummary,
    Mention,
    StoredAssessment,
    StoredReport,
    StoredVerdict,
)
from verifier.claim import Claim, InputError, Reference, Report
from verifier.document import Document
from verifier.fragility import fragility
from verifier.verdict import Assessment, Certainty, Finding, Kind, Status, Verdict, Witness, verdict

__all__ = [
    "Archive",
    "ClaimFilter",
    "ClaimPage",
    "ClaimSummary",
    "Facets",
    "Mention",
    "RemovedMeanwhile",
    "StoredAssessment",
    "StoredReport",
    "StoredVerdict",
]

OURSELVES = "replicheck"
SORTS = ("position", "statement", "status", "confidence", "checked")


@dataclass(frozen=True, kw_only=True)
class ClaimFilter:
    """Which claims to list. An empty collection means "any", as does None."""

    ids: Sequence[str] | None = None  # just these, as far as they pass the rest
    words: str = ""
    statuses: Sequence[Status] = ()
    findings: Sequence[Finding] = ()  # by either witness
    kinds: Sequence[Kind] = ()
    certainties: Sequence[Certainty] = ()
    topics: Sequence[str] = ()
    studies: Sequence[str] = ()  # arXiv ids of the studies the claims are about
    report_id: int | None = None
    is_fragile: bool | None = None
    is_cut: bool | None = None
    is_overruled: bool | None = None
    sort: str = "position"
    descending: bool = False


@dataclass(frozen=True, kw_only=True)
class ClaimPage:
    claims: tuple[ClaimSummary, ...]
    n_found: int


@dataclass(frozen=True, kw_only=True)
class Facets:
    """What a filter lets through, counted by the value of each facet."""

    n_found: int
    by: Mapping[str, Mapping[str | bool | None, int]]  # facet, value, number of claims
    by_certainty: Mapping[tuple[Status, Certainty | None], int]


def utc_now() -> datetime:
    return datetime.now(UTC)


class RemovedMeanwhile(RuntimeError):  # noqa: N818 - what happened, not what went wrong
    """What was read is no longer there to be quoted: it is to be read again without it."""


class Archive:
    """Claims, reports, documents, assessments and verdicts, kept for ever."""

    def __init__(self, database: Database, *, clock: Callable[[], datetime] = utc_now) -> None:
        self.database = database
        self.clock = clock

    # claims

    def put_claims(self, claims: Iterable[Claim]) -> None:
        """Add new claims and bring the wording of known ones up to date, by id.

        A protocol that a person chose for a known claim stays.
        """
        with self.database.writing() as session:
            position = session.scalar(select(func.max(ClaimRow.position))) or 0
            for claim in claims:
                known = session.get(ClaimRow, claim.id)
                if known is None:
                    position += 1
                    session.add(_rows.claim_row(claim, position=position, at=self.clock()))
                else:
                    _rows.reword(known, claim)

    def claim(self, claim_id: str) -> ClaimSummary | None:
        with self.database.reading() as session:
            found = session.execute(
                queries.claims_with_verdicts().where(
                    func.lower(ClaimRow.id) == claim_id.strip().lower()
                )
            ).first()
            return None if found is None else self._summaries(session, [found])[0]

    def claims(
        self, wanted: ClaimFilter | None = None, *, limit: int | None = None, offset: int = 0
    ) -> ClaimPage:
        """The claims that pass a filter, in order, filtered and paged by the database."""
        wanted = wanted or ClaimFilter()
        with self.database.reading() as session:
            conditions = _conditions(session, wanted)
            counted = select(func.count()).select_from(ClaimRow).where(*conditions)
            n_found = session.scalar(counted) or 0
            if limit == 0:
                return ClaimPage(claims=(), n_found=n_found)
            # the page first, by one table; only its claims are joined with what was said of them
            page = self._ordered(conditions, wanted).limit(limit).offset(offset).subquery()
            order = queries.sort_columns(wanted.sort, descending=wanted.descending)
            joined = queries.claims_with_verdicts().where(ClaimRow.id.in_(select(page.c.id)))
            rows = session.execute(joined.order_by(*order)).all()
            return ClaimPage(claims=tuple(self._summaries(session, rows)), n_found=n_found)

    def claim_ids(self, wanted: ClaimFilter) -> list[str]:
        """Ids alone, in order: what a person chose by filters, for a request about all of it."""
        with self.database.reading() as session:
            found = self._ordered(_conditions(session, wanted), wanted)
            return list(session.scalars(found))

    @staticmethod
    def _ordered(conditions: Sequence[ColumnElement[bool]], wanted: ClaimFilter) -> Select[str]:
        order = queries.sort_columns(wanted.sort, descending=wanted.descending)
        return select(ClaimRow.id).where(*conditions).order_by(*order)

    def facets(self, wanted: ClaimFilter | None = None) -> Facets:
        """How many claims that pass a filter have each status, kind, certainty and so on."""
        names = (*queries.FACETS, "is_overruled")
        by: dict[str, dict[str | bool | None, int]] = {name: {} for name in names}
        rated: dict[tuple[Status, Certainty | None], int] = {}
        with self.database.reading() as session:
            rows = queries.facet_counts(session, *_conditions(session, wanted or ClaimFilter()))
        values: list[Any]
        for *values, n in rows:
            for name, value in zip(names, values, strict=True):
                by[name][value] = by[name].get(value, 0) + n
            told = dict(zip(names, values, strict=True))
            certainty = None if told["certainty"] is None else Certainty(told["certainty"])
            place = (Status(told["status"]), certainty)
            rated[place] = rated.get(place, 0) + n
        return Facets(n_found=sum(row[-1] for row in rows), by=by, by_certainty=rated)

    def stamp(self) -> tuple[int, ...]:
        """Changes with every claim, wording, assessment and verdict: the key of what is cached."""
        newest = [
            select(func.max(column)).scalar_subquery()
            for column in (ClaimRow.position, MentionRow.id, AssessmentRow.id, VerdictRow.id)
        ]
        with self.database.reading() as session:
            return tuple(value or 0 for value in session.execute(select(*newest)).one())

    def _summaries(self, session: Session, rows: Sequence[_rows.ClaimJoin]) -> list[ClaimSummary]:
        ids = [row[0].id for row in rows]
        mentions: dict[str, list[Mention]] = {claim_id: [] for claim_id in ids}
        for mention, report in session.execute(
            select(MentionRow, ReportRow)
            .join(ReportRow)
            .where(MentionRow.claim_id.in_(ids))
            .order_by(MentionRow.id)
        ):
            mentions[mention.claim_id].append(_rows.mention(mention, report))
        experiments = [row[4].id for row in rows if row[4] is not None]
        runs: dict[int, list[int]] = {}
        for link in session.scalars(
            select(AssessmentRunRow)
            .where(AssessmentRunRow.assessment_id.in_(experiments))
            .order_by(AssessmentRunRow.run_id)
        ):
            runs.setdefault(link.assessment_id, []).append(link.run_id)
        return [_rows.summary(row, mentions[row[0].id], runs) for row in rows]

    def statements(self) -> dict[str, str]:
        """Every claim's wording by id."""
        with self.database.reading() as session:
            rows = session.execute(
                select(ClaimRow.id, ClaimRow.statement).order_by(ClaimRow.position)
            )
            return {row.id: row.statement for row in rows}

    def topics(self) -> list[str]:
        with self.database.reading() as session:
            found = session.scalars(select(ClaimRow.topic).distinct().order_by(ClaimRow.topic))
            return [topic for topic in found if topic]

    def studies(self) -> list[str]:
        """The arXiv ids of the studies that claims are about."""
        with self.database.reading() as session:
            found = session.scalars(select(ClaimRow.study).distinct().order_by(ClaimRow.study))
            return [study for study in found if study]

    def choose_protocol(self, claim_id: str, protocol_id: str | None) -> None:
        """A person says which protocol tests a claim, or that none does."""
        with self.database.writing() as session:
            row = session.get(ClaimRow, claim_id)
            if row is None:
                raise InputError(f"There is no claim {claim_id!r}.")
            row.protocol_id, row.protocol_score = protocol_id, None
            row.is_protocol_chosen = True

    def counts(self) -> dict[Status, int]:
        with self.database.reading() as session:
            rows = session.execute(select(ClaimRow.status, func.count()).group_by(ClaimRow.status))
            found = {Status(row[0]): row[1] for row in rows}
        return {status: found.get(status, 0) for status in Status}

    # reports

    def put_report(
        self,
        report: Report,
        *,
        name: str,
        new_claims: Sequence[Claim],
        links: Mapping[int, tuple[str, float | None]],
    ) -> int:
        """Store a report with its claims and references in one transaction.

        `links` says, by position in the report, which claim each reported claim is, and how well
        it matched. A report that is already there (same text) is returned, not doubled.
        """
        digest = text_digest(report.text)
        with self.database.writing() as session:
            known = session.scalar(select(ReportRow.id).where(ReportRow.sha256 == digest))
            if known is not None:
                return known
            position = session.scalar(select(func.max(ClaimRow.position))) or 0
            for place, claim in enumerate(new_claims, start=position + 1):
                session.add(_rows.claim_row(claim, position=place, at=self.clock()))
            row = _rows.report_row(report, name=name, sha256=digest, at=self.clock())
            session.add(row)
            session.flush()
            session.add_all(_rows.reference_rows(report, report_id=row.id))
            session.add_all(_rows.mention_rows(report, report_id=row.id, links=links))
            return row.id

    def report_id(self, text: str) -> int | None:
        """The id of the report with exactly this text, if it was imported before."""
        with self.database.reading() as session:
            return session.scalar(select(ReportRow.id).where(ReportRow.sha256 == text_digest(text)))

    def reports(self) -> list[StoredReport]:
        with self.database.reading() as session:
            counted = (
                select(MentionRow.report_id, func.count().label("n"))
                .group_by(MentionRow.report_id)
                .subquery()
            )
            rows = session.execute(
                select(ReportRow, func.coalesce(counted.c.n, 0))
                .outerjoin(counted, counted.c.report_id == ReportRow.id)
                .order_by(ReportRow.id)
            )
            return [_rows.stored_report(row[0], row[1]) for row in rows]

    def report_titles(self) -> dict[int, str]:
        """Titles by id, without the texts, in order of arrival."""
        with self.database.reading() as session:
            rows = session.execute(select(ReportRow.id, ReportRow.title).order_by(ReportRow.id))
            return {row.id: row.title for row in rows}

    def report(self, report_id: int) -> StoredReport | None:
        return next((r for r in self.reports() if r.id == report_id), None)

    def references(self, report_id: int) -> list[Reference]:
        with self.database.reading() as session:
            rows = session.scalars(
                select(ReferenceRow)
                .where(ReferenceRow.report_id == report_id)
                .order_by(ReferenceRow.position)
            )
            return [_rows.reference(row) for row in rows]

    # documents

    def put_documents(self, documents: Iterable[Document]) -> list[Document]:
        """Store documents; one whose key and text are already there is returned as it stands.

        Also where a person took it out of reading: finding it again does not bring it back.
        """
        stored = []
        with self.database.writing() as session:
            for document in documents:
                digest = text_digest(f"{document.key}\n{document.text}")
                row = session.scalar(select(DocumentRow).where(DocumentRow.sha256 == digest))
                if row is None:
                    row = _rows.document_row(document, sha256=digest, at=self.clock())
                    session.add(row)
                    session.flush()
                else:
                    _rows.know_more(row, document)
                stored.append(replace(document, id=row.id))
        return stored

    def documents(self) -> list[Document]:
        """The newest text of every document that is read, without those that were removed."""
        with self.database.reading() as session:
            notices = _notices(session)
            rows = session.scalars(queries.current_documents())
            return [_rows.document(row, notices) for row in rows]

    def document(self, document_id: int) -> Document | None:
        with self.database.reading() as session:
            row = session.get(DocumentRow, document_id)
            if row is None:
                return None
            removed = queries.standing_removals().where(
                DocumentRemovalRow.document_id == document_id
            )
            removal = session.scalar(removed)
            known = None if removal is None else _rows.removal(removal)
            return _rows.document(row, _notices(session), known)

    def document_of_key(self, key: str) -> Document | None:
        """The newest text under a key."""
        return next((d for d in self.documents() if d.key == key), None)

    def put_retraction_check(self, key: str, source: str, notice: str) -> None:
        """A source was asked about a paper; an empty notice: it lists none."""
        with self.database.writing() as session:
            session.add(
                RetractionCheckRow(document_key=key, source=source, at=self.clock(), notice=notice)
            )

    def retraction_checks(self) -> dict[str, datetime]:
        """When each paper was last looked up for notices, by its key."""
        with self.database.reading() as session:
            rows = session.scalars(queries.newest_retraction_checks())
            return {row.document_key: row.at for row in rows}

    def searched_at(self, source: str, query: str) -> datetime | None:
        """When this question was last put to a literature source."""
        with self.database.reading() as session:
            return session.scalar(
                select(func.max(SearchRow.at)).where(
                    SearchRow.source == source, SearchRow.query == query, SearchRow.trouble == ""
                )
            )

    def put_search(self, source: str, query: str, *, n_found: int) -> None:
        with self.database.writing() as session:
            session.add(SearchRow(source=source, query=query, at=self.clock(), n_found=n_found))

    # assessments and verdicts

    def append(
        self, assessment: Assessment, *, kind: Kind, verification_id: int | None = None
    ) -> int:
        """Append an assessment, and the verdict that follows where it is a new one, together.

        Where the newest assessment by this witness rests on the same basis, nothing is new and
        nothing is written; the id of that assessment is returned.

        Raises:
            ValueError: a quote is not at its place in its document; nothing is written then.
            RemovedMeanwhile: it quotes a document that was removed; nothing is written either.
        """
        with self.database.writing() as session:
            latest = _latest(session, assessment.claim_id, assessment.witness)
            if latest is not None and latest.basis == assessment.basis:
                return latest.id
            _check_quotes(session, assessment)
            row = _rows.assessment_row(assessment, verification_id=verification_id, at=self.clock())
            session.add(row)
            session.flush()
            session.add_all(_rows.detail_rows(assessment, assessment_id=row.id))
            session.flush()
            self._append_verdict(session, assessment.claim_id, kind)
            return row.id

    def _append_verdict(self, session: Session, claim_id: str, kind: Kind) -> None:
        """Ours goes on in the history, also while a person's stands."""
        rows = {witness: _latest(session, claim_id, witness) for witness in Witness}
        said = {
            witness: None if row is None else _rows.assessment(session, row).assessment
            for witness, row in rows.items()
        }
        decided = verdict(kind, said[Witness.LITERATURE], said[Witness.EXPERIMENT])
        newest = session.scalar(
            select(VerdictRow)
            .where(VerdictRow.claim_id == claim_id, VerdictRow.act == DECIDED)
            .order_by(VerdictRow.id.desc())
            .limit(1)
        )
        if newest is None or _rows.stored_verdict(newest).verdict != decided:
            self._add_verdict(session, claim_id, decided, author=OURSELVES)
        standing.restate(session, claim_id)
        row = session.get_one(ClaimRow, claim_id)
        row.is_fragile = any(fragility(one) for one in said.values() if one is not None)

    def _add_verdict(
        self,
        session: Session,
        claim_id: str,
        found: Verdict,
        *,
        author: str,
        reason: str = "",
        act: str = DECIDED,
    ) -> None:
        session.add(
            _rows.verdict_row(
                claim_id,
                found,
                literature=_latest(session, claim_id, Witness.LITERATURE),
                experiment=_latest(session, claim_id, Witness.EXPERIMENT),
                author=author,
                at=self.clock(),
                reason=reason,
                act=act,
            )
        )

    def overrule(self, claim_id: str, *, status: Status, author: str, reason: str) -> None:
        """A person's status, with a reason. It stands until withdrawn; the history keeps both."""
        if not reason.strip() or not author.strip():
            raise InputError("Overruling a verdict needs a name and a reason; one was empty.")
        with self.database.writing() as session:
            self._add_verdict(
                session,
                claim_id,
                Verdict(status=status, confidence=None, rests_on=None),
                author=author.strip(),
                reason=reason.strip(),
                act=OVERRULED,
            )
            standing.restate(session, claim_id)

    def withdraw(self, claim_id: str, *, author: str, reason: str) -> None:
        """End a person's overruling: what the witnesses come to is shown again.

        Raises:
            InputError: no overruling stands, or the name or the reason is empty.
        """
        if not reason.strip() or not author.strip():
            raise InputError("Withdrawing an overruling needs a name and a reason.")
        summary = self.claim(claim_id)
        if summary is None or summary.overruling is None:
            raise InputError(f"No overruling of claim {claim_id!r} stands.")
        with self.database.writing() as session:
            self._add_verdict(
                session,
                claim_id,
                summary.decided,
                author=author.strip(),
                reason=reason.strip(),
                act=WITHDRAWN,
            )
            standing.restate(session, claim_id)

    def find_fragile(self) -> None:
        """Look whether claims decided before anybody asked are fragile; nothing where all are."""
        with self.database.writing() as session:
            unknown = select(ClaimRow).where(
                ClaimRow.decided_id.is_not(None), ClaimRow.is_fragile.is_(None)
            )
            for row in session.scalars(unknown):
                said = [_latest(session, row.id, witness) for witness in Witness]
                row.is_fragile = any(
                    fragility(_rows.assessment(session, one).assessment) for one in said if one
                )

    def assessments(self, claim_id: str) -> list[StoredAssessment]:
        """Everything ever said about a claim, newest first."""
        with self.database.reading() as session:
            rows = session.scalars(
                select(AssessmentRow)
                .where(AssessmentRow.claim_id == claim_id)
                .order_by(AssessmentRow.id.desc())
            ).all()
            return [_rows.assessment(session, row) for row in rows]

    def latest(self, claim_id: str, witness: Witness) -> StoredAssessment | None:
        with self.database.reading() as session:
            row = _latest(session, claim_id, witness)
            return None if row is None else _rows.assessment(session, row)

    def verdicts(self, claim_id: str) -> list[StoredVerdict]:
        """The status over time, newest first."""
        with self.database.reading() as session:
            rows = session.scalars(
                select(VerdictRow)
                .where(VerdictRow.claim_id == claim_id)
                .order_by(VerdictRow.id.desc())
            )
            return [_rows.stored_verdict(row) for row in rows]


def text_digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def _notices(session: Session) -> dict[str, str]:
    """By key of a paper, what any source says of its withdrawal."""
    found: dict[str, list[str]] = {}
    for row in session.scalars(queries.newest_retraction_checks()):
        if row.notice:
            found.setdefault(row.document_key, []).append(row.notice)
    return {key: "; ".join(dict.fromkeys(notices)) for key, notices in found.items()}


def _check_quotes(session: Session, assessment: Assessment) -> None:
    quoted = [found.document_id for found in assessment.evidence]
    removed = queries.standing_removals().where(DocumentRemovalRow.document_id.in_(quoted))
    if (gone := session.scalar(removed)) is not None:
        raise RemovedMeanwhile(f"Document {gone.document_id} was removed while it was read.")
    for found in assessment.evidence:
        _rows.check_quote(session.get(DocumentRow, found.document_id), found)


def _latest(session: Session, claim_id: str, witness: Witness) -> AssessmentRow | None:
    return session.scalar(
        select(AssessmentRow)
        .where(AssessmentRow.claim_id == claim_id, AssessmentRow.witness == witness.value)
        .order_by(AssessmentRow.id.desc())
        .limit(1)
    )


def _conditions(session: Session, wanted: ClaimFilter) -> list[ColumnElement[bool]]:
    if wanted.sort not in SORTS:
        raise InputError(f"Cannot sort by {wanted.sort!r}. Known: {', '.join(SORTS)}.")
    conditions = [search.containing(session, wanted.words)] if wanted.words.strip() else []
    for column, values in (
        (ClaimRow.status, wanted.statuses),
        (ClaimRow.kind, wanted.kinds),
        (ClaimRow.certainty, wanted.certainties),
        (ClaimRow.topic, wanted.topics),
        (ClaimRow.study, wanted.studies),
    ):
        if values:
            conditions.append(column.in_([str(value) for value in values]))
    if wanted.ids is not None:
        conditions.append(ClaimRow.id.in_(wanted.ids))
    if wanted.findings:
        said = [finding.value for finding in wanted.findings]
        conditions.append(or_(ClaimRow.literature.in_(said), ClaimRow.experiment.in_(said)))
    if wanted.report_id is not None:
        conditions.append(queries.in_report(wanted.report_id))
    if wanted.is_fragile is not None:
        is_fragile = ClaimRow.is_fragile.is_(True)
        conditions.append(is_fragile if wanted.is_fragile else not_(is_fragile))
    if wanted.is_cut is not None:
        conditions.append(ClaimRow.is_cut.is_(wanted.is_cut))
    if wanted.is_overruled is not None:
        ours = ClaimRow.verdict_id.is_not_distinct_from(ClaimRow.decided_id)
        conditions.append(not_(ours) if wanted.is_overruled else ours)
    return conditions
