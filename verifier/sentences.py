"""How a sentence is read: its tokens in one spelling, and its words with meaning.

Two readings of the same text are equal; matching.py compares them, nearest.py finds them.
"""

import re
from collections import Counter
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from verifier.vocabulary import (
    ALIAS,
    BOUND,
    BOUNDS,
    DIGITS,
    FILLERS,
    HEDGE,
    HEDGES,
    NAME,
    NAMES,
    NEGATION,
    NEGATIONS,
    NUMBER,
    NUMBER_WORD,
    PLAIN,
    PREPOSITIONS,
    QUANTIFIER,
    QUANTIFIERS,
    SCALES,
    TOKEN,
    TRANSPARENT,
    UNITS,
    root_of,
    stem_of,
)

N_DIGITS_SHOWN = 15

SENTENCE_END = re.compile(r"[.!?。！？][\"'”’»)\]]*$")


@dataclass(frozen=True)
class Word:
    root: str  # without inflection; one for all synonyms
    count: int  # 1 where it is said for the first time
    text: str
    kind: str
    place: int  # among all tokens of the text, fillers included
    preposition: str  # that governs it, or empty
    key: str  # root and count; equal keys are counterparts


@lru_cache(maxsize=8192)
def is_sentence(text: str) -> bool:
    """Say whether a text ends as a sentence does; an ellipsis is no end."""
    stripped = text.rstrip()
    return bool(SENTENCE_END.search(stripped)) and not stripped.endswith("...")


@lru_cache(maxsize=8192)
def tokens_of(text: str) -> tuple[str, ...]:
    """All words in lower case except those with inner capitals, numbers in one spelling."""
    text = NUMBER_WORD.sub(lambda match: DIGITS[match[0].lower()], text)
    for pattern, word in ALIAS:
        text = pattern.sub(word, text)
    return tuple(_spelling(match) for match in TOKEN.finditer(text))


def _spelling(match: re.Match[str]) -> str:
    if match["number"] is None:
        return match[0] if _has_inner_capital(match[0]) else match[0].lower()
    digits = match["number"].replace(",", "").replace("−", "-")
    scale = SCALES[(match["scale"] or "").strip(" -").lower()] if match["scale"] else 1
    value = (Decimal(digits) * scale).normalize()
    unit = (match["unit"] or "").lower()
    plain = f"{value:f}" if abs(value.adjusted()) < N_DIGITS_SHOWN else str(value)
    return plain + UNITS.get(unit, unit)


def _has_inner_capital(word: str) -> bool:
    return not word[1:].islower() and any(letter.isupper() for letter in word[1:])


@lru_cache(maxsize=8192)
def normal(text: str) -> str:
    return " ".join(tokens_of(text)).lower()


def in_order(text: str) -> str:
    """The normal text with its words in the order of the alphabet."""
    return " ".join(sorted(normal(text).split()))


@lru_cache(maxsize=8192)
def words_of(text: str) -> tuple[Word, ...]:
    """The words with meaning. A word said twice counts twice, but not "CPC (… coding)"."""
    words: list[Word] = []
    seen: Counter[str] = Counter()
    preposition, inherited = "", ""
    for place, token in enumerate(tokens_of(text)):
        word = token.lower()
        if word in FILLERS:
            preposition = _governing(word, preposition, inherited)
            continue
        root = root_of(word)
        is_repeated = words and words[-1].root == root and words[-1].place == place - 1
        if not is_repeated:
            seen[root] += 1
            key = f"{root}#{seen[root]}"
            words.append(Word(root, seen[root], token, kind_of(token), place, preposition, key))
        preposition, inherited = "", words[-1].preposition
    return tuple(words)


@lru_cache(maxsize=8192)
def keys_of(text: str) -> frozenset[str]:
    return frozenset(word.key for word in words_of(text))


def _governing(filler: str, preposition: str, inherited: str) -> str:
    """The preposition still open after a filler: "and" hands on that of the word before it."""
    if filler in PREPOSITIONS:
        return filler
    if filler == "and":
        return preposition or inherited
    return preposition if filler in TRANSPARENT else ""


@lru_cache(maxsize=16_384)
def kind_of(token: str) -> str:
    word = token.lower()
    for kind, members in (
        (BOUND, BOUNDS),
        (NEGATION, NEGATIONS),
        (QUANTIFIER, QUANTIFIERS),
        (HEDGE, HEDGES),
    ):
        if word in members or stem_of(word) in members:
            return kind
    if token[0].isdigit() or token[0] == "-":
        return NUMBER
    has_digit = any(letter.isdigit() for letter in token)
    return NAME if has_digit or _has_inner_capital(token) or stem_of(word) in NAMES else PLAIN
