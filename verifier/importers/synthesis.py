"""The text a literature synthesis writes: headings, and a table of claims between tabs."""

import re
from collections.abc import Iterator, Sequence
from datetime import date

from verifier.claim import Report
from verifier.importers._columns import is_header, rows_of_table
from verifier.importers._outline import heading, outline, question
from verifier.importers._rows import Problem, Row, claims_from
from verifier.importers._text import clean, excerpt, lines

LABEL = "Synthesis report"
LOOKS_FOR = "a table whose columns Claim, Verified, Confidence are separated by tabs, below a title"
MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
MONTH_FIRST = re.compile(r"([A-Za-z]+)\.? (\d{1,2}),? (\d{4})")
DAY_FIRST = re.compile(r"(\d{1,2})\.? ([A-Za-z]+)\.?,? (\d{4})")
ISO = re.compile(r"(\d{4})-(\d{2})-(\d{2})")


def accepts(text: str, name: str) -> bool:
    """A header between tabs, with something before it: otherwise it is a table file."""
    filled = [line for line in lines(text) if line.strip()]
    return any(_is_table_header(line) for line in filled[1:])


def read(text: str) -> Report:
    parts = outline(text)
    rows, problems = _rows(lines(text))
    author, reported_on, date_problems = _byline(parts.preamble)
    return Report(
        title=parts.title,
        text=text,
        format="synthesis",
        claims=claims_from(rows, problems=[*problems, *date_problems], always_ends=True),
        references=parts.references,
        author=author,
        reported_on=reported_on,
        abstract=parts.abstract,
        question=question(text),
        sections=parts.named,
    )


def _is_table_header(line: str) -> bool:
    cells = line.split("\t")
    return len(cells) > 1 and is_header(cells)


def _rows(all_lines: Sequence[str]) -> tuple[list[Row], list[Problem]]:
    rows: list[Row] = []
    problems: list[Problem] = []
    for at, line in enumerate(all_lines, start=1):
        if _is_table_header(line):
            body = list(_table_body(all_lines, after=at))
            loose = [Problem(line=n, text=_no_tab(text)) for n, text in body if "\t" not in text]
            records = [(n, text.split("\t")) for n, text in body if "\t" in text]
            more, wrong = rows_of_table(line.rstrip().split("\t"), records, line=at)
            rows += more
            problems += [*wrong, *loose]
    return rows, problems


def _table_body(all_lines: Sequence[str], *, after: int) -> Iterator[tuple[int, str]]:
    """Yield the lines of a table to the next heading or table.

    A line without a tab belongs to it only right below a row: there it may be a lost claim.
    """
    is_below_row = True
    for at, line in enumerate(all_lines[after:], start=after + 1):
        if heading(line)[0] or _is_table_header(line):
            return
        if line.strip() and ("\t" in line or is_below_row):
            yield at, line
        is_below_row = bool(line.strip()) and (is_below_row or "\t" in line)


def _no_tab(line: str) -> str:
    return f"{excerpt(line)} has no tab; a row is the claim, a tab, verified, a tab, confidence."


def _byline(
    preamble: Sequence[tuple[int, str]],
) -> tuple[str, date | None, list[Problem]]:
    """Author, date, and what is wrong with them, from the lines between title and sections."""
    author, reported_on = "", None
    problems = []
    for at, line in preamble:
        words = clean(line)
        if "\t" in line:
            break  # a table without a heading: what follows is not about the report
        try:
            found = day(words)
        except ValueError:
            problems.append(Problem(line=at, text=f"{words!r} is not a day of any calendar."))
            continue
        if found:
            reported_on = reported_on or found
        else:
            author = author or words
    return author, reported_on, problems


def day(text: str) -> date | None:
    """Read "June 9, 2026", "9 June 2026" or "2026-06-09", whatever the machine's language.

    Text of another form is None; a day that does not exist, like June 31, is a ValueError.

    >>> day("June 9, 2026"), day("Assignee Research")
    (datetime.date(2026, 6, 9), None)
    """
    if match := ISO.fullmatch(text):
        return date(int(match[1]), int(match[2]), int(match[3]))
    if match := MONTH_FIRST.fullmatch(text):
        month, day_of_month = _month(match[1]), match[2]
    elif match := DAY_FIRST.fullmatch(text):
        month, day_of_month = _month(match[2]), match[1]
    else:
        return None
    return date(int(match[3]), month, int(day_of_month)) if month else None


def _month(name: str) -> int:
    """1 to 12, or 0 for a word that is no month; three letters are enough."""
    starts = [n for n, month in enumerate(MONTHS, start=1) if month.startswith(name.lower())]
    return starts[0] if len(name) >= 3 and starts else 0
