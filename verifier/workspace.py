"""Where the program keeps its state, opened once: database, run folders, caches."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from db.session import Database, open_database
from verifier.archive import Archive
from verifier.bibliography import Bibliography
from verifier.inquiries import Inquiries
from verifier.protocol import bundled
from verifier.queue import Queue
from verifier.verifications import Verifications

VERSION = "0.1.0"


@dataclass(frozen=True, kw_only=True)
class Workspace:
    home: Path
    database: Database
    archive: Archive
    queue: Queue
    verifications: Verifications
    inquiries: Inquiries
    bibliography: Bibliography

    @property
    def runs_folder(self) -> Path:
        return self.home / "runs"

    @property
    def cache_folder(self) -> Path:
        return self.home / "cache"

    @property
    def replies_folder(self) -> Path:
        """What the network answered of late."""
        return self.cache_folder / "web"


def home_folder(environment: Mapping[str, str] = os.environ) -> Path:
    return Path(environment.get("VERIFIER_HOME", "var")).absolute()


def database_url(environment: Mapping[str, str] = os.environ) -> str:
    """VERIFIER_DATABASE_URL, or SQLite in the home folder."""
    default = f"sqlite:///{home_folder(environment) / 'replicheck.sqlite'}"
    return environment.get("VERIFIER_DATABASE_URL") or default


def open_workspace(environment: Mapping[str, str] = os.environ) -> Workspace:
    """Open the state, making it on first use, with the bundled claims in it."""
    home = home_folder(environment)
    home.mkdir(parents=True, exist_ok=True)
    database = open_database(database_url(environment))
    archive = Archive(database)
    archive.put_claims(entry.claim for entry in bundled().values())
    return Workspace(
        home=home,
        database=database,
        archive=archive,
        queue=Queue(database),
        verifications=Verifications(database),
        inquiries=Inquiries(database),
        bibliography=Bibliography(database),
    )
