"""Texts that a person took out of reading, and gave back: who, when, why, and what is left of them.

A text that something kept for ever quotes (evidence, a candidate that a person decided about) stays
as it is and is read no more. Of any other the words are erased: what is left says that there was
one, not what it said (decision 0051).
"""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import delete, or_, select
from sqlalchemy.orm import Session

from db import queries
from db.session import Database
from db.tables.literature import (
    CandidateRow,
    DocumentRemovalRow,
    DocumentRow,
    FoundPaperRow,
    SearchHitRow,
)
from db.tables.verdicts import EvidenceRow
from verifier.archive import document_rows, utc_now
from verifier.claim import InputError
from verifier.document import Document, Removal


class Removals:
    """The door to what people remove from the library."""

    def __init__(self, database: Database, *, clock: Callable[[], datetime] = utc_now) -> None:
        self.database = database
        self.clock = clock

    def remove(self, document_id: int, *, author: str, reason: str) -> Removal:
        """Take one text out of reading; an earlier text of the same paper is read again.

        The claims that were read in it and that nobody decided about yet go too.

        Raises:
            InputError: there is no such text, it is out already, or the name or reason is empty.
        """
        if not reason.strip() or not author.strip():
            raise InputError("Removing a document needs a name and a reason; one was empty.")
        with self.database.writing() as session:
            row = session.get(DocumentRow, document_id)
            if row is None:
                raise InputError(f"There is no document {document_id}.")
            if known := _standing(session, document_id):
                raise InputError(f"Document {document_id} was removed by {known.author} already.")
            waiting = delete(CandidateRow).where(CandidateRow.document_id == document_id)
            session.execute(waiting.where(CandidateRow.state == "candidate"))
            is_erased = not _is_quoted(session, document_id)
            if is_erased:
                _erase(session, row)
            removal = DocumentRemovalRow(
                document_id=document_id,
                act="removed",
                at=self.clock(),
                author=author.strip(),
                reason=reason.strip(),
                is_erased=is_erased,
            )
            session.add(removal)
            return document_rows.removal(removal)

    def give_back(self, documents: Iterable[Document], *, author: str) -> None:
        """Have texts read again that somebody brought once more; the others are left alone."""
        with self.database.writing() as session:
            for document in documents:
                row = session.get(DocumentRow, document.id)
                if row is None or document.id is None or not _standing(session, document.id):
                    continue
                if not row.text:
                    _refill(row, document)
                session.add(
                    DocumentRemovalRow(
                        document_id=document.id,
                        act="returned",
                        at=self.clock(),
                        author=author,
                        reason="added again",
                        is_erased=False,
                    )
                )

    def removed(self) -> list[Document]:
        """The texts that are out of reading, the newest removal first."""
        with self.database.reading() as session:
            rows = session.execute(
                select(DocumentRow, DocumentRemovalRow)
                .join(DocumentRemovalRow, DocumentRemovalRow.document_id == DocumentRow.id)
                .where(DocumentRemovalRow.id.in_(_standing_ids()))
                .order_by(DocumentRemovalRow.id.desc())
            )
            return [
                document_rows.document(row, {}, document_rows.removal(removal))
                for row, removal in rows
            ]


def _standing_ids() -> Any:
    return queries.standing_removals().with_only_columns(DocumentRemovalRow.id).scalar_subquery()


def _standing(session: Session, document_id: int) -> DocumentRemovalRow | None:
    return session.scalar(
        queries.standing_removals().where(DocumentRemovalRow.document_id == document_id)
    )


def _is_quoted(session: Session, document_id: int) -> bool:
    """Whether something that is kept for ever quotes it."""
    evidence = select(EvidenceRow.id).where(EvidenceRow.document_id == document_id)
    decided = select(CandidateRow.id).where(CandidateRow.document_id == document_id)
    return bool(session.scalar(select(or_(evidence.exists(), decided.exists()))))


def _erase(session: Session, row: DocumentRow) -> None:
    """What a search found keeps its title: the chain of that search is kept for ever."""
    row.text = ""
    hit = select(SearchHitRow.document_id).where(SearchHitRow.document_id == row.id)
    found = select(FoundPaperRow.document_id).where(FoundPaperRow.document_id == row.id)
    if not session.scalar(select(or_(hit.exists(), found.exists()))):
        row.title, row.url, row.authors, row.notes = "", "", [], []


def _refill(row: DocumentRow, document: Document) -> None:
    """Only ever with the text it had: the digest that found the row is of key and text."""
    row.text, row.title, row.url = document.text, document.title, document.url
    row.authors, row.notes = list(document.authors), list(document.notes)
