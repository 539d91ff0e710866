"""From raw rows to claims: where every format's values are checked, and problems gathered."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from math import isfinite

from verifier.claim import InputError, ReportedClaim
from verifier.importers._cut import is_cut, mostly_end

N_CHARACTERS_LIMIT = 2_000  # of one statement
N_PROBLEMS_SHOWN = 10
YES = ("✓", "✔", "yes", "true")
NO = ("×", "✗", "x", "no", "false")
NOT_SAID = ("", "-", "–", "—", "n/a", "none", "null")
NUMBER = re.compile(r"([+-]?(?:\d+(?:[.,]\d*)?|[.,]\d+)(?:e[+-]?\d+)?)\s*(%?)", re.ASCII | re.I)
CONFIDENCE_ALLOWED = 'a number from 0 to 1, a percentage from "0 %" to "100 %", or nothing'


@dataclass(frozen=True, kw_only=True)
class Row:
    """One claim as the file has it, before anything is checked."""

    line: int
    statement: object
    verified: object = None
    confidence: object = None


@dataclass(frozen=True, kw_only=True)
class Problem:
    line: int
    text: str


def clean(text: str) -> str:
    r"""Collapse white space, and remove control, invisible formatting and broken characters.

    >>> clean(" a\tb\x07\u202e c\n")
    'a b c'
    """
    spaced = " ".join(text.split())
    kept = (c for c in spaced if unicodedata.category(c) not in {"Cc", "Cf", "Cs"})
    return " ".join("".join(kept).split())


def lines(text: str) -> list[str]:
    """Split as editors count lines; str.splitlines also splits at form feeds and the like."""
    return re.split(r"\r\n|\r|\n", text)


def claims_from(
    rows: Sequence[Row], *, problems: Iterable[Problem] = (), always_ends: bool = False
) -> tuple[ReportedClaim, ...]:
    """Check all rows, then return all claims or raise one InputError naming what is wrong.

    `always_ends` says that this format's writer ends every sentence, so what lacks an end is cut.
    """
    found = list(problems)
    unique: dict[str, ReportedClaim] = {}
    for row in rows:
        try:
            claim = _claim(row, position=len(unique) + 1)
            first = unique.get(claim.statement.casefold())
            unique[claim.statement.casefold()] = claim if first is None else _joined(first, claim)
        except ValueError as error:
            found.append(Problem(line=row.line, text=str(error)))
    refuse(found)
    others_end = always_ends or mostly_end([claim.statement for claim in unique.values()])
    return tuple(_marked(claim, others_end=others_end) for claim in unique.values())


def refuse(problems: Sequence[Problem]) -> None:
    """Raise one InputError for all problems, in the order of the file; none is no error."""
    if not problems:
        return
    ordered = sorted(problems, key=lambda problem: problem.line)
    shown = [f"Line {p.line}: {p.text}" for p in ordered[:N_PROBLEMS_SHOWN]]
    if len(ordered) > N_PROBLEMS_SHOWN:
        shown.append(f"… and {len(ordered) - N_PROBLEMS_SHOWN} more.")
    raise InputError("\n".join(shown))


def verified(value: object) -> bool | None:
    """Read a mark or word; None where the report does not say.

    >>> verified("✓"), verified("No"), verified("")
    (True, False, None)
    """
    if value is None or isinstance(value, bool):
        return value
    word = clean(str(value)).replace("\ufe0f", "").casefold()  # \ufe0f asks for an emoji
    if word in NOT_SAID:
        return None
    if word in YES:
        return True
    if word in NO:
        return False
    raise ValueError(
        f"verified is {excerpt(value)}; allowed: {', '.join(YES)}, or {', '.join(NO)}, or nothing."
    )


def confidence(value: object) -> float | None:
    """Read a probability; None where the report does not say.

    >>> confidence("0.11"), confidence("11 %"), confidence("0,5"), confidence("–")
    (0.11, 0.11, 0.5, None)
    """
    if value is None or clean(str(value)).casefold() in NOT_SAID:
        return None
    match = None if isinstance(value, bool) else NUMBER.fullmatch(clean(str(value)))
    if match is None:
        raise ValueError(f"confidence is {excerpt(value)}; allowed: {CONFIDENCE_ALLOWED}.")
    number = float(match[1].replace(",", ".")) / (100 if match[2] else 1)
    if not isfinite(number) or not 0 <= number <= 1:
        raise ValueError(
            f"confidence is {excerpt(value)}, out of range; allowed: {CONFIDENCE_ALLOWED}."
        )
    return number


def excerpt(value: object, n_characters: int = 40) -> str:
    """Quote what was found, shortened, for an error."""
    text = clean(str(value))
    return repr(text if len(text) <= n_characters else text[:n_characters] + "…")


def _claim(row: Row, *, position: int) -> ReportedClaim:
    if not isinstance(row.statement, str):
        raise ValueError(f"the claim is {excerpt(row.statement)}; allowed: text.")
    statement = clean(row.statement)
    if not statement:
        raise ValueError("the claim is empty; allowed: a sentence.")
    if len(statement) > N_CHARACTERS_LIMIT:
        raise ValueError(
            f"the claim {excerpt(statement)} has {len(statement):,} characters; "
            f"at most {N_CHARACTERS_LIMIT:,} are allowed."
        )
    return ReportedClaim(
        statement=statement,
        position=position,
        line=row.line,
        verified=verified(row.verified),
        confidence=confidence(row.confidence),
    )


def _joined(first: ReportedClaim, again: ReportedClaim) -> ReportedClaim:
    """A sentence that stands in a report twice is one claim, as it stands first."""
    if None not in (first.verified, again.verified) and first.verified != again.verified:
        raise ValueError(
            f"the claim of line {first.line} stands here again and is "
            f"{'' if again.verified else 'not '}verified, unlike there; a report says one of both."
        )
    return replace(
        first,
        verified=again.verified if first.verified is None else first.verified,
        confidence=again.confidence if first.confidence is None else first.confidence,
    )


def _marked(claim: ReportedClaim, *, others_end: bool) -> ReportedClaim:
    return replace(claim, is_cut=is_cut(claim.statement, others_end=others_end))
