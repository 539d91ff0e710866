"""Claims as they stand: one, a list of them by a filter, and how many there are of each sort."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, func, not_, or_, select
from sqlalchemy.orm import Session

from db import queries, search
from db.tables.claims import ClaimRow, MentionRow, ReportRow
from db.tables.verdicts import AssessmentRow, AssessmentRunRow, VerdictRow
from verifier.archive import claim_rows
from verifier.archive._part import Part
from verifier.archive.stored import ClaimSummary, Mention
from verifier.claim import Claim, InputError
from verifier.protocol import hashes_by_protocol
from verifier.verdict import Certainty, Finding, Kind, Status

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
    is_outdated: bool | None = None  # the experiment was decided by a protocol since replaced
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
    outdated: Mapping[tuple[Status, Certainty | None], int]  # of these, by an earlier protocol

    def outdated_of(self, status: Status) -> int:
        return sum(n for (found, _), n in self.outdated.items() if found is status)


class Claims(Part):
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
                    session.add(claim_rows.claim_row(claim, position=position, at=self.clock()))
                else:
                    claim_rows.reword(known, claim)

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
        names = (*queries.FACETS, *queries.PROTOCOL, "is_overruled")
        facets = (*queries.FACETS, "is_overruled", "is_outdated")
        by: dict[str, dict[str | bool | None, int]] = {name: {} for name in facets}
        rated: dict[tuple[Status, Certainty | None], int] = {}
        outdated: dict[tuple[Status, Certainty | None], int] = {}
        with self.database.reading() as session:
            rows = queries.facet_counts(session, *_conditions(session, wanted or ClaimFilter()))
        current = hashes_by_protocol()
        values: list[Any]
        for *values, n in rows:
            told = dict(zip(names, values, strict=True))
            protocol, digest = (told.pop(name) for name in queries.PROTOCOL)
            told["is_outdated"] = digest is not None and (protocol, digest) not in current
            for name, value in told.items():
                by[name][value] = by[name].get(value, 0) + n
            certainty = None if told["certainty"] is None else Certainty(told["certainty"])
            place = (Status(told["status"]), certainty)
            rated[place] = rated.get(place, 0) + n
            if told["is_outdated"]:
                outdated[place] = outdated.get(place, 0) + n
        n_found = sum(row[-1] for row in rows)
        return Facets(n_found=n_found, by=by, by_certainty=rated, outdated=outdated)

    def stamp(self) -> tuple[object, ...]:
        """Changes with every claim, wording, assessment, verdict and choice of a protocol.

        It is the key of what is cached.
        """
        newest = [
            select(func.max(column)).scalar_subquery()
            for column in (
                *(ClaimRow.position, MentionRow.id, AssessmentRow.id, VerdictRow.id),
                ClaimRow.protocol_chosen_at,
            )
        ]
        with self.database.reading() as session:
            return tuple(session.execute(select(*newest)).one())

    def _summaries(
        self, session: Session, rows: Sequence[claim_rows.ClaimJoin]
    ) -> list[ClaimSummary]:
        ids = [row[0].id for row in rows]
        mentions: dict[str, list[Mention]] = {claim_id: [] for claim_id in ids}
        for mention, report in session.execute(
            select(MentionRow, ReportRow)
            .join(ReportRow)
            .where(MentionRow.claim_id.in_(ids))
            .order_by(MentionRow.id)
        ):
            mentions[mention.claim_id].append(claim_rows.mention(mention, report))
        experiments = [row[4].id for row in rows if row[4] is not None]
        runs: dict[int, list[int]] = {}
        for link in session.scalars(
            select(AssessmentRunRow)
            .where(AssessmentRunRow.assessment_id.in_(experiments))
            .order_by(AssessmentRunRow.run_id)
        ):
            runs.setdefault(link.assessment_id, []).append(link.run_id)
        return [claim_rows.summary(row, mentions[row[0].id], runs) for row in rows]

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
            row.is_protocol_chosen, row.protocol_chosen_at = True, self.clock()

    def counts(self) -> dict[Status, int]:
        with self.database.reading() as session:
            rows = session.execute(select(ClaimRow.status, func.count()).group_by(ClaimRow.status))
            found = {Status(row[0]): row[1] for row in rows}
        return {status: found.get(status, 0) for status in Status}


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
    if wanted.is_outdated is not None:
        outdated = queries.outside(hashes_by_protocol())
        conditions.append(outdated if wanted.is_outdated else not_(outdated))
    return conditions
