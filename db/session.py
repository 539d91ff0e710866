"""Engines and sessions. SQLite by default, tuned for several processes on one local disk."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.orm import Session

MIGRATIONS = Path(__file__).parent / "migrations"
PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=NORMAL",
    "foreign_keys=ON",
    "busy_timeout=10000",  # ms a writer waits for another before it gives up
    "temp_store=MEMORY",
)


class SchemaTooNewError(RuntimeError):
    """The database was written by a newer version of the program."""


class ReadOnlyError(RuntimeError):
    """Something tried to write to a database that was opened for reading."""


def _anybody() -> None:
    """No condition on who writes."""


@dataclass(frozen=True)
class Database:
    """Two engines on one database: a deferred reader and a writer that locks first.

    A deferred transaction that read before another one's commit cannot write any more and fails
    at once, whatever the busy timeout; so every writer begins with BEGIN IMMEDIATE.
    """

    url: str
    reader: Engine
    writer: Engine
    is_read_only: bool = False
    before_writing: Callable[[], object] = _anybody  # raises where the writer may not

    @contextmanager
    def reading(self) -> Iterator[Session]:
        with Session(self.reader) as session:
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """One transaction: committed at the end, rolled back whole on an error.

        Raises:
            ReadOnlyError: the database was opened for reading.
        """
        self.before_writing()
        if self.is_read_only:
            raise ReadOnlyError(f"The database {self.url} was opened for reading only.")
        with Session(self.writer) as session, session.begin():
            yield session

    def close(self) -> None:
        self.reader.dispose()
        self.writer.dispose()


def open_database(url: str, *, is_read_only: bool = False) -> Database:
    """Connect, and bring the schema up to date; one opened for reading is left as it is.

    Raises:
        SchemaTooNewError: the schema is of a newer version than this program.
        ReadOnlyError: it is of an older one, or there is none, and may not be changed.
    """
    if is_read_only and _is_missing(url):
        raise ReadOnlyError(f"There is no database {url}, and none is made in read-only mode.")
    reader, writer = _engine(url, begin="BEGIN"), _engine(url, begin="BEGIN IMMEDIATE")
    database = Database(url, reader, writer, is_read_only)
    migrate(database)
    return database


def _is_missing(url: str) -> bool:
    """Whether connecting would make a new SQLite file."""
    parsed = make_url(url)
    is_file = parsed.get_backend_name() == "sqlite" and parsed.database not in (
        None,
        "",
        ":memory:",
    )
    return is_file and not Path(str(parsed.database)).exists()


def migrate(database: Database) -> None:
    """Upgrade to the newest schema; costs one small query where nothing is to be done."""
    scripts = ScriptDirectory.from_config(_alembic_config())
    with database.reader.connect() as connection:
        current = MigrationContext.configure(connection).get_current_revision()
    if current == scripts.get_current_head():
        return
    if current is not None and current not in {s.revision for s in scripts.walk_revisions()}:
        raise SchemaTooNewError(
            f"The database {database.url} has schema {current!r}, which this version does not "
            "know: it was written by a newer one. Update the program, or use another database."
        )
    if database.is_read_only:
        found = "empty" if current is None else "of an older version"
        raise ReadOnlyError(
            f"The database {database.url} is {found} and was opened for reading only. Open it "
            "once for writing: python -m verifier init."
        )
    with database.writer.connect() as connection:
        _upgrade(connection)


def _upgrade(connection: Connection) -> None:
    # batch migrations rebuild tables, which foreign keys would turn into cascades
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
        connection.rollback()
    config = _alembic_config()
    config.attributes["connection"] = connection
    with connection.begin():
        command.upgrade(config, "head")
    if connection.dialect.name == "sqlite":
        broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
        if broken:
            raise RuntimeError(
                f"The migration left {len(broken)} dangling references: {broken[:3]}."
            )
        connection.rollback()
        connection.exec_driver_sql("PRAGMA foreign_keys=ON")


def _alembic_config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return config


def _engine(url: str, *, begin: str) -> Engine:
    engine = create_engine(url)
    if engine.dialect.name == "sqlite":

        @event.listens_for(engine, "connect")
        def _prepare(connection: sqlite3.Connection, _record: Any) -> None:
            connection.isolation_level = None  # the begin event below says how to begin
            for pragma in PRAGMAS:
                connection.execute(f"PRAGMA {pragma}")

        @event.listens_for(engine, "begin")
        def _begin(connection: Connection) -> None:
            connection.exec_driver_sql(begin)

    return engine
