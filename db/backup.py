"""Copies of a SQLite database while it is in use, and putting one in its place.

Never copy the file of a live database by other means: part of it may still lie in its log.
"""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from shutil import copyfile
from urllib.parse import quote

MAGIC = b"SQLite format 3\0"
BESIDE = ("-wal", "-shm", "-journal")  # files that SQLite keeps beside a database in use


class DamagedError(RuntimeError):
    """A database file that is broken, or none at all."""


class InUseError(RuntimeError):
    """Another process has the database open."""


def is_sqlite(file: Path) -> bool:
    with file.open("rb") as opened:
        return opened.read(len(MAGIC)) == MAGIC


def copy(source: Path, target: Path) -> int:
    """One file with all that is committed at this moment; others go on writing. Its bytes.

    Raises:
        DamagedError: the copy would not be sound.
        FileExistsError: there is something under that name.
    """
    if target.exists():
        raise FileExistsError(target)
    with half_made(target) as beside:
        beside.touch()  # what is said of the copy below is then about the source
        try:
            with (
                closing(sqlite3.connect(f"file:{quote(str(source))}?mode=ro", uri=True)) as old,
                closing(sqlite3.connect(beside, isolation_level=None)) as new,
            ):
                old.backup(new)  # in one step, so that it is of one moment
                new.execute("PRAGMA journal_mode=DELETE")  # one file, with nothing beside it
        except sqlite3.DatabaseError as error:
            raise DamagedError(f"{source} cannot be copied: {error}.") from None
        if troubles := damages(beside):
            raise DamagedError(f"{source} is damaged: {'; '.join(troubles[:3])}.")
        _give_name(beside, target)
        sync(target.parent)
    return target.stat().st_size


def damages(file: Path) -> list[str]:
    """What SQLite's own examination finds; nothing in a sound file."""
    try:
        with closing(sqlite3.connect(f"file:{quote(str(file))}?mode=ro", uri=True)) as connection:
            said = [row[0] for row in connection.execute("PRAGMA integrity_check")]
    except sqlite3.DatabaseError as error:
        return [str(error)]
    return [] if said == ["ok"] else [str(line) for line in said]


@contextmanager
def half_made(target: Path) -> Iterator[Path]:
    """A name beside `target` for what is not whole yet; whatever is left there is removed."""
    beside = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        yield beside
    finally:
        for suffix in ("", *BESIDE):
            beside.with_name(beside.name + suffix).unlink(missing_ok=True)


def put_in_place(new: Path, file: Path, *, aside: Path) -> bool:
    """Make `new` the database `file`, at once; what was there goes by the name `aside`.

    Whoever looks finds the old or the new one, never none. Returns whether there was an old one.

    Raises:
        InUseError: another process has it open, and would go on writing to the old one.
    """
    _settle(new)
    with new.open("rb") as written:
        os.fsync(written.fileno())
    is_there = file.exists()
    if is_there:
        _settle(file)
        _give_name(file, aside)
        for suffix in BESIDE:  # of one too broken to be settled: its log belongs to it
            beside = file.with_name(file.name + suffix)
            if beside.exists():
                beside.rename(aside.with_name(aside.name + suffix))
    new.replace(file)
    sync(file.parent)
    return is_there


def sync(folder: Path) -> None:
    """Names given in a folder are on the disk."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def _give_name(file: Path, name: Path) -> None:
    """A second name for a file; unlike a rename it replaces nothing and leaves the first."""
    try:
        os.link(file, name)
    except FileExistsError:
        raise
    except OSError:  # a file system without links
        if name.exists():
            raise FileExistsError(name) from None
        copied = name.with_name(f".{name.name}.copied")
        try:
            copyfile(file, copied)
            copied.replace(name)  # whole or not at all
        finally:
            copied.unlink(missing_ok=True)


def _settle(file: Path) -> None:
    """Bring all of a database into its one file; it must be nobody's but ours."""
    try:
        with closing(sqlite3.connect(file, timeout=2.0, isolation_level=None)) as connection:
            connection.execute("PRAGMA journal_mode=DELETE")
    except sqlite3.OperationalError as error:
        if error.sqlite_errorname.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
            raise InUseError(f"Another process has {file} open.") from None
        raise
    except sqlite3.DatabaseError:
        return  # broken: it is kept as it is, with what lies beside it
