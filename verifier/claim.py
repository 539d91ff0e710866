"""Claims, and the reports they come in. Pure data, shared by importers, archive and pages."""

from dataclasses import dataclass
from datetime import date

from verifier.verdict import Kind


class InputError(ValueError):
    """The user's input is wrong; the message says what was found, where, and what is allowed."""


@dataclass(frozen=True, kw_only=True)
class ReportedClaim:
    """One claim as a report words it, with what that report says of it."""

    statement: str  # verbatim but for white space and marks of citation
    position: int  # 1 for the first claim of the report
    line: int  # line of the file where it stands
    verified: bool | None = None  # None: the report does not say
    confidence: float | None = None  # 0..1; None: the report does not say
    is_cut: bool = False  # cut off in the middle of a word or sentence
    remarks: tuple[str, ...] = ()  # what the report says of it that these cannot hold


@dataclass(frozen=True, kw_only=True)
class Reference:
    url: str
    arxiv_id: str | None = None  # without version
    version: int | None = None
    position: int = 1


@dataclass(frozen=True, kw_only=True)
class Report:
    """One imported document full of claims."""

    title: str
    text: str  # the file as text, so that every claim can be shown in its place
    format: str  # the importer that read it
    claims: tuple[ReportedClaim, ...]
    references: tuple[Reference, ...] = ()
    author: str = ""
    reported_on: date | None = None
    abstract: str = ""
    question: str = ""  # the research question it addresses, where it says one
    sections: tuple[tuple[str, str], ...] = ()  # (heading, body) in order
    notes: tuple[str, ...] = ()  # what was taken for granted, or left out, in reading it


@dataclass(frozen=True, kw_only=True)
class Claim:
    """A checkable sentence; `study` is the arXiv id of the study it is about, if it names one."""

    id: str
    statement: str
    kind: Kind
    origin: str  # "bundled" or "imported"
    study: str | None = None
    topic: str = ""
    protocol_id: str | None = None  # which bundled protocol tests it; None: none does
    protocol_score: float | None = None  # how well it matched, 0..100; None: chosen by hand
    is_cut: bool = False
    context_needed: str = ""  # what a reader must know to test it; empty if it stands alone
