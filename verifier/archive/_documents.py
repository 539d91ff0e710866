"""Papers and other documents, what sources say of them, and when which source was asked."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from db import queries
from db.tables.literature import DocumentRemovalRow, DocumentRow, RetractionCheckRow, SearchRow
from verifier.archive import document_rows
from verifier.archive._part import Part, text_digest
from verifier.document import Document


class Documents(Part):
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
                    row = document_rows.document_row(document, sha256=digest, at=self.clock())
                    session.add(row)
                    session.flush()
                else:
                    document_rows.know_more(row, document)
                stored.append(replace(document, id=row.id))
        return stored

    def documents(self) -> list[Document]:
        """The newest text of every document that is read, without those that were removed."""
        with self.database.reading() as session:
            notices = _notices(session)
            rows = session.scalars(queries.current_documents())
            return [document_rows.document(row, notices) for row in rows]

    def document(self, document_id: int) -> Document | None:
        with self.database.reading() as session:
            row = session.get(DocumentRow, document_id)
            if row is None:
                return None
            removed = queries.standing_removals().where(
                DocumentRemovalRow.document_id == document_id
            )
            removal = session.scalar(removed)
            known = None if removal is None else document_rows.removal(removal)
            return document_rows.document(row, _notices(session), known)

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


def _notices(session: Session) -> dict[str, str]:
    """By key of a paper, what any source says of its withdrawal."""
    found: dict[str, list[str]] = {}
    for row in session.scalars(queries.newest_retraction_checks()):
        if row.notice:
            found.setdefault(row.document_key, []).append(row.notice)
    return {key: "; ".join(dict.fromkeys(notices)) for key, notices in found.items()}
