"""Backups while others work, and bringing them back, as the command line does it."""

import gzip
import json
import lzma
import sqlite3
import tarfile
import threading

import pytest
from sqlalchemy import text

from db import backup as files
from db import load
from tests.verifier.made import request as wanted
from verifier import storage
from verifier.__main__ import main
from verifier.claim import InputError
from verifier.workspace import home_folder, open_workspace


def put(workspace, *names: str) -> None:
    workspace.queue.enqueue([wanted(name) for name in names], actor="test")


def add(fingerprint: str) -> None:
    workspace = open_workspace()
    put(workspace, fingerprint)
    workspace.database.close()


def fingerprints() -> list[str]:
    workspace = open_workspace()
    found = sorted(run.fingerprint for run in workspace.queue.runs())
    workspace.database.close()
    return found


@pytest.fixture
def used(workspace_on_sqlite):
    """A workspace with one run, and nobody in it."""
    put(workspace_on_sqlite, "a")
    workspace_on_sqlite.database.close()
    return workspace_on_sqlite


def file_in_home():
    return home_folder() / "replicheck.sqlite"


def said(capsys, *arguments: object) -> dict:
    capsys.readouterr()
    assert main([*map(str, arguments), "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def refused(capsys, *arguments: object) -> str:
    capsys.readouterr()
    assert main([*map(str, arguments)]) == 2
    return capsys.readouterr().err


def test_a_backup_brings_back_what_was_there_and_keeps_what_came_after(used, tmp_path, capsys):
    backup = tmp_path / "b.sqlite"
    assert said(capsys, "backup", backup)["kind"] == "sqlite"
    add("b")
    found = said(capsys, "restore", backup)
    assert fingerprints() == ["a"]
    kept = sqlite3.connect(found["kept"])
    assert kept.execute("SELECT count(*) FROM run").fetchone() == (2,)
    kept.close()
    assert said(capsys, "check")["is_sound"]


def test_a_backup_made_while_another_process_writes_is_whole(workspace, tmp_path):
    stop = threading.Event()
    written = []

    def write() -> None:
        while not stop.is_set():
            put(workspace, str(len(written)))
            written.append(1)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for number in range(4):
            before = len(written)
            target = tmp_path / f"{number}.sqlite"
            storage.back_up(workspace, target)
            copy = sqlite3.connect(target)
            (n_runs,) = copy.execute("SELECT count(*) FROM run").fetchone()
            (n_events,) = copy.execute("SELECT count(*) FROM run_event").fetchone()
            copy.close()
            assert before <= n_runs == n_events, "runs come with their first event or not at all"
    finally:
        stop.set()
        writer.join()


def test_a_backup_is_one_file_with_nothing_beside_it(used, tmp_path, capsys):
    said(capsys, "backup", tmp_path / "b.sqlite")
    assert [path.name for path in tmp_path.iterdir()] == ["b.sqlite"]


def test_a_backup_replaces_nothing(used, tmp_path, capsys):
    (tmp_path / "b.sqlite").write_text("mine")
    assert "there already" in refused(capsys, "backup", tmp_path / "b.sqlite")
    assert "there already" in refused(capsys, "dump", tmp_path / "b.sqlite")
    assert (tmp_path / "b.sqlite").read_text() == "mine"
    assert "There is no folder" in refused(capsys, "backup", tmp_path / "gone" / "b.sqlite")


def test_nothing_is_restored_under_a_dashboard_or_worker(workspace, tmp_path, capsys):
    backup = tmp_path / "b.sqlite"
    said(capsys, "backup", backup)
    with workspace.database.reading() as session:
        session.connection()
        words = refused(capsys, "restore", backup)
    assert "Another process has" in words
    assert "Stop the dashboard and the workers first" in words
    assert not list(home_folder().glob("*before*"))


@pytest.mark.parametrize("damage", ["torn", "scribbled over", "another file", "empty", "missing"])
def test_what_is_no_sound_backup_is_refused_and_nothing_changes(used, tmp_path, capsys, damage):
    backup = tmp_path / "b.sqlite"
    said(capsys, "backup", backup)
    whole = backup.read_bytes()
    if damage == "torn":
        backup.write_bytes(whole[: len(whole) // 2])
    elif damage == "scribbled over":
        backup.write_bytes(whole[:8192] + b"\xff" * 40_000 + whole[48_192:])
    elif damage == "another file":
        backup.write_bytes(b"Dear diary,\n")
    elif damage == "empty":
        backup.write_bytes(b"")
    else:
        backup.unlink()
    before = file_in_home().read_bytes()
    assert "b.sqlite" in refused(capsys, "restore", backup)
    assert file_in_home().read_bytes() == before
    assert sorted(p.name for p in home_folder().iterdir()) == ["replicheck.sqlite"]


def test_a_database_too_broken_to_be_read_is_kept_aside_all_the_same(used, tmp_path, capsys):
    backup = tmp_path / "b.sqlite"
    said(capsys, "backup", backup)
    file_in_home().write_bytes(b"SQLite format 3\0" + b"\xff" * 5000)
    found = said(capsys, "restore", backup)
    assert fingerprints() == ["a"]
    assert found["kept"] is not None


def test_run_folders_come_along_where_asked_for(used, tmp_path, capsys):
    folder = used.runs_folder / "a"
    folder.mkdir(parents=True)
    (folder / "checkpoint.pt").write_bytes(b"weights")
    (folder / ".checkpoint.77.pt").write_bytes(b"half made")
    backup = tmp_path / "b.sqlite"
    assert said(capsys, "backup", backup, "--with-runs")["runs"]["folders"] == 1
    (folder / "checkpoint.pt").write_bytes(b"later weights")
    found = said(capsys, "restore", backup, "--with-runs")
    assert [p.name for p in folder.iterdir()] == ["checkpoint.pt"]
    assert (folder / "checkpoint.pt").read_bytes() == b"weights"
    kept = used.home / found["runs"]["kept"]
    assert (kept / "a" / "checkpoint.pt").read_bytes() == b"later weights"


def test_an_archive_that_leads_out_of_its_folder_is_refused(used, tmp_path, capsys):
    backup = tmp_path / "b.sqlite"
    said(capsys, "backup", backup)
    with tarfile.open(tmp_path / "b.sqlite.runs.tar", "w") as archive:
        archive.addfile(tarfile.TarInfo("../../outside"))
    assert "runs.tar" in refused(capsys, "restore", backup, "--with-runs")
    assert not (home_folder().parent / "outside").exists()


@pytest.mark.parametrize(("ending", "unpack"), [("gz", gzip), ("xz", lzma), ("", None)])
def test_a_dump_is_packed_as_its_name_says_and_loads_anywhere(
    used, tmp_path, capsys, monkeypatch, ending, unpack
):
    target = tmp_path / f"d.jsonl.{ending}"
    rows = said(capsys, "dump", target)["rows"]
    read = target.read_bytes() if unpack is None else unpack.decompress(target.read_bytes())
    assert json.loads(read.splitlines()[0])["format"] == "replicheck-dump"
    monkeypatch.setenv("VERIFIER_HOME", str(tmp_path / "other"))
    assert said(capsys, "load", target) == {
        "rows": rows,
        "schema": json.loads(read.splitlines()[0])["schema"],
        "troubles": [],
    }
    assert fingerprints() == ["a"]


def test_a_torn_dump_leaves_no_trace(used, tmp_path, capsys, monkeypatch):
    target = tmp_path / "d.jsonl.gz"
    said(capsys, "dump", target)
    target.write_bytes(target.read_bytes()[:-400])
    monkeypatch.setenv("VERIFIER_HOME", str(tmp_path / "other"))
    assert "cut short or damaged" in refused(capsys, "load", target)
    assert fingerprints() == []


def test_loading_into_a_database_in_use_names_the_other_way(used, tmp_path, capsys):
    said(capsys, "dump", tmp_path / "d.jsonl")
    assert f"restore {tmp_path / 'd.jsonl'}" in refused(capsys, "load", tmp_path / "d.jsonl")


def test_in_read_only_mode_one_may_back_up_and_not_restore(used, tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("VERIFIER_READ_ONLY", "1")
    said(capsys, "backup", tmp_path / "b.sqlite")
    said(capsys, "dump", tmp_path / "d.jsonl")
    assert said(capsys, "check")["is_sound"]
    for verb, file in (("restore", "b.sqlite"), ("restore", "d.jsonl"), ("load", "d.jsonl")):
        assert "takes the role operator" in refused(capsys, verb, tmp_path / file)


def test_checking_says_what_is_wrong_and_ends_with_one(used, capsys):
    with sqlite3.connect(file_in_home()) as connection:
        connection.execute("UPDATE claim SET status = 'refuted' WHERE id = 'C03'")
    connection.close()
    capsys.readouterr()
    assert main(["check"]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert "no   claims stand where their history says" in lines
    assert "       C03: its history says otherwise" in lines


# PostgreSQL


@pytest.fixture
def on_server(monkeypatch, postgresql):
    """A workspace on a PostgreSQL database of its own."""
    url = postgresql.database()
    monkeypatch.setenv("VERIFIER_DATABASE_URL", url)
    workspace = open_workspace()
    put(workspace, "a")
    yield workspace
    workspace.database.close()
    postgresql.drop(url)


def test_on_a_server_a_backup_is_a_dump_and_what_was_there_moves_aside(on_server, tmp_path, capsys):
    backup = tmp_path / "b.jsonl.gz"
    assert said(capsys, "backup", backup)["kind"] == "dump"
    put(on_server, "b")
    on_server.database.close()
    found = said(capsys, "restore", backup)
    assert fingerprints() == ["a"]
    schema = found["kept"].removeprefix("schema ")
    with on_server.database.reading() as session:
        assert session.scalar(text(f'SELECT count(*) FROM "{schema}".run')) == 2
    assert said(capsys, "check")["is_sound"]
    add("c")
    assert fingerprints() == ["a", "c"]


def test_on_a_server_nothing_is_restored_under_a_worker(on_server, tmp_path, capsys):
    said(capsys, "backup", tmp_path / "b.jsonl")
    on_server.queue.register("w:1:2", host="here", pid=1, slots=1)
    assert "Workers are at work" in refused(capsys, "restore", tmp_path / "b.jsonl")
    on_server.queue.sign_off("w:1:2")
    said(capsys, "restore", tmp_path / "b.jsonl")


def test_a_sqlite_backup_becomes_the_database_of_a_server(
    used, tmp_path, capsys, monkeypatch, postgresql
):
    said(capsys, "backup", tmp_path / "b.sqlite")
    url = postgresql.database()
    monkeypatch.setenv("VERIFIER_DATABASE_URL", url)
    assert said(capsys, "restore", tmp_path / "b.sqlite")["kept"] is None
    assert fingerprints() == ["a"]
    postgresql.drop(url)


def test_a_place_for_the_backup_that_nobody_may_write_to_is_said(used, tmp_path):
    with pytest.raises(InputError, match="There is no folder"):
        storage.back_up(used, tmp_path / "b.sqlite" / "c.sqlite")


@pytest.mark.parametrize("command", ["restore", "load"])
@pytest.mark.parametrize(
    ("home", "expected"),
    [
        ("a file", "cannot be made: that is a file. VERIFIER_HOME names another."),
        ("a file/in it", "cannot be made: Not a directory. VERIFIER_HOME names another."),
        ("occupied", "replicheck.sqlite cannot be opened: that is a folder."),
    ],
)
def test_a_home_that_cannot_hold_a_database_is_named(
    command, home, expected, used, tmp_path, capsys, monkeypatch
):
    said(capsys, "dump", tmp_path / "d.jsonl")
    (tmp_path / "a file").touch()
    (tmp_path / "occupied" / "replicheck.sqlite").mkdir(parents=True)
    monkeypatch.setenv("VERIFIER_HOME", str(tmp_path / home))

    told = refused(capsys, command, tmp_path / "d.jsonl")

    assert str(tmp_path / home) in told
    assert expected in told
    assert told.count("\n") == 1


def test_what_is_no_file_to_read_or_to_write_is_said(used, tmp_path, capsys):
    said(capsys, "backup", tmp_path / "b.sqlite", "--with-runs")
    assert f"{tmp_path} is a folder; name the backup" in refused(capsys, "restore", tmp_path)
    assert f"{tmp_path} is a folder; name the backup" in refused(capsys, "load", tmp_path)
    assert f"{tmp_path} is a folder; name a file" in refused(capsys, "backup", tmp_path)
    assert "is a folder" in refused(capsys, "restore", "")
    assert f"restore {tmp_path}/b.sqlite" in refused(capsys, "load", tmp_path / "b.sqlite")
    (tmp_path / "b.sqlite.runs.tar").write_bytes(b"no archive")
    told = refused(capsys, "restore", tmp_path / "b.sqlite", "--with-runs")
    assert "b.sqlite.runs.tar is cut short or damaged: " in told
    assert told.count("\n") == 1


def test_of_two_files_of_a_backup_neither_is_written_where_one_is_there(used, tmp_path, capsys):
    (tmp_path / "b.sqlite.runs.tar").write_bytes(b"of another backup")
    assert "is there already" in refused(capsys, "backup", tmp_path / "b.sqlite", "--with-runs")
    assert not (tmp_path / "b.sqlite").exists()


def test_on_a_disk_without_links_a_backup_is_whole_or_not_there(
    used, tmp_path, capsys, monkeypatch
):
    def no_links(*_):
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr("os.link", no_links)
    whole = tmp_path / "whole.sqlite"
    said(capsys, "backup", whole)
    assert files.damages(whole) == []

    def half(source, target):
        target.write_bytes(source.read_bytes()[:5000])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files, "copyfile", half)
    refused(capsys, "backup", tmp_path / "half.sqlite")
    assert {path.name for path in tmp_path.iterdir() if path.is_file()} == {"whole.sqlite"}


def test_on_a_server_a_restore_waits_not_for_ever_for_those_who_read(
    on_server, tmp_path, capsys, monkeypatch
):
    monkeypatch.setattr(load, "PATIENCE_S", 1)
    said(capsys, "backup", tmp_path / "b.jsonl")
    put(on_server, "b")
    with on_server.database.reading() as session:
        session.execute(text("SELECT 1 FROM run LIMIT 1"))
        assert main(["restore", str(tmp_path / "b.jsonl")]) == 1
    assert "Something else is at work in it" in capsys.readouterr().err
    assert fingerprints() == ["a", "b"]
