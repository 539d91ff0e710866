"""What a report says of its own claim: a mark or a word, and how sure it is.

Only what is plainly a yes, a no or a probability is kept. A word between, a grade or stars are
known and kept as nothing, with a remark that says so; what is none of these is refused.
"""

import re
from dataclasses import dataclass
from math import isfinite
from typing import Generic, TypeVar

from verifier.importers._text import clean, excerpt

YES_MARKS, NO_MARKS = ("✓", "✔", "✅", "☑"), ("×", "✗", "✘", "✖", "❌")
YES = (
    *("yes", "true", "verified", "supported", "fully supported", "strongly supported", "confirmed"),
    *("correct", "accurate", "supports", "ja", "wahr", "richtig", "bestätigt", "belegt"),
    *("verifiziert", "gestützt", "unterstützt"),
)
NO = (
    *("no", "x", "false", "not verified", "unverified", "not supported", "unsupported"),
    *("not confirmed", "unconfirmed", "nein", "falsch", "nicht bestätigt", "nicht belegt"),
    *("unbelegt", "nicht verifiziert", "nicht gestützt", "nicht unterstützt"),
)
AGAINST = (  # more than "not verified", which is all that is kept of them
    *("refuted", "contradicted", "rejected", "incorrect", "inaccurate", "disproved", "debunked"),
    *("refutes", "contradicts", "widerlegt"),
)
BETWEEN = (
    *("mixed", "unclear", "uncertain", "undecided", "inconclusive", "neutral", "unknown"),
    *("partial", "partly supported", "partially supported", "partially verified", "partly true"),
    *("partially true", "mostly supported", "mostly true", "weakly supported", "contested"),
    *("disputed", "debated", "not enough evidence", "insufficient evidence", "not enough info"),
    "not enough information",
    *("mixed evidence", "conflicting", "conflicting evidence", "limited evidence", "plausible"),
    *("partially", "partly", "likely", "likely true", "possibly", "nei", "no evidence"),
    *("unchecked", "not checked", "pending", "gemischt", "unklar", "offen"),
    *("umstritten", "teilweise", "teilweise bestätigt", "teilweise belegt", "teilweise gestützt"),
)
NOT_SAID = ("", "-", "–", "—", "n/a", "none", "null")
LEVELS = (
    *("very high", "very low", "high", "moderate", "medium", "low", "strong", "weak", "limited"),
    *("sehr hoch", "sehr niedrig", "hoch", "mittel", "niedrig", "gering", "mäßig", "stark"),
)
NUMBER = re.compile(
    r"([+-]?(?:\d+(?:[.,]\d*)?|[.,]\d+)(?:e[+-]?\d+)?)\s*(%|per ?cent|prozent|)", re.ASCII | re.I
)
SURE_BESIDE = re.compile(  # a verdict: "Supported (confidence 0.9)", "True (high confidence)"
    r"\s*[(\[][^()\[\]]*(?:confidence|konfidenz|certainty)[^()\[\]]*[)\]]", re.IGNORECASE
)
GRADED = re.compile(r"([^()]+)\(([^()]*)\)")  # "High (85 %)", "85 % (high)"
STARS = re.compile(r"[★☆⭐✩✭⯪⊕⊖○●◯◐\s]+")
INEXACT = re.compile(  # a bound, a range or a step of a scale: "~85%", "0.8–0.9", "4/5"
    r"[~≈<>≤≥±]\s?[\d.,]+\s?%?|[\d.,]+\s?%?\s?(?:[-–—/±]|to|of|out of|bis|von)\s?[\d.,]+\s?%?"
)
CONFIDENCE_ALLOWED = 'a number from 0 to 1, a percentage from "0 %" to "100 %", or nothing'

Value = TypeVar("Value", bool, float)


@dataclass(frozen=True, kw_only=True)
class Told(Generic[Value]):
    """A value, None where the report does not give it, and what of its words was not kept."""

    value: Value | None
    remark: str = ""


def verified(value: object) -> Told[bool]:
    """Read a mark, a word or both; one that says neither yes nor no is a ValueError.

    >>> [verified(said).value for said in ("✓", "No", "", "✅ Supported", "Mixed")]
    [True, False, None, True, None]
    >>> verified("Refuted")
    Told(value=False, remark="the report says 'Refuted', kept as not verified")
    """
    if value is None or isinstance(value, bool):
        return Told(value=value)
    word, marks = _word_and_marks(SURE_BESIDE.sub("", str(value)))
    is_other_sign = not word and clean(str(value)) not in NOT_SAID
    if not marks and word in NOT_SAID and not is_other_sign:
        return Told(value=None)
    readings = marks | ({_reading(word)} if word else set())
    if readings == {True} or readings == {False}:
        kept = readings.pop()
        says_more = word in AGAINST or SURE_BESIDE.search(str(value)) is not None
        told = f"the report says {excerpt(value)}, kept as {'' if kept else 'not '}verified"
        return Told(value=kept, remark=told if says_more else "")
    if (word in BETWEEN or is_other_sign) and not marks:
        remark = f"the report says {excerpt(value)}, which is neither verified nor not"
        return Told(value=None, remark=remark)
    raise ValueError(
        f"verified is {excerpt(value)}; allowed: ✓, ✔, yes, true, verified, supported, or ×, ✗, x, "
        "no, false, not verified, refuted, or a word between such as mixed, or nothing."
    )


def is_verdict(value: str) -> bool:
    """Does it say yes, no or something between, and nothing else?

    >>> is_verdict("VERIFIED"), is_verdict("1, 2"), is_verdict("")
    (True, False, False)
    """
    try:
        verified(value)
    except ValueError:
        return False
    return clean(value).casefold() not in NOT_SAID


def is_confidence(value: str) -> bool:
    """Does it say how sure one is, in a number, a grade or stars, and nothing else?

    >>> is_confidence("High (85 %)"), is_confidence("S4 is new."), is_confidence("")
    (True, False, False)
    """
    try:
        confidence(value)
    except ValueError:
        return False
    return clean(value).casefold() not in NOT_SAID


def confidence(value: object, *, is_percent: bool = False) -> Told[float]:
    """Read a probability; in a column of percentages a bare number is one.

    A number beyond 0 to 1 and a word that is no grade are a ValueError.

    >>> [confidence(said).value for said in ("0.11", "11 %", "0,5", "–", "High (85 %)", "High")]
    [0.11, 0.11, 0.5, None, 0.85, None]
    >>> confidence("★★★★☆").remark
    "the report's confidence '★★★★☆' is no probability and not kept"
    """
    text = "" if value is None else clean(str(value)).casefold().rstrip(".")
    if text in NOT_SAID:
        return Told(value=None)
    match = None if isinstance(value, bool) else NUMBER.fullmatch(_without_grade(text))
    if match is None:
        if text not in LEVELS and not STARS.fullmatch(text) and not INEXACT.fullmatch(text):
            raise ValueError(f"confidence is {excerpt(value)}; allowed: {CONFIDENCE_ALLOWED}.")
        told = f"the report's confidence {excerpt(value)} is no probability and not kept"
        return Told(value=None, remark=told)
    number = float(match[1].replace(",", ".")) / (100 if match[2] or is_percent else 1)
    if not isfinite(number) or not 0 <= number <= 1:
        hint = f' ("{match[1]} %", if it is one of a hundred)' if 1 < number <= 100 else ""
        raise ValueError(
            f"confidence is {excerpt(value)}, out of range; allowed: {CONFIDENCE_ALLOWED}{hint}."
        )
    return Told(value=number)


def _word_and_marks(text: str) -> tuple[str, set[bool | None]]:
    """The word without marks, emoji and punctuation around it, and what the marks say."""
    marks: set[bool | None] = set()
    marks |= {True} if any(mark in text for mark in YES_MARKS) else set()
    marks |= {False} if any(mark in text for mark in NO_MARKS) else set()
    cleaned = clean(text)
    if cleaned in NOT_SAID:
        return cleaned, marks
    word = re.sub(r"[\W_]+", " ", cleaned.casefold()).strip()
    return ("n/a" if word == "n a" else word), marks


def _reading(word: str) -> bool | None:
    return True if word in YES else False if word in (*NO, *AGAINST) else None


def _without_grade(text: str) -> str:
    """The number of "High (85 %)" or "85 % (high)"; any other text as it is."""
    match = GRADED.fullmatch(text)
    if match is None:
        return text
    outside, inside = match[1].strip(), match[2].strip()
    if outside in LEVELS:
        return inside
    return outside if inside in LEVELS else text
