"""Reviewers of a report, one rubric per file; the folder is the list.

Each file offers

    LABEL: str                                     name shown to people
    ASKS: str                                      what it asks of a report, in one sentence
    review(dossier) -> tuple[Criterion, ...]       its rubric, filled in

A criterion that cannot be judged has a share of None and says why: it counts for nothing, and never
as 0. The rubrics are rules that anybody can follow by hand; how much each criterion weighs is our
judgement, written where it is used. Pure: they see the dossier and nothing else.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import takewhile

from models.catalog import Catalog
from verifier.dossier import ClaimDossier, Dossier
from verifier.verdict import Evidence

REVIEWERS = Catalog(__name__)
TEN = 10.0


@dataclass(frozen=True, kw_only=True)
class Criterion:
    """One line of a rubric."""

    asks: str
    weight: float
    share: float | None  # 0..1; None: cannot be judged
    found: str  # the reason, with its numbers
    raise_by: str = ""  # what would raise it


def criterion(
    asks: str, weight: float, *, n: int, of: int, what: str, raise_by: str, why_not: str = ""
) -> Criterion:
    """So many of so many; cannot be judged where there are none to count.

    >>> criterion("A?", 1, n=1, of=4, what="claims are clear", raise_by="clear them").found
    '1 of 4 claims are clear'
    """
    if of == 0:
        return Criterion(asks=asks, weight=weight, share=None, found=why_not or "nothing to count")
    return Criterion(
        asks=asks, weight=weight, share=n / of, found=f"{n} of {of} {what}", raise_by=raise_by
    )


N_LINES_OF_A_CLAIM = 8  # with what is said of it; a paragraph of its own is further away


def statements(dossier: Dossier) -> list[str]:
    """The claims as the report words them; as we have them where it does not say."""
    return [worded(claim, dossier) for claim in dossier.claims]


def worded(claim: ClaimDossier, dossier: Dossier) -> str:
    report_id = None if dossier.report is None else dossier.report.id
    said = [m.statement for m in claim.summary.mentions if m.report_id == report_id]
    return said[0] if said else claim.summary.claim.statement


def in_place(claim: ClaimDossier, dossier: Dossier) -> str:
    """A claim with all that the report's own lines say of it, to the next claim or heading.

    Citations, for one: they are no part of a statement.
    """
    report = dossier.report
    said = worded(claim, dossier)
    if report is None:
        return said
    mentions = [m for c in dossier.claims for m in c.summary.mentions if m.report_id == report.id]
    begins = min((m.line for m in claim.summary.mentions if m.report_id == report.id), default=0)
    starts = [m.line for m in mentions]
    if not begins or starts.count(begins) > 1:  # claims that share a line share no source
        return said
    end = min((line for line in starts if line > begins), default=begins + N_LINES_OF_A_CLAIM)
    lines = report.text.split("\n")[begins - 1 : min(end - 1, begins + N_LINES_OF_A_CLAIM)]
    below = takewhile(lambda line: not line.startswith("#"), lines[1:])
    return "\n".join((said, *lines[:1], *below))


def passages(claim: ClaimDossier) -> Sequence[Evidence]:
    return () if claim.literature is None else claim.literature.assessment.evidence


def counting(claims: Iterable[ClaimDossier], is_so: Callable[[ClaimDossier], bool]) -> int:
    return sum(is_so(claim) for claim in claims)


def stated_number(text: str, thing: str) -> int | None:
    """How many of a thing a text says there are, where it says so in one voice.

    >>> stated_number("Of 16 papers, 16 peer-reviewed papers were read.", "papers")
    16
    >>> stated_number("## 5 Extracted Claims: 16 claims were extracted.", "claims")
    16
    >>> stated_number("16 papers; 3 papers", "papers") is None
    True
    """
    found = set(re.findall(rf"\b(\d+) (?:[a-z-]+ )?{thing}\b", text))
    return int(found.pop()) if len(found) == 1 else None
