"""What the literature side reads: documents, and the passages within them. Pure data."""

from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class Document:
    """A paper or other text. Offsets of evidence refer to `text`, which is never changed."""

    key: str  # identity across sources: "arxiv:2605.12241", "doi:…", or "file:<sha256>"
    title: str
    text: str  # what can be quoted: full text, or the abstract where that is all there is
    source: str  # the module in sources/ that found it, or "file"
    extent: str = "abstract"  # "abstract" or "full text"
    authors: tuple[str, ...] = ()
    published: str = ""  # ISO date, or empty
    url: str = ""
    version: int | None = None
    notes: tuple[str, ...] = ()  # e.g. "abstract incomplete"
    id: int | None = field(default=None, compare=False)  # once stored


@dataclass(frozen=True, kw_only=True)
class Passage:
    """A sentence of a document at its place."""

    document_id: int
    start: int  # characters into the document's text
    end: int
    text: str
