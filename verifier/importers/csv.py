"""A table file: columns claim (or statement), verified, confidence; other columns are ignored."""

import csv
import re
from collections.abc import Iterator, Sequence
from contextlib import suppress

from verifier.claim import InputError, Report
from verifier.importers._columns import (
    FINDING,
    REMARKS,
    STATEMENT,
    is_header,
    key,
    rows_of_table,
)
from verifier.importers._ours import NOTE as OURS
from verifier.importers._rows import claims_from
from verifier.importers._text import excerpt, lines

LABEL = "CSV table"
LOOKS_FOR = (
    "a first line naming the columns, among them claim or statement, "
    "separated by a comma, semicolon or tab"
)
NO_DELIMITER = "\x1f"  # a character no text holds: a file of one column needs none
QUOTED = re.compile(r"'(?=\s*[=+\-@＝＋－＠])")  # before what a spreadsheet would compute
DELIMITERS = ("\t", ";", ",", NO_DELIMITER)


def accepts(text: str, name: str) -> bool:
    if name.casefold().endswith((".csv", ".tsv")):
        return True
    return _delimiter(text) is not None and (_has_columns(text) or _is_one_column(text))


def _has_columns(text: str) -> bool:
    first = next((line for line in lines(text) if line.strip()), "")
    return any(delimiter in first for delimiter in DELIMITERS)


def _is_one_column(text: str) -> bool:
    """A line for each claim; prose under the heading "Claims" has empty lines, or lists."""
    rows = lines(text.strip())[1:]
    return not any(re.match(r"\s*(?:$|#|[-*+•]\s|\d{1,3}[.)]\s)", row) for row in rows)


def read(text: str) -> Report:
    delimiter = _delimiter(text)
    if delimiter is None:
        first = next((line for line in lines(text) if line.strip()), "")
        raise InputError(
            f"Line 1: the first line is {excerpt(first)}; it must name the columns, "
            f"one of them {' or '.join(STATEMENT[:2])}."
        )
    records = _records(text, delimiter)
    line, header = next(records)
    rows, problems = rows_of_table(header, records, line=line)
    return Report(
        title="",
        text=text,
        format="csv",
        claims=claims_from(rows, problems=problems),
        notes=(OURS,) if REMARKS in map(key, header) else (),
    )


def _delimiter(text: str) -> str | None:
    """The delimiter under which the first line names a column of claims, or else of findings."""
    return _delimiter_for(text, also=()) or _delimiter_for(text, also=FINDING)


def _delimiter_for(text: str, *, also: Sequence[str]) -> str | None:
    first = next((line for line in lines(text) if line.strip()), "")
    for delimiter in DELIMITERS:
        with suppress(csv.Error):  # a cell beyond all limits is no column's name
            if is_header(next(csv.reader([first], delimiter=delimiter), []), also=also):
                return delimiter
    return None


def _records(text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Yield (line where it begins, cells) for each record; a quoted cell may span lines.

    Strict, because otherwise one forgotten quote swallows all claims below it.
    """
    reader = csv.reader((line + "\n" for line in lines(text)), delimiter=delimiter, strict=True)
    begins = 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield begins, [_unquoted(cell) for cell in cells]
            begins = reader.line_num + 1
    except csv.Error as error:
        raise InputError(
            f"Line {begins}: the record that begins here cannot be read ({error}). Allowed: cells "
            'in double quotes, a quote inside them doubled ("").'
        ) from None


def _unquoted(cell: str) -> str:
    """Without the mark that keeps a spreadsheet from computing a cell, as our export sets it.

    >>> _unquoted("'-5 % fewer errors."), _unquoted("'CPC' leads.")
    ('-5 % fewer errors.', "'CPC' leads.")
    """
    return cell[1:] if QUOTED.match(cell) else cell
