"""Which of two things a text calls the better, higher or larger one. Pure."""

import re
from dataclasses import dataclass, replace
from functools import lru_cache

from verifier.judges._words import content

# (pattern between the two things, what is compared, +1 where the left one has more of it)
COMPARATORS: tuple[tuple[str, str, int], ...] = (
    (r"\b(?:outperform(?:s|ed|ing)?|surpass(?:es|ed|ing)?|beats?|beating)\b", "better", 1),
    (r"\b(?:ahead of|superior to|better than|best over|advantage over)\b", "better", 1),
    (
        r"\b(?:underperform(?:s|ed|ing)?|inferior to|worse than|(?:lags?|lagged) behind)\b",
        "better",
        -1,
    ),
    (r"\b(?:higher|greater)\b(?P<of>(?: \w+){0,2}) than\b", "high", 1),
    (r"\b(?:lower)\b(?P<of>(?: \w+){0,2}) than\b", "high", -1),
    (r"\bmore accurate than\b", "accurate", 1),
    (r"\bless accurate than\b", "accurate", -1),
    (r"\bmore (?P<of>compute-)?efficient than\b", "efficient", 1),
    (r"\bless (?P<of>compute-)?efficient than\b", "efficient", -1),
    (r"\b(?:faster|quicker) than\b", "fast", 1),
    (r"\bslower than\b", "fast", -1),
    (r"\b(?:larger|bigger) than\b", "large", 1),
    (r"\bsmaller than\b", "large", -1),
    (r"\bmatters? more than\b", "matter", 1),
    (r"\bmatters? less than\b", "matter", -1),
    (r"\bcounts? for more than\b", "matter", 1),
    (r"\bcounts? for less than\b", "matter", -1),
)
# "a superiority of LEFT compared to RIGHT", "LEFT is the superior choice compared to RIGHT"
OF_TO = re.compile(r"\bsuperiority of (?P<left>[^,;:.]+?) (?:compared (?:to|with)|over) ")
SUPERIOR = re.compile(
    r"\bsuperior (?:\w+ ){0,3}(?P<rest>(?:\w+ ){0,5}?)compared (?:to|with) ", re.IGNORECASE
)

LEFT_EDGE = re.compile(r"[,;:.!?()]|\b(?:that|and|where|which|but|while|because|since)\b")
RIGHT_EDGE = re.compile(
    r"[;:.!?()]|\b(?:in|on|for|at|by|with|when|across|over|under|to|from|as|than|during|after|"
    r"while|but|which|that|where|who|if|because|among|per|is|are|was|were|has|have)\b"
)
JOIN = re.compile(r",? and |,? or |, | as well as ")
# Words that leave a thing what it is.
GENERIC = frozenset(
    content(
        "model models method methods approach approaches architecture architectures backbone "
        "backbones clear clearly find evidence show shows showed demonstrate reveal results "
        "experiments consistently significantly substantially considerably uniformly always "
        "slightly far came come is confirmed network networks also overall proposed other others "
        "existing existing both even notably strongly all superior superiority choice"
    )
)


@dataclass(frozen=True, slots=True)
class Comparison:
    """LEFT is `sign` (+1 more, -1 less) `what` than RIGHT; each thing is a set of word keys."""

    left: frozenset[str]
    rights: tuple[frozenset[str], ...]
    what: str
    sign: int
    rest: frozenset[str]  # the content words outside the comparison: conditions, metrics, doubts
    of: frozenset[str] = frozenset()  # "a higher accuracy than": what is higher


@lru_cache(maxsize=4096)
def comparison(text: str) -> Comparison | None:
    """The one comparison of a sentence; None where there is none, or several.

    >>> comparison("Transformers outperform CNN models.").rights
    (frozenset({'cnn'}),)
    """
    plain = _plain(text)
    found = _superiority(plain)
    spans = [
        (match, what, sign)
        for pattern, what, sign in COMPARATORS
        for match in re.finditer(pattern, plain)
    ]
    if len(spans) + len(found) != 1:
        return None
    if found:
        return found[0]
    match, what, sign = spans[0]
    before, after = plain[: match.start()], plain[match.end() :]
    built = _built(before + after, _left(before), after, what, sign)
    of = frozenset(content(match.groupdict().get("of") or ""))
    return None if built is None else replace(built, of=of)


def _superiority(plain: str) -> list[Comparison]:
    found = []
    for match in OF_TO.finditer(plain):
        left = match["left"]
        built = _built(
            plain[: match.start()] + plain[match.end() :], left, plain[match.end() :], "better", 1
        )
        found.append(built)
    for match in SUPERIOR.finditer(plain):
        before = plain[: match.start()]
        found.append(
            _built(before + match["rest"], _left(before), plain[match.end() :], "better", 1)
        )
    return [one for one in found if one is not None]


def _built(whole: str, left: str, after: str, what: str, sign: int) -> Comparison | None:
    edge = RIGHT_EDGE.search(after)
    right = after[: edge.start()] if edge else after
    if not re.search(r"\b(?:and|or|as well as)\b", right):
        right = right.split(",")[0]  # no list: what follows the comma is another matter
    rights = tuple(r for r in (_things(part) for part in JOIN.split(right)) if r)
    subject = _things(left)
    if not subject or not rights:
        return None
    named = subject.union(*rights)
    rest = frozenset(content(whole)) - named - GENERIC
    return Comparison(left=subject, rights=rights, what=what, sign=sign, rest=rest)


def _left(before: str) -> str:
    """What stands between the last edge of a clause and the comparison."""
    edges = list(LEFT_EDGE.finditer(before))
    return before[edges[-1].end() :] if edges else before


def _things(text: str) -> frozenset[str]:
    return frozenset(content(text)) - GENERIC


def _plain(text: str) -> str:
    """Lower case, without asides in brackets; "structured state space" is "state space"."""
    bare = re.sub(r"\s*\([^()]*\)", "", text.lower())
    return re.sub(r"\bstructured state[- ]space", "state space", bare)
