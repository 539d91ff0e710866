"""What people leave behind: judgements of claims, named views, and when each was last here."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from db.session import Database
from db.tables.claims import ClaimRow, ReportRow
from db.tables.runs import RunRow
from db.tables.verdicts import ReviewRow, VerdictRow
from db.tables.visitors import SavedViewRow, VisitRow
from verifier.access import Access, Role
from verifier.archive import utc_now
from verifier.claim import InputError
from verifier.statistics.agreement import Agreement, agreement
from verifier.verdict import Status

AWAY = timedelta(minutes=30)  # who comes back sooner is still on the same visit
MOST_VIEWS = 200
MOST_CHANGES = 500  # verdicts that are looked through for news


@dataclass(frozen=True, kw_only=True)
class Review:
    claim_id: str
    reviewer: str
    status: Status
    reason: str
    at: datetime
    is_revision: bool  # given after the reviewer's first, so with the others in sight


@dataclass(frozen=True, kw_only=True)
class SavedView:
    id: int
    page: str
    name: str
    query: str  # of the address
    author: str
    created_at: datetime


@dataclass(frozen=True, kw_only=True)
class Change:
    """A claim whose shown status is not what it was."""

    claim_id: str
    statement: str
    before: Status
    after: Status


@dataclass(frozen=True, kw_only=True)
class News:
    """What happened since some moment."""

    since: datetime
    changes: Sequence[Change]  # newest first, the first few
    n_changed: int  # among the last MOST_CHANGES verdicts
    n_new_claims: int
    n_new_reports: int
    n_ended: int  # runs that gave a result
    n_failed: int

    @property
    def is_any(self) -> bool:
        return any((self.n_changed, self.n_new_claims, self.n_new_reports, self.n_ended))


class People:
    """Reviews are only ever appended; views and visits are people's own to change."""

    def __init__(
        self,
        database: Database,
        *,
        access: Access | None = None,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self.database = database
        self.access = access or Access()
        self.clock = clock

    # reviews

    def judge(self, claim_id: str, *, status: Status, reviewer: str, reason: str) -> None:
        """One person's judgement of a claim.

        Raises:
            InputError: no such claim, no name, no reason, or no judgement at all.
        """
        self.access.require(Role.REVIEWER, to="review a claim")
        if not reviewer.strip() or not reason.strip():
            raise InputError("A review needs a name and a reason; one was empty.")
        if status is Status.UNCHECKED:
            raise InputError("“unchecked” is no judgement; say inconclusive where nothing decides.")
        with self.database.writing() as session:
            claim = session.get(ClaimRow, claim_id)
            if claim is None:
                raise InputError(f"There is no claim {claim_id!r}.")
            session.add(
                ReviewRow(
                    claim_id=claim_id,
                    reviewer=" ".join(reviewer.split()),
                    status=status.value,
                    reason=reason.strip(),
                    at=self.clock(),
                    decided_id=claim.decided_id,
                )
            )

    def reviews(self, claim_id: str) -> list[Review]:
        """All judgements of a claim, in order."""
        with self.database.reading() as session:
            rows = session.scalars(
                select(ReviewRow).where(ReviewRow.claim_id == claim_id).order_by(ReviewRow.id)
            )
            return _reviews(rows.all())

    def visible_to(self, claim_id: str, reviewer: str) -> list[Review]:
        """What a reviewer may see: nobody else's judgement before giving their own."""
        found = self.reviews(claim_id)
        is_done = any(same_person(each.reviewer, reviewer) for each in found)
        return found if is_done else []

    def agreement(self) -> Agreement | None:
        """Over every claim that two people judged, each by their first judgement; None: no claim.

        The second of a pair had not seen the first's.
        """
        firsts: dict[str, dict[str, str]] = {}
        with self.database.reading() as session:
            rows = session.execute(
                select(ReviewRow.claim_id, ReviewRow.reviewer, ReviewRow.status).order_by(
                    ReviewRow.id
                )
            )
            for claim_id, reviewer, status in rows:
                firsts.setdefault(claim_id, {}).setdefault(_key(reviewer), status)
        judged = [list(by.values())[:2] for by in firsts.values() if len(by) > 1]
        return agreement([(one, two) for one, two in judged]) if judged else None

    def disputed(self, *, limit: int = 20) -> list[str]:
        """Claims on which the first judgements of two people differ."""
        firsts: dict[str, dict[str, str]] = {}
        with self.database.reading() as session:
            for row in session.scalars(select(ReviewRow).order_by(ReviewRow.id)):
                firsts.setdefault(row.claim_id, {}).setdefault(_key(row.reviewer), row.status)
        return [id for id, by in firsts.items() if len(set(by.values())) > 1][:limit]

    def wants_first(self, reviewer: str, *, limit: int = 50) -> list[str]:
        """Claims that were checked and that this person has not judged, in order of arrival."""
        mine = _key(reviewer)
        with self.database.reading() as session:
            names = session.execute(select(ReviewRow.claim_id, ReviewRow.reviewer))
            done = {claim_id for claim_id, name in names if _key(name) == mine}
            checked = select(ClaimRow.id).where(ClaimRow.decided != "unchecked")
            ordered = checked.order_by(ClaimRow.position).limit(limit + len(done))
            return [id for id in session.scalars(ordered) if id not in done][:limit]

    def wants_second(self, reviewer: str, *, limit: int = 20) -> list[str]:
        """Claims that one other person has judged and this one has not."""
        mine = _key(reviewer)
        with self.database.reading() as session:
            by: dict[str, set[str]] = {}
            for claim_id, name in session.execute(select(ReviewRow.claim_id, ReviewRow.reviewer)):
                by.setdefault(claim_id, set()).add(_key(name))
        return [id for id, names in by.items() if len(names) == 1 and mine not in names][:limit]

    # views

    def save_view(self, page: str, name: str, query: str, *, author: str) -> None:
        """Keep a screen's filters under a name; the same name again replaces them."""
        self.access.require(Role.REVIEWER, to="save a view")
        name = " ".join(name.split())[:80]
        if not name:
            raise InputError("A view needs a name.")
        with self.database.writing() as session:
            known = session.scalar(
                select(SavedViewRow).where(SavedViewRow.page == page, SavedViewRow.name == name)
            )
            n_views = session.scalar(select(func.count()).select_from(SavedViewRow)) or 0
            if known is None and n_views >= MOST_VIEWS:
                raise InputError(f"There are {MOST_VIEWS} views already; delete one first.")
            row = known or SavedViewRow(page=page, name=name)
            row.query, row.author, row.created_at = query, author, self.clock()
            session.add(row)

    def views(self, page: str) -> list[SavedView]:
        with self.database.reading() as session:
            rows = session.scalars(
                select(SavedViewRow).where(SavedViewRow.page == page).order_by(SavedViewRow.name)
            )
            return [
                SavedView(**{f.name: getattr(row, f.name) for f in fields(SavedView)})
                for row in rows
            ]

    def delete_view(self, view_id: int) -> None:
        self.access.require(Role.REVIEWER, to="delete a view")
        with self.database.writing() as session:
            row = session.get(SavedViewRow, view_id)
            if row is not None:
                session.delete(row)

    # visits

    def arrive(self, visitor: str) -> datetime | None:
        """Note that somebody is here; returns the end of their visit before this one, if any.

        Coming back within half an hour is the same visit, so that looking again loses no news.
        """
        now = self.clock()
        with self.database.writing() as session:
            row = session.get(VisitRow, visitor)
            if row is None:
                row = VisitRow(visitor=visitor, since=None)
                session.add(row)
            elif now - row.seen_at > AWAY:
                row.since = row.seen_at
            row.seen_at = now
            return row.since

    def news(self, since: datetime, *, limit: int = 6) -> News:
        with self.database.reading() as session:
            changes = _changes(session, since)
            return News(
                since=since,
                changes=changes[:limit],
                n_changed=len(changes),
                n_new_claims=_count(session, ClaimRow.created_at > since),
                n_new_reports=_count(session, ReportRow.imported_at > since),
                n_ended=_count(session, RunRow.finished_at > since, RunRow.state == "succeeded"),
                n_failed=_count(session, RunRow.finished_at > since, RunRow.state == "failed"),
            )


def same_person(one: str, other: str) -> bool:
    return _key(one) == _key(other)


def _key(name: str) -> str:
    return " ".join(name.split()).casefold()


def _reviews(rows: Sequence[ReviewRow]) -> list[Review]:
    seen: set[str] = set()
    found = []
    for row in rows:
        found.append(
            Review(
                claim_id=row.claim_id,
                reviewer=row.reviewer,
                status=Status(row.status),
                reason=row.reason,
                at=row.at,
                is_revision=_key(row.reviewer) in seen,
            )
        )
        seen.add(_key(row.reviewer))
    return found


def _count(session: Session, *conditions: object) -> int:
    return session.scalar(select(func.count()).where(*conditions)) or 0  # type: ignore[arg-type]


def _changes(session: Session, since: datetime) -> list[Change]:
    """Claims whose status now differs from the one they had at that moment."""
    newest = (
        select(VerdictRow.claim_id)
        .where(VerdictRow.at > since)
        .order_by(VerdictRow.id.desc())
        .limit(MOST_CHANGES)
    )
    touched = list(dict.fromkeys(session.scalars(newest)))
    claims = session.scalars(select(ClaimRow).where(ClaimRow.id.in_(touched))).all()
    claims = sorted(claims, key=lambda claim: touched.index(claim.id))
    before = _standing_at(session, since, [claim.id for claim in claims])
    return [
        Change(
            claim_id=claim.id,
            statement=claim.statement,
            before=Status(before.get(claim.id, "unchecked")),
            after=Status(claim.status),
        )
        for claim in claims
        if before.get(claim.id, "unchecked") != claim.status
    ]


def _standing_at(session: Session, moment: datetime, ids: Sequence[str]) -> dict[str, str]:
    """The status that was shown then: a person's, if one stood, else the newest of ours."""
    shown: dict[str, str] = {}
    decided: dict[str, str] = {}
    standing: set[str] = set()
    rows = session.execute(
        select(VerdictRow.claim_id, VerdictRow.status, VerdictRow.act)
        .where(VerdictRow.at <= moment, VerdictRow.claim_id.in_(ids))
        .order_by(VerdictRow.id)
    )
    for claim_id, status, act in rows:
        if act == "decided":
            decided[claim_id] = status
        if act == "overruled":
            standing.add(claim_id)
            shown[claim_id] = status
        if act == "withdrawn":
            standing.discard(claim_id)
        if claim_id not in standing and claim_id in decided:
            shown[claim_id] = decided[claim_id]
    return shown
