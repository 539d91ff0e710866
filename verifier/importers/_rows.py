"""From raw rows to claims: where every format's values are checked, and problems gathered."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TypeVar

from verifier.claim import InputError, ReportedClaim
from verifier.importers import _said
from verifier.importers._citations import without_citations
from verifier.importers._cut import is_cut, mostly_end
from verifier.importers._said import Told
from verifier.importers._text import clean, excerpt

N_CHARACTERS_LIMIT = 2_000  # of one statement
N_CLAIMS_LIMIT = 5_000  # each is compared with all others
N_PROBLEMS_SHOWN = 10

Value = TypeVar("Value", bool, float)


@dataclass(frozen=True, kw_only=True)
class Row:
    """One claim as the file has it, before anything is checked.

    Where a mark or a confidence stands under a name of ours, what cannot be read is a problem of
    the file; under another tool's name (`is_loose…`) it is a remark on the claim.
    """

    line: int
    statement: object
    verified: object = None
    confidence: object = None
    is_loose: bool = False  # the mark
    is_loosely_sure: bool = False  # the confidence
    is_percent: bool = False  # a bare number is one of a hundred
    is_whole: bool = False  # something stood behind it, so that it is not cut off
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Problem:
    line: int
    text: str


def claims_from(
    rows: Sequence[Row], *, problems: Iterable[Problem] = (), always_ends: bool = False
) -> tuple[ReportedClaim, ...]:
    """Check all rows, then return all claims or raise one InputError naming what is wrong.

    `always_ends` says that this format's writer ends every sentence, so what lacks an end is cut.
    """
    if len(rows) > N_CLAIMS_LIMIT:
        raise InputError(
            f"There are {len(rows):,} claims, the last on line {rows[-1].line}; at most "
            f"{N_CLAIMS_LIMIT:,} are read from one file. Part it into several."
        )
    found = list(problems)
    whole: set[str] = set()
    unique: dict[str, ReportedClaim] = {}
    for row in rows:
        try:
            claim = _claim(row, position=len(unique) + 1)
            known = same(claim.statement)
            first = unique.get(known)
            unique[known] = claim if first is None else _joined(first, claim)
            whole |= {known} if row.is_whole else set()
        except ValueError as error:
            found.append(Problem(line=row.line, text=str(error)))
    refuse(found)
    others_end = always_ends or mostly_end([claim.statement for claim in unique.values()])
    return tuple(
        _marked(claim, others_end=others_end and known not in whole)
        for known, claim in unique.items()
    )


def same(statement: str) -> str:
    """Equal for sentences that are one claim: but for case, spacing, citations and a full stop."""
    plain = without_citations(clean(statement))
    return plain.casefold().rstrip(".") or plain


def refuse(problems: Sequence[Problem]) -> None:
    """Raise one InputError for all problems, in the order of the file; none is no error."""
    if not problems:
        return
    ordered = sorted(problems, key=lambda problem: problem.line)
    shown = [f"Line {p.line}: {p.text}" for p in ordered[:N_PROBLEMS_SHOWN]]
    if len(ordered) > N_PROBLEMS_SHOWN:
        shown.append(f"… and {len(ordered) - N_PROBLEMS_SHOWN} more.")
    raise InputError("\n".join(shown))


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
    verified = _told(_said.verified, row.verified, is_loose=row.is_loose)
    confidence = _told(
        partial(_said.confidence, is_percent=row.is_percent),
        row.confidence,
        is_loose=row.is_loosely_sure,
    )
    return ReportedClaim(
        statement=without_citations(statement),
        position=position,
        line=row.line,
        verified=verified.value,
        confidence=confidence.value,
        remarks=tuple(r for r in (*row.remarks, verified.remark, confidence.remark) if r),
    )


def _told(read: Callable[[object], Told[Value]], value: object, *, is_loose: bool) -> Told[Value]:
    try:
        return read(value)
    except ValueError as error:
        if not is_loose:
            raise
        return Told(value=None, remark=f"not kept: {str(error).partition(';')[0]}")


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
        remarks=tuple(dict.fromkeys((*first.remarks, *again.remarks))),
    )


def _marked(claim: ReportedClaim, *, others_end: bool) -> ReportedClaim:
    return replace(claim, is_cut=is_cut(claim.statement, others_end=others_end))
