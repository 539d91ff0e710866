"""Rules on the wording: the same words, the same superlative, "most" for "all", "not". Pure."""

import re

from verifier.judges import Judgement
from verifier.judges._cautions import (
    DETERMINERS,
    NEGATIONS,
    PARTIALS,
    UNIVERSALS,
    cautions,
    hedges,
    negations,
    words,
)
from verifier.judges._clauses import bending, said_in
from verifier.judges._identical import is_said_whole
from verifier.judges._opinions import contradicted, supported
from verifier.judges._pair import Pair, as_methods
from verifier.judges._words import content, tokens

NEAR_WORDS = 0.6  # share of the claim's words a passage must hold to be about the same thing
# Verbs between a subject and its superlative.
VERBS = frozenset(content("yields shows provides produces gives learns achieves has had is"))
SUPERLATIVE = re.compile(r"\b(?P<phrase>(?:most|least) [a-z-]+ [a-z-]+)")
ONE_OF = re.compile(r"\b(?:of|among) (?:the |its |all )?$")
AHEAD = re.compile(r"\s*\((?:\w+ )?ahead of [\w-]+\)")
CLAUSE = re.compile(r"[,;:]|\b(?:with|that|while|where|and find|show that)\b")
# What may follow a claim's words without changing them.
ENDS = frozenset("and in on for with across by at while when which".split())


def all_where_most(pair: Pair) -> Judgement | None:
    """The statement says every one of a kind, the passage most of that kind."""
    if not pair.is_plain or not pair.has_same_names or pair.share < NEAR_WORDS:
        return None
    if "the most" in pair.passage.lower():
        return None
    claimed = _nouns_after(pair.statement, frozenset({"all", "every", "each"}), most=4)
    said = _nouns_after(pair.passage, frozenset({"most"}), most=1)
    if not claimed & said or set(words(pair.passage)) & UNIVERSALS:
        return None
    if set(words(pair.statement)) & PARTIALS or not pair.holds_settings:
        return None
    if not any(
        pair.is_bare(said_in(clause), {"most"})
        for clause in pair.clauses
        if "most" in words(clause)
    ):
        return None
    return contradicted("The claim says all, the passage only most.")


def same_superlative(pair: Pair) -> Judgement | None:
    """The passage calls the same thing, as its subject, the most … of the same kind."""
    if not (pair.is_held_but_for_a_cut and pair.has_same_names):
        return None
    claimed, said = _superlative(pair.statement), _superlative(pair.passage)
    if claimed is None or said is None or claimed[1] != said[1] or pair.doubts:
        return None
    if not said[0] - VERBS or (said[0] ^ claimed[0]) - VERBS:
        return None
    found = (AHEAD.sub("", clause) for clause in pair.clauses if _superlative(clause))
    if not any(pair.is_bare(said_in(clause), pair.completing) for clause in found):
        return None
    return supported("The passage uses the same superlative of the same subject.")


def same_sentence(pair: Pair) -> Judgement | None:
    """The passage is the claim itself, or the authors' "we find that" before it."""
    if not is_said_whole(pair.statement, pair.passage):
        return None
    return supported("The passage says it letter for letter.")


def same_words(pair: Pair) -> Judgement | None:
    """The statement's words stand in the passage, in order and next to each other."""
    if pair.doubts or len(pair.claimed) < 4:
        return None
    if not any(
        pair.is_bare(said_in(clause))
        for clause in pair.clauses
        if _stands_in(pair.statement, clause)
    ):
        return None
    return supported("The passage says it in the same words.")


def negated_words(pair: Pair) -> Judgement | None:
    """The same words, of which one side negates the verb."""
    ours, theirs = negations(pair.statement), negations(pair.passage)
    if len(ours) + len(theirs) != 1 or hedges(pair.statement, pair.passage):
        return None
    if (ours + theirs)[0] not in ("not", "never", "cannot"):
        return None
    if len(pair.claimed) < 3 or _unnegated(pair.statement) != _unnegated(pair.passage):
        return None
    if cautions(pair.statement, pair.passage) or cautions(pair.passage, pair.statement):
        return None
    if _small(pair.statement) != _small(pair.passage) or pair.distances:
        return None
    return contradicted(f"The same words, but one side says “{(ours + theirs)[0]}”.")


def _nouns_after(text: str, quantifiers: frozenset[str], *, most: int) -> set[str]:
    """Keys of up to `most` words after each quantifier, within its phrase; numbers passed over."""
    found: set[str] = set()
    left = 0
    for token in tokens(text):
        if token.text.lower() in quantifiers:
            left = most
        elif not token.is_content:
            left = 0
        elif left and token.value is None:
            found |= set(as_methods([token.key]))
            left -= 1
    return found


def _superlative(text: str) -> tuple[frozenset[str], tuple[str, ...]] | None:
    """The subject and the words of a text's only "most … …"; None unless there is just one."""
    plain = re.sub(r"\s*\([^()]*\)", "", text).lower()
    found = list(SUPERLATIVE.finditer(plain))
    if len(found) != 1 or ONE_OF.search(plain[: found[0].start()]):
        return None
    subject = CLAUSE.split(plain[: found[0].start()])[-1]
    subject = re.sub(r"\b(?:strongest|best) and\b", "", subject)
    return frozenset(content(subject)), tuple(content(found[0]["phrase"]))


def _stands_in(statement: str, passage: str) -> bool:
    """Whether the statement, articles aside, is a whole clause's beginning in the passage."""
    ours, theirs = _keys(statement.rstrip(" .")), _keys(passage)
    for start in range(len(theirs) - len(ours) + 1):
        end = start + len(ours)
        if theirs[start:end] != ours:
            continue
        begins = start == 0 or theirs[start - 1] in (*",;:", "that", "and")
        ends = end == len(theirs) or not theirs[end].isalnum() or theirs[end] in ENDS
        return begins and ends
    return False


def _keys(text: str) -> list[str]:
    kept = (t for t in tokens(text) if t.text.lower() not in DETERMINERS and t.text != "-")
    return [token.key for token in kept]


def _small(text: str) -> set[str]:
    """Words that bend or widen a text's meaning: "not all" and "not just" deny something else."""
    return {*bending(text), *(set(words(text)) & UNIVERSALS)}


def _unnegated(text: str) -> list[str]:
    return [t.key for t in tokens(text) if t.is_content and t.text.lower() not in NEGATIONS]
