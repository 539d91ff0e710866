"""Do two sentences make the same claim? Pure, and on the safe side.

A wrong link would give a claim somebody else's verdict. So likeness only finds candidates; a link
also needs every word that carries meaning to have its counterpart, in the same order but for one
phrase that may have moved. What was cut off at the end of a text is not held against it.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from heapq import nlargest
from itertools import pairwise

from rapidfuzz import fuzz, process

from verifier.vocabulary import (
    ALIAS,
    BOUND,
    BOUNDS,
    DANGLING,
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
    ONE_SIDED,
    OPPOSITES,
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

# On the seed report the 16 right links score 78.4 and more, the best of the 272 wrong pairs 57.9
# (tests/verifier/test_matching.py measures both again). Likeness is the lesser half of the
# decision: "leads" for "lags" leaves it above 90.
MIN_SCORE = 75.0
MIN_SHARED = 2  # words with meaning; two fillers in common say nothing
MIN_SHARED_CUT = 5  # and at least half: of a shorter beginning nobody can tell the rest
MIN_CUT_CHARACTERS = 40
N_CANDIDATES = 5  # looked at closely, from each of the two searches
N_WORDS_SHOWN = 4
N_DIGITS_SHOWN = 15

SENTENCE_END = re.compile(r"[.!?。！？][\"'”’»)\]]*$")


@dataclass(frozen=True, kw_only=True)
class Match:
    """The likeliest candidate for a statement; only `is_same` makes it a link."""

    id: str
    score: float  # 0..100
    conflicts: tuple[str, ...]  # why it is not the same claim; empty if nothing speaks against it
    is_same: bool


def is_sentence(text: str) -> bool:
    """Say whether a text ends as a sentence does; an ellipsis is no end."""
    stripped = text.rstrip()
    return bool(SENTENCE_END.search(stripped)) and not stripped.endswith("...")


def similarity(a: str, b: str) -> float:
    """Likeness of two sentences, 0 to 100, whatever the order of words.

    Where one lacks its end it is also compared with the beginning of the other.

    >>> similarity("CPC scales best.", "Best scales CPC.")
    100.0
    """
    one, two = _normal(a), _normal(b)
    scores = [fuzz.token_sort_ratio(one, two)]
    for text, short, full in ((a, one, two), (b, two, one)):
        if not is_sentence(text) and MIN_CUT_CHARACTERS <= len(short) < len(full):
            scores.append(fuzz.token_sort_ratio(short, full[: len(short)]))
    return max(scores)


def conflicts(a: str, b: str) -> tuple[str, ...]:
    """Give the reasons why two sentences that look alike are not the same claim.

    >>> conflicts("data2vec lags behind JEPA.", "data2vec leads JEPA.")
    ("opposite words: 'lags' and 'leads'",)
    """
    if a == b or _normal(a) == _normal(b) != "":
        return ()
    one, two = _Side.of(a, b), _Side.of(b, a)
    shared = {word.key for word in one.words} & {word.key for word in two.words}
    only_a, only_b = one.unshared(shared, two.is_cut), two.unshared(shared, one.is_cut)
    reasons = _differences(only_a, only_b)
    if len(shared) < MIN_SHARED:
        reasons.append("too few words in common to tell")
    if one.is_cut or two.is_cut:
        n_words = max(len(one.words), len(two.words))
        if len(shared) < max(MIN_SHARED_CUT, n_words / 2):
            reasons.append("too much is cut off to tell")
    if not reasons:
        reasons += _rearrangements(one.kept(shared), two.kept(shared))
    return tuple(reasons)


def is_same_claim(a: str, b: str) -> bool:
    """Say whether two sentences make one claim: alike enough, and nothing speaks against it."""
    return similarity(a, b) >= MIN_SCORE and not conflicts(a, b)


def best_match(statement: str, candidates: Mapping[str, str]) -> Match | None:
    """Return the likeliest candidate by id: one that is the same claim before one that is not.

    None where there are no candidates. If a statement that was cut off fits two candidates that
    differ, it is linked to neither.
    """
    found = [_match(statement, id, candidates[id]) for id in _nearest(statement, candidates)]
    same = [match for match in found if match.is_same]
    if not same:
        return max(found, key=lambda match: match.score, default=None)
    best, *others = sorted(same, key=lambda match: -match.score)
    for other in others:
        if not is_same_claim(candidates[best.id], candidates[other.id]):
            reason = f"fits {other.id!r} as well as {best.id!r}"
            return Match(id=best.id, score=best.score, conflicts=(reason,), is_same=False)
    return best


def _match(statement: str, id: str, candidate: str) -> Match:
    score, reasons = similarity(statement, candidate), conflicts(statement, candidate)
    is_same = score >= MIN_SCORE and not reasons
    return Match(id=id, score=score, conflicts=reasons, is_same=is_same)


def _nearest(statement: str, candidates: Mapping[str, str]) -> list[str]:
    """Return the ids worth a close look: by likeness, and by likeness to a part, for cut texts."""
    query = _sorted(statement)
    choices = {id: _sorted(text) for id, text in candidates.items()}
    near = process.extract(query, choices, scorer=fuzz.ratio, limit=N_CANDIDATES)
    ids = [id for _, _, id in near]
    words = _word_set(statement)
    overlap = {id: len(words & _word_set(text)) for id, text in candidates.items()}
    return list(dict.fromkeys([*ids, *nlargest(N_CANDIDATES, overlap, key=overlap.__getitem__)]))


# --- how a sentence is read -----------------------------------------------------------------------


@dataclass(frozen=True)
class _Word:
    root: str  # without inflection; one for all synonyms
    count: int  # 1 where it is said for the first time
    text: str
    kind: str
    place: int  # among all tokens of the text, fillers included
    preposition: str  # that governs it, or empty

    @property
    def key(self) -> str:
        """Equal keys are counterparts."""
        return f"{self.root}#{self.count}"


@dataclass(frozen=True)
class _Side:
    """One sentence of a pair: its words with meaning, and whether the other shows it was cut."""

    words: tuple[_Word, ...]
    is_cut: bool

    @staticmethod
    def of(text: str, other: str) -> "_Side":
        words, tokens = _words(text), _tokens(text)
        if not tokens or is_sentence(text):
            return _Side(words, is_cut=False)
        is_broken = _is_broken(tokens, _tokens(other))
        if is_broken:
            words = tuple(word for word in words if word.place < len(tokens) - 1)
        return _Side(words, is_cut=is_broken or tokens[-1].lower() in DANGLING)

    def unshared(self, shared: set[str], other_is_cut: bool) -> list[_Word]:
        """Words without counterpart; if the other was cut, not those after its last word."""
        last = max((word.place for word in self.words if word.key in shared), default=-1)
        return [
            word
            for word in self.words
            if word.key not in shared and not (other_is_cut and word.place > last)
        ]

    def kept(self, shared: set[str]) -> list[_Word]:
        return [word for word in self.words if word.key in shared]


@lru_cache(maxsize=8192)
def _tokens(text: str) -> tuple[str, ...]:
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
    return any(letter.isupper() for letter in word[1:])


@lru_cache(maxsize=8192)
def _normal(text: str) -> str:
    return " ".join(_tokens(text)).lower()


@lru_cache(maxsize=8192)
def _sorted(text: str) -> str:
    return " ".join(sorted(_normal(text).split()))


@lru_cache(maxsize=8192)
def _word_set(text: str) -> frozenset[str]:
    return frozenset(word.key for word in _words(text))


@lru_cache(maxsize=8192)
def _words(text: str) -> tuple[_Word, ...]:
    """The words with meaning. A word said twice counts twice, but not "CPC (… coding)"."""
    words: list[_Word] = []
    seen: Counter[str] = Counter()
    preposition, inherited = "", ""
    for place, token in enumerate(_tokens(text)):
        word = token.lower()
        if word in FILLERS:
            preposition = _governing(word, preposition, inherited)
            continue
        root = root_of(word)
        is_repeated = words and words[-1].root == root and words[-1].place == place - 1
        if not is_repeated:
            seen[root] += 1
            words.append(_Word(root, seen[root], token, _kind(token), place, preposition))
        preposition, inherited = "", words[-1].preposition
    return tuple(words)


def _governing(filler: str, preposition: str, inherited: str) -> str:
    """The preposition still open after a filler: "and" hands on that of the word before it."""
    if filler in PREPOSITIONS:
        return filler
    if filler == "and":
        return preposition or inherited
    return preposition if filler in TRANSPARENT else ""


def _kind(token: str) -> str:
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


def _is_broken(tokens: Sequence[str], others: Sequence[str]) -> bool:
    """Does the text end in the middle of a word of the other one?

    That word must follow the same word there, and be more than another inflection: "task" is no
    broken "tasks". Of words without meaning ("clustering-base" for "-based") any part will do.
    Numbers, names and the like are never taken for broken: "10" is not 1024, nor S4 S4D.
    """
    last, before = tokens[-1].lower(), root_of("".join(tokens[-2:-1]).lower())
    if _kind(tokens[-1]) != PLAIN or root_of(last) in ONE_SIDED:
        return False
    longer = [
        word
        for earlier, word in pairwise(others)
        if root_of(earlier.lower()) == before and word.lower().startswith(last)
    ]
    is_more = (word in FILLERS or root_of(word) != root_of(last) for word in longer)
    return bool(longer) and all(_kind(word) == PLAIN for word in longer) and all(is_more)


def _differences(only_a: Sequence[_Word], only_b: Sequence[_Word]) -> list[str]:
    """Name the words without counterpart, opposites and the kinds that matter most first."""
    reasons = []
    taken: set[_Word] = set()
    for a in only_a:
        for b in only_b:
            if frozenset((a.root, b.root)) in OPPOSITES:
                reasons.append(f"opposite words: {a.text!r} and {b.text!r}")
                taken |= {a, b}
    kinds = (NUMBER, BOUND, NAME, NEGATION, QUANTIFIER, HEDGE, PLAIN)
    for kind in kinds:
        left = [w.text for w in only_a if w.kind == kind and w not in taken]
        right = [w.text for w in only_b if w.kind == kind and w not in taken]
        if left or right:
            reasons.append(f"different {kind}: {_listed(left)} and {_listed(right)}")
    return reasons


def _rearrangements(a: Sequence[_Word], b: Sequence[_Word]) -> list[str]:
    """Say what a change of order has changed; one phrase may move, with its preposition."""
    one, two = [word.key for word in a], [word.key for word in b]
    if one == two:
        return []
    if not _is_one_phrase_moved(one, two):
        return ["the same words in another order"]
    by_key = {word.key: word for word in b}
    for word in a:
        other = by_key[word.key]
        if word.preposition != other.preposition:
            return [f"{word.text!r} stands in another relation"]
        if word.kind not in (PLAIN, NAME) and not _beside(one, word.key) & _beside(two, word.key):
            return [f"{word.text!r} belongs to other words"]
    return []


def _is_one_phrase_moved(one: Sequence[str], two: Sequence[str]) -> bool:
    start = 0
    while one[start] == two[start]:
        start += 1
    end = len(one)
    while one[end - 1] == two[end - 1]:
        end -= 1
    left, right = list(one[start:end]), list(two[start:end])
    return any(left[n:] + left[:n] == right for n in range(1, len(left)))


def _beside(keys: Sequence[str], key: str) -> set[str]:
    at = keys.index(key)
    return {*keys[max(at - 1, 0) : at], *keys[at + 1 : at + 2]}


def _listed(words: Sequence[str]) -> str:
    shown = ", ".join(repr(word) for word in words[:N_WORDS_SHOWN])
    return (shown + (" …" if len(words) > N_WORDS_SHOWN else "")) or "none"
