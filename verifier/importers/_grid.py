"""Tables between pipes, as Markdown writes them: which lines are one, and its cells."""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from verifier.importers._columns import is_header

RULE = re.compile(r"\|?\s*:?-+:?(?:\s*\|\s*:?-+:?)*\s*\|?")
CELL = re.compile(r"((?:\\.|[^|\\]|\\$)*)(?:\||$)")
OTHER_BLOCK = re.compile(r"\s{0,3}(?:#{1,6}\s|>|```|~~~|[-*+]\s)")
Numbered = tuple[int, str]  # (line of the file, text)


def cells(line: str) -> list[str]:
    r"""Split a table's line at its pipes, but not at escaped ones.

    >>> cells(r"| a \| b | c |")
    ['a \\| b', 'c']
    """
    inner = line.strip().removeprefix("|")
    parts = [match[1].strip() for match in CELL.finditer(inner)]
    return parts[:-1] if len(parts) > 1 and not parts[-1] else parts


def tables(
    numbered: Sequence[Numbered], *, also: Sequence[str] = ()
) -> Iterator[tuple[Numbered, list[Numbered]]]:
    """Yield (header, body) of each table with a column of claims, or one called as in `also`."""
    for index, (header, rule) in enumerate(pairwise(numbered)):
        is_table = "|" in header[1] and "-" in rule[1] and RULE.fullmatch(rule[1].strip())
        if is_table and is_header(cells(header[1]), also=also):
            yield header, list(_body(numbered, start=index + 2))


def _body(numbered: Sequence[Numbered], *, start: int) -> Iterator[Numbered]:
    for index in range(start, len(numbered)):
        at, line = numbered[index]
        if not line.strip() or OTHER_BLOCK.match(line):
            return
        yield at, line
