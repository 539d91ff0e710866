"""A database that cannot be used is told in one line: what was found, where, what helps."""

import sqlite3
from contextlib import closing

import pytest
from sqlalchemy import make_url, text
from sqlalchemy.exc import DBAPIError

from db import trouble
from db.session import EncodingError, connect, open_database, sqlite_url


def words_of(url: str, statement: str = "SELECT 1") -> str | None:
    """What is said of the trouble that a statement has."""
    database = connect(url)
    try:
        with pytest.raises(DBAPIError) as raised, database.writer.begin() as connection:
            connection.execute(text(statement))
    finally:
        database.close()
    return trouble.in_words(raised.value, url)


# files


def test_a_full_disk_is_named_with_its_folder(tmp_path, monkeypatch):
    url = sqlite_url(tmp_path / "x.sqlite")
    usage = trouble.shutil.disk_usage(tmp_path)
    monkeypatch.setattr(trouble.shutil, "disk_usage", lambda _: usage._replace(free=0))
    (tmp_path / "x.sqlite").mkdir()  # SQLite says no more than that it cannot open it
    assert words_of(url) == (
        f"the database cannot be used: unable to open database file ({tmp_path}/x.sqlite). "
        f"The disk of {tmp_path} is full: make room; nothing was written by halves."
    )


def test_a_path_too_long_for_sqlite_is_counted(tmp_path):
    folder = tmp_path.joinpath(*["d" * 200] * 3)
    folder.mkdir(parents=True)
    found = words_of(sqlite_url(folder / "x.sqlite"))
    n_bytes = len(str(folder / "x.sqlite"))
    assert found.endswith(f"Its path has {n_bytes} bytes and must have at most 500.")


def test_what_is_no_database_may_be_replaced_by_a_backup(tmp_path):
    file = tmp_path / "x.sqlite"
    file.write_bytes(b"no database at all, but long enough " * 40)
    assert f"file is not a database ({file}). Bring back a backup" in words_of(sqlite_url(file))


def test_a_database_that_another_process_keeps_locked_is_said_to_be(tmp_path):
    file = tmp_path / "x.sqlite"
    open_database(sqlite_url(file)).close()
    with closing(sqlite3.connect(file, isolation_level=None)) as holder:
        holder.execute("BEGIN IMMEDIATE")
        url = sqlite_url(file)
        database = connect(url)
        with database.reader.connect() as connection:
            connection.exec_driver_sql("PRAGMA busy_timeout=0")
            with pytest.raises(DBAPIError) as raised:
                connection.exec_driver_sql("DELETE FROM claim")
        database.close()
    assert trouble.in_words(raised.value, url).endswith(
        "Another process keeps it locked; ask again when that has ended."
    )


@pytest.mark.parametrize("statement", ["SELEC 1", "SELECT * FROM nowhere_to_be_found"])
def test_a_fault_of_the_program_on_a_server_stays_one(postgresql, statement):
    assert words_of(postgresql.migrated(), statement) is None


# names


@pytest.mark.parametrize("name", ["a b", "what?", "50%20", "h#1", "ünï 中", "a@b:c"])
def test_a_database_lies_where_its_folder_says_whatever_that_is_called(tmp_path, name):
    folder = tmp_path / name
    folder.mkdir()
    open_database(sqlite_url(folder / "x.sqlite")).close()
    assert [path.name for path in folder.iterdir()] == ["x.sqlite"]
    assert [path.name for path in tmp_path.iterdir()] == [name]


# servers


def test_a_password_is_never_shown():
    for url in ("postgresql://me:secret@h/d", "postgresql://me@h/d?password=secret"):
        database = connect(url)
        assert "secret" not in database.name
        database.close()


def test_a_database_that_is_not_there_is_to_be_made(postgresql):
    url = make_url(postgresql.migrated()).set(database="nowhere")
    found = words_of(url.render_as_string(hide_password=False))
    assert 'database "nowhere" does not exist' in found
    assert (
        "Make it (createdb, createuser), or correct its address (VERIFIER_DATABASE_URL)." in found
    )


def test_a_server_that_is_not_there_is_to_be_started(tmp_path, postgresql):
    """The fixture is asked for the driver alone."""
    found = words_of(f"postgresql://me@/x?host={tmp_path}")
    assert found.endswith("Start it, or correct its address (VERIFIER_DATABASE_URL).")


@pytest.fixture
def looker(postgresql):
    """The URL of a migrated database as a user has it who may only look."""
    url = make_url(postgresql.migrated())
    postgresql.tell(url, "CREATE ROLE looker LOGIN")
    postgresql.tell(url, "GRANT SELECT ON ALL TABLES IN SCHEMA public TO looker")
    yield url.set(username="looker").render_as_string(hide_password=False)
    postgresql.tell(url, "DROP OWNED BY looker; DROP ROLE looker")


def test_a_user_who_may_only_look_is_told_how(looker):
    found = words_of(looker, "DELETE FROM claim")
    assert "permission denied for table claim" in found
    assert found.endswith("to look only, set VERIFIER_READ_ONLY=1.")


def test_a_server_that_takes_no_changes_is_said_to(postgresql):
    url = postgresql.migrated()
    read_only = make_url(url).update_query_dict({"options": "-c default_transaction_read_only=on"})
    found = words_of(read_only.render_as_string(hide_password=False), "DELETE FROM claim")
    assert "It takes no changes now, as a standby does not;" in found


def test_a_database_that_cannot_hold_all_texts_is_refused_before_anything_is_made(postgresql):
    postgresql.tell(
        postgresql.url,
        "CREATE DATABASE plain ENCODING 'SQL_ASCII' TEMPLATE template0 LOCALE 'C'",
    )
    url = postgresql.url.set(database="plain").render_as_string(hide_password=False)
    with pytest.raises(EncodingError, match="keeps texts as SQL_ASCII, which cannot hold"):
        open_database(url)
    database = connect(url)
    with database.reader.connect() as connection:
        made = connection.scalar(text("SELECT count(*) FROM pg_tables WHERE schemaname='public'"))
    database.close()
    assert made == 0
    postgresql.drop(url)
