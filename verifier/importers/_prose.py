r"""Claims of prose, from numbered lines in Markdown: in tables, in lists, or "Claim 1: …".

Where nothing is called a claim, findings are: "Key findings", "Takeaways". Of inline marks, `**`
and backticks are removed and escapes like `\|` resolved; everything else stays verbatim.
"""

from collections.abc import Sequence

from verifier.claim import Report
from verifier.importers import _ours
from verifier.importers._columns import FINDING, is_header, only_refers, rows_of_table
from verifier.importers._grid import Numbered, cells, tables
from verifier.importers._labels import (
    CLAIM_LABEL,
    FINDING_LABEL,
    labelled,
    plain,
    with_joined_fields,
)
from verifier.importers._listing import listed
from verifier.importers._outline import outline, question
from verifier.importers._rows import Problem, Row, claims_from, same
from verifier.importers._sections import is_above_claims, is_above_findings, with_marked_headings
from verifier.plural import plural

Found = tuple[list[Row], list[Problem]]


def has_claims(numbered: Sequence[Numbered]) -> bool:
    """Findings alone will not do where a table between tabs has claims."""
    marked = _with_marked_headings(numbered)
    if _ours.is_ours(numbered) or any(_called_claims(marked)):
        return True
    has_tabs = any("\t" in line and is_header(line.split("\t")) for _, line in marked)
    return not has_tabs and any(_called_findings(marked))


def report_of(numbered: Sequence[Numbered], *, text: str, format: str) -> Report:
    """Read numbered lines, the lines of `text` or what they say in Markdown."""
    prose = "\n".join(line for _, line in numbered)
    parts = outline(prose)
    ours = _ours.report_of(numbered, parts=parts, text=text, format=format)
    if ours is not None:
        return ours
    marked = _with_marked_headings(numbered)
    found = _called_claims(marked)
    rows, problems = found if any(found) else _called_findings(marked)
    others = {same(str(row.statement)) for row in listed(marked, is_above_findings)}
    n_others = len(others - {same(str(row.statement)) for row in rows})
    left_out = f"{plural(n_others, 'finding')} left out, since others are called claims"
    return Report(
        title=parts.title,
        text=text,
        format=format,
        claims=claims_from(sorted(rows, key=lambda row: row.line), problems=problems),
        references=parts.references,
        abstract=parts.abstract,
        question=question(prose),
        sections=parts.named,
        notes=(left_out,) if n_others else (),
    )


def _with_marked_headings(numbered: Sequence[Numbered]) -> list[Numbered]:
    marked = with_marked_headings(with_joined_fields([line for _, line in numbered]))
    return [(at, line) for (at, _), line in zip(numbered, marked, strict=True)]


def _called_claims(numbered: Sequence[Numbered]) -> Found:
    rows, problems = _tabled(numbered)
    rows += listed(numbered, is_above_claims)
    return (rows if rows or problems else labelled(numbered, CLAIM_LABEL)), problems


def _called_findings(numbered: Sequence[Numbered]) -> Found:
    rows, problems = _tabled(numbered, also=FINDING)
    rows += listed(numbered, is_above_findings)
    return (rows if rows or problems else labelled(numbered, FINDING_LABEL)), problems


def _tabled(numbered: Sequence[Numbered], *, also: Sequence[str] = ()) -> Found:
    rows: list[Row] = []
    problems: list[Problem] = []
    for header, body in tables(numbered, also=also):
        records = [(at, [plain(cell) for cell in cells(line)]) for at, line in body]
        if only_refers(cells(header[1]), [found for _, found in records]):
            continue
        more, wrong = rows_of_table(cells(header[1]), records, line=header[0])
        rows += more
        problems += wrong
    return rows, problems
