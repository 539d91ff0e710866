"""A sentence about one amount, taken apart so that another of the same make can be told. Pure.

Every word must be accounted for: it stands in the subject, or behind the preposition or the verb
that opens its part. Two sentences are of one make if all their parts are the same, whatever their
order: "On PTB-XL, CPC achieved an AUROC of #" and "CPC reaches an AUROC # on PTB-XL". A word that
doubts, denies, restricts or is not known to be harmless leaves a sentence without a frame.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from verifier.judges._amounts import Amount, amount_at
from verifier.judges._cautions import (
    HEDGES,
    NEGATIONS,
    PARTIALS,
    RESTRICTIONS,
    UNIVERSALS,
    names,
)
from verifier.judges._clauses import DISTANCES
from verifier.judges._identical import FRAME, SHOWN_IN
from verifier.judges._subjects import METRICS, SHARES, is_named
from verifier.judges._words import Token, tokens

HERE = "#"  # where the amount stands
BE = frozenset("is was are were".split())
ACHIEVE = frozenset(
    "reach reaches reached achieve achieves achieved attain attains attained obtain obtains "
    "obtained yield yields yielded has have had".split()
)
HEADS = frozenset(
    "in on for at with by from to into per over under within across among between during after "
    "before than as against versus using via through since".split()
)
ALIKE = {"in": "on"}  # "in PTB-XL" is "on PTB-XL"
ARTICLES = frozenset("a an the".split())
REFUSED = (
    NEGATIONS | (HEDGES - {"test", "tested"}) | RESTRICTIONS | PARTIALS | UNIVERSALS | DISTANCES
) | frozenset("this that these those it its they their which who whose we our and or respectively"
              " another other others rest remaining".split())  # fmt: skip
SCORES = frozenset("score scores".split())
DATA = frozenset("dataset database benchmark corpus cohort".split())
CONSIST = "consist"
SPELT = (
    (re.compile(r">\s?="), "≥"),
    (re.compile(r"<\s?="), "≤"),
    (re.compile(r"^(?:in all|in total|altogether), ", re.IGNORECASE), ""),
    (re.compile(r"\b(?:a|the) total of (?=\d|[a-z]+ )", re.IGNORECASE), ""),
    (re.compile(r"\btwice(?= as\b)", re.IGNORECASE), "2 times"),
    (re.compile(r"(?<=\d)\s?(?:x|×|-fold)(?= [a-z])"), " times"),
    (re.compile(r"\btimes as (?P<how>[a-z]+) as\b"), r"timesas \g<how> than"),
    (re.compile(r"\btimes faster than\b"), "timesmore fast than"),
    (re.compile(r"\btimes (?P<how>larg|slow|cheap|small|long|short)e?r than\b"),
     r"timesmore \g<how> than"),
    (re.compile(r"\b(?:exceed(?:s|ed)?|surpass(?:es|ed)?) (?=an? [\w ]{0,30}\bof [\d.])"),
     "reaches above "),
    (re.compile(r"\bexceed(?:s|ed)? (?=[\d.])"), "is above "),
    (re.compile(r"\bdata sets?\b", re.IGNORECASE), "dataset"),
    (re.compile(r"\s\(p\s?[<=]\s?0?\.0[0-4]\d*\)"), ""),
    (re.compile(r",? (?:outperforming|surpassing|beating) (?:[A-Z][\w-]*|all baselines"
                r"|the baselines?)(?: and [A-Z][\w-]*)?(?=\.?$)"), ""),
)  # fmt: skip
ABOVE_FIRST = re.compile(r"\breaches above (?P<metric>an? [\w ]{0,30}?)\bof (?=[\d.])")
SPACED_DASH = re.compile(r"\s[-–—]\s(?!\d)|[\s(][-−–](?=\d)")  # an aside, or a minus


def form(word: str) -> str:
    """A word without the ending of a plural or of a tense.

    >>> [form(word) for word in ("enrolled", "enrols", "takes", "studies", "is", "need")]
    ['enroll', 'enrol', 'tak', 'stud', 'is', 'need']
    """
    word = re.sub(r"is(?=(?:ed?|es)$)", "iz", word.lower()) if len(word) > 6 else word.lower()
    for ending in ("ies", "ied", "y", "es", "ed", "s", "e"):
        if word.endswith(ending) and len(word) - len(ending) > 2:
            return word if word.endswith(("ss", "us", "is", "eed")) else word[: -len(ending)]
    return word


STUDY = form("study")
STUDIES = frozenset(map(form, "study trial authors investigators".split()))
# Verbs whose object is an amount of things, in all tenses.
TAKING = frozenset(
    map(
        form,
        "enrolled recruited randomized included contains comprises holds covers spans needs "
        "requires uses takes lasts costs processed collected".split(),
    )
)


@dataclass(frozen=True, slots=True)
class Part:
    """A subject ("" is its head), or what a preposition or verb opens."""

    head: str
    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Frame:
    """A sentence around one amount. `place` is the part with the amount, one of `parts`."""

    amount: Amount
    parts: frozenset[Part]
    place: Part
    ahead: tuple[Part, ...]  # what stands before the amount, but for an opening condition
    is_named: bool  # its subject has a name that hardly anything else has
    is_fronted: bool  # it opens with a condition
    is_past: bool  # one of its verbs

    @property
    def subject(self) -> tuple[str, ...]:
        return next((part.keys for part in self.parts if part.head == ""), ())

    def part(self, head: str) -> tuple[str, ...]:
        return next((part.keys for part in self.parts if part.head == head), ())


@lru_cache(maxsize=4096)
def frames(text: str) -> tuple[Frame, ...]:
    """A frame around each amount of a sentence; none where it says anything that is not plain."""
    text = _spelt(text)
    if SPACED_DASH.search(text):
        return ()
    found = tokens(text)
    if found and found[-1].text == ".":
        found = found[:-1]
    amounts = (amount_at(found, i) for i in range(len(found)))
    built = (_frame(found, amount, names(text)) for amount in amounts if amount is not None)
    return tuple(frame for frame in built if frame is not None)


def _spelt(text: str) -> str:
    text = " ".join(text.split())
    reported = FRAME.match(text)
    text = SHOWN_IN.sub("", text[reported.end() :] if reported else text)
    for pattern, instead in SPELT:
        text = pattern.sub(instead, text)
    return ABOVE_FIRST.sub(r"reaches \g<metric>above ", text)


def _frame(found: Sequence[Token], amount: Amount, whole: frozenset[str]) -> Frame | None:
    read = _read([*found[: amount.start], None, *found[amount.stop :]])
    if read is None:
        return None
    parts = [Part(head, _in_usual_order(_keys(said))) for head, said in read]
    place = next((part for part in parts if HERE in part.keys), None)
    if place is None or not all(part.keys for part in parts):
        return None
    if len({part.head for part in parts}) < len(parts):
        return None  # two parts of a kind: which belongs where is not plain
    subject = next((said for head, said in read if head == ""), [])
    has_verb_apart = any(part.head in ("be", "achieve") for part in parts)
    is_fronted = parts[0].head != ""
    ahead = parts[is_fronted : parts.index(place)]
    frame = Frame(
        amount=amount,
        parts=frozenset(parts),
        place=place,
        ahead=() if place.head == "be" else tuple(ahead),
        is_named=is_named(_words(subject), whole, holds_verb=not has_verb_apart),
        is_fronted=is_fronted,
        is_past=any(_is_past(token.text.lower()) for token in found),
    )
    return _active(frame)


Said = Sequence[Token | None]  # None is where the amount stands


def _read(found: Said) -> list[tuple[str, list[Token | None]]] | None:
    """What each head opens, in order; None where a word or mark is not plain."""
    read: list[tuple[str, list[Token | None]]] = [("", [])]
    for i, token in enumerate(found):
        word = "" if token is None else token.text.lower()
        if token is not None and token.is_mark:
            if word == "," and len(read) == 2 and not read[0][1] and read[1][0] in HEADS:
                read.append(("", []))  # "On PTB-XL, CPC …"
            elif word != "-" or i in (0, len(found) - 1):
                return None
        elif word == "we" and not read[-1][1] and read[-1][0] == "":
            read[-1][1].append(Token(key=STUDY, text="study"))
        elif word in REFUSED or "'" in word or "’" in word:
            return None
        elif word in BE | ACHIEVE | HEADS:
            head = "be" if word in BE else "achieve" if word in ACHIEVE else ALIKE.get(word, word)
            read.append((head, []))
        elif word not in ARTICLES:
            read[-1][1].append(token)
    return [one for i, one in enumerate(read) if i or one[1]]


def _keys(said: Said) -> tuple[str, ...]:
    """The forms of words; without "score" after a metric, "of" before the amount, "data set"."""
    keys: list[str] = []
    for i, token in enumerate(said):
        if token is None:
            if keys[-1:] == ["of"] and keys[-2:-1] != [CONSIST]:
                keys.pop()
            keys.append(HERE)
            continue
        word, before = token.text.lower(), said[i - 1] if i else None
        if word in SCORES and keys and keys[-1] in METRICS:
            continue
        if word in DATA and before is not None and names(before.text):
            continue
        is_counted = token.value is not None or word in METRICS or word.rstrip("s") in SHARES
        keys.append(token.key if token.value is not None else word if is_counted else form(word))
    return tuple(keys)


def _in_usual_order(keys: tuple[str, ...]) -> tuple[str, ...]:
    """What was "93 % accuracy" as "accuracy 93 %"."""
    if keys[:1] == (HERE,) and keys[-1] in METRICS and "of" not in keys:
        return (*keys[1:], HERE)
    return keys


def _words(said: Said) -> list[str]:
    """The words up to the amount, without their hyphens."""
    until = said[: said.index(None)] if None in said else said
    return [token.text.lower().replace("-", "") for token in until if token is not None]


def _is_past(word: str) -> bool:
    return word in ("was", "were", "had") or (word.endswith("ed") and len(word) > 4)


def _active(frame: Frame) -> Frame:
    """What was "# patients were enrolled" as "the study enrolled # patients"."""
    subject, done = frame.subject, frame.part("be")
    parts = frame.parts
    if subject[:1] == (HERE,) and len(done) == 1 and done[0] in TAKING:
        subject = (STUDY, *done, *subject)
        parts = frozenset(part for part in parts if part.head not in ("", "be"))
    elif subject[:1] and subject[0] in STUDIES and subject[1:2] and subject[1] in TAKING:
        subject = (STUDY, *subject[1:])
        parts = frozenset(part for part in parts if part.head != "")
    else:
        return frame
    main = Part("", subject)
    return replace(frame, parts=parts | {main}, place=main if HERE in subject else frame.place)
