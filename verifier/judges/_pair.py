"""A statement and a passage side by side, and the questions every rule asks of them. Pure."""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import cached_property, lru_cache

from verifier.judges._cautions import (
    CONDITIONS,
    DETERMINERS,
    FIELD,
    PREPOSITIONS,
    cautions,
    hedges,
    names,
    negations,
    overstates,
    words,
)
from verifier.judges._clauses import beside, clauses, distances, said_in
from verifier.judges._quantities import METHOD, METHOD_KEYS, is_plural, numbers
from verifier.judges._words import REPORTING_KEYS, Token, content, stem, tokens

PLACES = frozenset("in on among across within".split())
HUMAN = frozenset({"human"})
PEOPLE = re.compile(
    r"\b(?:patients?|people|persons?|women|men|adults?|children|participants|volunteers"
    r"|those (?:with|who))\b",
    re.IGNORECASE,
)
SUPERLATIVES = frozenset("best strongest highest lowest largest smallest".split())
WITH_PLUS = re.compile(r"[A-Za-z][\w-]*\+{1,2}(?!\w)")
ASIDE = re.compile(r"(?P<before>(?:[\w-]+ ){0,7}[\w-]+) \((?P<inside>[^()]+)\)")


@dataclass(frozen=True)
class Pair:
    """A statement and a passage, read once for all rules."""

    statement: str
    passage: str

    @cached_property
    def claimed(self) -> list[str]:
        """Keys of the statement's words, without numbers and words that point at the study."""
        keys = [token.key for token in tokens(self.statement) if _is_plain_word(token)]
        return list(dict.fromkeys(as_methods(keys)))

    @cached_property
    def said(self) -> set[str]:
        return set(as_methods(content(self.passage)))

    @cached_property
    def share(self) -> float:
        """Share of the statement's words that the passage holds; 1 where it has none."""
        held = sum(key in self.said for key in self.claimed)
        return held / len(self.claimed) if self.claimed else 1.0

    @cached_property
    def has_same_names(self) -> bool:
        in_passage = names(self.passage) | self.said
        return all(name in in_passage for name in names(self.statement))

    @cached_property
    def shares_a_name(self) -> bool:
        return bool(names(self.statement) & (names(self.passage) | self.said))

    @cached_property
    def has_same_conditions(self) -> bool:
        """Both speak of training, or of testing, or of neither."""
        return _conditions(self.statement) == _conditions(self.passage)

    @cached_property
    def holds_settings(self) -> bool:
        """The passage holds every "in …", "on …", "for …" of the statement: not another field."""
        return _settings(self.statement) <= self.said | FIELD | REPORTING_KEYS

    @cached_property
    def holds_places(self) -> bool:
        """The passage holds where, or in whom, the statement says that something is so."""
        people = HUMAN if PEOPLE.search(self.passage) else set()
        return _settings(self.statement, PLACES) <= self.said | FIELD | REPORTING_KEYS | people

    @cached_property
    def completing(self) -> frozenset[str]:
        """Keys of the passage that may complete the word at which the statement breaks off."""
        last = self.claimed[-1:]
        if not last or last[0] in self.said:
            return frozenset()
        return frozenset(key for key in self.said if key.startswith(last[0]))

    @cached_property
    def is_held_but_for_a_cut(self) -> bool:
        """The passage holds every word, the last perhaps beyond where the statement breaks off."""
        missing = [key for key in self.claimed if key not in self.said]
        return not missing or (missing == self.claimed[-1:] and bool(self.completing))

    @cached_property
    def holds_conditions(self) -> bool:
        return _conditions(self.statement) <= _conditions(self.passage)

    @cached_property
    def doubts(self) -> list[str]:
        """Why the passage cannot plainly support the statement."""
        found = [*cautions(self.statement, self.passage), *overstates(self.statement, self.passage)]
        if negations(self.statement) != negations(self.passage):
            found += negations(self.passage) or negations(self.statement)
        if "?" in self.passage:
            found.append("?")
        found += self.distances
        if not numbers(self.statement) <= numbers(self.passage):
            found.append("a number the passage does not give")
        return found

    @cached_property
    def is_plain(self) -> bool:
        """Neither side hedges, asks or negates: what differs between them is a difference."""
        return not (
            hedges(self.statement, self.passage)
            or negations(self.statement)
            or negations(self.passage)
            or "?" in self.passage
            or self.distances
        )

    @cached_property
    def distances(self) -> list[str]:
        """Why the passage may be no plain assertion, or one of a namesake: "CPC++" is not "CPC"."""
        ours, theirs = (set(WITH_PLUS.findall(text)) for text in (self.statement, self.passage))
        return [*distances(self.statement, self.passage), *sorted(ours ^ theirs)]

    @cached_property
    def clauses(self) -> tuple[str, ...]:
        """The parts of the passage that stand by themselves."""
        return clauses(self.passage)

    def is_bare(self, said: Iterable[str], aside: Iterable[str] = ()) -> bool:
        """These keys of a clause say nothing that the statement does not, harmless words aside."""
        allowed = {*as_methods(said_in(self.statement)), METHOD, *aside}
        return not beside(as_methods(said), allowed)


def pair_of(statement: str, passage: str) -> Pair:
    statement, passage = _without_acronyms(statement), _without_acronyms(passage)
    return Pair(_spelt_out(statement, passage), _spelt_out(passage, statement))


def as_methods(keys: Iterable[str]) -> list[str]:
    """Keys, with "approach", "strategy", "objective" and the like all read as "method"."""
    return [METHOD if key in METHOD_KEYS else key for key in keys]


def _conditions(text: str) -> set[str]:
    """Keys of the words of training, testing and the like; "self-supervised" is none."""
    plain = re.sub(r"(?i)self-supervised", "", text)
    return {stem(word) for word in words(plain) if word in CONDITIONS}


def _settings(text: str, prepositions: Collection[str] = PREPOSITIONS) -> set[str]:
    """Keys of the words after one of these, up to the first plural noun; numbers aside."""
    found: set[str] = set()
    is_open = False
    for token in tokens(text):
        if token.is_content or token.text.lower() in DETERMINERS:
            if is_open and token.is_content and token.value is None:
                found |= set(as_methods([token.key]))
                is_open = not (is_plural(token) or token.key in REPORTING_KEYS)
        else:
            is_open = token.text.lower() in prepositions
    return found


def _is_plain_word(token: Token) -> bool:
    return (
        token.is_content
        and token.value is None
        and token.key not in REPORTING_KEYS
        and token.text.lower() not in SUPERLATIVES
    )


@lru_cache(maxsize=4096)
def _without_acronyms(text: str) -> str:
    """Long forms in place of acronyms that the text itself explains.

    >>> _without_acronyms("CPC (Contrastive Predictive Coding) wins")
    'Contrastive Predictive Coding wins'
    >>> _without_acronyms("State space models (SSM) win")
    'State space models win'
    """
    for aside in ASIDE.finditer(text):
        before, inside = aside["before"].split(), aside["inside"]
        if _abbreviates(before[-1], inside.split()):
            text = text.replace(f"{before[-1]} ({inside})", inside)
        elif _abbreviates(inside, before[-len(inside.removesuffix("s")) :]):
            text = text.replace(f" ({inside})", "")
    return text


def _spelt_out(text: str, other: str) -> str:
    """Acronyms of one text in the long form that the other one uses.

    >>> _spelt_out("Eight FMs", "all foundation models")
    'Eight foundation models'
    """
    long = re.findall(r"[\w-]+", other)
    for short in set(re.findall(r"\b[A-Z]{2,6}s?\b", text)):
        n = len(short.removesuffix("s"))
        for start in range(len(long) - n + 1):
            part = long[start : start + n]
            if _abbreviates(short, part) and all(len(word) > 3 for word in part):
                text = re.sub(rf"\b{short}\b", " ".join(part), text)
    return text


def _abbreviates(short: str, long: list[str]) -> bool:
    letters = short.removesuffix("s").upper()
    return len(letters) > 1 and letters == "".join(word[0] for word in long).upper()
