"""The chain of each search: which query went to which source, when, and what it found."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select

from db.session import Database
from db.tables.claims import ClaimRow
from db.tables.literature import DocumentRow, FoundPaperRow, SearchHitRow, SearchRow
from db.tables.verdicts import AssessmentRow, EvidenceRow
from verifier.archive import utc_now
from verifier.verdict import Finding


@dataclass(frozen=True, kw_only=True)
class Link:
    """One query put to one source."""

    source: str
    query: str
    at: datetime
    n_found: int
    trouble: str  # why nothing came; empty where the source answered
    keys: tuple[str, ...]  # of the papers it found, in its own order
    kept_from: datetime | None = None  # when the answer came, if it was on disk already


@dataclass(frozen=True, kw_only=True)
class Step:
    """What is to be kept of one query put to one source."""

    source: str
    query: str
    at: datetime
    document_ids: Sequence[int] = ()  # in the order in which the source gave them
    trouble: str = ""
    kept_from: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class FoundPaper:
    """A paper of a search, merged over its sources."""

    document_id: int
    score: float  # deviations above the mean of all papers found
    sources: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Quotation:
    """A passage of a paper that an assessment quotes."""

    claim_id: str
    start: int
    end: int
    stance: Finding | None


class Bibliography:
    """Searches and what they found, kept so that each can be repeated and compared."""

    def __init__(self, database: Database, *, clock: Callable[[], datetime] = utc_now) -> None:
        self.database = database
        self.clock = clock

    def put_chain(self, inquiry_id: int, steps: Sequence[Step]) -> None:
        """Every step of a search, in place of what an earlier try left."""
        with self.database.writing() as session:
            earlier = select(SearchRow.id).where(SearchRow.inquiry_id == inquiry_id)
            session.execute(delete(SearchHitRow).where(SearchHitRow.search_id.in_(earlier)))
            session.execute(delete(SearchRow).where(SearchRow.inquiry_id == inquiry_id))
            for step in steps:
                row = SearchRow(
                    source=step.source,
                    query=step.query,
                    at=step.at,
                    n_found=len(step.document_ids),
                    inquiry_id=inquiry_id,
                    trouble=step.trouble,
                    kept_from=step.kept_from,
                )
                session.add(row)
                session.flush()
                session.add_all(
                    SearchHitRow(search_id=row.id, position=position, document_id=document_id)
                    for position, document_id in enumerate(step.document_ids, start=1)
                )

    def put_papers(self, inquiry_id: int, papers: Sequence[FoundPaper]) -> None:
        """The merged result, best first, in place of what an earlier try left."""
        with self.database.writing() as session:
            for row in session.scalars(
                select(FoundPaperRow).where(FoundPaperRow.inquiry_id == inquiry_id)
            ):
                session.delete(row)
            session.flush()
            session.add_all(
                FoundPaperRow(
                    inquiry_id=inquiry_id,
                    position=position,
                    document_id=paper.document_id,
                    score=paper.score,
                    sources=list(paper.sources),
                )
                for position, paper in enumerate(papers, start=1)
            )

    def chain(self, inquiry_id: int) -> list[Link]:
        """Every step of a search, in order."""
        with self.database.reading() as session:
            rows = session.scalars(
                select(SearchRow).where(SearchRow.inquiry_id == inquiry_id).order_by(SearchRow.id)
            ).all()
            keys: dict[int, list[str]] = {}
            for search_id, key in session.execute(
                select(SearchHitRow.search_id, DocumentRow.key)
                .join(DocumentRow, DocumentRow.id == SearchHitRow.document_id)
                .where(SearchHitRow.search_id.in_([row.id for row in rows]))
                .order_by(SearchHitRow.search_id, SearchHitRow.position)
            ):
                keys.setdefault(search_id, []).append(key)
            return [
                Link(
                    source=row.source,
                    query=row.query,
                    at=row.at,
                    n_found=row.n_found,
                    trouble=row.trouble,
                    keys=tuple(keys.get(row.id, ())),
                    kept_from=row.kept_from,
                )
                for row in rows
            ]

    def quotations(self, document_id: int) -> list[Quotation]:
        """What the newest literature assessments quote from a document, in the text's order."""
        with self.database.reading() as session:
            rows = session.execute(
                select(AssessmentRow.claim_id, EvidenceRow)
                .join(EvidenceRow, EvidenceRow.assessment_id == AssessmentRow.id)
                .join(ClaimRow, ClaimRow.literature_id == AssessmentRow.id)
                .where(EvidenceRow.document_id == document_id)
                .order_by(EvidenceRow.start, AssessmentRow.claim_id)
            )
            return [
                Quotation(
                    claim_id=claim_id,
                    start=row.start,
                    end=row.end,
                    stance=Finding(row.stance) if row.stance else None,
                )
                for claim_id, row in rows
            ]

    def papers(self, inquiry_id: int) -> list[FoundPaper]:
        """What a search found, best first."""
        with self.database.reading() as session:
            rows = session.scalars(
                select(FoundPaperRow)
                .where(FoundPaperRow.inquiry_id == inquiry_id)
                .order_by(FoundPaperRow.position)
            )
            return [
                FoundPaper(document_id=row.document_id, score=row.score, sources=tuple(row.sources))
                for row in rows
            ]
