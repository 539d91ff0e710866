"""Which column of a table, or key of an object, holds what. Shared by every tabular format.

Columns nobody asked for are ignored, so that a table may carry notes; one that looks like a
misspelt name of ours is refused by name, so that no mark or number is lost in silence.
"""

from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from functools import lru_cache

from verifier.importers._rows import Problem, Row, excerpt

STATEMENT = ("statement", "claim", "statements", "claims")  # the first one present counts
KNOWN = (*STATEMENT, "verified", "confidence")
ALIKE = 0.85  # "confidance" is .90 like "confidence"; "claim_id" .77 like "claim"


def is_header(cells: Sequence[str]) -> bool:
    return any(_key(cell) in STATEMENT for cell in cells)


def misspelt(names: Iterable[str], *, known: Sequence[str] = KNOWN) -> list[str]:
    """Say which names were probably meant to be ours.

    >>> misspelt(["claim", "confidance", "notes"])
    ["there is no 'confidance'; did you mean 'confidence'?"]
    """
    hints = ((name, _meant(_key(name), tuple(known))) for name in names)
    return [f"there is no {excerpt(n)}; did you mean {meant!r}?" for n, meant in hints if meant]


@lru_cache
def _meant(key: str, known: tuple[str, ...]) -> str | None:
    """The name of ours that a key resembles without being it; cached, as rows repeat their keys."""
    close = get_close_matches(key, known, n=1, cutoff=ALIKE)
    return close[0] if close and key not in known else None


def rows_of_table(
    header: Sequence[str], records: Iterable[tuple[int, Sequence[str]]], *, line: int
) -> tuple[list[Row], list[Problem]]:
    """Turn (line, cells) under a header into rows, and name every line that does not fit it.

    Cells missing at the end of a line say nothing; cells too many are refused, because a claim
    with an unescaped separator would lose its tail.
    """
    names = [_key(cell) for cell in header]
    problems = [Problem(line=line, text=text) for text in [*misspelt(header), *_repeated(names)]]
    statement = next(name for name in STATEMENT if name in names)
    rows = []
    for at, cells in records:
        filled = _without_empty_tail(cells)
        if len(filled) > len(names):
            problems.append(Problem(line=at, text=_too_many(filled, len(names))))
        elif filled:
            by_name = dict(zip(names, filled, strict=False))
            rows.append(
                Row(
                    line=at,
                    statement=by_name.get(statement, ""),
                    verified=by_name.get("verified"),
                    confidence=by_name.get("confidence"),
                )
            )
    return rows, problems


def _key(name: str) -> str:
    return " ".join(name.strip().strip("*_").casefold().split())


def _repeated(names: Sequence[str]) -> list[str]:
    repeated = [name for name in KNOWN if names.count(name) > 1]
    return [f"{names.count(n)} columns are called {n!r}; allowed: one." for n in repeated]


def _without_empty_tail(cells: Sequence[str]) -> list[str]:
    kept = list(cells)
    while kept and not kept[-1].strip():
        kept.pop()
    return kept


def _too_many(cells: Sequence[str], n_allowed: int) -> str:
    return (
        f"{len(cells)} cells, beginning {excerpt(cells[0])}, under a header of {n_allowed}; "
        "a claim that holds the separator must be quoted (CSV) or escaped with \\ (Markdown)."
    )
