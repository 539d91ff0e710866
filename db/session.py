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
from sqlalchemy import Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.orm import Session

MIGRATIONS = Path(__file__).parent / "migrations"
PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=NORMAL",
    "foreign_keys=ON",
    "busy_timeout=45000",  # ms a writer waits for another before it gives up
    "temp_store=MEMORY",
)


class SchemaTooNewError(RuntimeError):
    """The database was written by a newer version of the program."""


class DriverMissingError(RuntimeError):
    """What talks to this kind of database is not installed."""


class ReadOnlyError(RuntimeError):
    """Something tried to write to a database that was opened for reading."""


WRITERS_LOCK = 7_465_627  # any number of ours alone: PostgreSQL's stand-in for BEGIN IMMEDIATE
DRIVER = "postgresql+psycopg"


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

    @property
    def name(self) -> str:
        """The URL as it may be shown."""
        return make_url(self.url).render_as_string(hide_password=True)

    @property
    def is_postgresql(self) -> bool:
        return self.writer.dialect.name == "postgresql"

    @contextmanager
    def writing(self, *, is_alone: bool = True) -> Iterator[Session]:
        """One transaction: committed at the end, rolled back whole on an error.

        Nobody else writes meanwhile, so what was looked up still holds when it is acted upon.
        `is_alone=False` gives that up, on PostgreSQL, where single rows are locked instead.

        Raises:
            ReadOnlyError: the database was opened for reading.
        """
        self.before_writing()
        if self.is_read_only:
            raise ReadOnlyError(f"The database {self.name} was opened for reading only.")
        with Session(self.writer) as session, session.begin():
            if is_alone and self.is_postgresql:
                session.execute(text(f"SELECT pg_advisory_xact_lock({WRITERS_LOCK})"))
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
            f"The database {database.name} has schema {current!r}, which this version does not "
            "know: it was written by a newer one. Update the program, or use another database."
        )
    if database.is_read_only:
        found = "empty" if current is None else "of an older version"
        raise ReadOnlyError(
            f"The database {database.name} is {found} and was opened for reading only. Open it "
            "once for writing: python -m verifier init."
        )
    with database.writer.connect() as connection:
        _upgrade(connection)


def _upgrade(connection: Connection) -> None:
    # batch migrations rebuild tables, which foreign keys would turn into cascades
    if connection.dialect.name == "sqlite":
        _set_foreign_keys(connection, "OFF")
    config = _alembic_config()
    config.attributes["connection"] = connection
    with connection.begin():
        if connection.dialect.name == "postgresql":
            # of several that open an empty database, one migrates and the others find it done
            connection.execute(text(f"SELECT pg_advisory_xact_lock({WRITERS_LOCK})"))
        command.upgrade(config, "head")
    if connection.dialect.name == "sqlite":
        broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
        if broken:
            raise RuntimeError(
                f"The migration left {len(broken)} dangling references: {broken[:3]}."
            )
        connection.rollback()
        _set_foreign_keys(connection, "ON")


def _set_foreign_keys(connection: Connection, state: str) -> None:
    """On the driver's own connection: within a transaction SQLite ignores it without a word."""
    driver = connection.connection.dbapi_connection
    if driver is None:
        raise RuntimeError("The connection to the database was closed during the migration.")
    driver.execute(f"PRAGMA foreign_keys={state}")


def _alembic_config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return config


def _engine(url: str, *, begin: str) -> Engine:
    parsed = make_url(url)
    if parsed.drivername in ("postgresql", "postgres"):
        parsed = parsed.set(drivername=DRIVER)
    try:
        engine = create_engine(parsed, pool_pre_ping=parsed.drivername == DRIVER)
    except ModuleNotFoundError as error:
        raise DriverMissingError(
            f"The database {parsed.render_as_string(hide_password=True)} needs {error.name}, which "
            "is not installed: pip install -r requirements-cluster.txt"
        ) from None
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
