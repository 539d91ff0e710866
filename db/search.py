"""Searching claims by words: FTS5 on SQLite, text-search vectors on PostgreSQL, LIKE elsewhere.

A claim is found by its id, its statement and every wording of it in a report; every word must
occur, the beginning of one is enough, accents or not. Migrations 0003 and 0010 make the indexes
and, on SQLite, the triggers that keep them.
"""

import re
from typing import Any
from unicodedata import normalize

from sqlalchemy import ColumnElement, and_, false, func, literal_column, or_, select, text
from sqlalchemy.orm import Session

from db.tables.claims import ClaimRow, MentionRow

MOST_WORDS = 20
WORD = re.compile(r"\w")


def searchable(words: str) -> list[str]:
    """The words that hold a letter or a figure; the rest would match everything or nothing.

    >>> searchable("12-lead  % ECG;")
    ['12-lead', 'ECG;']
    """
    return [word for word in words.split() if WORD.search(word)][:MOST_WORDS]


def containing(session: Session, words: str) -> ColumnElement[bool]:
    """Claims whose text holds every word; a question without any word finds none."""
    wanted = searchable(words)
    if not wanted:
        return false()
    match session.get_bind().dialect.name:
        case "sqlite":
            return _in_index(wanted)
        case "postgresql":
            return _in_vectors(wanted)
        case _:
            return and_(*(_alike(word) for word in wanted))


def _in_index(words: list[str]) -> ColumnElement[bool]:
    """Each word quoted, so that nothing a person types is read as an operator."""
    asked = " ".join('"' + word.replace('"', '""') + '"*' for word in words)
    found = text("SELECT rowid FROM claim_search WHERE claim_search MATCH :asked")
    rows = found.bindparams(asked=asked).columns(literal_column("rowid"))
    return ClaimRow.position.in_(select(rows.subquery("found").c.rowid))


def _in_vectors(words: list[str]) -> ColumnElement[bool]:
    asked = " & ".join(
        f"{token}:*" for word in words for token in re.findall(r"\w+", _plain(word.casefold()))
    )
    query = func.to_tsquery("simple", asked)
    vector, wording = (_vector(table.statement) for table in (ClaimRow, MentionRow))
    worded = select(MentionRow.claim_id).where(wording.op("@@")(query))
    return or_(
        vector.op("@@")(query), ClaimRow.id.in_(worded), and_(*(_named(word) for word in words))
    )


def _plain(word: str) -> str:
    """Without the marks above and below its letters.

    >>> _plain("naïve")
    'naive'
    """
    return "".join(c for c in normalize("NFD", word) if not "\u0300" <= c <= "\u036f")


def _vector(statement: Any) -> Any:
    """Word for word the expression of the index, migration 0010."""
    decomposed = func.normalize(statement, literal_column("NFD"))
    written: list[Any] = [literal_column(f"'{s}'") for s in (r"[\u0300-\u036f]", "", "g")]
    return func.to_tsvector(literal_column("'simple'"), func.regexp_replace(decomposed, *written))


def _named(word: str) -> ColumnElement[bool]:
    return ClaimRow.id.ilike(_pattern(word), escape="\\")


def _alike(word: str) -> ColumnElement[bool]:
    worded = select(MentionRow.id).where(
        MentionRow.claim_id == ClaimRow.id, MentionRow.statement.ilike(_pattern(word), escape="\\")
    )
    return or_(ClaimRow.statement.ilike(_pattern(word), escape="\\"), _named(word), worded.exists())


def _pattern(word: str) -> str:
    return "%" + word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
