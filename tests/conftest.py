"""Shared by all tests: no network, no state outside the test's own folder."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from shutil import copyfile

import pytest

from db.session import open_database
from verifier.workspace import home_folder, open_workspace

SHARED = Path(__file__).parents[2] / "shared"


@pytest.fixture(autouse=True)
def alone(monkeypatch, tmp_path_factory):
    """Offline, and at home in a folder of the test's own."""
    monkeypatch.setenv("VERIFIER_OFFLINE", "1")
    monkeypatch.setenv("VERIFIER_HOME", str(tmp_path_factory.mktemp("home")))
    monkeypatch.delenv("VERIFIER_DATABASE_URL", raising=False)


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
def workspace(fresh_database):
    """A workspace as on first use: bundled claims and nothing else."""
    home_folder().mkdir(parents=True, exist_ok=True)
    copyfile(fresh_database, home_folder() / "replicheck.sqlite")
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
