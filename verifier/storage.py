"""Keeping what the program knows: backups, dumps, and bringing them back.

The database holds all that was found: results, measurements, scores, verdicts, texts. A run's
folder holds what only an unfinished run needs, its checkpoint, and what its child printed; those
are copied where that is asked for. Caches are made again.
"""

import gzip
import lzma
import shutil
import tarfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Any

from db import backup, dump, load, soundness
from db.clock import ServerClock
from db.session import (
    Database,
    SchemaTooNewError,
    connect,
    open_database,
    revision_of,
    revisions,
    sqlite_file,
    sqlite_url,
)
from models.whole_file import replacing
from verifier.access import Access, Role
from verifier.archive import utc_now
from verifier.claim import InputError
from verifier.queue import Queue
from verifier.workspace import Workspace, check_place, make_home

PACKED = {".gz": b"\x1f\x8b", ".xz": b"\xfd7zXZ\x00"}
RUNS = ".runs.tar"  # behind a backup's name: the run folders that go with it


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where the state is, or is to be: nothing of it need be there yet."""

    url: str
    home: Path
    access: Access

    @property
    def runs_folder(self) -> Path:
        return self.home / "runs"


# copies


def back_up(workspace: Workspace, target: Path, *, with_runs: bool = False) -> dict[str, Any]:
    """A copy of the database as it is at this moment; workers and dashboard go on meanwhile.

    SQLite becomes one SQLite file; PostgreSQL becomes a dump.

    Raises:
        InputError: the file is there already, or cannot be written, or the database is damaged.
    """
    source = sqlite_file(workspace.database.url)
    packed = target.with_name(target.name + RUNS)
    for one in (target, *([packed] if with_runs else [])):
        _refuse_what_is_there(one)  # before either is written
    if source is None:
        found = write_dump(workspace, target)
    else:
        with _in_words(target):
            found = {"file": str(target), "bytes": backup.copy(source, target), "kind": "sqlite"}
    if with_runs:
        with _in_words(packed):
            found["runs"] = {
                "file": str(packed),
                "folders": pack_runs(workspace.runs_folder, packed),
                "bytes": packed.stat().st_size,
            }
    return found


def write_dump(workspace: Workspace, target: Path) -> dict[str, Any]:
    """All of the database as JSON lines, packed where the name ends in .gz or .xz."""
    _refuse_what_is_there(target)
    with (
        _in_words(target),
        replacing(target) as half_made,
        _packing(half_made, target.suffix) as file,
    ):
        n_rows = dump.write(workspace.database, file, at=utc_now())
    return {"file": str(target), "bytes": target.stat().st_size, "kind": "dump", "rows": n_rows}


def pack_runs(folder: Path, target: Path) -> int:
    """The run folders as one archive; how many they are.

    A run at work may add to a file meanwhile; checkpoints are written by rename and are whole.
    """
    folders = sorted(path for path in folder.glob("*") if path.is_dir())
    with replacing(target) as half_made, tarfile.open(half_made, "w") as archive:
        for one in folders:
            for path in sorted(one.iterdir()):
                with suppress(FileNotFoundError):  # half-made files come and go
                    if path.is_file() and not path.name.startswith("."):
                        _add(archive, path, f"{one.name}/{path.name}")
    return len(folders)


def _add(archive: tarfile.TarFile, path: Path, name: str) -> None:
    with path.open("rb") as file:
        described = archive.gettarinfo(arcname=name, fileobj=file)
        archive.addfile(described, file)


# bringing them back


def restore(
    place: Place, source: Path, *, with_runs: bool = False, clock: Callable[[], datetime] = utc_now
) -> dict[str, Any]:
    """Make a backup or a dump the database; what was there is kept beside it under another name.

    Raises:
        InputError: the file is no backup, or is damaged, or the database is in use.
    """
    place.access.require(Role.OPERATOR, to="restore a backup")
    _refuse_what_is_no_file(source)
    packed = source.with_name(source.name + RUNS)
    if with_runs:
        _refuse_what_is_no_file(packed)
    _make_room(place)
    stamp = clock().strftime("%Y%m%dT%H%M%SZ")
    file = sqlite_file(place.url)
    with ExitStack() as stack:
        unpacked = None
        if with_runs:  # before anything is changed: it may be broken too
            stack.enter_context(_in_words(packed))
            unpacked = stack.enter_context(_unpacked(packed, place.runs_folder))
        with _in_words(source):
            if file is None:
                found = _restore_to_server(place.url, source, aside=f"before_{stamp.lower()}")
            else:
                found = _restore_to_file(file, source, aside=f"{file.name}.before-{stamp}")
        if unpacked is not None:
            found["runs"] = _put_runs(unpacked, place.runs_folder, stamp)
    return found


def read_dump(place: Place, source: Path) -> dict[str, Any]:
    """Load a dump into a database that nobody has used yet, the way from one kind to another.

    Raises:
        InputError: the dump is torn or of a newer version, or the database holds something.
    """
    place.access.require(Role.OPERATOR, to="load a dump")
    _refuse_what_is_no_file(source)
    if backup.is_sqlite(source):
        raise InputError(
            f"{source} is a backup, no dump. To make it the database: restore {source}"
        )
    _make_room(place)
    with _in_words(source), _connected(place.url) as database:
        try:
            with _unpacking(source) as file:
                loaded = load.load(database, file)
        except load.NotEmptyError as error:
            raise InputError(
                f"{error} A dump is loaded into a database that nobody has used yet. To put it in "
                f"the place of this one, which is then kept aside: restore {source}"
            ) from None
        return {"rows": loaded.rows, "schema": loaded.schema, **_examined(database)}


def _restore_to_file(file: Path, source: Path, *, aside: str) -> dict[str, Any]:
    with backup.half_made(file) as new:
        if backup.is_sqlite(source):
            backup.copy(source, new)
        else:
            with _connected(sqlite_url(new)) as database, _unpacking(source) as lines:
                load.load(database, lines)
        database = open_database(sqlite_url(new))
        found = _examined(database)
        database.close()
        kept = file.with_name(aside)
        was_there = backup.put_in_place(new, file, aside=kept)
    return {"database": str(file), "kept": str(kept) if was_there else None, **found}


def _restore_to_server(url: str, source: Path, *, aside: str) -> dict[str, Any]:
    with ExitStack() as stack:
        database = stack.enter_context(_connected(url))
        is_ours = revision_of(database) == revisions()[-1]
        if is_ours and (found := Queue(database, clock=ServerClock(database)).workers()):
            names = ", ".join(worker.id for worker in found)
            raise backup.InUseError(f"Workers are at work on {database.name}: {names}.")
        kept = None if load.is_as_new(database) else aside
        if backup.is_sqlite(source):
            source = stack.enter_context(_as_dump(source))
        with _unpacking(source) as lines:
            load.load(database, lines, set_aside=kept or "")
        return {
            "database": database.name,
            "kept": None if kept is None else f"schema {kept}",
            **_examined(database),
        }


@contextmanager
def _as_dump(source: Path) -> Iterator[Path]:
    """What a SQLite backup holds, as a dump, for as long as the block lasts."""
    with TemporaryDirectory(prefix="replicheck-") as folder:
        copied, written = Path(folder, "backup.sqlite"), Path(folder, "backup.jsonl")
        backup.copy(source, copied)
        database = open_database(sqlite_url(copied))
        with written.open("wb") as file:
            dump.write(database, file, at=utc_now())
        database.close()
        yield written


@contextmanager
def _unpacked(packed: Path, folder: Path) -> Iterator[Path]:
    """A folder beside `folder` with what the archive holds; removed if nobody moves it."""
    fresh = folder.with_name(f".{folder.name}.unpacked")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    try:
        with tarfile.open(packed, "r:") as archive:
            archive.extractall(fresh, filter="data")  # no links out of the folder, no odd owners
        yield fresh
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def _put_runs(fresh: Path, folder: Path, stamp: str) -> dict[str, Any]:
    kept = folder.with_name(f"{folder.name}.before-{stamp}") if folder.exists() else None
    if kept is not None:
        folder.rename(kept)
    fresh.rename(folder)
    n_folders = sum(path.is_dir() for path in folder.iterdir())
    return {"folders": n_folders, "kept": None if kept is None else str(kept)}


# looking


def examine(workspace: Workspace) -> dict[str, list[str]]:
    """What is wrong, by what was asked of the database; empty lists in a sound one."""
    with _in_words(Path(workspace.database.name)):
        return soundness.examine(workspace.database)


def _examined(database: Database) -> dict[str, Any]:
    found = soundness.examine(database)
    return {"troubles": [f"{asked}: {one}" for asked, wrong in found.items() for one in wrong]}


# files and words


@contextmanager
def _connected(url: str) -> Iterator[Database]:
    database = connect(url)
    try:
        yield database
    finally:
        database.close()


@contextmanager
def _packing(path: Path, suffix: str) -> Iterator[IO[bytes]]:
    """Written plain, or packed; the same content always gives the same bytes."""
    with path.open("wb") as file:
        if suffix == ".gz":
            with gzip.GzipFile(filename="", mode="wb", fileobj=file, mtime=0) as packed:
                yield packed  # type: ignore[misc]
        elif suffix == ".xz":
            with lzma.LZMAFile(file, "wb") as packed_xz:
                yield packed_xz
        else:
            yield file


@contextmanager
def _unpacking(path: Path) -> Iterator[IO[bytes]]:
    """Whatever its name says, it is unpacked by what it begins with."""
    with path.open("rb") as file:
        head = file.read(max(map(len, PACKED.values())))
        file.seek(0)
        if head.startswith(PACKED[".gz"]):
            with gzip.GzipFile(fileobj=file) as unpacked:
                yield unpacked  # type: ignore[misc]
        elif head.startswith(PACKED[".xz"]):
            with lzma.LZMAFile(file) as unpacked_xz:
                yield unpacked_xz
        else:
            yield file


def _make_room(place: Place) -> None:
    """The folder that the database is to lie in."""
    make_home(place.home)
    check_place(place.url)


def _refuse_what_is_no_file(source: Path) -> None:
    if source.is_dir():
        raise InputError(f"{source} is a folder; name the backup or the dump in it.")
    if not source.is_file():
        raise InputError(f"There is no file {source}.")


def _refuse_what_is_there(target: Path) -> None:
    if target.is_dir():
        raise InputError(f"{target} is a folder; name a file to write in it.")
    if target.exists():
        raise InputError(f"{target} is there already; a backup replaces nothing. Choose a name.")
    if not target.parent.is_dir():
        raise InputError(f"There is no folder {target.parent} to write {target.name} to.")


@contextmanager
def _in_words(file: Path) -> Iterator[None]:
    """What can be wrong with files and databases, for the person who asked."""
    try:
        yield
    except backup.InUseError as error:
        raise InputError(f"{error} Stop the dashboard and the workers first.") from None
    except (backup.DamagedError, load.LoadError, SchemaTooNewError, FileExistsError) as error:
        raise InputError(f"{file}: {error}") from None
    except (EOFError, lzma.LZMAError, gzip.BadGzipFile, tarfile.TarError) as error:
        raise InputError(f"{file} is cut short or damaged: {error}.") from None
    except OSError as error:
        raise InputError(f"{error.filename or file}: {error.strerror or error}.") from None
