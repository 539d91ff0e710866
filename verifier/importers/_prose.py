r"""Claims of prose, from numbered lines in Markdown: in tables, in lists, or "Claim 1: …".

Where nothing is called a claim, findings are: "Key findings", "Takeaways". Of inline marks, `**`
and backticks are removed and escapes like `\|` resolved; everything else stays verbatim.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from verifier.claim import Report
from verifier.importers._columns import FINDING, is_header, rows_of_table
from verifier.importers._labels import labelled, plain
from verifier.importers._listing import listed
from verifier.importers._outline import outline, question
from verifier.importers._rows import Problem, Row, claims_from
from verifier.importers._sections import is_above_claims, is_above_findings, with_marked_headings

RULE = re.compile(r"\|?\s*:?-+:?(?:\s*\|\s*:?-+:?)*\s*\|?")
CELL = re.compile(r"((?:\\.|[^|\\]|\\$)*)(?:\||$)")
OTHER_BLOCK = re.compile(r"\s{0,3}(?:#{1,6}\s|>|```|~~~|[-*+]\s)")
Numbered = tuple[int, str]  # (line of the file, text)
Found = tuple[list[Row], list[Problem]]


def has_claims(numbered: Sequence[Numbered]) -> bool:
    """Findings alone will not do where a table between tabs has claims."""
    marked = _with_marked_headings(numbered)
    if any(_called_claims(marked)):
        return True
    has_tabs = any("\t" in line and is_header(line.split("\t")) for _, line in marked)
    return not has_tabs and any(_called_findings(marked))


def report_of(numbered: Sequence[Numbered], *, text: str, format: str) -> Report:
    """Read numbered lines, the lines of `text` or what they say in Markdown."""
    marked = _with_marked_headings(numbered)
    found = _called_claims(marked)
    rows, problems = found if any(found) else _called_findings(marked)
    prose = "\n".join(line for _, line in numbered)
    parts = outline(prose)
    return Report(
        title=parts.title,
        text=text,
        format=format,
        claims=claims_from(sorted(rows, key=lambda row: row.line), problems=problems),
        references=parts.references,
        abstract=parts.abstract,
        question=question(prose),
        sections=parts.named,
    )


def cells(line: str) -> list[str]:
    r"""Split a table's line at its pipes, but not at escaped ones.

    >>> cells(r"| a \| b | c |")
    ['a \\| b', 'c']
    """
    inner = line.strip().removeprefix("|")
    parts = [match[1].strip() for match in CELL.finditer(inner)]
    return parts[:-1] if len(parts) > 1 and not parts[-1] else parts


def _with_marked_headings(numbered: Sequence[Numbered]) -> list[Numbered]:
    marked = with_marked_headings([line for _, line in numbered])
    return [(at, line) for (at, _), line in zip(numbered, marked, strict=True)]


def _called_claims(numbered: Sequence[Numbered]) -> Found:
    rows, problems = _tabled(numbered)
    rows += listed(numbered, is_above_claims)
    return (rows if rows or problems else labelled(numbered)), problems


def _called_findings(numbered: Sequence[Numbered]) -> Found:
    rows, problems = _tabled(numbered, also=FINDING)
    return rows + listed(numbered, is_above_findings), problems


def _tabled(numbered: Sequence[Numbered], *, also: Sequence[str] = ()) -> Found:
    rows: list[Row] = []
    problems: list[Problem] = []
    for header, body in _tables(numbered, also=also):
        records = [(at, [plain(cell) for cell in cells(line)]) for at, line in body]
        more, wrong = rows_of_table(cells(header[1]), records, line=header[0])
        rows += more
        problems += wrong
    return rows, problems


def _tables(
    numbered: Sequence[Numbered], *, also: Sequence[str]
) -> Iterator[tuple[Numbered, list[Numbered]]]:
    """Yield (header, body) of each table with a column of claims."""
    for index, (header, rule) in enumerate(pairwise(numbered)):
        is_table = "|" in header[1] and "-" in rule[1] and RULE.fullmatch(rule[1].strip())
        if is_table and is_header(cells(header[1]), also=also):
            yield header, list(_table_body(numbered, start=index + 2))


def _table_body(numbered: Sequence[Numbered], *, start: int) -> Iterator[Numbered]:
    for index in range(start, len(numbered)):
        at, line = numbered[index]
        if not line.strip() or OTHER_BLOCK.match(line):
            return
        yield at, line
