"""Documents, how they were found, and what was read in them."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from db.tables.ground import Table, one_of

REMOVAL_ACTS = ("removed", "returned")
CANDIDATE_STATES = ("candidate", "accepted", "rejected")
CANDIDATE_KINDS = ("finding", "comparison", "number", "trend", "setting")


class DocumentRow(Table):
    __tablename__ = "document"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(index=True)  # newest row of a key is the current text
    sha256: Mapped[str] = mapped_column(unique=True)  # of key and text: a new text is a new row
    title: Mapped[str]
    text: Mapped[str]
    source: Mapped[str]
    extent: Mapped[str]
    authors: Mapped[list[Any]]
    published: Mapped[str]
    url: Mapped[str]
    version: Mapped[int | None]
    notes: Mapped[list[Any]]
    doi: Mapped[str] = mapped_column(default="", server_default="")
    other_keys: Mapped[list[Any]] = mapped_column(default=list, server_default="[]")
    added_at: Mapped[datetime]


class DocumentRemovalRow(Table):
    """A person took a text out of reading, or gave it back; the newest row of a text stands.

    The row of the text stays, so that its number never comes to mean another. Its words stay only
    where something that is kept for ever quotes them.
    """

    __tablename__ = "document_removal"
    __table_args__ = (one_of("act", REMOVAL_ACTS, "act"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    document_id: Mapped[int] = mapped_column(ForeignKey("document.id"), index=True)
    act: Mapped[str]
    at: Mapped[datetime]
    author: Mapped[str]
    reason: Mapped[str]
    is_erased: Mapped[bool]  # nothing quoted it, and its words are gone


class SearchRow(Table):
    """A question put to a literature source, so that a report's search can be repeated."""

    __tablename__ = "search"
    __table_args__ = (UniqueConstraint("source", "query", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    source: Mapped[str]
    query: Mapped[str]
    at: Mapped[datetime]
    n_found: Mapped[int]
    inquiry_id: Mapped[int | None] = mapped_column(ForeignKey("inquiry.id"), index=True)
    trouble: Mapped[str] = mapped_column(default="", server_default="")  # why nothing came
    kept_from: Mapped[datetime | None]  # when the answer came, if it was on disk already


class SearchHitRow(Table):
    """What one query of one source found, in the source's own order."""

    __tablename__ = "search_hit"

    search_id: Mapped[int] = mapped_column(ForeignKey("search.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    document_id: Mapped[int] = mapped_column(ForeignKey("document.id"), index=True)


class FoundPaperRow(Table):
    """The papers of a search, merged over its sources and ranked."""

    __tablename__ = "found_paper"

    inquiry_id: Mapped[int] = mapped_column(ForeignKey("inquiry.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    document_id: Mapped[int] = mapped_column(ForeignKey("document.id"), index=True)
    score: Mapped[float]
    sources: Mapped[list[Any]]


class RetractionCheckRow(Table):
    """A source was asked whether a paper was withdrawn; an empty notice: it lists none."""

    __tablename__ = "retraction_check"

    id: Mapped[int] = mapped_column(primary_key=True)
    document_key: Mapped[str] = mapped_column(index=True)
    source: Mapped[str]
    at: Mapped[datetime]
    notice: Mapped[str]


class CandidateRow(Table):
    """A claim that an extractor reads in a paper; a person accepts or rejects it."""

    __tablename__ = "candidate"
    __table_args__ = (
        one_of("state", CANDIDATE_STATES, "state"),
        one_of("kind", CANDIDATE_KINDS, "kind"),
        UniqueConstraint("document_id", "start", "statement"),
        CheckConstraint("score BETWEEN 0 AND 1", name="score"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    document_id: Mapped[int] = mapped_column(ForeignKey("document.id"), index=True)
    start: Mapped[int]
    end: Mapped[int]
    quote: Mapped[str]  # the sentence, letter by letter
    statement: Mapped[str]  # what it claims when read by itself
    kind: Mapped[str]
    section: Mapped[str]
    page: Mapped[int | None]
    context_needed: Mapped[str]  # what a reader must know first; empty if it stands alone
    extractor: Mapped[str]  # its name and version
    score: Mapped[float]
    found_at: Mapped[datetime]
    state: Mapped[str]
    decided_by: Mapped[str]
    decided_at: Mapped[datetime | None]
    reason: Mapped[str]
    claim_id: Mapped[str | None] = mapped_column(ForeignKey("claim.id"), index=True)
