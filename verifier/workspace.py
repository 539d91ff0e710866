"""Where the program keeps its state, opened once: database, run folders, caches."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy.exc import DBAPIError

from db.clock import ServerClock
from db.session import (
    Database,
    ReadOnlyError,
    identity,
    is_usable,
    open_database,
    sqlite_file,
    sqlite_url,
)
from db.trouble import in_words
from verifier.access import ANYBODY, LOCAL, Access, Person, Role
from verifier.archive import Archive, utc_now
from verifier.bibliography import Bibliography
from verifier.candidates import Candidates
from verifier.claim import InputError
from verifier.inquiries import Inquiries
from verifier.people import People
from verifier.protocol import bundled
from verifier.queue import LEASE, Queue
from verifier.removals import Removals
from verifier.verifications import Verifications
from verifier.wellformed import check_files

VERSION = "0.1.0"
DatabaseTrouble = DBAPIError  # for pages, which know no database, to catch


@dataclass(frozen=True, kw_only=True)
class Workspace:
    home: Path
    access: Access
    database: Database
    archive: Archive
    queue: Queue
    verifications: Verifications
    inquiries: Inquiries
    bibliography: Bibliography
    candidates: Candidates
    people: People
    removals: Removals
    met: tuple[int, int] | None = None  # which folder the home was when it was opened

    @property
    def has_moved(self) -> bool:
        """Whether the home folder is no longer where it was, or another lies there."""
        return identity(self.home) != self.met

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
    """VERIFIER_DATABASE_URL, or SQLite in the home folder.

    Raises:
        InputError: what was set is no address of a database that we can use.
    """
    told = environment.get("VERIFIER_DATABASE_URL")
    if not told:
        return sqlite_url(home_folder(environment) / "replicheck.sqlite")
    if not is_usable(told):  # not shown: it may hold a password
        raise InputError(
            "VERIFIER_DATABASE_URL is no address of a database that can be used; allowed are "
            "sqlite:////FOLDER/FILE.sqlite and postgresql://USER@HOST/NAME."
        )
    return told


def trouble_in_words(error: DBAPIError) -> str | None:
    """What is wrong with the database, where it is and what helps; None for a fault of ours."""
    return in_words(error, database_url())


def lease(environment: Mapping[str, str] = os.environ) -> timedelta:
    """VERIFIER_LEASE_S: seconds after which a worker that says nothing is taken for dead."""
    told = environment.get("VERIFIER_LEASE_S")
    if not told:
        return LEASE
    try:
        seconds = float(told)
    except ValueError:
        seconds = 0.0
    if seconds < 1:
        raise InputError(f"VERIFIER_LEASE_S is {told!r}; it must be a number of seconds from 1 up.")
    return timedelta(seconds=seconds)


def is_read_only(environment: Mapping[str, str] = os.environ) -> bool:
    """VERIFIER_READ_ONLY: everybody may look, nobody may change anything."""
    return environment.get("VERIFIER_READ_ONLY", "") not in ("", "0")


def open_workspace(
    environment: Mapping[str, str] = os.environ, *, who: Callable[[], Person] = lambda: LOCAL
) -> Workspace:
    """Open the state, making it on first use, with the bundled claims in it.

    `who` says who is at work; whoever may not change anything cannot open a transaction that
    writes, whatever it is for.

    Raises:
        InputError: in read-only mode there is nothing to read; or the state cannot lie where it
            is to; or a claim's file says what nobody knows.
    """
    home, is_closed = home_folder(environment), is_read_only(environment)
    url = database_url(environment)
    access = Access((lambda: ANYBODY) if is_closed else who)
    if is_closed:
        try:
            database = open_database(url, is_read_only=True)
        except ReadOnlyError as error:
            raise InputError(f"{error} (VERIFIER_READ_ONLY is set.)") from None
    else:
        make_home(home)
        check_place(url)
        database = open_database(url)
        archive = Archive(database, clock=_clock(database))
        check_files()
        archive.put_claims(entry.claim for entry in bundled().values())
        archive.find_fragile()
    may_write = partial(access.require, Role.REVIEWER, to="change anything")
    guarded = replace(database, before_writing=may_write)
    clock = _clock(guarded)
    kept: Any = {"access": access, "clock": clock, "lease": lease(environment)}
    return Workspace(
        home=home,
        met=identity(home),
        access=access,
        database=guarded,
        archive=Archive(guarded, clock=clock),
        queue=Queue(guarded, **kept),
        verifications=Verifications(guarded, **kept),
        inquiries=Inquiries(guarded, **kept),
        bibliography=Bibliography(guarded, clock=clock),
        candidates=Candidates(guarded, clock=clock),
        people=People(guarded, access=access, clock=clock),
        removals=Removals(guarded, clock=clock),
    )


def _clock(database: Database) -> Callable[[], datetime]:
    """What every row is stamped by: one clock for all machines that write to one server."""
    return ServerClock(database) if database.is_postgresql else utc_now


def make_home(home: Path) -> None:
    """The home folder, where there is none yet.

    Raises:
        InputError: it cannot be made.
    """
    try:
        home.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        why = "that is a file" if home.is_file() else error.strerror
        raise InputError(
            f"The home folder {home} cannot be made: {why}. VERIFIER_HOME names another."
        ) from None


def check_place(url: str) -> None:
    """Whether a database of one file can lie where its address says.

    Raises:
        InputError: its folder is not there, or a folder has its name.
    """
    file = sqlite_file(url)
    if file is None:
        return
    other = "VERIFIER_DATABASE_URL or VERIFIER_HOME names another place."
    if file.is_dir():
        raise InputError(f"The database {file} cannot be opened: that is a folder. {other}")
    if not file.parent.is_dir():
        raise InputError(f"There is no folder {file.parent} for the database {file.name}. {other}")
