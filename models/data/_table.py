"""Tables that come with data sets: CSV, read line by line, refused with file and line."""

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path

from models.data._records import DataError


def columns_of(path: Path) -> list[str]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        try:
            return list(csv.DictReader(file).fieldnames or [])
        except (UnicodeDecodeError, csv.Error) as error:
            raise DataError(f"{path} is no table in UTF-8: {error}.") from None


def rows_of(path: Path, needed: Sequence[str]) -> Iterator[tuple[int, dict[str, str]]]:
    """Go through the rows, each with its line and its cells by column; missing cells are empty."""
    found = columns_of(path)
    missing = [name for name in needed if name not in found]
    if missing:
        raise DataError(
            f"{path} has no column {', '.join(missing)}; it has {', '.join(found) or 'none'}."
        )
    with path.open(encoding="utf-8-sig", newline="") as file:
        table = csv.DictReader(file)
        try:
            for cells in table:
                yield table.line_num, {name: cells[name] or "" for name in found}
        except (UnicodeDecodeError, csv.Error) as error:
            raise DataError(f"{path}, after line {table.line_num}: {error}.") from None
