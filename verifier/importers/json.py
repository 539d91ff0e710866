"""JSON: a list of claims, or an object with `claims` and what else is known of the report.

A claim is a string, or an object with `statement` (or `claim`), `verified`, `confidence`. Objects
printed by `claims --json` keep these two under `reported`. Other keys are ignored.
"""

import json
import re
from collections.abc import Iterator
from typing import Any, NoReturn

from verifier.claim import InputError, Reference, Report
from verifier.importers._columns import KNOWN, misspelt
from verifier.importers._references import reference
from verifier.importers._rows import Problem, Row, claims_from, clean, excerpt

LABEL = "JSON"
LOOKS_FOR = (
    "a list of sentences, a list of objects with statement or claim, or an object with claims"
)
ABOUT = ("title", "abstract", "question")
KEYS = (*ABOUT, "claims", "references")
BEGINNING = re.compile(r"\s*(?:\{\s*[\"}]|\[\s*[\"{\]])")
BLANKS = re.compile(r"[ \t\n\r]*")
Placed = tuple[int, Any]  # a value with the line where it begins


def accepts(text: str, name: str) -> bool:
    return name.casefold().endswith(".json") or BEGINNING.match(text) is not None


def read(text: str) -> Report:
    whole = _parsed(text)
    start = _skip(text, 0)
    if isinstance(whole, list):
        members: dict[str, tuple[int, Any]] = {"claims": (start, whole)}
    elif isinstance(whole, dict):
        members = {key: (at, value) for key, at, value in _members(text, start)}
    else:
        raise InputError(f"Line 1: found {excerpt(whole)}. Allowed: {LOOKS_FOR}.")
    problems = [Problem(line=1, text=hint) for hint in misspelt(members, known=KEYS)]
    rows, wrong_rows = _rows(_placed(text, members, "claims", problems))
    references, wrong_references = _references(_placed(text, members, "references", problems))
    about = {key: _about(members, key, text, problems) for key in ABOUT}
    return Report(
        text=text,
        format="json",
        title=about["title"],
        abstract=about["abstract"],
        question=about["question"],
        claims=claims_from(rows, problems=[*problems, *wrong_rows, *wrong_references]),
        references=references,
    )


def _parsed(text: str) -> Any:
    try:
        return json.loads(text, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        raise InputError(
            f"Line {error.lineno}, column {error.colno}: not JSON ({error.msg})."
        ) from None
    except (ValueError, RecursionError) as error:
        # A number of thousands of digits, NaN, or brackets nested without end.
        raise InputError(f"Not JSON that can be read: {str(error)[:200]}.") from None


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a JSON number")


def _placed(
    text: str, members: dict[str, tuple[int, Any]], key: str, problems: list[Problem]
) -> list[Placed]:
    """Return the values of the list under `key` with their lines; report what is no list."""
    at, value = members.get(key, (0, []))
    if isinstance(value, list):
        return list(_elements(text, at)) if value else []
    problems.append(
        Problem(line=_line(text, at), text=f"{key} is {excerpt(value)}; allowed: a list.")
    )
    return []


def _about(
    members: dict[str, tuple[int, Any]], key: str, text: str, problems: list[Problem]
) -> str:
    at, value = members.get(key, (0, None))
    if value is not None and not isinstance(value, str):
        found = f"{key} is {excerpt(value)}; allowed: text."
        problems.append(Problem(line=_line(text, at), text=found))
    return clean(value) if isinstance(value, str) else ""


def _rows(claims: list[Placed]) -> tuple[list[Row], list[Problem]]:
    rows, problems = [], []
    for line, value in claims:
        if isinstance(value, str):
            rows.append(Row(line=line, statement=value))
        elif isinstance(value, dict) and ("statement" in value or "claim" in value):
            problems += [Problem(line=line, text=hint) for hint in misspelt(value, known=KNOWN)]
            rows.append(_row(value, line=line))
        else:
            problems.append(
                Problem(
                    line=line,
                    text=f"found {excerpt(json.dumps(value))}; allowed: a sentence, or an object "
                    "with statement or claim.",
                )
            )
    return rows, problems


def _row(claim: dict[str, Any], *, line: int) -> Row:
    reported = claim.get("reported")
    said = {**(reported if isinstance(reported, dict) else {}), **claim}
    return Row(
        line=line,
        statement=said.get("statement", said.get("claim")),
        verified=said.get("verified"),
        confidence=said.get("confidence"),
    )


def _references(values: list[Placed]) -> tuple[tuple[Reference, ...], list[Problem]]:
    found: list[Reference] = []
    problems = []
    for line, value in values:
        address = value.get("url") if isinstance(value, dict) else value
        try:
            found.append(reference(str(address), position=len(found) + 1))
        except ValueError as error:
            problems.append(Problem(line=line, text=str(error)))
    return tuple(found), problems


# json.loads tells no places, so the two outer levels are walked again. The text is known to be
# valid by then, which is why nothing is checked here.


def _skip(text: str, at: int) -> int:
    match = BLANKS.match(text, at)
    return match.end() if match else at


def _members(text: str, start: int) -> Iterator[tuple[str, int, Any]]:
    """Yield (key, where its value begins, value) of the object that begins at `start`."""
    decoder = json.JSONDecoder()
    at = _skip(text, start + 1)
    while text[at] != "}":
        key, at = decoder.raw_decode(text, at)
        begins = _skip(text, _skip(text, at) + 1)
        value, at = decoder.raw_decode(text, begins)
        yield key, begins, value
        at = _skip(text, at)
        if text[at] == ",":
            at = _skip(text, at + 1)


def _elements(text: str, start: int) -> Iterator[Placed]:
    """Yield (line, value) of the array that begins at `start`."""
    decoder = json.JSONDecoder()
    at = _skip(text, start + 1)
    line, counted_to = _line(text, at), at
    while text[at] != "]":
        line, counted_to = line + text.count("\n", counted_to, at), at
        value, at = decoder.raw_decode(text, at)
        yield line, value
        at = _skip(text, at)
        if text[at] == ",":
            at = _skip(text, at + 1)


def _line(text: str, at: int) -> int:
    return text.count("\n", 0, at) + 1
