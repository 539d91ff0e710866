"""Numbers with what they count or measure: "five public datasets", "an accuracy of 67.5%". Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from verifier.judges._words import Token, stem, tokens

BOUNDS = {
    "over": ("over", "more than", "above", "exceeding", "beyond", "greater than", ">"),
    "least": ("at least", "minimum of", "or more", "≥"),
    "most": ("up to", "at most", "as many as", "maximum of", "within", "≤"),
    "under": ("under", "less than", "fewer than", "below", "<"),
    "about": (
        "about roughly around nearly almost approximately some circa ca ~ ≈ every additional "
        "another first top last than by".split()
    ),
}
BOUND_OF = {phrase: bound for bound, phrases in BOUNDS.items() for phrase in phrases}
MEASURES = frozenset(
    "accuracy auc auroc auprc f1 recall precision sensitivity specificity bleu map error".split()
)
# A number after one of these is its name: "type 2 diabetes", "Table 3".
NUMBERED = frozenset(
    "type stage phase grade class level version figure fig table section category chapter".split()
)
# Joins a measure to its value: "accuracy of 67.5%", "an AUC score of", "accuracy comes to".
LINKS = frozenset(
    "of is was reaches reached to comes equals score scores performance = a an $ at value".split()
)
SORTS = frozenset("kind kinds type types sort sorts".split())
# Adjectives that leave a count as it is.
PLAIN = frozenset(
    "different distinct separate various diverse unique independent individual key main".split()
)
WORDS_OF_A_METHOD = frozenset(
    "method methods methodology methodologies approach approaches objective objectives paradigm "
    "paradigms strategy strategies".split()
)
METHOD = "method"  # what all of them are compared as
METHOD_KEYS = frozenset(map(stem, WORDS_OF_A_METHOD))
POWERS = "×^⁻⁰¹²³⁴⁵⁶⁷⁸⁹"
SINGULAR_S = ("ss", "us", "is", "ous")
LONGEST_PHRASE = 9  # tokens between a number and the noun it counts


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number and its thing. `bound` is "" for an exact number."""

    value: float
    thing: str  # key of the noun counted, or of the measure
    qualities: frozenset[str] = frozenset()  # keys of the words between number and noun
    bound: str = ""
    is_measure: bool = False
    is_share: bool = False  # given in percent


@lru_cache(maxsize=4096)
def quantities(text: str) -> tuple[Quantity, ...]:
    """Every number whose thing is plain to see.

    >>> [(q.value, q.thing, q.bound) for q in quantities("over five public datasets, 12 leads")]
    [(5.0, 'dataset', 'over'), (12.0, 'lead', '')]
    >>> [(q.value, q.thing) for q in quantities("It reaches an accuracy of 67.5%.")]
    [(67.5, 'accurac')]
    """
    found = tokens(text)
    read = [_quantity(found, i) for i, token in enumerate(found) if token.value is not None]
    return tuple(quantity for quantity in read if quantity is not None)


def numbers(text: str) -> set[str]:
    """Every number of a text, with "%" where it is a share; also those inside no quantity."""
    return {token.key for token in tokens(text) if token.value is not None}


def values(text: str) -> set[float]:
    """Every number of a text, whatever it counts."""
    return {token.value for token in tokens(text) if token.value is not None}


def bounds(text: str) -> dict[float, set[str]]:
    """What stands before each number, whatever it counts: "" where it is exact.

    >>> bounds("up to 90% of all labels in 5 tasks")
    {90.0: {'most'}, 5.0: {''}}
    """
    found, read = tokens(text), dict[float, set[str]]()
    for i, token in enumerate(found):
        if token.value is not None:
            read.setdefault(token.value, set()).add(_bound(found, i))
    return read


def _quantity(found: Sequence[Token], i: int) -> Quantity | None:
    if i and found[i - 1].text.lower() in {"/", "-", "–", "−"} | NUMBERED:
        return None
    if _is_part_of_several(found, i) or _is_part_of_a_number(found, i):
        return None
    bound = _bound(found, i)
    if found[i].is_percent or _has_point(found[i]):
        measure = _measure(found, i)
        if measure is not None:
            return Quantity(
                value=_value(found[i]),
                thing=measure,
                bound=bound,
                is_measure=True,
                is_share=found[i].is_percent,
            )
        if found[i].is_percent:
            return None
    return _count(found, i, bound)


def _count(found: Sequence[Token], i: int, bound: str) -> Quantity | None:
    """A number followed, within one noun phrase, by the plural noun it counts."""
    if 1900 <= _value(found[i]) <= 2100:
        return None  # more likely a year
    if _value(found[i]) % 1:
        return None  # nothing is counted in parts: "21.799 records" is German for thousands
    qualities: list[str] = []
    after = found[i + 1 : i + 1 + LONGEST_PHRASE]
    if len(after) > 2 and after[0].text.lower() in SORTS and after[1].text == "of":
        noun = after[2]
        return Quantity(value=_value(found[i]), thing=_thing(noun), bound=bound)
    if len(after) > 1 and after[0].text == "-" and after[1].value is None:
        return Quantity(value=_value(found[i]), thing=_thing(after[1]), bound=bound)
    for token in after:
        if token.text == "-" or (token.text == "and" and qualities):
            continue
        if token.is_mark or token.value is not None or not token.is_content:
            return None
        if is_plural(token):
            return Quantity(
                value=_value(found[i]),
                thing=_thing(token),
                qualities=frozenset(qualities),
                bound=bound,
            )
        if token.text.lower() not in PLAIN:
            qualities.append(token.key)
    return None


def _measure(found: Sequence[Token], i: int) -> str | None:
    """The measure a value belongs to: "91% accuracy", or back over linking words."""
    if i + 1 < len(found) and found[i + 1].text.lower() in MEASURES:
        return found[i + 1].key
    j = i - 1
    while j >= 0 and found[j].text.lower() in LINKS:
        j -= 1
    is_linked = j < i - 1
    return found[j].key if is_linked and j >= 0 and found[j].text.lower() in MEASURES else None


def _bound(found: Sequence[Token], i: int) -> str:
    """The bound before a number; the "over" of "spread over six" is none."""
    before = [token.text.lower() for token in found[max(0, i - 2) : i] if token.text != "$"]
    if len(before) == 2 and before[0] in ("spread", "averaged") and before[1] == "over":
        return ""
    for phrase in (" ".join(before), *before[-1:]):
        if phrase in BOUND_OF:
            return BOUND_OF[phrase]
    return ""


def _is_part_of_several(found: Sequence[Token], i: int) -> bool:
    """No single count: "5 of 7 tasks", "3.3-9×", "two to four layers", "three or four"."""
    near = [t.text.lower() for t in found[i + 1 : i + 3]]
    before = [t.text.lower() for t in found[max(0, i - 2) : i]]
    of = near[:1] == ["of"] or (near[:2] == ["out", "of"]) or near[:2] == ["of", "the"]
    ranges = {"to", "or", "–", "/", "+"}
    return (
        of
        or (bool(near) and near[0] in {*ranges, "x", "×", "times"})
        or (len(found) > i + 2 and near[0] == "-" and found[i + 2].value is not None)
        or (len(before) == 2 and before[1] in {*ranges, "of"} and found[i - 2].value is not None)
        or before[-2:] == ["out", "of"]
    )


def _is_part_of_a_number(found: Sequence[Token], i: int) -> bool:
    """Written in a way we do not read: "21 799", "0,93", "3 × 105" where a PDF lost the power."""
    before, after = found[max(0, i - 2) : i], found[i + 1 : i + 3]
    if any(one.value is not None or one.text[0] in POWERS for one in (*before[-1:], *after[:1])):
        return True
    return any(
        len(near) == 2 and near[mark].text == "," and near[1 - mark].value is not None
        for near, mark in ((before, 1), (after, 0))
    )


def is_plural(token: Token) -> bool:
    word = token.text
    if not re.search(r"[A-Za-z]{2}", word) or word.lower().endswith(SINGULAR_S):
        return False
    return word.endswith("s") or word.lower() in ("data", "hz")


def _thing(token: Token) -> str:
    return METHOD if token.key in METHOD_KEYS else token.key


def _has_point(token: Token) -> bool:
    return "." in token.text


def _value(token: Token) -> float:
    return token.value if token.value is not None else 0.0
