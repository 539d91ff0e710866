"""JSON or JSON lines: a list of claims, or an object that has one, and what else it tells.

A claim is a string, or an object with `statement` (or `claim`), `verified`, `confidence`, or other
tools' names for these. Objects printed by `claims --json`, and our own export, keep under
`reported` what a report said. Other keys are ignored.
"""

import json
import re
from dataclasses import replace
from typing import Any, NoReturn

from verifier.claim import InputError, Reference, Report
from verifier.importers._columns import (
    CONFIDENCE,
    FINDING,
    KNOWN,
    OTHER_CONFIDENCE,
    OTHER_STATEMENT,
    OTHER_VERIFIED,
    STATEMENT,
    VERIFIED,
    key,
    misspelt,
    row,
)
from verifier.importers._ours import NOTE as OURS
from verifier.importers._places import Placed, elements, line_at, members_of, skip
from verifier.importers._references import address_in, reference
from verifier.importers._rows import Problem, Row, claims_from, refuse
from verifier.importers._text import clean, excerpt
from verifier.plural import plural

LABEL = "JSON"
LOOKS_FOR = (
    "a list of sentences, a list of objects with statement or claim, or an object with claims"
)
NO_PROSE = re.compile(r"^\s*(?:#|\||[-*+•]\s|\d{1,3}[.)]\s|```)", re.MULTILINE)
ABOUT = ("title", "abstract", "question")
KEYS = (*ABOUT, "claims", "references")
LISTS = ("claims", "statements", "findings")  # or a longer name that ends so: "key_claims"
FENCED = re.compile(r"^```(?:json)?[ \t]*\n(.*?)^```", re.MULTILINE | re.DOTALL | re.IGNORECASE)
TEXTS = (*STATEMENT, *OTHER_STATEMENT, *FINDING, "text", "sentence")  # of a member of such a list
SAID = (*VERIFIED, *OTHER_VERIFIED, *CONFIDENCE, *OTHER_CONFIDENCE)
NESTED = ("assessment", "verification", "evaluation", "verdict", "judgment", "judgement", "result")
SURE = {"score", "value"}  # of an object that says how sure one is
MOST_LEVELS = 4  # of objects around the list of claims
BEGINNING = re.compile(r"\s*(?:\{\s*[\"}]|\[\s*[\"{\]])")
Found = tuple[int, Any]  # a value with the place in the text where it begins
Members = dict[str, Found]


def accepts(text: str, name: str) -> bool:
    return name.casefold().endswith(".json") or BEGINNING.match(_unfenced(text)) is not None


def _unfenced(text: str) -> str:
    """The JSON alone, on its lines, where a chat wrote it between fences with prose around it."""
    fenced = FENCED.search(text)
    if fenced is None or BEGINNING.match(fenced[1]) is None:
        return text
    if NO_PROSE.search(text[: fenced.start()] + text[fenced.end() :]):
        return text  # a report that shows some JSON
    return "\n" * text.count("\n", 0, fenced.start(1)) + fenced[1]


def read(text: str) -> Report:
    report = _read(_unfenced(text))
    return replace(report, text=text)


def _read(text: str) -> Report:
    parsed = _parsed(text)
    if parsed is None:
        rows, problems = _rows(_lines_parsed(text) or [])
        return Report(
            title="", text=text, format="json", claims=claims_from(rows, problems=problems)
        )
    start = skip(text, 0)
    if not isinstance(parsed, list | dict):
        raise InputError(f"Line 1: found {excerpt(parsed)}. Allowed: {LOOKS_FOR}.")
    is_object = isinstance(parsed, dict)
    members: Members = {k: (at, v) for k, at, v in members_of(text, start)} if is_object else {}
    problems = [Problem(line=1, text=hint) for hint in misspelt(members, known=KEYS)]
    refuse(problems)
    found = _list_of_claims(text, members) if is_object else (start, parsed)
    claims = _placed(text, found, "claims", problems)
    rows, wrong_rows = _rows(claims)
    listed = _placed(text, members.get("references", (0, [])), "references", problems)
    references, wrong_references, notes = _references(listed)
    about = {name: _about(members, name, text, problems) for name in ABOUT}
    return Report(
        text=text,
        format="json",
        title=about["title"],
        author=_of_checked(members, "author"),
        abstract=about["abstract"],
        question=about["question"],
        claims=claims_from(rows, problems=[*problems, *wrong_rows, *wrong_references]),
        references=references,
        notes=(*([OURS] if _is_ours(members) else []), *notes),
    )


def _parsed(text: str) -> Any:
    """The value of the whole text; None where each line is a value of its own."""
    try:
        return json.loads(text, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        if _lines_parsed(text) is not None:
            return None
        raise InputError(
            f"Line {error.lineno}, column {error.colno}: not JSON ({error.msg})."
        ) from None
    except (ValueError, RecursionError) as error:
        # A number of thousands of digits, NaN, or brackets nested without end.
        raise InputError(f"Not JSON that can be read: {str(error)[:200]}.") from None


def _lines_parsed(text: str) -> list[Placed] | None:
    """The objects of JSON lines with their lines, None where some line is none."""
    found = []
    try:
        for line, written in enumerate(text.split("\n"), start=1):
            if written.strip():
                found.append((line, json.loads(written, parse_constant=_no_constant)))
    except (ValueError, RecursionError):
        return None
    return found if len(found) > 1 and all(isinstance(v, dict) for _, v in found) else None


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a JSON number")


def _list_of_claims(text: str, members: Members) -> Found:
    """The list under a key that says claims, or else findings: here, or in an object below."""
    for name in LISTS:
        level = {"": members}
        for _ in range(MOST_LEVELS):
            places = [m[k] for m in level.values() for k in m if key(k) == name]
            places = places or [
                (at, value)
                for m in level.values()
                for k, (at, value) in m.items()
                if key(k).endswith(f" {name}") and isinstance(value, list)
            ]
            if places:
                return _only(places, name, text)
            level = {
                f"{path}.{k}": {inner: (at, v) for inner, at, v in members_of(text, at_object)}
                for path, m in level.items()
                for k, (at_object, value) in m.items()
                if isinstance(value, dict)
            }
    raise InputError(
        f"No claim found. Looked for: {LOOKS_FOR}. The object's keys are: "
        f"{', '.join(excerpt(name) for name in list(members)[:12]) or 'none'}."
    )


def _only(places: list[Found], name: str, text: str) -> Found:
    if len(places) > 1:
        where = ", ".join(str(line_at(text, at)) for at, _ in places)
        raise InputError(f"Lines {where}: {len(places)} lists of {name}; allowed: one.")
    return places[0]


def _placed(text: str, found: Found, name: str, problems: list[Problem]) -> list[Placed]:
    """Return the values of the list that was found with their lines; report what is no list.

    An object whose values are objects is a list, too: of claims by their ids.
    """
    at, value = found
    if isinstance(value, list):
        return list(elements(text, at)) if value else []
    if isinstance(value, dict) and value and all(isinstance(v, dict) for v in value.values()):
        return [(line_at(text, begins), each) for _, begins, each in members_of(text, at)]
    problems.append(
        Problem(line=line_at(text, at), text=f"{name} is {excerpt(value)}; allowed: a list.")
    )
    return []


def _is_ours(members: Members) -> bool:
    _, generator = members.get("generator", (0, None))
    return isinstance(generator, dict) and generator.get("name") == "replicheck"


def _about(members: Members, name: str, text: str, problems: list[Problem]) -> str:
    """What the object says, or else our own export of the report it is about."""
    at, value = members.get(name, (0, None))
    if value is not None and not isinstance(value, str):
        found = f"{name} is {excerpt(value)}; allowed: text."
        problems.append(Problem(line=line_at(text, at), text=found))
    return clean(value) if isinstance(value, str) else _of_checked(members, name)


def _of_checked(members: Members, name: str) -> str:
    """What our own export tells of the report that it is about."""
    _, report = members.get("report", (0, None))
    value = report.get(name) if isinstance(report, dict) else None
    return clean(value) if isinstance(value, str) else ""


def _rows(claims: list[Placed]) -> tuple[list[Row], list[Problem]]:
    rows, problems = [], []
    for line, value in claims:
        if isinstance(value, str):
            rows.append(Row(line=line, statement=value))
        elif isinstance(value, dict) and any(key(name) in TEXTS for name in value):
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
    """Where the object tells what a report said, nothing else in it is what a report says."""
    said = _flat(claim)
    if "reported" in claim:
        reported = claim["reported"]
        others = {name: value for name, value in claim.items() if key(name) not in SAID}
        said = {**(reported if isinstance(reported, dict) else {}), **others}
    name = next(name for text in TEXTS for name in said if key(name) == text)
    found = row({**said, "statement": said[name]}, line=line)
    remarks = said.get("remarks") if "reported" in claim else None
    if not isinstance(remarks, list):
        return found
    return replace(found, remarks=tuple(clean(each) for each in remarks if isinstance(each, str)))


def _flat(claim: dict[str, Any]) -> dict[str, Any]:
    """With what an object inside says of the claim.

    >>> _flat({"claim": "It is.", "assessment": {"verdict": "true"}, "confidence": {"score": 1}})
    {'verdict': 'true', 'claim': 'It is.', 'confidence': 1}
    """
    told: dict[str, Any] = {}
    kept: dict[str, Any] = {}
    for name, value in claim.items():
        if isinstance(value, dict) and key(name) in NESTED:
            told |= {inner: each for inner, each in value.items() if key(inner) in SAID}
        elif isinstance(value, dict) and key(name) in CONFIDENCE and len(value.keys() & SURE) == 1:
            kept[name] = value[(value.keys() & SURE).pop()]
        else:
            kept[name] = value
    return {**told, **kept}


def _references(
    values: list[Placed],
) -> tuple[tuple[Reference, ...], list[Problem], tuple[str, ...]]:
    """References, problems, and a note on those that name no address."""
    found: list[Reference] = []
    problems = []
    n_without = 0
    for line, value in values:
        address = _address(value)
        if address is None:
            n_without += 1
            continue
        try:
            found.append(reference(address, position=len(found) + 1))
        except ValueError as error:
            problems.append(Problem(line=line, text=str(error)))
    notes = (f"{plural(n_without, 'reference')} without an address left out",) * bool(n_without)
    return tuple(found), problems, notes


def _address(value: Any) -> str | None:
    """What names the work in the web; None for a citation in words, which names none."""
    if isinstance(value, dict):
        named = (value.get(name) for name in ("url", "arxiv_id", "arxiv", "doi", "link"))
        words = next((str(found) for found in named if found), None)
        return words and (address_in(words) or words)
    words = str(value)
    return address_in(words) or (None if " " in words.strip() else words)
