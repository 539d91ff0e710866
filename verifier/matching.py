"""Do two sentences make the same claim? Pure, and on the safe side.

A wrong link would give a claim somebody else's verdict. So likeness only finds candidates; a link
also needs every word that carries meaning to have its counterpart, in the same order but for one
phrase that may have moved. What was cut off at the end of a text is not held against it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from rapidfuzz import fuzz

from verifier.nearest import Known
from verifier.sentences import Word, is_sentence, keys_of, kind_of, normal, tokens_of, words_of
from verifier.vocabulary import (
    BOUND,
    DANGLING,
    FILLERS,
    HEDGE,
    NAME,
    NEGATION,
    NUMBER,
    ONE_SIDED,
    OPPOSITES,
    PLAIN,
    QUANTIFIER,
    root_of,
)

# On the seed report the 16 right links score 78.4 and more, the best of the 272 wrong pairs 57.9
# (tests/verifier/test_matching.py measures both again). Likeness is the lesser half of the
# decision: "leads" for "lags" leaves it above 90.
MIN_SCORE = 75.0
MIN_SHARED = 2  # words with meaning; two fillers in common say nothing
MIN_SHARED_CUT = 5  # and at least half: of a shorter beginning nobody can tell the rest
MIN_CUT_CHARACTERS = 40
N_WORDS_SHOWN = 4


@dataclass(frozen=True, kw_only=True)
class Match:
    """The likeliest candidate for a statement; only `is_same` makes it a link."""

    id: str
    score: float  # 0..100
    conflicts: tuple[str, ...]  # why it is not the same claim; empty if nothing speaks against it
    is_same: bool


def similarity(a: str, b: str) -> float:
    """Likeness of two sentences, 0 to 100, whatever the order of words.

    Where one lacks its end it is also compared with the beginning of the other.

    >>> similarity("CPC scales best.", "Best scales CPC.")
    100.0
    """
    one, two = normal(a), normal(b)
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
    if a == b or normal(a) == normal(b) != "":
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
    known = candidates if isinstance(candidates, Known) else Known(candidates)
    scores = {id: similarity(statement, known[id]) for id in known.nearest(statement)}
    same = [id for id in scores if scores[id] >= MIN_SCORE and _is_free(statement, known[id])]
    if not same:
        id = max(scores, key=scores.__getitem__, default=None)
        return None if id is None else _other(id, scores[id], conflicts(statement, known[id]))
    best, *others = sorted(same, key=lambda id: -scores[id])
    for other in others:
        if not is_same_claim(known[best], known[other]):
            return _other(best, scores[best], (f"fits {other!r} as well as {best!r}",))
    return Match(id=best, score=scores[best], conflicts=(), is_same=True)


def _is_free(a: str, b: str) -> bool:
    """Whether `conflicts` finds none; most pairs of whole sentences have other words, plainly."""
    if is_sentence(a) and is_sentence(b) and keys_of(a) != keys_of(b):
        return False
    return not conflicts(a, b)


def _other(id: str, score: float, reasons: tuple[str, ...]) -> Match:
    return Match(id=id, score=score, conflicts=reasons, is_same=False)


@dataclass(frozen=True)
class _Side:
    """One sentence of a pair: its words with meaning, and whether the other shows it was cut."""

    words: tuple[Word, ...]
    is_cut: bool

    @staticmethod
    def of(text: str, other: str) -> "_Side":
        words, tokens = words_of(text), tokens_of(text)
        if not tokens or is_sentence(text):
            return _Side(words, is_cut=False)
        is_broken = _is_broken(tokens, tokens_of(other))
        if is_broken:
            words = tuple(word for word in words if word.place < len(tokens) - 1)
        return _Side(words, is_cut=is_broken or tokens[-1].lower() in DANGLING)

    def unshared(self, shared: set[str], other_is_cut: bool) -> list[Word]:
        """Words without counterpart; if the other was cut, not those after its last word."""
        last = max((word.place for word in self.words if word.key in shared), default=-1)
        return [
            word
            for word in self.words
            if word.key not in shared and not (other_is_cut and word.place > last)
        ]

    def kept(self, shared: set[str]) -> list[Word]:
        return [word for word in self.words if word.key in shared]


def _is_broken(tokens: Sequence[str], others: Sequence[str]) -> bool:
    """Does the text end in the middle of a word of the other one?

    That word must follow the same word there, and be more than another inflection: "task" is no
    broken "tasks". Of words without meaning ("clustering-base" for "-based") any part will do.
    Numbers, names and the like are never taken for broken: "10" is not 1024, nor S4 S4D.
    """
    last, before = tokens[-1].lower(), root_of("".join(tokens[-2:-1]).lower())
    if kind_of(tokens[-1]) != PLAIN or root_of(last) in ONE_SIDED:
        return False
    longer = [
        word
        for earlier, word in pairwise(others)
        if root_of(earlier.lower()) == before and word.lower().startswith(last)
    ]
    is_more = (word in FILLERS or root_of(word) != root_of(last) for word in longer)
    return bool(longer) and all(kind_of(word) == PLAIN for word in longer) and all(is_more)


def _differences(only_a: Sequence[Word], only_b: Sequence[Word]) -> list[str]:
    """Name the words without counterpart, opposites and the kinds that matter most first."""
    reasons = []
    opposed: set[str] = set()
    for a in only_a:
        if a.root not in ONE_SIDED:
            continue
        for b in only_b:
            if frozenset((a.root, b.root)) in OPPOSITES:
                reasons.append(f"opposite words: {a.text!r} and {b.text!r}")
                opposed |= {a.key, b.key}
    for kind in (NUMBER, BOUND, NAME, NEGATION, QUANTIFIER, HEDGE, PLAIN):
        left = [w.text for w in only_a if w.kind == kind and w.key not in opposed]
        right = [w.text for w in only_b if w.kind == kind and w.key not in opposed]
        if left or right:
            reasons.append(f"different {kind}: {_listed(left)} and {_listed(right)}")
    return reasons


def _rearrangements(a: Sequence[Word], b: Sequence[Word]) -> list[str]:
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
