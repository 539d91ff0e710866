"""Engines and sessions. SQLite by default, tuned for several processes on one local disk."""

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError, DisconnectionError
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


class DanglingError(RuntimeError):
    """Rows point to rows that are not there."""


class EncodingError(RuntimeError):
    """The database does not keep texts as UTF-8."""


class ReadOnlyError(RuntimeError):
    """Something tried to write to a database that was opened for reading."""


SWIFTLY: dict[str, Any] = {
    "isolation_level": "AUTOCOMMIT",  # one statement is one transaction, in one round trip
    "connect_args": {"options": "-c synchronous_commit=off", "prepare_threshold": 1},
}
AWAY: dict[str, Any] = {  # one that falls silent is noticed soon; an address may say otherwise
    "connect_timeout": 10,  # s
    "keepalives_idle": 30,  # s
    "keepalives_interval": 10,  # s
    "keepalives_count": 3,
    "tcp_user_timeout": 60_000,  # ms
    "client_encoding": "utf8",
}
IDLE_S = 5.0  # a connection that rested for longer may have been closed at the other end
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
    swift: Engine  # on PostgreSQL for `at_once`, elsewhere the writer
    is_read_only: bool = False
    before_writing: Callable[[], object] = _anybody  # raises where the writer may not

    @contextmanager
    def reading(self) -> Iterator[Session]:
        with Session(self.reader) as session:
            yield session

    @property
    def name(self) -> str:
        """The URL as it may be shown."""
        return shown(self.url)

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
        self._may_write()
        with Session(self.writer) as session, session.begin():
            if is_alone and self.is_postgresql:
                session.execute(text(f"SELECT pg_advisory_xact_lock({WRITERS_LOCK})"))
            yield session

    @contextmanager
    def at_once(self) -> Iterator[Connection]:
        """For one statement that is a transaction by itself, with as few waits as there can be.

        PostgreSQL may forget it when the power fails, as SQLite may any transaction in our
        setting: for leases and heartbeats, which are given again (decision 0049).
        """
        self._may_write()
        if self.is_postgresql:
            with self.swift.connect() as connection:
                yield connection
        else:
            with self.swift.begin() as connection:
                yield connection

    def _may_write(self) -> None:
        self.before_writing()
        if self.is_read_only:
            raise ReadOnlyError(f"The database {self.name} was opened for reading only.")

    def close(self) -> None:
        for engine in (self.reader, self.writer, self.swift):
            engine.dispose()


def open_database(url: str, *, is_read_only: bool = False) -> Database:
    """Connect, and bring the schema up to date; one opened for reading is left as it is.

    Raises:
        SchemaTooNewError: the schema is of a newer version than this program.
        ReadOnlyError: it is of an older one, or there is none, and may not be changed.
    """
    if is_read_only and _is_missing(url):
        raise ReadOnlyError(
            f"There is no database {shown(url)}, and none is made in read-only mode."
        )
    database = connect(url, is_read_only=is_read_only)
    try:
        migrate(database)
    except BaseException:
        database.close()
        raise
    return database


def connect(url: str, *, is_read_only: bool = False) -> Database:
    """The two engines alone: whatever schema there is, or none, is left as it is."""
    reader, writer = _engine(url, begin="BEGIN"), _engine(url, begin="BEGIN IMMEDIATE")
    is_postgresql = writer.dialect.name == "postgresql"
    swift = _engine(url, begin="", **SWIFTLY) if is_postgresql else writer
    return Database(url, reader, writer, swift, is_read_only)


def is_usable(url: str) -> bool:
    """Whether it is the address of a kind of database that we know; it need not be there."""
    try:
        return make_url(url).get_backend_name() in ("sqlite", "postgresql", "postgres")
    except ArgumentError:
        return False


def sqlite_url(file: Path) -> str:
    """The URL of a file; to write it as it is would cut it off at "?" and read "%20" as a blank."""
    return URL.create("sqlite", database=str(file)).render_as_string()


def shown(url: str) -> str:
    """A URL without its password."""
    parsed = make_url(url).difference_update_query(["password"])
    return parsed.render_as_string(hide_password=True)


def sqlite_file(url: str) -> Path | None:
    """Where a SQLite database lies; None for any other kind, and for one in memory."""
    parsed = make_url(url)
    is_file = parsed.get_backend_name() == "sqlite" and parsed.database not in (
        *(None, ""),
        ":memory:",
    )
    return Path(str(parsed.database)) if is_file else None


def _is_missing(url: str) -> bool:
    """Whether connecting would make a new SQLite file."""
    file = sqlite_file(url)
    return file is not None and not file.exists()


def migrate(database: Database) -> None:
    """Upgrade to the newest schema; costs one small query where nothing is to be done."""
    known = revisions()
    current = revision_of(database)
    if current == known[-1]:
        return
    if current is not None and current not in known:
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
        if current is None:
            _check_encoding(connection, database.name)
        _upgrade(connection)


def _check_encoding(connection: Connection, name: str) -> None:
    if connection.dialect.name != "postgresql":
        return
    found = connection.scalar(text("SELECT getdatabaseencoding()"))
    connection.rollback()
    if found != "UTF8":
        raise EncodingError(
            f"The database {name} keeps texts as {found}, which cannot hold all of them. Make one "
            "that keeps them as UTF8: createdb --encoding UTF8 --template template0 NAME"
        )


def revisions() -> list[str]:
    """The schema's revisions, oldest first; the last is this version's."""
    scripts = ScriptDirectory.from_config(_alembic_config())
    return [script.revision for script in scripts.walk_revisions()][::-1]


def revision_of(database: Database) -> str | None:
    """Of its schema; None where there is none yet."""
    with database.reader.connect() as connection:
        return revision(connection)


def revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _upgrade(connection: Connection) -> None:
    with rebuilding(connection):
        upgrade(connection)


def upgrade(connection: Connection, revision: str = "head") -> None:
    """Within the caller's transaction."""
    config = _alembic_config()
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


@contextmanager
def rebuilding(connection: Connection) -> Iterator[None]:
    """One transaction in which references may dangle, and after which none does.

    Batch migrations rebuild tables, which foreign keys would turn into cascades.

    Raises:
        DanglingError: some reference leads nowhere; everything is as it was before.
    """
    is_sqlite = connection.dialect.name == "sqlite"
    if is_sqlite:
        _set_foreign_keys(connection, "OFF")
    try:
        with connection.begin():
            if not is_sqlite:
                # of several that open an empty database, one migrates, the others find it done
                connection.execute(text(f"SELECT pg_advisory_xact_lock({WRITERS_LOCK})"))
            yield
            if is_sqlite and (broken := dangling(connection)):
                raise DanglingError(f"{len(broken)} references lead nowhere: {broken[:3]}.")
    finally:
        if is_sqlite:
            _set_foreign_keys(connection, "ON")


def dangling(connection: Connection) -> list[str]:
    """References that lead nowhere, in words; PostgreSQL never lets one come about."""
    if connection.dialect.name != "sqlite":
        return []
    found = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
    return [f"{table}, row {row}: no such {parent}" for table, row, parent, _ in found]


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


def _engine(url: str, *, begin: str, **more: Any) -> Engine:
    parsed = make_url(url)
    if parsed.drivername in ("postgresql", "postgres"):
        parsed = parsed.set(drivername=DRIVER)
        own = {name: value for name, value in AWAY.items() if name not in parsed.query}
        more["connect_args"] = {**own, **more.get("connect_args", {})}
    try:
        engine = create_engine(parsed, **more)
    except ModuleNotFoundError as error:
        raise DriverMissingError(
            f"The database {shown(url)} needs {error.name}, which "
            "is not installed: pip install -r requirements-cluster.txt"
        ) from None
    if engine.dialect.name == "sqlite":
        if (file := sqlite_file(url)) is not None:
            _stay_with(engine, file)

        @event.listens_for(engine, "connect")
        def _prepare(connection: sqlite3.Connection, _record: Any) -> None:
            connection.isolation_level = None  # the begin event below says how to begin
            for pragma in PRAGMAS:
                connection.execute(f"PRAGMA {pragma}")

        @event.listens_for(engine, "begin")
        def _begin(connection: Connection) -> None:
            connection.exec_driver_sql(begin)

    else:
        _look_after_rest(engine)
    return engine


def _stay_with(engine: Engine, file: Path) -> None:
    """A file that was moved away is not made anew, and another in its place is not written to.

    Connections that are open go on with the file they have, wherever it lies now.
    """
    met: list[tuple[int, int]] = []  # device and number of the file that was first connected to

    @event.listens_for(engine, "do_connect")
    def _same(_dialect: Any, _record: Any, _cargs: Any, _cparams: Any) -> None:
        if met and identity(file) != met[0]:
            raise sqlite3.OperationalError(
                "it was moved, removed or replaced while this process had it open; start anew"
            )

    @event.listens_for(engine, "connect")
    def _meet(_connection: sqlite3.Connection, _record: Any) -> None:
        if not met and (found := identity(file)) is not None:
            met.append(found)


def identity(path: Path) -> tuple[int, int] | None:
    """Which file or folder goes by a name; None where there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _look_after_rest(engine: Engine) -> None:
    """Ask whether a connection is still there where it rested; each time would cost a round trip.

    After a restart of the server the first that is not there takes all of its pool with it.
    """

    @event.listens_for(engine, "checkin")
    def _rest(_connection: Any, record: Any) -> None:
        record.info["rests_since"] = time.monotonic()

    @event.listens_for(engine, "checkout")
    def _wake(connection: Any, record: Any, _proxy: Any) -> None:
        if time.monotonic() - record.info.get("rests_since", time.monotonic()) > IDLE_S:
            try:
                engine.dialect.do_ping(connection)
            except Exception as error:
                raise DisconnectionError from error
