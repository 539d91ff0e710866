r"""Markdown: tables with a claim or statement column, and lists under a heading "Claims".

A heading at the top, which may be the report's title, must be that alone: `# Claims`, `# Key
findings`; a deeper one need only hold the word "claims".
Deeper items of a list are remarks on a claim, not claims. Of inline marks, `**` and backticks are
removed and escapes like `\|` resolved; everything else stays verbatim.
"""

import re
from collections.abc import Iterator
from itertools import pairwise

from verifier.claim import Report
from verifier.importers._columns import is_header, rows_of_table
from verifier.importers._outline import NUMBERED, heading, outline, question
from verifier.importers._rows import Problem, Row, claims_from, lines

LABEL = "Markdown"
LOOKS_FOR = (
    "a table between | with a column claim or statement, or a list under a heading with the word "
    '"Claims", or called "Findings"'
)
RULE = re.compile(r"\|?\s*:?-+:?(?:\s*\|\s*:?-+:?)*\s*\|?")
CELL = re.compile(r"((?:\\.|[^|\\]|\\$)*)(?:\||$)")
ITEM = re.compile(r"(\s*)(?:[-*+]|\d{1,9}[.)])\s+(.*)")
OTHER_BLOCK = re.compile(r"\s{0,3}(?:#{1,6}\s|>|```|~~~|[-*+]\s)")
MARK = re.compile(r"\\([!-/:-@\[-`{-~])|\*\*|`")
NAMES_CLAIMS = re.compile(
    r"(?:(?:the|our|all|key|main|central|core|major|principal) |(?:list|summary) of )*"
    r"(?:claims?|findings?):?",
    re.IGNORECASE,
)
NAMES_OTHERS = re.compile(
    r"(?:references|bibliography|sources|further reading|methods|limitations):?", re.IGNORECASE
)
Numbered = tuple[int, str]  # (line of the file, text)


def accepts(text: str, name: str) -> bool:
    return any(True for _ in _tables(text)) or any(True for _ in _items(text))


def read(text: str) -> Report:
    parts = outline(text)
    rows = [Row(line=at, statement=plain(item)) for at, item in _items(text)]
    problems: list[Problem] = []
    for header, body in _tables(text):
        records = [(at, [plain(cell) for cell in cells(line)]) for at, line in body]
        more, wrong = rows_of_table(cells(header[1]), records, line=header[0])
        rows += more
        problems += wrong
    return Report(
        title=parts.title,
        text=text,
        format="markdown",
        claims=claims_from(sorted(rows, key=lambda row: row.line), problems=problems),
        references=parts.references,
        abstract=parts.abstract,
        question=question(text),
        sections=parts.named,
    )


def plain(text: str) -> str:
    r"""Resolve escapes and drop the marks of bold and code.

    >>> plain(r"**CPC** is \*best\*")
    'CPC is *best*'
    """
    return MARK.sub(lambda match: match[1] or "", text)


def cells(line: str) -> list[str]:
    r"""Split a table's line at its pipes, but not at escaped ones.

    >>> cells(r"| a \| b | c |")
    ['a \\| b', 'c']
    """
    inner = line.strip().removeprefix("|")
    parts = [match[1].strip() for match in CELL.finditer(inner)]
    return parts[:-1] if len(parts) > 1 and not parts[-1] else parts


def _tables(text: str) -> Iterator[tuple[Numbered, list[Numbered]]]:
    """Yield (header, body) of each table with a column of claims."""
    numbered = list(enumerate(lines(text), start=1))
    for index, (header, rule) in enumerate(pairwise(numbered)):
        is_table = "|" in header[1] and "-" in rule[1] and RULE.fullmatch(rule[1].strip())
        if is_table and is_header(cells(header[1])):
            yield header, list(_table_body(numbered, start=index + 2))


def _table_body(numbered: list[Numbered], *, start: int) -> Iterator[Numbered]:
    for index in range(start, len(numbered)):
        at, line = numbered[index]
        if not line.strip() or OTHER_BLOCK.match(line):
            return
        yield at, line


def _items(text: str) -> Iterator[Numbered]:
    """Yield the top items of lists in sections on claims, with their continued lines."""
    open_item: list[str] = []
    begins = 0
    indent: int | None = None
    for at, line in _claim_lines(text):
        item = ITEM.fullmatch(line)
        is_heading = heading(line)[0] > 0
        indent = None if is_heading else indent
        is_top = item is not None and (indent is None or len(item[1]) <= indent)
        if open_item and (item or is_heading or not line.strip()):
            yield begins, " ".join(open_item)
            open_item = []
        if item and is_top:
            begins, indent, open_item = at, len(item[1]), [item[2]]
        elif open_item:
            open_item.append(line)
    if open_item:
        yield begins, " ".join(open_item)


def _claim_lines(text: str) -> Iterator[Numbered]:
    """Yield the lines of sections on claims and of those below them, and all headings."""
    level = 0  # of the heading on claims that we are under; 0: under none
    for at, line in enumerate(lines(text), start=1):
        own_level, words = heading(line)
        if own_level or level:
            yield at, line
        called = NUMBERED.sub("", words, count=1)
        if own_level and (not level or own_level <= level):
            level = own_level if _is_on_claims(called, own_level) else 0
        elif own_level and NAMES_OTHERS.fullmatch(called):
            level = 0


def _is_on_claims(called: str, level: int) -> bool:
    """Whether what a heading is called, without its number, says that claims are listed below.

    >>> _is_on_claims("Key claims", 1), _is_on_claims("Claims of the year", 1)
    (True, False)
    >>> _is_on_claims("Older claims", 2), _is_on_claims("Methods", 2)
    (True, False)
    """
    if NAMES_CLAIMS.fullmatch(called):
        return True
    return level > 1 and re.search(r"\bclaims\b", called, re.IGNORECASE) is not None
