"""Amounts: between which values a number lies, by its bound, rounding and interval. Pure.

"0.93" lies between 0.925 and 0.935, "0.93 (95 % CI 0.88–0.97)" between 0.88 and 0.97, "more than
10,000" above it, "12,345 patients" is counted and exact. "Up to 0.93" is the largest of several: it
is no amount of any of them, and is not read.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import inf

from verifier.judges._words import Token

# How each bound is said before a number; "about" is none that decides.
BOUNDS = {
    tuple(phrase.split()): kind
    for kind, phrases in {
        "over": "more than|over|above|exceeding|greater than|higher than|larger than|in excess of"
        "|longer than|beyond|>",
        "least": "at least|no less than|no fewer than|not less than|not fewer than|minimum of|≥",
        "under": "less than|fewer than|under|below|lower than|smaller than|shorter than|<",
        "most": "at most|no more than|not more than|no longer than|within|≤",
        "about": "about|roughly|around|nearly|almost|approximately|some|circa|ca|close to|~|≈",
        "none": "up to|as many as|as much as|as high as|as low as|as few as|as little as"
        "|maximum of|first|another|every|additional|top|last|all|both|than|only|just|±|-|−|–",
    }.items()
    for phrase in phrases.split("|")
}
LONGEST = 3  # tokens of a bound
AFTERWARDS = {
    "least": frozenset("more higher above greater longer better".split()),
    "most": frozenset("less fewer lower below shorter".split()),
}
DASHES = frozenset("– - — − to".split())
IN_INTERVAL = frozenset("ci confidence interval credible : , ; = of [ ] ( )".split())
UNITS = {
    word: (unit, factor)
    for words, unit, factor in (
        ("ms millisecond milliseconds", "s", 0.001),
        ("s sec second seconds", "s", 1.0),
        ("min minute minutes", "s", 60.0),
        ("h hour hours", "s", 3600.0),
        ("day days", "s", 86400.0),
        ("week weeks", "s", 604800.0),
        ("hz", "hz", 1.0),
        ("khz", "hz", 1000.0),
        ("mv", "v", 0.001),
        ("µv μv uv", "v", 0.000001),
        ("mb megabytes", "byte", 1e6),
        ("gb gigabytes", "byte", 1e9),
        ("tb terabytes", "byte", 1e12),
        ("month months", "month", 1.0),
        ("year years", "year", 1.0),
        ("mmhg", "mmhg", 1.0),
        ("bpm", "bpm", 1.0),
        ("kg", "kg", 1.0),
        ("mm", "mm", 1.0),
        ("cm", "cm", 1.0),
        ("timesas", "times", 1.0),
        ("timesmore", "times more", 1.0),
    )
    for word in words.split()
}
POINTS = frozenset("point points pp".split())
COUNTED = 1000  # smaller whole numbers are counted, larger ones that end in zeros are rounded
LOOSE = 0.1  # how far off "about" may be, relative
SPREADS = 2  # "± x" may be a standard error: an interval is twice as wide


@dataclass(frozen=True, slots=True)
class Amount:
    """The values a number may have, in its unit, and the tokens it takes: `start` up to `stop`."""

    low: float
    high: float
    start: int
    stop: int
    unit: str = ""  # one of UNITS, "%" or "point"; "" of a bare number
    bound: str = ""
    is_exact: bool = False  # counted: the ends themselves are meant

    @property
    def is_bounded(self) -> bool:
        return self.bound in ("over", "least", "under", "most", "between")

    def holds(self, other: "Amount") -> bool:
        """Every value of the other is one of these; at an end only if both are exact there."""
        is_closed = self.bound in ("least", "most", "between") and other.is_exact
        above = other.low > self.low or (is_closed and other.low == self.low)
        below = other.high < self.high or (is_closed and other.high == self.high)
        return (above or self.low == -inf) and (below or self.high == inf)

    def excludes(self, other: "Amount") -> bool:
        return other.high < self.low or other.low > self.high

    def times(self, factor: float) -> "Amount":
        return replace(self, low=self.low * factor, high=self.high * factor)


def amount_at(found: Sequence[Token], i: int) -> Amount | None:
    """The amount whose first number is token `i`; None where it cannot be read for certain."""
    if found[i].value is None or _is_torn(found, i):
        return None
    bare = _between(found, i) or _range(found, i) or _single(found, i)
    whole = _with_unit(found, _with_interval(found, _with_spread(found, bare)))
    return None if whole is None else _bounded(found, _afterwards(found, whole))


def _is_torn(found: Sequence[Token], i: int) -> bool:
    """Part of a number written in a way we do not read ("21 799", "0,93"), or of several."""
    before, after = found[max(0, i - 2) : i], found[i + 1 : i + 3]
    if any(one.value is not None for one in (*before[-1:], *after[:1])):
        return True
    joins = {",", "/", "or", "×", "^", ":"}
    return (len(before) == 2 and before[0].value is not None and before[1].text in joins) or (
        len(after) == 2 and after[0].text in joins and after[1].value is not None
    )


def _half_step(token: Token) -> float:
    """Half of the last digit that a number gives; 0 where it is counted."""
    value = token.value or 0.0
    digits = re.match(r"\d+(?:[,\u2009\u202f]\d{3})*(?:\.(?P<decimals>\d+))?", token.text)
    if digits is not None and digits["decimals"]:
        bare = float(re.sub("[,\u2009\u202f]", "", digits.group()))
        return 0.5 * 10.0 ** -len(digits["decimals"]) * (value / bare if bare else 1.0)
    if token.is_percent:
        return 0.5
    if value < COUNTED:
        return 0.0
    zeros = len(f"{value:.0f}") - len(f"{value:.0f}".rstrip("0"))
    return 0.5 * 10.0**zeros if zeros else 0.0


def _single(found: Sequence[Token], i: int) -> Amount:
    value, half = found[i].value or 0.0, _half_step(found[i])
    return Amount(
        low=value - half,
        high=value + half,
        start=i,
        stop=i + 1,
        unit="%" if found[i].is_percent else "",
        is_exact=half == 0.0,
    )


def _between(found: Sequence[Token], i: int) -> Amount | None:
    """An amount as in "between 0.85 and 0.90", its ends as they are."""
    if i == 0 or found[i - 1].text.lower() != "between" or len(found) < i + 3:
        return None
    last = found[i + 2]
    if found[i + 1].text != "and" or last.value is None:
        return None
    return _spanned(found, i, start=i - 1)


def _range(found: Sequence[Token], i: int) -> Amount | None:
    if len(found) < i + 3 or found[i + 1].text not in DASHES or found[i + 2].value is None:
        return None
    return _spanned(found, i, start=i)


def _spanned(found: Sequence[Token], i: int, *, start: int) -> Amount | None:
    first, last = found[i].value or 0.0, found[i + 2].value or 0.0
    if found[i].is_percent and not found[i + 2].is_percent:
        return None
    return Amount(
        low=first,
        high=last,
        start=start,
        stop=i + 3,
        unit="%" if found[i + 2].is_percent else "",
        bound="between" if start < i else "range",
    )


def _with_spread(found: Sequence[Token], one: Amount) -> Amount:
    """With the spread behind it, as in "0.93 ± 0.01"."""
    after = found[one.stop : one.stop + 2]
    if len(after) < 2 or after[0].text != "±" or after[1].value is None:
        return one
    off = SPREADS * after[1].value
    unit = "%" if after[1].is_percent else one.unit
    return replace(one, low=one.low - off, high=one.high + off, stop=one.stop + 2, unit=unit)


def _with_interval(found: Sequence[Token], one: Amount) -> Amount | None:
    """A bracket after the number that holds its interval and nothing else; None for any other."""
    if len(found) <= one.stop or found[one.stop].text not in ("(", "["):
        return one
    closing = {"(": ")", "[": "]"}[found[one.stop].text]
    end = next((i for i in range(one.stop, len(found)) if found[i].text == closing), None)
    if end is None:
        return None
    inside = found[one.stop + 1 : end]
    ends = [token for token in inside if token.value is not None]
    if len(ends) == 3 and ends[0].is_percent and inside[0] is ends[0]:
        ends = ends[1:]
    words = (token.text.lower() for token in inside if token.value is None)
    if len(ends) != 2 or any(word not in IN_INTERVAL | DASHES for word in words):
        return None
    low, high = ends[0].value or 0.0, ends[1].value or 0.0
    if not low <= (one.low + one.high) / 2 <= high:
        return None
    return replace(one, low=min(low, one.low), high=max(high, one.high), stop=end + 1)


def _with_unit(found: Sequence[Token], one: Amount | None) -> Amount | None:
    if one is None:
        return None
    after = [token.text.lower() for token in found[one.stop : one.stop + 2]]
    if after[:1] == ["%"]:
        one, after = replace(one, unit="%", stop=one.stop + 1), after[1:]
    if after[:1] == ["-"] and after[1:] and after[1] in POINTS:
        return replace(one, unit="point", stop=one.stop + 2)
    if after and after[0] in POINTS:
        return _measured(replace(one, unit="point", stop=one.stop + 1), found)
    if after and after[0] in UNITS and one.unit == "":
        unit, factor = UNITS[after[0]]
        measured = _measured(replace(one, unit=unit, stop=one.stop + 1), found)
        return measured.times(factor)
    return one if after[:1] not in (["times"], ["fold"], ["x"]) else None


def _measured(one: Amount, found: Sequence[Token]) -> Amount:
    """A whole number of a unit is rounded, where one of things is counted."""
    if not one.is_exact:
        return one
    return replace(one, low=one.low - 0.5, high=one.high + 0.5, is_exact=False)


def _afterwards(found: Sequence[Token], one: Amount) -> Amount | None:
    """With the bound behind it: "0.9 or more" is "at least 0.9"."""
    after = [token.text.lower() for token in found[one.stop : one.stop + 2]]
    if len(after) < 2 or after[0] != "or":
        return one
    kind = next((kind for kind, words in AFTERWARDS.items() if after[1] in words), None)
    return None if kind is None else _cut(replace(one, stop=one.stop + 2), kind)


def _bounded(found: Sequence[Token], one: Amount | None) -> Amount | None:
    """With the bound that stands before it."""
    if one is None or one.bound in ("between", "least", "most"):
        return one
    before = tuple(token.text.lower() for token in found[max(0, one.start - LONGEST) : one.start])
    for n in range(LONGEST, 0, -1):
        kind = BOUNDS.get(before[-n:]) if len(before) >= n else None
        if kind == "none" or (kind and one.bound):
            return None
        if kind:
            return _cut(replace(one, start=one.start - n), kind)
    return one


def _cut(one: Amount, kind: str) -> Amount:
    middle = (one.low + one.high) / 2
    if kind == "about":
        off = LOOSE * abs(middle)
        return replace(one, low=one.low - off, high=one.high + off, bound=kind, is_exact=False)
    if kind in ("over", "least"):
        return replace(one, low=middle, high=inf, bound=kind, is_exact=False)
    return replace(one, low=-inf, high=middle, bound=kind, is_exact=False)
