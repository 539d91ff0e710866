import subprocess
import sys
import threading
from datetime import UTC, datetime

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import insert, make_url, select, text
from sqlalchemy.exc import IntegrityError, OperationalError

from db import session
from db.session import ReadOnlyError, SchemaTooNewError, open_database
from db.tables import Table
from db.tables.literature import SearchRow

NOON = datetime(2026, 6, 9, 12, tzinfo=UTC)


@pytest.fixture
def url(tmp_path):
    return f"sqlite:///{tmp_path / 'test.sqlite'}"


@pytest.fixture
def database(url):
    opened = open_database(url)
    yield opened
    opened.close()


def is_declared(name, _kind, _parents):
    """Search indexes are the database's own way of keeping one; no class declares them."""
    return name is None or not name.startswith("claim_search")


def test_the_migrations_build_exactly_the_tables_of_the_code(database):
    with database.reader.connect() as connection:
        options = {
            "compare_type": True,
            "include_name": is_declared,
            "include_object": _is_comparable,
        }
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, Table.metadata) == []


def _is_comparable(found, name, kind, is_reflected, other) -> bool:
    """Alembic cannot compare an index with a descending column on SQLite; the next test does."""
    return name != "ix_run_waiting"


def test_the_index_that_claiming_needs_is_built_and_used(database):
    with database.reader.connect() as connection:
        plan = connection.execute(
            text(
                "EXPLAIN QUERY PLAN SELECT id FROM run WHERE state = 'queued' "
                "ORDER BY priority DESC, id LIMIT 1"
            )
        ).all()
    assert len(plan) == 1, "no step that sorts"
    assert "INDEX ix_run_waiting (state=?)" in plan[0].detail


def test_a_database_with_work_in_it_is_brought_up_to_date_and_keeps_it(url):
    """Migrations rebuild tables that others point to; foreign keys must really be off then."""
    config = session._alembic_config()
    old = session._engine(url, begin="BEGIN IMMEDIATE")
    with old.connect() as connection, connection.begin():
        config.attributes["connection"] = connection
        command.upgrade(config, "0005")
        connection.exec_driver_sql(
            "INSERT INTO run (id, kind, fingerprint, label, task, data, state, priority, attempt, "
            "max_attempts, queued_at, phase, step, n_steps, error) VALUES (7, 'training', 'f', "
            "'l', '{}', 'synthetic', 'succeeded', 0, 1, 3, '2026-01-01 00:00:00', '', 0, 0, '')"
        )
        connection.exec_driver_sql(
            "INSERT INTO run_event (run_id, attempt, at, actor, kind, detail) "
            "VALUES (7, 1, '2026-01-01 00:00:00', 'a', 'queued', '')"
        )
        connection.exec_driver_sql(
            "INSERT INTO measurement (run_id, name, probe, split, value, reason, n_counts) "
            "VALUES (7, 'macro_auroc', 'linear', 'test', 0.9, '', '')"
        )
    old.dispose()

    opened = open_database(url)
    with opened.reader.connect() as connection:
        kept = "SELECT count(*) FROM run JOIN run_event ON run_id = run.id"
        assert connection.execute(text(kept)).scalar() == 1
        assert connection.execute(text("SELECT value FROM measurement")).scalar() == 0.9
        assert connection.execute(text("PRAGMA foreign_keys")).scalar() == 1
    opened.close()


def test_every_constraint_has_a_name():
    for table in Table.metadata.tables.values():
        assert all(constraint.name for constraint in table.constraints), table.name


def test_opening_a_database_again_changes_nothing(url, database):
    with database.writing() as session:
        session.add(SearchRow(source="arxiv", query="q", at=NOON, n_found=1))
    with open_database(url).reading() as session:
        assert session.scalar(select(SearchRow.query)) == "q"


def test_a_database_of_a_newer_version_is_refused_in_words(url, database):
    with database.writing() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(SchemaTooNewError, match="'9999', which this version does not know"):
        open_database(url)


def test_foreign_keys_and_the_write_ahead_log_are_on(database):
    with database.writing() as session:
        assert session.scalar(text("PRAGMA foreign_keys")) == 1
        assert session.scalar(text("PRAGMA journal_mode")) == "wal"


def test_times_come_back_in_utc_and_naive_ones_are_refused(database):
    with database.writing() as session:
        session.add(SearchRow(source="a", query="q", at=NOON, n_found=1))
    with database.reading() as session:
        assert session.scalar(select(SearchRow.at)) == NOON
    naive = SearchRow(source="a", query="r", at=NOON.replace(tzinfo=None), n_found=1)
    with pytest.raises(Exception, match="without a zone"), database.writing() as session:
        session.add(naive)


def test_an_error_rolls_the_whole_transaction_back(database):
    rows = [SearchRow(source="a", query=q, at=NOON, n_found=1) for q in ("q", "q")]
    with pytest.raises(IntegrityError), database.writing() as session:
        session.add_all(rows)  # the second breaks a constraint when both are written
    with database.reading() as session:
        assert session.scalar(select(SearchRow.id)) is None


def test_writers_that_read_first_lose_no_update(database):
    """Deferred transactions would fail here with "database is locked"."""
    with database.writing() as session:
        session.add(SearchRow(source="a", query="q", at=NOON, n_found=0))

    def count() -> None:
        for _ in range(25):
            with database.writing() as session:
                row = session.scalars(select(SearchRow)).one()
                row.n_found += 1

    threads = [threading.Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.reading() as session:
        assert session.scalar(select(SearchRow.n_found)) == 100


OPENING = """
import sys
from db.session import open_database, revision_of
opened = open_database(sys.argv[1])
print(revision_of(opened))
opened.close()
"""


def test_processes_that_open_an_old_database_at_once_bring_it_up_to_date_once(empty_url):
    old = session._engine(empty_url, begin="BEGIN IMMEDIATE")
    with old.connect() as connection, connection.begin():
        session.upgrade(connection, "0011")
    old.dispose()
    together = [
        subprocess.Popen([sys.executable, "-c", OPENING, empty_url], stdout=subprocess.PIPE)
        for _ in range(3)
    ]
    said = [one.communicate()[0].decode().strip() for one in together]
    assert said == [session.revisions()[-1]] * 3


@pytest.mark.parametrize("another", [False, True], ids=["moved", "replaced"])
def test_a_file_that_was_moved_is_neither_made_anew_nor_mistaken_for_another(
    url, database, tmp_path, another
):
    kept = database.reader.connect()  # as a page that is being shown
    kept.execute(text("SELECT 1"))
    file = tmp_path / "test.sqlite"
    file.rename(tmp_path / "elsewhere.sqlite")
    if another:
        open_database(url).close()
    with pytest.raises(OperationalError, match="moved, removed or replaced"):
        database.reader.connect()
    assert file.exists() is another
    kept.close()


def test_connections_that_the_server_closed_are_replaced_after_a_rest(postgresql, monkeypatch):
    monkeypatch.setattr(session, "IDLE_S", 0.0)
    database = open_database(postgresql.migrated())
    for engine in (database.reader, database.writer, database.swift):
        with engine.connect() as connection:
            connection.execute(text("SELECT 1"))
    postgresql.tell(
        make_url(database.url),
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid()",
    )
    for engine in (database.reader, database.writer, database.swift):
        with engine.connect() as connection:
            assert connection.scalar(text("SELECT 1")) == 1
    database.close()


def test_what_is_written_at_once_is_committed(postgresql, database):
    other = open_database(postgresql.migrated())
    row = insert(SearchRow).values(source="a", query="q", at=NOON, n_found=1)
    for one in (other, database):
        with one.at_once() as connection:
            connection.execute(row)
        with one.reading() as session:
            assert session.scalar(select(SearchRow.query)) == "q"
    other.close()


def test_nothing_is_written_at_once_to_what_was_opened_for_reading(url, database):
    closed = open_database(url, is_read_only=True)
    with pytest.raises(ReadOnlyError), closed.at_once():
        pass
    closed.close()
