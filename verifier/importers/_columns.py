"""Which column of a table, or key of an object, holds what. Shared by every tabular format.

Columns nobody asked for are ignored, so that a table may carry notes; one that looks like a
misspelt name of ours is refused by name, so that no mark or number is lost in silence.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from functools import lru_cache

from verifier.importers._rows import Problem, Row
from verifier.importers._text import clean, excerpt

# The first name present counts. A table of our own export tells both what its report said and what
# we came to; the former is what a report says, so it goes before.
STATEMENT = ("statement", "claim", "statements", "claims")
OTHER_STATEMENT = ("claim text", "claim statement", "extracted claim", "behauptung", "aussage")
TEXT = ("text", "description", "sentence", "content")  # of a claim that has a number
NUMBER = re.compile(r"#?(?:[A-Za-z]{1,5}[.-]?)?\d{1,4}\.?|[A-Z]{1,4}-[A-Z]")
FINDING = ("finding", "findings", "key finding", "key findings", "kernaussage")
VERIFIED = ("reported verified", "verified")
OTHER_VERIFIED = (
    *("verdict", "verification", "verification status", "is verified", "supported"),
    *("is supported", "supports", "status", "label", "rating", "veracity", "judgment", "judgement"),
    *("assessment", "evaluation"),
    *("urteil", "bewertung", "verifiziert"),
)
CONFIDENCE = ("reported confidence", "confidence")
OTHER_CONFIDENCE = (
    *("confidence score", "confidence level", "confidence rating", "certainty", "konfidenz"),
    *("konfidenzwert", "konfidens"),
)
REMARKS = "reported remarks"  # of our own table: what a report said that these cannot hold
KNOWN = (*STATEMENT, "verified", "confidence")
ALIKE = 0.85  # "confidance" is .90 like "confidence"; "claim_id" .77 like "claim"
OVERALL = re.compile(r"^(?:overall|final|claim(?= (?:verdict|verified|status|confidence)$)) ")
PERCENT = re.compile(r"\s*(?:[(\[]\s*%\s*[)\]]|in %|%|percent)$")


def key(name: str) -> str:
    """A column's name as it is compared: "**Confidence_Score**" is "confidence score".

    >>> key("**Confidence_Score**"), key("claimText"), key("Overall verdict"), key("Supported?")
    ('confidence score', 'claim text', 'verdict', 'supported')
    """
    parted = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name.strip().strip("*_?"))
    return OVERALL.sub("", " ".join(parted.replace("_", " ").casefold().split()))


def is_header(cells: Sequence[str], *, also: Sequence[str] = ()) -> bool:
    """Does one of the cells name a column of claims? `also` are names that will do."""
    return any(key(cell) in (*STATEMENT, *OTHER_STATEMENT, *also) for cell in cells)


def misspelt(names: Iterable[str], *, known: Sequence[str] = KNOWN) -> list[str]:
    """Say which names were probably meant to be ours.

    >>> misspelt(["claim", "confidance", "notes"])
    ["there is no 'confidance'; did you mean 'confidence'?"]
    """
    hints = ((name, _meant(key(name), tuple(known))) for name in names)
    return [f"there is no {excerpt(n)}; did you mean {meant!r}?" for n, meant in hints if meant]


@lru_cache
def _meant(name: str, known: tuple[str, ...]) -> str | None:
    """The name of ours that a name resembles without being it; cached, as rows repeat theirs."""
    ours = (*known, *OTHER_STATEMENT, *FINDING, *VERIFIED, *OTHER_VERIFIED)
    if PERCENT.sub("", name) in (*ours, *CONFIDENCE, *OTHER_CONFIDENCE):
        return None
    close = get_close_matches(name, known, n=1, cutoff=ALIKE)
    return close[0] if close else None


def row(said: Mapping[str, object], *, line: int) -> Row:
    """One claim from its values by name; what is missing is None."""
    by_key = {key(name): value for name, value in said.items() if name.strip()}
    plain = {PERCENT.sub("", name): name for name in by_key}
    statement = _first(plain, (*STATEMENT, *OTHER_STATEMENT, *FINDING))
    verified = _first(plain, (*VERIFIED, *OTHER_VERIFIED))
    confidence = _first(plain, (*CONFIDENCE, *OTHER_CONFIDENCE))
    return Row(
        line=line,
        statement=by_key.get(statement, ""),
        verified=by_key.get(verified),
        confidence=by_key.get(confidence),
        is_loose=verified not in VERIFIED,
        is_loosely_sure=confidence not in CONFIDENCE,
        is_percent=PERCENT.search(confidence) is not None,
        remarks=tuple(remark for remark in [clean(str(by_key.get(REMARKS) or ""))] if remark),
    )


def _first(names: Mapping[str, str], wanted: Sequence[str]) -> str:
    return next((names[name] for name in wanted if name in names), "")


def rows_of_table(
    header: Sequence[str], records: Iterable[tuple[int, Sequence[str]]], *, line: int
) -> tuple[list[Row], list[Problem]]:
    """Turn (line, cells) under a header into rows, and name every line that does not fit it.

    Cells missing at the end of a line say nothing; cells too many are refused, because a claim
    with an unescaped separator would lose its tail.
    """
    problems = [Problem(line=line, text=text) for text in [*misspelt(header), *_repeated(header)]]
    rows = []
    records = list(records)
    header = _with_sentences(header, [cells for _, cells in records])
    for at, cells in records:
        filled = _without_empty_tail(cells)
        if _is_across(filled, header):
            continue
        if len(filled) > len(header):
            problems.append(Problem(line=at, text=_too_many(filled, len(header))))
        elif filled:
            padded = [*filled, *[""] * (len(header) - len(filled))]
            rows.append(row(dict(zip(header, padded, strict=True)), line=at))
    return rows, problems


def _with_sentences(header: Sequence[str], records: Sequence[Sequence[str]]) -> Sequence[str]:
    """The header, with "claim" above the column of sentences where it stands above numbers.

    >>> _with_sentences(["Claim", "Text"], [["C1", "S4 is new."], ["C2", "CPC leads."]])
    ['', 'claim']
    """
    names = [key(cell) for cell in header]
    others = [name for name in TEXT if name in names]
    if "claim" not in names or not others:
        return header
    if not _has_numbers(header, records):
        return header
    return ["claim" if n == others[0] else "" if n == "claim" else n for n in names]


def only_refers(header: Sequence[str], records: Sequence[Sequence[str]]) -> bool:
    """Is it a table about claims that are written elsewhere, and here have their numbers?

    >>> only_refers(["Claim", "Study"], [["1, 3", "Oh"], ["RQ-A", "Gu"]])
    True
    """
    names = [key(cell) for cell in header]
    return len(names) > 1 and not set(TEXT) & set(names) and _has_numbers(header, records)


def _has_numbers(header: Sequence[str], records: Sequence[Sequence[str]]) -> bool:
    """Has every line something in the column called claim, and nothing but numbers of claims?"""
    names = [key(cell) for cell in header]
    if not records or not {"claim", "claims"} & set(names):
        return False
    at = names.index("claim" if "claim" in names else "claims")
    words = [re.split(r"[\s,;&]+", cells[at].strip()) for cells in records if len(cells) > at]
    return len(words) == len(records) and all(NUMBER.fullmatch(w) for each in words for w in each)


def _is_across(filled: Sequence[str], header: Sequence[str]) -> bool:
    """Is it a line across the table, such as "B. Results", where claims stand further right?"""
    is_alone = len(filled) == 1 and len(header) > 1 and not is_header(header[:1], also=FINDING)
    return is_alone and NUMBER.fullmatch(filled[0].strip()) is None


def _repeated(header: Sequence[str]) -> list[str]:
    names = [key(cell) for cell in header]
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
