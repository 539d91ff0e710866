"""Reads a dump into an empty database: all of it or, whatever goes wrong, nothing.

A dump of an older schema is read into that schema, which is then brought up to date. Search
indexes fill themselves as the rows come in.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from sqlalchemy import (
    JSON,
    Connection,
    Integer,
    Text,
    bindparam,
    cast,
    column,
    delete,
    func,
    insert,
    inspect,
    select,
    table,
    text,
)
from sqlalchemy.exc import SQLAlchemyError

from db.dump import AT_ONCE, FORMAT, KINDS, VERSION
from db.session import (
    DanglingError,
    Database,
    SchemaTooNewError,
    rebuilding,
    revision_of,
    revisions,
    upgrade,
)
from db.tables import Table
from db.tables.claims import ClaimRow

PATIENCE_S = 20  # for those that read the tables which are to be moved
SEARCH = "claim_search"  # a table on SQLite only; dropping it drops those that it keeps itself


class LoadError(ValueError):
    """The dump cannot be loaded; the message says why, and nothing of it was."""


class NotEmptyError(RuntimeError):
    """The database holds something already."""


@dataclass
class Progress:
    """What was loaded."""

    schema: str
    rows: int = 0


def contents(database: Database) -> dict[str, int]:
    """How many rows each table holds, those that hold any."""
    with database.reader.connect() as connection:
        there = set(inspect(connection).get_table_names())
        counted = {
            name: connection.scalar(select(func.count()).select_from(one))
            for name, one in Table.metadata.tables.items()
            if name in there
        }
    return {name: n for name, n in counted.items() if n}


def is_as_new(database: Database) -> bool:
    """Whether nobody has used it: there is nothing in it but, at most, the bundled claims."""
    found = contents(database)
    if not set(found) <= {ClaimRow.__tablename__}:
        return False
    with database.reader.connect() as connection:
        if not found:
            return True
        used = select(func.count()).where(ClaimRow.origin != "bundled")
        return connection.scalar(used) == 0


def load(database: Database, lines: Iterable[bytes], *, set_aside: str = "") -> Progress:
    """Read a dump into a database that nobody has used yet.

    `set_aside` names, on PostgreSQL, a new schema that the tables that are there are moved to
    first; then they may hold what they will.

    Raises:
        LoadError: the file is torn, or is no dump, or holds what this database cannot.
        NotEmptyError: there is something already.
        SchemaTooNewError: the dump was written by a newer version.
    """
    if not set_aside and not is_as_new(database):
        held = ", ".join(f"{n} of {name}" for name, n in contents(database).items())
        raise NotEmptyError(f"The database {database.name} holds {held}.")
    read = _Lines(lines)
    said = iter(read)
    progress = Progress(schema=_checked_header(next(said, None)))
    is_built = not set_aside and revision_of(database) == progress.schema
    with database.writer.connect() as connection:
        try:
            with rebuilding(connection):
                if is_built:
                    connection.execute(delete(ClaimRow))
                else:
                    _make_room(connection, set_aside)
                    upgrade(connection, progress.schema)
                _read(connection, said, read, progress)
                upgrade(connection)
                _set_sequences(connection)
        except DanglingError as error:
            raise LoadError(f"The dump is not whole: {error}") from None
    return progress


def _make_room(connection: Connection, set_aside: str) -> None:
    """Take our tables away, or move them aside, so that they can be built anew."""
    there = inspect(connection).get_table_names()
    ours = [n for n in (SEARCH, "alembic_version", *Table.metadata.tables) if n in there]
    quote = connection.dialect.identifier_preparer.quote
    if connection.dialect.name == "postgresql":  # who waited behind us would wait as long as we do
        connection.execute(text(f"SET LOCAL lock_timeout = '{PATIENCE_S}s'"))
    if set_aside and ours:
        connection.execute(text(f"CREATE SCHEMA {quote(set_aside)}"))
    for name in ours:
        if set_aside:
            move = f"ALTER TABLE {quote(name)} SET SCHEMA {quote(set_aside)}"
        elif connection.dialect.name == "postgresql":
            move = f"DROP TABLE {quote(name)} CASCADE"
        else:
            move = f"DROP TABLE {quote(name)}"
        connection.execute(text(move))
    if connection.dialect.name == "postgresql" and ours:
        move = f"SET SCHEMA {quote(set_aside)}" if set_aside else ""
        verb = "ALTER" if set_aside else "DROP"
        connection.execute(text(f"{verb} FUNCTION refuse_change() {move}"))


class _Lines:
    """The lines of the file, read once, with a digest of what was read."""

    def __init__(self, lines: Iterable[bytes]) -> None:
        self.lines = iter(lines)
        self.number = 0
        self.digest = sha256()

    def __iter__(self) -> Iterator[Any]:
        for line in self.lines:
            self.number += 1
            try:
                said = json.loads(line)
            except ValueError:
                raise LoadError(f"Line {self.number} is cut short, or is no JSON.") from None
            if isinstance(said, dict) and "end" in said:
                yield said
                return
            self.digest.update(line)
            yield said

    def is_anything_left(self) -> bool:
        return next(self.lines, None) is not None


def _read(connection: Connection, said: Iterator[Any], lines: _Lines, progress: Progress) -> None:
    known = set(inspect(connection).get_table_names())
    into: _Insert | None = None
    batch: list[dict[str, Any]] = []
    for one in said:
        if isinstance(one, list):
            if into is None:
                raise LoadError(f"Line {lines.number} holds a row before any table is named.")
            batch.append(into.decoded(one, lines.number))
            if len(batch) < AT_ONCE:
                continue
        if batch and into is not None:
            into.store(connection, batch, lines.number)
            progress.rows += len(batch)
            batch = []
        if isinstance(one, dict) and "table" in one:
            into = _Insert.of(connection, one, known, lines.number)
        elif isinstance(one, dict) and "end" in one:
            _check_end(one["end"], lines, progress)
            break
        elif not isinstance(one, list):
            raise LoadError(f"Line {lines.number} is neither a table nor a row nor the end.")
    else:
        raise LoadError(f"The file ends after line {lines.number}; its end is missing.")


def _checked_header(said: Any) -> str:
    if not isinstance(said, dict) or said.get("format") != FORMAT:
        raise LoadError(f"This is no dump: its first line does not say {FORMAT!r}.")
    if said.get("version") != VERSION:
        raise SchemaTooNewError(
            f"The dump is of version {said.get('version')!r}; this program reads {VERSION}. "
            "Update the program."
        )
    schema = said.get("schema")
    if schema not in revisions():
        raise SchemaTooNewError(
            f"The dump has schema {schema!r}, which this version does not know: it was written by "
            "a newer one. Update the program."
        )
    return str(schema)


@dataclass(frozen=True)
class _Insert:
    """How rows of one table are read and stored."""

    name: str
    columns: dict[str, str]  # and the kind of each
    statement: Any

    @classmethod
    def of(
        cls, connection: Connection, said: dict[str, Any], known: set[str], line: int
    ) -> "_Insert":
        name, columns = said["table"], said.get("columns")
        if name not in known or not isinstance(columns, dict):
            raise LoadError(f"Line {line}: this schema has no table {name!r}.")
        there = {found["name"] for found in inspect(connection).get_columns(name)}
        if strange := sorted(set(columns) - there):
            raise LoadError(f"Line {line}: {name} has no column {', '.join(strange)}.")
        if unknown := sorted(set(columns.values()) - set(KINDS)):
            raise LoadError(f"Line {line}: there is no kind of value {', '.join(unknown)}.")
        values = {
            column_name: _parameter(connection, place, kind)
            for place, (column_name, kind) in enumerate(columns.items())
        }
        target = table(name, *(column(column_name) for column_name in columns))
        return cls(name, columns, insert(target).values(values))

    def decoded(self, row: list[Any], line: int) -> dict[str, Any]:
        if len(row) != len(self.columns):
            raise LoadError(
                f"Line {line}: {len(row)} values for {len(self.columns)} columns of {self.name}."
            )
        try:
            return {
                f"v{place}": None if value is None else KINDS[kind].of_json(value)
                for place, (kind, value) in enumerate(zip(self.columns.values(), row, strict=True))
            }
        except (ValueError, TypeError) as error:
            raise LoadError(f"Line {line}, a row of {self.name}: {error}.") from None

    def store(self, connection: Connection, batch: list[dict[str, Any]], line: int) -> None:
        try:
            connection.execute(self.statement, batch)
        except (SQLAlchemyError, UnicodeError, ValueError) as error:
            why = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
            raise LoadError(
                f"The database refuses one of the {len(batch)} rows of {self.name} that end near "
                f"line {line}: {why}."
            ) from None


def _parameter(connection: Connection, place: int, kind: str) -> Any:
    if kind != "json":
        return bindparam(f"v{place}", type_=KINDS[kind].type())
    as_text = bindparam(f"v{place}", type_=Text())
    return cast(as_text, JSON) if connection.dialect.name == "postgresql" else as_text


def _check_end(end: Any, lines: _Lines, progress: Progress) -> None:
    if not isinstance(end, dict) or end.get("sha256") != lines.digest.hexdigest():
        raise LoadError("The digest at the end does not fit: the file was changed or damaged.")
    if end.get("rows") != progress.rows:
        raise LoadError(f"The file holds {progress.rows} rows; its end says {end.get('rows')}.")
    if lines.is_anything_left():
        raise LoadError(f"Something follows the end of the dump, after line {lines.number}.")


def _set_sequences(connection: Connection) -> None:
    """PostgreSQL counts on from the greatest number that was loaded; SQLite does so by itself."""
    if connection.dialect.name != "postgresql":
        return
    for one in Table.metadata.sorted_tables:
        identity = one.c.get("id")
        if identity is not None and isinstance(identity.type, Integer):
            newest = select(func.max(identity)).scalar_subquery()
            sequence = func.pg_get_serial_sequence(f'"{one.name}"', "id")
            is_counted = func.coalesce(newest >= 1, False)
            connection.execute(select(func.setval(sequence, func.greatest(newest, 1), is_counted)))
