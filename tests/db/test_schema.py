"""The schema that migrations build is the schema the code declares, on either kind of database."""

import pytest
from sqlalchemy import inspect, select, text

from db.search import _vector
from db.session import connect, open_database, rebuilding, upgrade
from db.tables import APPEND_ONLY, Table
from db.tables.claims import ClaimRow


@pytest.fixture
def built(empty_url):
    """By migrations."""
    database = open_database(empty_url)
    yield database
    database.close()


@pytest.fixture
def declared(request, built, tmp_path):
    """By the code's own declaration."""
    if built.is_postgresql:
        server = request.getfixturevalue("postgresql")
        url = server.database()
    else:
        url = f"sqlite:///{tmp_path / 'declared.sqlite'}"
    database = connect(url)
    with database.writer.begin() as connection:
        Table.metadata.create_all(connection)
    yield database
    database.close()
    if built.is_postgresql:
        server.drop(url)


def described(database) -> dict:
    """Tables, columns, types, keys, constraints and indexes, as the database itself tells."""
    with database.reader.connect() as connection:
        return {name: of_table(connection, name) for name in Table.metadata.tables}


def of_table(connection, name: str) -> dict:
    seen = inspect(connection)
    columns, references = seen.get_columns(name), seen.get_foreign_keys(name)
    unique, checks = seen.get_unique_constraints(name), seen.get_check_constraints(name)
    return {
        "columns": sorted((c["name"], str(c["type"]), c["nullable"]) for c in columns),
        "key": seen.get_pk_constraint(name)["constrained_columns"],
        "references": sorted(
            (r["name"], *r["constrained_columns"], r["referred_table"], *r["referred_columns"])
            for r in references
        ),
        "unique": sorted((u["name"], *u["column_names"]) for u in unique),
        "checks": sorted((c["name"], c["sqltext"]) for c in checks),
        "indexes": indexes(connection, name),
    }


def indexes(connection, table: str) -> list[str]:
    """Those with a name of their own, as the statements that make them."""
    told = {
        "sqlite": "SELECT sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL "
        "AND tbl_name = :table",
        "postgresql": "SELECT indexdef FROM pg_indexes WHERE tablename = :table",
    }[connection.dialect.name]
    found = connection.scalars(text(told), {"table": table})
    plain = [" ".join(sql.replace('"', "").split()) for sql in found]
    return sorted(sql for sql in plain if "claim_search" not in sql)


def test_migrations_build_exactly_what_the_code_declares(built, declared):
    by_migrations, by_code = described(built), described(declared)
    for table, expected in by_code.items():
        assert by_migrations[table] == expected, table


def test_there_is_no_table_but_those_declared_and_the_search_index(built):
    with built.reader.connect() as connection:
        there = set(inspect(connection).get_table_names())
    others = {name for name in there if not name.startswith("claim_search")}
    assert others == {*Table.metadata.tables, "alembic_version"}


def test_history_is_kept_by_a_trigger_for_every_table_of_it(built):
    told = (
        "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled = 'O'"
        if built.is_postgresql
        else "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    )
    with built.reader.connect() as connection:
        found = {name for name in connection.scalars(text(told)) if "search" not in name}
    assert found == {
        f"{table}_is_append_only_{action}"
        for table in APPEND_ONLY
        for action in ("update", "delete")
    }


def test_the_search_for_words_uses_its_index(built):
    if not built.is_postgresql:
        pytest.skip("on SQLite the index is what is asked, there is no other way")
    asked = select(ClaimRow.id).where(_vector(ClaimRow.statement).op("@@")(text("'cpc'::tsquery")))
    with built.reader.connect() as connection:
        connection.execute(text("SET enable_seqscan = off"))
        sql = str(asked.compile(connection, compile_kwargs={"literal_binds": True}))
        plan = "\n".join(connection.scalars(text("EXPLAIN " + sql.replace(":", r"\:"))))
    assert "claim_search_claim" in plan


def test_what_people_judged_is_kept_by_every_migration(empty_url):
    """The third one changes verdicts, which nobody else may."""
    database = connect(empty_url)
    with database.writer.connect() as connection, rebuilding(connection):
        upgrade(connection, "0002")
        connection.execute(
            text(
                "INSERT INTO claim (id, position, statement, kind, origin, topic, "
                "is_protocol_chosen, is_cut, context, created_at) VALUES ('C', 1, 's', "
                "'empirical', 'bundled', 't', false, false, '', '2026-01-01 00:00:00')"
            )
        )
        connection.execute(
            text(
                "INSERT INTO verdict (claim_id, at, status, author, reason) "
                "VALUES ('C', '2026-01-01 00:00:00', 'refuted', 'Ada', 'It leaks.')"
            )
        )
    database.close()
    opened = open_database(empty_url)
    with opened.reader.connect() as connection:
        assert connection.execute(text("SELECT status, act FROM verdict")).all() == [
            ("refuted", "overruled")
        ]
        assert connection.scalar(text("SELECT status FROM claim")) == "refuted"
    opened.close()
