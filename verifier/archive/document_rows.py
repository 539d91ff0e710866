"""How documents become rows, and rows become documents again."""

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

from db.tables.literature import DocumentRemovalRow, DocumentRow
from verifier.document import NOTICE, Document, Removal, is_retracted_title


class Quoting(Protocol):
    """Words of a document, with their place in it."""

    @property
    def start(self) -> int: ...
    @property
    def end(self) -> int: ...
    @property
    def quote(self) -> str: ...


def document_row(document: Document, *, sha256: str, at: datetime) -> DocumentRow:
    return DocumentRow(
        key=document.key,
        sha256=sha256,
        title=document.title,
        text=document.text,
        source=document.source,
        extent=document.extent,
        authors=list(document.authors),
        published=document.published,
        url=document.url,
        version=document.version,
        notes=list(document.notes),
        doi=document.doi,
        other_keys=list(document.other_keys),
        added_at=at,
    )


def check_quote(row: DocumentRow | None, found: Quoting) -> None:
    """ValueError where a document does not hold a quote at its place, letter by letter."""
    text = "" if row is None else row.text
    if not found.quote or text[found.start : found.end] != found.quote:
        which = "no document" if row is None else f"document {row.id}"
        raise ValueError(f"{which} does not hold {found.quote[:60]!r} at {found.start}")


def know_more(row: DocumentRow, document: Document) -> None:
    """The text of a stored document never changes; what it is called elsewhere is added."""
    row.doi = row.doi or document.doi
    row.other_keys = list(dict.fromkeys([*row.other_keys, *document.other_keys]))
    told = [note for note in document.notes if NOTICE in note]
    row.notes = list(dict.fromkeys([*row.notes, *told]))


def removal(row: DocumentRemovalRow) -> Removal:
    return Removal(at=row.at, author=row.author, reason=row.reason, is_erased=row.is_erased)


def document(
    row: DocumentRow, notices: Mapping[str, str], removal: Removal | None = None
) -> Document:
    """`notices` says, by key, what sources say of a paper's withdrawal; its title may too."""
    is_retracted = is_retracted_title(row.title) and not any(NOTICE in n for n in row.notes)
    return Document(
        key=row.key,
        title=row.title,
        text=row.text,
        source=row.source,
        extent=row.extent,
        authors=tuple(row.authors),
        published=row.published,
        url=row.url,
        version=row.version,
        notes=tuple(row.notes),
        id=row.id,
        doi=row.doi,
        other_keys=tuple(row.other_keys),
        retraction=notices.get(row.key) or ("its title says so" if is_retracted else ""),
        removal=removal,
    )
