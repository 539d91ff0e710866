"""Our own report, in Markdown or as a page: its claims, and what the checked report says of them.

What we came to ourselves stands in the same table and is nothing that a report said; it is left
out, as it is of our JSON and CSV.
"""

import re
from collections.abc import Sequence
from contextlib import suppress
from datetime import date

from verifier.claim import Report
from verifier.importers._columns import key
from verifier.importers._grid import Numbered, cells, tables
from verifier.importers._labels import plain
from verifier.importers._outline import Outline
from verifier.importers._references import references_in
from verifier.importers._rows import Row, claims_from

COLUMNS = ["claim", "the report says", "status", "confidence", "certainty"]
TITLE = re.compile(r"Verification of (?:“(.*)”|all claims)")
TERM = re.compile(r"- \*\*(By|Dated|Question)\*\*: (.*)")
REFERENCES = "references of the report"
SAID = re.compile(
    r"(?:—|(?:(?P<mark>✓|✗) (?:not )?verified)?(?:, |confidence )?(?P<sure>[01]\.\d+)?)"
    r"(?: \((?P<remark>.*)\))?"
)
UNSAID = "no verdict, no confidence"
NOTE = "made by Replicheck; what it found itself is not taken for what the report it checked says"


def is_ours(numbered: Sequence[Numbered]) -> bool:
    return _summary(numbered) is not None


def report_of(
    numbered: Sequence[Numbered], *, parts: Outline, text: str, format: str
) -> Report | None:
    """Read a report of ours; None for any other."""
    body = _summary(numbered)
    if body is None:
        return None
    title = TITLE.fullmatch(plain(parts.title))
    terms = [TERM.fullmatch(line) for _, line in parts.preamble]
    told = {term[1]: plain(term[2]) for term in terms if term}
    reported_on = None
    with suppress(ValueError):
        reported_on = date.fromisoformat(told.get("Dated", ""))
    listed = (s.body for s in parts.sections if s.name == REFERENCES)
    return Report(
        title=(title[1] or "") if title else plain(parts.title),
        text=text,
        format=format,
        claims=claims_from([_row(at, line) for at, line in body]),
        references=references_in(plain(line) for each in listed for line in each.split("\n")),
        author=told.get("By", ""),
        reported_on=reported_on,
        question=told.get("Question", ""),
        sections=parts.named,
        notes=(NOTE,),
    )


def _summary(numbered: Sequence[Numbered]) -> list[Numbered] | None:
    """The rows of the table of all claims, which no other report has."""
    for header, body in tables(numbered):
        if [key(cell) for cell in cells(header[1])] == COLUMNS:
            return body
    return None


def _row(at: int, line: str) -> Row:
    claim, said, *_ = [plain(cell) for cell in (*cells(line), "")]
    told = SAID.fullmatch(said)
    if told is None:
        return Row(line=at, statement=_statement(claim), verified=said, is_loose=True)
    is_remark = told["remark"] and told["remark"] != UNSAID
    return Row(
        line=at,
        statement=_statement(claim),
        verified=told["mark"],
        confidence=told["sure"],
        remarks=(told["remark"],) * bool(is_remark),
    )


def _statement(cell: str) -> str:
    """Without the claim's id before it: a claim is known by its words.

    >>> _statement("C12: All models operate at 240 Hz.")
    'All models operate at 240 Hz.'
    """
    id, _, statement = cell.partition(": ")
    return statement or id
