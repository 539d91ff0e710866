"""Claims read in papers, waiting for a person: accepted with a name, or rejected with a reason."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from db.session import Database
from db.tables.claims import ClaimRow
from db.tables.literature import CandidateRow, DocumentRow
from verifier.archive import utc_now
from verifier.archive.claim_rows import claim_row
from verifier.archive.document_rows import check_quote
from verifier.claim import Claim, InputError
from verifier.literature.extraction import Found


@dataclass(frozen=True, kw_only=True)
class Candidate:
    id: int
    document_id: int
    start: int
    end: int
    quote: str
    statement: str
    kind: str
    section: str
    page: int | None
    context_needed: str
    extractor: str
    score: float
    found_at: datetime
    state: str
    decided_by: str
    decided_at: datetime | None
    reason: str
    claim_id: str | None  # what it became


class Candidates:
    """What extractors found and what people made of it; kept while their paper is read."""

    def __init__(self, database: Database, *, clock: Callable[[], datetime] = utc_now) -> None:
        self.database = database
        self.clock = clock

    def put(self, document_id: int, found: Sequence[Found]) -> list[Candidate]:
        """Store new candidates of a document; what is there already stays as it was decided.

        Raises:
            ValueError: a quote is not at its place in the document's text.
        """
        with self.database.writing() as session:
            document = session.get(DocumentRow, document_id)
            for one in found:
                check_quote(document, one)
                known = session.scalar(
                    select(CandidateRow.id).where(
                        CandidateRow.document_id == document_id,
                        CandidateRow.start == one.start,
                        CandidateRow.statement == one.statement,
                    )
                )
                if known is None:
                    session.add(
                        CandidateRow(
                            document_id=document_id,
                            **vars(one),
                            found_at=self.clock(),
                            state="candidate",
                            decided_by="",
                            reason="",
                        )
                    )
        return self.of(document_id)

    def of(self, document_id: int) -> list[Candidate]:
        """All of a document, the likeliest first."""
        return self._read(CandidateRow.document_id == document_id)

    def waiting(self) -> list[Candidate]:
        return self._read(CandidateRow.state == "candidate")

    def get(self, candidate_id: int) -> Candidate:
        found = self._read(CandidateRow.id == candidate_id)
        if not found:
            raise InputError(f"There is no candidate {candidate_id}.")
        return found[0]

    def counts(self) -> dict[int, dict[str, int]]:
        """By document: how many there are in each state."""
        found: dict[int, dict[str, int]] = {}
        with self.database.reading() as session:
            rows = session.execute(
                select(CandidateRow.document_id, CandidateRow.state, func.count()).group_by(
                    CandidateRow.document_id, CandidateRow.state
                )
            )
            for document_id, state, n in rows:
                found.setdefault(document_id, {})[state] = n
        return found

    def accept(self, candidate_id: int, claim: Claim, *, author: str, reason: str = "") -> None:
        """It is this claim from now on, which is stored with it where it is a new one."""
        _named(author, "Accepting")
        with self.database.writing() as session:
            row = self._open(session, candidate_id)
            if session.get(ClaimRow, claim.id) is None:
                position = session.scalar(select(func.max(ClaimRow.position))) or 0
                session.add(claim_row(claim, position=position + 1, at=self.clock()))
                session.flush()
            self._decide(row, "accepted", author, reason)
            row.claim_id = claim.id

    def reject(self, candidate_id: int, *, author: str, reason: str) -> None:
        _named(author, "Rejecting")
        if not reason.strip():
            raise InputError("Rejecting a candidate needs a reason; it was empty.")
        with self.database.writing() as session:
            self._decide(self._open(session, candidate_id), "rejected", author, reason)

    def _open(self, session: Session, candidate_id: int) -> CandidateRow:
        row = session.get(CandidateRow, candidate_id)
        if row is None:
            raise InputError(f"There is no candidate {candidate_id}.")
        if row.state != "candidate":
            raise InputError(f"Candidate {candidate_id} was {row.state} by {row.decided_by}.")
        return row

    def _decide(self, row: CandidateRow, state: str, author: str, reason: str) -> None:
        row.state, row.decided_by, row.reason = state, author.strip(), reason.strip()
        row.decided_at = self.clock()

    def _read(self, condition: object) -> list[Candidate]:
        with self.database.reading() as session:
            rows = session.scalars(
                select(CandidateRow)
                .where(condition)  # type: ignore[arg-type]
                .order_by(CandidateRow.score.desc(), CandidateRow.id)
            )
            return [
                Candidate(**{f.name: getattr(row, f.name) for f in fields(Candidate)})
                for row in rows
            ]


def _named(author: str, what: str) -> None:
    if not author.strip():
        raise InputError(f"{what} a candidate needs a name; it was empty.")
