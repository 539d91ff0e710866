"""Signs that a passage agrees with a claim or denies it: directions, negations, numbers. Pure.

Each sign is a number in -1..1, positive for agreement, 0 where there is nothing to compare. None of
them decides anything alone: the calibrated stack weighs them (literature/stack.py).
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from verifier.judges._cautions import HEDGES, NEGATIONS, PARTIALS, overstates
from verifier.judges._comparisons import comparison
from verifier.judges._quantities import numbers
from verifier.judges._words import Token, tokens

UP = re.compile(
    r"(?:increas|elevat|enhanc|promot|stimulat|activat|induc|improv|upregul|higher|highest|greater|"
    r"greatest|more$|gain|rise|rising|rais|accelerat|facilitat|strengthen|longer|larger|faster|"
    r"quicker|earlier|positiv|better|best$|benefi|effectiv|superior|outperform|surpass|strong|"
    r"augment|amplif|expan|grow|exacerbat|aggravat|restor|rescu|support|success|many$|most$|ahead|"
    r"maintain|stabiliz|necessary|essential|crucial|requir|help|abundant|rich|common|high$|large$|"
    r"majority|advantag|above|exceed|over$)"
)
DOWN = re.compile(
    r"(?:decreas|reduc|lower|lowest|inhibit|suppress|block|impair|declin|diminish|attenuat|abrogat|"
    r"downregul|less$|fewer|few$|loss|lose|losing|slow|shorter|smaller|worse|weak|prevent|protect|"
    r"abolish|deplet|absen|lack|deficien|defect|negativ|resist|ineffectiv|inferior|underperform|"
    r"limit|lag|behind|fail|disrupt|decay|delay|hinder|harm|damag|minor|poor|rare|unnecessar|"
    r"dispensabl|independent|unrelated|unaffected|unchanged|insufficien|low$|small$|below|under$|"
    r"little|drop|fall|fell|redundant|alleviat|ameliorat|mitigat|repress|destabiliz)"
)
NULL = re.compile(
    r"\b(?:no (?:\w+ ){0,3}(?:difference|effect|association|evidence|change|increase|decrease|"
    r"improvement|benefit|impact|correlation|relationship|role|influence|link|reduction)|"
    r"not (?:\w+ ){0,2}(?:associated|significant|affect|alter|change|improve|increase|decrease|"
    r"reduce|differ|require|related|correlate|predict|influence|contribute)\w*|"
    r"did not|does not|do not|neither|nor|unaffected|unchanged|independent of|unrelated|"
    r"unlikely|irrespective)\b",
    re.IGNORECASE,
)
NEAR = 6  # words on either side of a cue that say what it is about
REACH = 4  # words after a negation that it denies


@dataclass(frozen=True, slots=True)
class Cue:
    """A word of direction, its sign with negation counted in, and the words around it."""

    key: str
    sign: int
    around: frozenset[str]


NAMES = (
    "aligned",
    "weakest aligned",
    "net direction",
    "same cue",
    "opposite cue",
    "denial",
    "null",
    "null for null",
    "numbers",
    "numbers missing",
    "universal",
    "comparison",
    "claim denied",
    "passage denied",
    "claim falls",
    "hedged",
)


def signs(statement: str, passage: str) -> list[float]:
    """One number for each of NAMES."""
    ours, theirs = cues(statement), cues(passage)
    aligned = list(_aligned(ours, theirs))
    keys = {cue.key for cue in theirs}
    same = sum(cue.key in keys for cue in ours)
    opposite = sum(any(_is_opposite(cue, other) for other in theirs) for cue in ours)
    is_denied, is_null = _n_denials(statement) % 2, bool(NULL.search(passage))
    has_null = bool(NULL.search(statement)) or bool(is_denied)
    return [
        sum(aligned) / len(aligned) if aligned else 0.0,
        min(aligned, default=0.0),
        _net(ours) * _net(theirs),
        min(same, 2) / 2,
        min(opposite, 2) / 2,
        1.0 if bool(is_denied) == bool(_n_denials(passage)) else -1.0,
        -1.0 if is_null and not has_null else 0.0,
        (1.0 if is_null else -1.0) if has_null else 0.0,
        *_numbers(statement, passage),
        -1.0 if overstates(statement, passage) and _has(passage, PARTIALS) else 0.0,
        _compared(statement, passage),
        float(is_denied),
        min(_n_denials(passage), 2) / 2,
        float(_net(ours) < 0),
        float(_has(passage, HEDGES)),
    ]


@lru_cache(maxsize=16384)
def cues(text: str) -> tuple[Cue, ...]:
    """The words of direction of a text, in order."""
    found = tokens(text)
    denied = _denied(found)
    return tuple(
        Cue(
            key=token.key,
            sign=sign * (-1 if i in denied else 1),
            around=frozenset(_around(found, i)),
        )
        for i, token in enumerate(found)
        if (sign := _sign(token)) and not token.is_mark
    )


def _sign(token: Token) -> int:
    word = token.text.lower()
    return 1 if UP.match(word) else -1 if DOWN.match(word) else 0


def _denied(found: Sequence[Token]) -> set[int]:
    places: set[int] = set()
    for i, token in enumerate(found):
        if token.text.lower() in NEGATIONS or token.text.lower().endswith("n't"):
            places ^= set(range(i + 1, i + 1 + REACH))
    return places


def _around(found: Sequence[Token], place: int) -> Iterator[str]:
    for token in found[max(0, place - NEAR) : place + NEAR + 1]:
        if token.is_content and not _sign(token) and token.text.lower() not in NEGATIONS:
            yield token.key


def _aligned(ours: Sequence[Cue], theirs: Sequence[Cue]) -> Iterator[float]:
    """For each cue of the claim the passage's cue about most of the same words: do they agree?"""
    for cue in ours:
        shared = [(len(cue.around & other.around), other) for other in theirs]
        most = max((n for n, _ in shared), default=0)
        if most:
            best = [other for n, other in shared if n == most]
            agreement = sum(cue.sign * other.sign for other in best) / len(best)
            yield agreement * min(1.0, most / 3)


def _net(found: Sequence[Cue]) -> int:
    total = sum(cue.sign for cue in found)
    return (total > 0) - (total < 0)


def _is_opposite(cue: Cue, other: Cue) -> bool:
    return cue.sign == -other.sign and bool(cue.around & other.around)


def _n_denials(text: str) -> int:
    return sum(t.text.lower() in NEGATIONS or t.text.lower().endswith("n't") for t in tokens(text))


def _has(text: str, chosen: frozenset[str]) -> bool:
    return any(token.text.lower() in chosen for token in tokens(text))


def _numbers(statement: str, passage: str) -> tuple[float, float]:
    """Share of the claim's numbers that the passage gives; whether it gives others instead."""
    claimed, said = numbers(statement), numbers(passage)
    if not claimed:
        return 0.0, 0.0
    given = len(claimed & said) / len(claimed)
    return given, -1.0 if said and given == 0 else 0.0


def _compared(statement: str, passage: str) -> float:
    """The same two things compared: the same way round, or the other."""
    claimed, said = comparison(statement), comparison(passage)
    if claimed is None or said is None or claimed.what != said.what:
        return 0.0
    rights = frozenset().union(*claimed.rights), frozenset().union(*said.rights)
    straight = len(claimed.left & said.left) + len(rights[0] & rights[1])
    crossed = len(claimed.left & rights[1]) + len(rights[0] & said.left)
    if straight == crossed:
        return 0.0
    return float(claimed.sign * said.sign * (1 if straight > crossed else -1))
