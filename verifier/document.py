"""What the literature side reads: documents, and the passages within them. Pure data."""

import re
from dataclasses import dataclass, field
from datetime import datetime

GONE = re.compile(r"retracted|retraction|withdrawn|withdrawal|removed")
FILE = "file:"  # begins the key of what has neither an arXiv id nor a DOI; its digest follows
NOTICE = "itself a notice"  # in a note of what retracts or corrects another work
NOTICE_ABOUT = re.compile(rf"{NOTICE} \((?P<kind>[^)]+)\) about (?P<doi>\S+)")
RETRACTED_TITLE = re.compile(r"\s*\W*(?:retracted|withdrawn)(?: article)?\W*:", re.IGNORECASE)
NOTICE_TITLE = re.compile(  # as publishers title what they write about another work
    r"""\W*(?:
      notice\ of\ (?:retraction|withdrawal|removal)\b
    | (?:retraction|withdrawal)\ (?:notice|note|statement)\s*(?:(?:to|of|for|on)\b|[:—–“"'‘])
    | (?:retraction|withdrawal|removal|addendum|(?:author\ |publisher\ )?correction)
      (?:\ (?:to|of|for))?\s*[:—–“"‘]
    | (?:editorial\ )?expression\ of\ concern\b
    | (?:erratum|corrigendum)\b
    | .+[:—–]\s*(?:erratum|corrigendum|expression\ of\ concern)\W*$
    )""",
    re.IGNORECASE | re.VERBOSE,
)


def notice_note(kind: str, about: str = "") -> str:
    """The note of what retracts or corrects another work.

    >>> notice_note("retraction", "10.1000/abc")
    'itself a notice (retraction) about 10.1000/abc'
    """
    return f"{NOTICE} ({kind})" + (f" about {about}" if about else "")


def is_retracted_title(title: str) -> bool:
    """Publishers put a word before the title of what they withdrew.

    >>> is_retracted_title("RETRACTED: A cure"), is_retracted_title("Retracted gaze in birds")
    (True, False)
    """
    return RETRACTED_TITLE.match(title) is not None


def is_notice_title(title: str) -> bool:
    """Whether a title is that of a notice about another work.

    >>> is_notice_title("Retraction notice to “S4 wins”"), is_notice_title("Retraction of leads")
    (True, False)
    >>> is_notice_title("Author Correction: S4 wins"), is_notice_title("Correction of drift")
    (True, False)
    >>> is_notice_title("S4 wins – CORRIGENDUM"), is_notice_title("Leads: retraction of a wire")
    (True, False)
    """
    return NOTICE_TITLE.match(title) is not None


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
        """Whether it retracts or corrects another work, and is none by itself.

        As a source says, or as it is titled.

        >>> Document(key="k", title="Retraction: S4 wins", text="", source="s").is_notice
        True
        """
        return any(NOTICE in note for note in self.notes) or is_notice_title(self.title)

    @property
    def notice_about(self) -> tuple[tuple[str, str], ...]:
        """Of a notice, its kind and the DOI of the work it is about, as far as a source says."""
        found = (NOTICE_ABOUT.search(note) for note in self.notes)
        return tuple((one["kind"], one["doi"]) for one in found if one)

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
