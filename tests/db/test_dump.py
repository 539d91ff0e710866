"""What is dumped and loaded is the same to the last bit, or is not loaded at all."""

import io
import json
import re
import sqlite3
from datetime import UTC, date, datetime
from hashlib import sha256
from shutil import copyfile

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import CheckConstraint, UniqueConstraint, insert, null, select, text
from sqlalchemy.exc import IntegrityError

from db import dump, load
from db.session import SchemaTooNewError, connect, open_database, revisions
from db.tables import Table
from db.tables.claims import ClaimRow
from db.tables.literature import SearchRow
from db.tables.runs import RunRow

NOON = datetime(2026, 6, 9, 12, tzinfo=UTC)
LAST = datetime(9999, 12, 30)  # noqa: DTZ001 - hypothesis asks for one without a zone
WORDS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)
NUMBERS = st.integers() | st.floats(allow_nan=False, allow_infinity=False)
LEAVES = st.none() | st.booleans() | NUMBERS | WORDS
VALUES = {
    "integer": st.integers(-(2**31), 2**31 - 1),
    "text": WORDS,
    "boolean": st.booleans(),
    "real": st.floats(allow_nan=False),
    "time": st.datetimes(timezones=st.just(UTC), max_value=LAST),
    "date": st.dates(),
    "bytes": st.binary(max_size=40),
    "json": st.recursive(
        LEAVES,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
    ).filter(lambda value: isinstance(value, dict | list)),
}


def drawn_for(table, column):
    """What the type of the column and the constraints of the table allow in it."""
    for constraint in table.constraints:
        told = str(constraint.sqltext) if isinstance(constraint, CheckConstraint) else ""
        if told.startswith(f"{column.name} IN "):
            return st.sampled_from(re.findall(r"'(\w+)'", told))
        if told == f"{column.name} BETWEEN 0 AND 1":
            return st.floats(0, 1)
    return VALUES[dump.kind_of(column)]


@st.composite
def rows_of_every_table(draw):
    """Rows that respect every key and constraint, parents before children."""
    made: dict[str, list[dict]] = {}
    for table in Table.metadata.sorted_tables:
        rows = []
        for number in range(draw(st.integers(0, 3))):
            row = draw(one_row(table, number, made))
            if row is not None and not clashes(table, rows, row):
                rows.append(row)
        made[table.name] = rows
    return made


@st.composite
def one_row(draw, table, number, made):
    row = {}
    for column in table.columns:
        parents = [k.column for k in column.foreign_keys]
        if parents:
            there = [r[parents[0].name] for r in made[parents[0].table.name]]
            if not there and not column.nullable:
                return None
            value = draw(st.sampled_from(there)) if there else None
        elif column.name == "position" and table.name == "claim":
            value = number + draw(st.integers(1, 3)) * 10  # the search index counts by it
        else:
            value = draw(drawn_for(table, column))
        if column.nullable and draw(st.booleans()):
            value = null() if dump.kind_of(column) == "json" and draw(st.booleans()) else None
        row[column.name] = value
    return row


def clashes(table, rows, row):
    keys = [[c.name for c in table.primary_key.columns]]
    keys += [
        [c.name for c in u.columns] for u in table.constraints if isinstance(u, UniqueConstraint)
    ]
    keys += [[c.name] for c in table.columns if c.unique]
    keys += [["position"]] if table.name == "claim" else []
    return any(all(row[c] == other[c] for c in key) for key in keys for other in rows)


def fill(database, made):
    with database.writer.begin() as connection:
        for table in Table.metadata.sorted_tables:
            for row in made[table.name]:
                connection.execute(insert(table).values(row))


def dumped(database) -> bytes:
    file = io.BytesIO()
    dump.write(database, file, at=NOON)
    return file.getvalue()


def stored(path) -> dict[str, list]:
    """Every value of the file as SQLite holds it, with its type; by no code of ours."""
    connection = sqlite3.connect(path)
    found = {}
    for table in Table.metadata.sorted_tables:
        columns = ", ".join(f'typeof("{c.name}"), "{c.name}"' for c in table.columns)
        rows = connection.execute(f'SELECT {columns} FROM "{table.name}"').fetchall()
        found[table.name] = sorted(repr(row) for row in rows)
    connection.close()
    return found


@pytest.fixture
def fresh(fresh_database, tmp_path):
    """Makes migrated SQLite databases, one after another."""
    made = []

    def one():
        path = tmp_path / f"{len(made)}.sqlite"
        copyfile(fresh_database, path)
        made.append(connect(f"sqlite:///{path}"))
        return made[-1], path

    yield one
    for database in made:
        database.close()


SLOWLY = settings(
    max_examples=20,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@SLOWLY
@given(made=rows_of_every_table())
def test_sqlite_comes_back_from_a_dump_as_it_was(made, fresh):
    (first, path), (second, copied) = fresh(), fresh()
    fill(first, made)
    whole = dumped(first)
    load.load(second, io.BytesIO(whole))
    assert stored(copied) == stored(path)
    assert dumped(second) == whole
    first.close()
    second.close()


@settings(SLOWLY, max_examples=6)
@given(made=rows_of_every_table())
def test_sqlite_goes_to_postgresql_and_back_as_it_was(made, fresh, postgresql):
    (first, path), (third, copied) = fresh(), fresh()
    second = connect(postgresql.migrated())
    fill(first, made)
    load.load(second, io.BytesIO(dumped(first)))
    load.load(third, io.BytesIO(dumped(second)))
    assert stored(copied) == stored(path)
    for database in (first, second, third):
        database.close()


@pytest.fixture
def database(empty_url):
    opened = open_database(empty_url)
    yield opened
    opened.close()


def searched(database, query: str, **more) -> None:
    with database.writing() as session:
        session.add(SearchRow(source="arxiv", query=query, at=NOON, n_found=1, **more))


@pytest.fixture
def small(fresh):
    """A dump with two searches in it."""
    database, _ = fresh()
    searched(database, "first", id=7)
    searched(database, "second")
    return dumped(database)


def test_numbers_go_on_after_those_that_were_loaded(database, small):
    load.load(database, io.BytesIO(small))
    searched(database, "third")
    with database.reading() as session:
        assert session.scalars(select(SearchRow.id).order_by(SearchRow.id)).all() == [7, 8, 9]


def test_a_database_in_use_is_not_loaded_into(database, small):
    searched(database, "mine")
    with pytest.raises(load.NotEmptyError, match="holds 1 of search"):
        load.load(database, io.BytesIO(small))


def with_end(body: list[bytes], **end) -> bytes:
    head = b"".join(body)
    known = {"rows": 2, "sha256": sha256(head).hexdigest(), **end}
    return head + json.dumps({"end": known}).encode() + b"\n"


def lines_of(whole: bytes) -> list[bytes]:
    return whole.splitlines(keepends=True)


BROKEN = {
    "torn in a line": (lambda d: d[: len(d) * 2 // 3], "cut short|its end is missing"),
    "without its end": (lambda d: b"".join(lines_of(d)[:-1]), "its end is missing"),
    "changed": (lambda d: d.replace(b"first", b"worst"), "digest at the end does not fit"),
    "of fewer rows than it says": (
        lambda d: with_end(lines_of(d)[:-1], rows=3),
        "holds 2 rows; its end says 3",
    ),
    "going on after its end": (lambda d: d + b"[1]\n", "Something follows the end"),
    "another file": (lambda d: b'{"name": "x"}\n', "This is no dump"),
    "empty": (lambda d: b"", "This is no dump"),
    "of a strange table": (
        lambda d: with_end([line.replace(b'"search"', b'"sought"') for line in lines_of(d)[:-1]]),
        "this schema has no table 'sought'",
    ),
    "of a strange column": (
        lambda d: with_end([line.replace(b'"n_found"', b'"found_n"') for line in lines_of(d)[:-1]]),
        "search has no column found_n",
    ),
    "with a row too short": (
        lambda d: with_end([line.replace(b'"first", ', b"") for line in lines_of(d)[:-1]]),
        "7 values for 8 columns of search",
    ),
    "that breaks a rule": (
        lambda d: with_end([line.replace(b'"second"', b'"first"') for line in lines_of(d)[:-1]]),
        "refuses one of the 2 rows of search",
    ),
    "with a reference to nothing": (
        lambda d: with_end(
            [line.replace(b'1, null, ""', b'1, 99, ""') for line in lines_of(d)[:-1]]
        ),
        "lead nowhere|refuses one",
    ),
}


@pytest.mark.parametrize("how", BROKEN)
def test_of_a_dump_that_is_broken_nothing_is_loaded(database, small, how):
    breaking, words = BROKEN[how]
    broken = breaking(small)
    assert broken != small
    with pytest.raises(load.LoadError, match=words):
        load.load(database, io.BytesIO(broken))
    assert load.contents(database) == {}
    load.load(database, io.BytesIO(small))


@pytest.mark.parametrize(
    "change", [(b'"version": 1', b'"version": 2'), (revisions()[-1].encode(), b"9999")]
)
def test_a_dump_of_a_newer_version_is_refused_in_words(database, small, change):
    with pytest.raises(SchemaTooNewError, match="Update the program"):
        load.load(database, io.BytesIO(small.replace(*change)))


def test_a_dump_of_an_older_schema_is_brought_up_to_date(database):
    """Of the time when verdicts had no `act` yet and claims did not say where they stand."""
    claim = {"id": "text", "position": "integer", "statement": "text", "kind": "text"}
    claim |= {"origin": "text", "topic": "text", "is_protocol_chosen": "boolean"}
    claim |= {"is_cut": "boolean", "context": "text", "created_at": "time"}
    verdict = {"id": "integer", "claim_id": "text", "at": "time", "status": "text"}
    verdict |= {"author": "text", "reason": "text"}
    at = "2026-01-01T00:00:00+00:00"
    said = [
        {"format": "replicheck-dump", "version": 1, "schema": "0002"},
        {"table": "claim", "columns": claim},
        ["C", 1, "A sentence.", "empirical", "bundled", "t", False, False, "", at],
        {"table": "verdict", "columns": verdict},
        [4, "C", at, "refuted", "Ada", "It leaks."],
    ]
    old = with_end([json.dumps(one).encode() + b"\n" for one in said])
    assert load.load(database, io.BytesIO(old)).schema == "0002"
    with database.reading() as session:
        claim = session.scalars(select(ClaimRow)).one()
        assert (claim.status, claim.verdict_id) == ("refuted", 4)
        assert session.scalar(text("SELECT version_num FROM alembic_version")) == revisions()[-1]


def test_searching_works_in_a_database_that_was_loaded(fresh, workspace):
    other, path = fresh()
    load.load(other, io.BytesIO(dumped(workspace.database)))
    asked = "SELECT count(*) FROM claim_search WHERE claim_search MATCH 'cpc'"
    connection = sqlite3.connect(path)
    (found,) = connection.execute(asked).fetchone()
    connection.close()
    with workspace.database.reading() as session:
        assert found == session.scalar(text(asked)) > 0


def test_what_postgresql_cannot_hold_is_said_and_nothing_is_loaded(fresh, postgresql):
    database, _ = fresh()
    searched(database, "a\0b")
    other = connect(postgresql.migrated())
    with pytest.raises(load.LoadError, match="refuses one of the 1 rows of search"):
        load.load(other, io.BytesIO(dumped(database)))
    assert load.contents(other) == {}
    other.close()


def test_a_dump_is_of_one_moment_whoever_writes_meanwhile(database):
    class Interrupting(io.BytesIO):
        """Something is written to the database while its first line is."""

        def write(self, data):
            if self.tell() and "late" not in queries(database):
                searched(database, "late")
            return super().write(data)

    searched(database, "early")
    file = Interrupting()
    n_rows = dump.write(database, file, at=NOON)
    assert queries(database) == ["early", "late"]
    rows = [json.loads(line) for line in lines_of(file.getvalue()) if line.startswith(b"[")]
    assert n_rows == len(rows) == 1
    assert "early" in rows[0]


def queries(database) -> list[str]:
    with database.reading() as session:
        return list(session.scalars(select(SearchRow.query).order_by(SearchRow.id)))


def test_json_null_and_no_json_are_told_apart(fresh):
    (first, path), (second, copied) = fresh(), fresh()
    run = {"kind": "training", "label": "", "task": {}, "data": "", "state": "queued"}
    run |= {"priority": 0, "attempt": 0, "max_attempts": 3, "queued_at": NOON, "phase": ""}
    run |= {"step": 0, "n_steps": 0, "error": ""}
    with first.writer.begin() as connection:
        connection.execute(insert(RunRow).values(**run, fingerprint="a", result=None))
        connection.execute(insert(RunRow).values(**run, fingerprint="b", result=null()))
    load.load(second, io.BytesIO(dumped(first)))
    assert stored(copied) == stored(path)
    held = sqlite3.connect(copied)
    assert held.execute("SELECT result FROM run ORDER BY id").fetchall() == [("null",), (None,)]
    held.close()


def test_dates_before_any_zone_was_counted_survive(fresh):
    """A hand-picked case beside the drawn ones: the first day there is, to the microsecond."""
    assert dump.KINDS["date"].of_json(dump.KINDS["date"].to_json(date.min)) == date.min
    first = datetime(1, 1, 1, 0, 0, 0, 1, tzinfo=UTC)
    assert dump.KINDS["time"].of_json(dump.KINDS["time"].to_json(first)) == first


def test_a_rule_broken_by_hand_is_what_the_database_says_it_is(database):
    searched(database, "q")
    with pytest.raises(IntegrityError):
        searched(database, "q")
