"""A whole database as JSON lines that any later version, and any other program, can read.

    {"format": "replicheck-dump", "version": 1, "schema": "0007", …}
    {"table": "claim", "columns": {"id": "text", "position": "integer", …}}
    ["C01", 1, …]                      one line a row, in the order of the primary key
    {"table": …}
    {"end": {"rows": 1234, "sha256": …}}   of every byte before this line: a torn file is noticed

Every table is there but those that are derived from them, the search indexes. Values are exact: a
time is ISO 8601 in UTC, bytes are base64, a number that JSON does not know is a string, a column of
JSON is a string that holds its text as it was stored.
"""

import base64
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from hashlib import sha256
from math import isfinite
from typing import IO, Any

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Connection,
    Date,
    DateTime,
    Float,
    Integer,
    LargeBinary,
    Text,
    cast,
    select,
)
from sqlalchemy.types import TypeEngine

from db.session import Database, revision
from db.tables import Table
from db.tables.ground import UtcDateTime

FORMAT, VERSION = "replicheck-dump", 1
AT_ONCE = 500  # rows fetched or stored at a time


def _text_of_float(value: float) -> float | str:
    return value if isfinite(value) else repr(value)


def _time_of_text(value: str) -> datetime:
    return datetime.fromisoformat(value).astimezone(UTC)


def _same(value: Any) -> Any:
    return value


@dataclass(frozen=True, kw_only=True)
class Kind:
    """How values of a column travel."""

    type: type[TypeEngine[Any]]  # what the database is asked to store
    to_json: Callable[[Any], Any] = _same
    of_json: Callable[[Any], Any] = _same


KINDS = {
    "integer": Kind(type=Integer),
    "text": Kind(type=Text),
    "boolean": Kind(type=Boolean),
    "real": Kind(type=Float, to_json=_text_of_float, of_json=float),
    "time": Kind(type=UtcDateTime, to_json=datetime.isoformat, of_json=_time_of_text),
    "date": Kind(type=Date, to_json=date.isoformat, of_json=date.fromisoformat),
    "bytes": Kind(
        type=LargeBinary,
        to_json=lambda value: base64.b64encode(value).decode(),
        of_json=lambda value: base64.b64decode(value, validate=True),
    ),
    "json": Kind(type=JSON),  # its text: floats, order and all stay as they were
}
_TYPES = (
    *((Boolean, "boolean"), (Integer, "integer"), (Float, "real"), (Date, "date")),
    *((UtcDateTime, "time"), (DateTime, "time"), (LargeBinary, "bytes"), (JSON, "json")),
    (Text, "text"),
)


def kind_of(column: Column[Any]) -> str:
    return next(name for type_, name in _TYPES if isinstance(column.type, type_))


def write(database: Database, file: IO[bytes], *, at: datetime) -> int:
    """The database as it stands at one moment, whoever writes meanwhile; the number of rows."""
    digest = sha256()

    def line(said: Any) -> bytes:
        return json.dumps(said, ensure_ascii=False, allow_nan=False).encode() + b"\n"

    def put(said: Any) -> None:
        written = line(said)
        digest.update(written)
        file.write(written)

    n_rows = 0
    with _snapshot(database) as connection:
        put(
            {
                "format": FORMAT,
                "version": VERSION,
                "schema": revision(connection),
                "from": database.writer.dialect.name,
                "made_at": at.astimezone(UTC).isoformat(),
            }
        )
        for table in Table.metadata.sorted_tables:
            kinds = {column.name: kind_of(column) for column in table.columns}
            put({"table": table.name, "columns": kinds})
            chosen = select(*(_stored(column) for column in table.columns))
            rows = connection.execute(chosen.order_by(*table.primary_key.columns))
            to_json = [KINDS[kind].to_json for kind in kinds.values()]
            for row in rows:
                put([None if v is None else to(v) for to, v in zip(to_json, row, strict=True)])
                n_rows += 1
    file.write(line({"end": {"rows": n_rows, "sha256": digest.hexdigest()}}))
    return n_rows


def _stored(column: Column[Any]) -> Any:
    return cast(column, Text) if isinstance(column.type, JSON) else column


@contextmanager
def _snapshot(database: Database) -> Iterator[Connection]:
    """Every query within sees the moment of the first."""
    with database.reader.connect() as connection:
        if database.is_postgresql:
            connection.execution_options(isolation_level="REPEATABLE READ")
        connection.execution_options(stream_results=True, yield_per=AT_ONCE)
        yield connection
