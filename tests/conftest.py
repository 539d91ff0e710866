"""Shared by all tests: no network, no state outside the test's own folder."""

import os
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from shutil import copyfile
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, settings
from sqlalchemy import NullPool, create_engine, make_url

from db.session import open_database
from db.tables import Table
from verifier.bench._postgresql import NoPostgresqlError, running
from verifier.workspace import home_folder, open_workspace

SHARED = Path(__file__).parents[2] / "shared"

# A busy machine is no failure, and what is found once is found again.
settings.register_profile(
    "calm", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("calm")


@pytest.fixture(scope="session", autouse=True)
def _nobodys_settings():
    """What whoever runs the tests has set decides nothing in them; all of them are offline."""
    with pytest.MonkeyPatch.context() as patch:
        for name in list(os.environ):
            if name.startswith("VERIFIER_") or name.endswith("_API_KEY"):
                patch.delenv(name)
        patch.setenv("VERIFIER_OFFLINE", "1")
        yield


@pytest.fixture(autouse=True)
def alone(monkeypatch, tmp_path_factory):
    """At home in a folder of the test's own."""
    monkeypatch.setenv("VERIFIER_HOME", str(tmp_path_factory.mktemp("home")))


@pytest.fixture
def shared():
    """The folder of development data; a test that needs it is skipped where it is not."""
    if not SHARED.exists():
        pytest.skip("the shared development data are not beside this checkout")
    return SHARED


@pytest.fixture(scope="session")
def fresh_database(tmp_path_factory):
    """A migrated, otherwise empty database; migrating takes most of a small test's time."""
    path = tmp_path_factory.mktemp("fresh") / "replicheck.sqlite"
    open_database(f"sqlite:///{path}").close()
    return path


@pytest.fixture
def workspace(workspace_on_sqlite):
    return workspace_on_sqlite


@pytest.fixture
def workspace_on_sqlite(fresh_database):
    """A workspace as on first use: bundled claims and nothing else."""
    home_folder().mkdir(parents=True, exist_ok=True)
    copyfile(fresh_database, home_folder() / "replicheck.sqlite")
    opened = open_workspace()
    yield opened
    opened.database.close()


@pytest.fixture(scope="session")
def postgresql():
    """A PostgreSQL server of the tests' own.

    Not in pytest's folder: started by root the server is another user, and every pytest that
    starts on the machine closes that folder to others.
    """
    with ExitStack() as stack:
        folder = stack.enter_context(TemporaryDirectory(prefix="replicheck-postgresql-"))
        try:
            url = make_url(stack.enter_context(running(Path(folder), is_hasty=True)))
        except NoPostgresqlError as error:
            pytest.skip(str(error))
        yield Server(url)


class Server:
    """Databases of a server; one that is used again is swept, which is faster than a new one."""

    def __init__(self, url) -> None:
        self.url = url
        self.n_made = 0
        self.swept = ""

    def database(self) -> str:
        """The URL of a new, empty database."""
        self.n_made += 1
        name = f"test_{self.n_made}"
        self.tell(self.url, f"CREATE DATABASE {name}")
        return self.url.set(database=name).render_as_string(hide_password=False)

    def drop(self, url: str) -> None:
        self.tell(self.url, f"DROP DATABASE {make_url(url).database} WITH (FORCE)")

    def migrated(self) -> str:
        """The URL of a database with all tables and nothing in them, the same each time."""
        if not self.swept:
            self.swept = self.database()
            open_database(self.swept).close()
        self.tell(make_url(self.swept), SWEEP)
        return self.swept

    def tell(self, url, words: str) -> None:
        url = url.set(drivername="postgresql+psycopg")
        engine = create_engine(url, isolation_level="AUTOCOMMIT", poolclass=NullPool)
        with engine.connect() as connection:
            connection.exec_driver_sql(words)


SWEEP = (
    "SET session_replication_role = replica;"  # no trigger keeps history, no key its rows
    + "".join(f'DELETE FROM "{name}";' for name in Table.metadata.tables)
    + "SELECT setval(pg_get_serial_sequence(quote_ident(table_name), 'id'), 1, false) "
    "FROM information_schema.columns WHERE table_schema = 'public' AND column_name = 'id' "
    "AND column_default IS NOT NULL"
)


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request, tmp_path):
    """The URL of an empty database, on either kind."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.sqlite'}"
        return
    server = request.getfixturevalue("postgresql")
    url = server.database()
    yield url
    server.drop(url)


@pytest.fixture(params=["sqlite", "postgresql"])
def workspace_on_either(request):
    """A workspace as on first use, on either kind of database."""
    if request.param == "sqlite":
        yield request.getfixturevalue("workspace_on_sqlite")
        return
    server = request.getfixturevalue("postgresql")
    request.getfixturevalue("monkeypatch").setenv("VERIFIER_DATABASE_URL", server.migrated())
    opened = open_workspace()
    yield opened
    opened.database.close()


class Clock:
    """A clock that stands still until told to go on."""

    def __init__(self) -> None:
        self.now = datetime(2026, 6, 9, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@pytest.fixture
def clock():
    return Clock()
