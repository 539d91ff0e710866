"""What the literature side reads: documents, and the passages within them. Pure data."""

import re
from dataclasses import dataclass, field
from datetime import datetime

GONE = re.compile(r"retracted|retraction|withdrawn|withdrawal|removed")
FILE = "file:"  # begins the key of what has neither an arXiv id nor a DOI; its digest follows
NOTICE = "itself a notice"  # in a note of what retracts or corrects another work


@dataclass(frozen=True, kw_only=True)
class Removal:
    """A person took a text out of reading."""

    at: datetime
    author: str
    reason: str
    is_erased: bool  # its words are gone; else something that is kept for ever quotes them


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
    doi: str = ""  # in small letters, without https://doi.org/
    other_keys: tuple[str, ...] = ()  # what other sources call the same work
    retraction: str = ""  # what a source says of its withdrawal; empty: nothing was said
    id: int | None = field(default=None, compare=False)  # once stored
    removal: Removal | None = field(default=None, compare=False)  # None: it is read

    @property
    def is_file(self) -> bool:
        """Whether nothing but its bytes identifies it."""
        return self.key.startswith(FILE)

    @property
    def short_key(self) -> str:
        """The key as it is shown: of a file's digest the first letters tell enough."""
        return self.key[: len(FILE) + 12] if self.is_file else self.key

    @property
    def is_notice(self) -> bool:
        """Whether it retracts or corrects another work, and is none by itself."""
        return any(NOTICE in note for note in self.notes)

    @property
    def standing(self) -> str:
        """What the notices about it come to, in a word; empty where there is none.

        >>> doubted = "Europe PMC: expression of concern"
        >>> Document(key="k", title="T", text="", source="s", retraction=doubted).standing
        'under concern'
        >>> gone = f"{doubted}; Crossref: retracted (2026-03-02)"
        >>> Document(key="k", title="T", text="", source="s", retraction=gone).standing
        'withdrawn'
        """
        if not self.retraction:
            return ""
        said = self.retraction.lower()
        parts = (("expression of concern", "under concern"), ("in part", "retracted in part"))
        milder = next((word for mark, word in parts if mark in said), "withdrawn")
        for mark, _ in parts:
            said = said.replace(f"retracted {mark}", "").replace(mark, "")
        return "withdrawn" if GONE.search(said) else milder

    @property
    def caution(self) -> str:
        """Why nothing new rests on it, for whoever reads what was quoted; mostly empty."""
        said = [f"{self.standing} ({self.retraction})"] if self.retraction else []
        if self.is_notice:
            said.append("a notice about another work")
        if self.removal is not None:
            said.append(f"removed from reading {self.removal.at:%Y-%m-%d}: {self.removal.reason}")
        return "; ".join(said)

    def is_study(self, arxiv_id: str | None) -> bool:
        """Whether this is the paper that arXiv has under an id."""
        return arxiv_id is not None and f"arxiv:{arxiv_id}" in (self.key, *self.other_keys)


@dataclass(frozen=True, kw_only=True)
class Passage:
    """A sentence of a document at its place."""

    document_id: int
    start: int  # characters into the document's text
    end: int
    text: str
