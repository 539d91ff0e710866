"""Rules that decide only what a passage states plainly, and abstain from everything else.

A passage supports a claim if it gives the same number for the same thing, the same comparison in
the same direction, the same superlative of the same thing, or the claim's own words in their order.
It contradicts it by another number for the same thing, by the same comparison the other way round,
by "most" where the claim says "all", or by negating otherwise the same words. Any hedge,
restriction or negation that only one side has makes the rules abstain.

The clause that holds the fact must say nothing beside it that the claim does not (_clauses.py):
"when tuned badly, A beats B" does not say that A beats B. Only where a passage is the claim itself,
letter for letter, need no rule know its verb (_identical.py).

Measured over the three best sentences of the cited abstract: on the 89 labelled claims of
literature/gold_dev.jsonl 5 decisive findings, all right (Wilson 95 %: 0.57 to 1); judged against
every sentence of the other abstracts there, none decisive. Version 2 was right
there too, and then wrong in 150 of 194 decisions on 461 pairs written to mislead it. Version 3
was made until it failed none of them; of 64 more, written before it was asked, it decided 16, 14 of
them rightly (Wilson 95 %: 0.64 to 0.97), and was mended once more. All are its tests now. The
probability given is that lower bound, 0.56: read it as "better than even", no more.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from verifier.judges import Judgement
from verifier.judges._cautions import (
    DETERMINERS,
    NEGATIONS,
    PARTIALS,
    UNIVERSALS,
    cautions,
    hedges,
    negations,
    turns,
    words,
)
from verifier.judges._clauses import MARGIN, bending, beside, said_in
from verifier.judges._comparisons import Comparison, comparison
from verifier.judges._identical import is_said_whole, points_elsewhere
from verifier.judges._pair import Pair, as_methods, pair_of
from verifier.judges._quantities import Quantity, numbers, quantities, values
from verifier.judges._words import content, tokens
from verifier.verdict import Finding

LABEL = "Plain rules"
VERSION = "6"
PROBABILITY = 0.56  # 5 of 5, rounded down: the lower end of the Wilson interval, see above
NEAR_WORDS = 0.6  # share of the claim's words a passage must hold to be about the same thing
HALF_WORDS = 0.5  # … where two counts are shared
LARGE = 1000  # smaller numbers are counted, not rounded
ROUNDING = 0.02  # relative; numbers nearer than this may be one number, rounded

# Verbs between a subject and its superlative.
VERBS = frozenset(content("yields shows provides produces gives learns achieves has had is"))
# What a set of data is called, and what it is said to do with its members.
SETS = frozenset(content("corpus dataset"))
SET = "dataset"
HOLDING = frozenset(content("holds comprises contains has counts includes numbers totals spans"))

Rule = Callable[[Pair], Judgement | None]


def available() -> tuple[bool, str]:
    return True, ""


def judge(statement: str, passage: str) -> Judgement:
    """The finding all rules that fire agree on; INCONCLUSIVE where none fires or two disagree."""
    if pointer := points_elsewhere(statement):
        return _undecided(f"The claim begins with “{pointer}”: what that is, it does not say.")
    pair = pair_of(statement, passage)
    fired = [judgement for rule in RULES if (judgement := rule(pair)) is not None]
    if not fired:
        return _undecided("No rule applies: the passage neither restates nor denies it plainly.")
    if len({judgement.finding for judgement in fired}) > 1:
        return _undecided("The rules disagree: " + " But: ".join(j.reason for j in fired))
    return fired[0]


def same_quantities(pair: Pair) -> Judgement | None:
    """Every number of the statement stands in the passage with the same thing."""
    claimed = quantities(pair.statement)
    said = quantities(pair.passage)
    if not claimed or pair.doubts or not pair.has_same_names:
        return None
    if len(claimed) < len(numbers(pair.statement)):
        return None  # a number whose thing we cannot tell
    if not all(_is_given(one, said, pair) for one in claimed):
        return None
    if not (_is_alike_often(claimed, pair) or _is_alike_once(pair)):
        return None
    if not any(_counts_all(clause, claimed, pair) for clause in pair.clauses):
        return None
    given = ", ".join(f"{one.value:g} {one.thing}" for one in claimed)
    return _supported(f"The passage gives the same number for the same thing ({given}).")


def same_rounded_extent(pair: Pair) -> Judgement | None:
    """The claim says "more than 11 million", the passage "up to 11M", of the same thing.

    Both are one number rounded to the million: the largest size there is lies within half a step of
    it, on which side the passage does not say. It agrees to the precision given, and the reason
    says so. "More than five" against "up to five" is no such case: nobody rounds to five.
    """
    claimed, said = quantities(pair.statement), quantities(pair.passage)
    if len(claimed) != 1 or claimed[0].bound != "over" or not _is_rounded(claimed[0].value):
        return None
    same = [other for other in said if other.thing == claimed[0].thing]
    if len(same) != 1 or same[0].bound != "most" or same[0].value != claimed[0].value:
        return None
    if pair.doubts or not (pair.has_same_names and pair.has_same_conditions):
        return None
    named = {SET if key in SETS else key for key in pair.claimed if key not in HOLDING}
    if not named <= {SET if key in SETS else key for key in pair.said}:
        return None
    return _supported(
        f"The passage gives the same largest number of the same thing, {claimed[0].value:,.0f}, "
        "rounded: on which side of it the count lies, it does not say."
    )


def other_quantity(pair: Pair) -> Judgement | None:
    """The passage counts, or measures, the same thing otherwise."""
    if not pair.is_plain or not pair.has_same_names or pair.share < NEAR_WORDS:
        return None
    if not (pair.has_same_conditions and pair.holds_settings and pair.shares_a_name):
        return None
    said = quantities(pair.passage)
    for one in quantities(pair.statement):
        others = [other for other in said if other.thing == one.thing]
        if len(others) != 1 or one.value in values(pair.passage):
            continue
        if _excludes(others[0], one) and _is_counted_barely(others[0], pair):
            return _contradicted(
                f"The passage says {others[0].value:g}, the claim {one.value:g} ({one.thing})."
            )
    return None


def same_comparison(pair: Pair) -> Judgement | None:
    """The same two things compared in the same direction."""
    claimed, said = comparison(pair.statement), comparison(pair.passage)
    if claimed is None or said is None or claimed.what != said.what or pair.doubts:
        return None
    forward = claimed.sign == said.sign and _are_same_sides(claimed, said)
    turned = claimed.sign == -said.sign and _are_turned_sides(claimed, said)
    if not (forward or turned) or not _rest_is_held(pair, claimed):
        return None
    if not _is_unconditional(pair) or claimed.of != said.of:
        return None
    return _supported(f"The passage compares the same things in the same direction ({said.what}).")


def reverse_comparison(pair: Pair) -> Judgement | None:
    """The same two things compared the other way round, without conditions of its own."""
    claimed, said = comparison(pair.statement), comparison(pair.passage)
    if claimed is None or said is None or claimed.what != said.what or not pair.is_plain:
        return None
    forward = claimed.sign == said.sign and _are_turned_sides(claimed, said)
    turned = claimed.sign == -said.sign and _are_same_sides(claimed, said)
    if not (forward or turned) or set(words(pair.passage)) & PARTIALS:
        return None
    if not _is_unconditional(pair) or claimed.of != said.of:
        return None
    if beside(as_methods(claimed.rest), pair.said):
        return None  # of another data set, or under another condition
    return _contradicted(f"The passage compares the same things the other way ({said.what}).")


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
    return _contradicted("The claim says all, the passage only most.")


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
    return _supported("The passage uses the same superlative of the same subject.")


def same_sentence(pair: Pair) -> Judgement | None:
    """The passage is the claim itself, or the authors' "we find that" before it."""
    if not is_said_whole(pair.statement, pair.passage):
        return None
    return _supported("The passage says it letter for letter.")


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
    return _supported("The passage says it in the same words.")


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
    return _contradicted(f"The same words, but one side says “{(ours + theirs)[0]}”.")


RULES: tuple[Rule, ...] = (
    same_quantities,
    same_rounded_extent,
    other_quantity,
    same_comparison,
    reverse_comparison,
    all_where_most,
    same_superlative,
    same_sentence,
    same_words,
    negated_words,
)


def _is_alike_often(claimed: Sequence[Quantity], pair: Pair) -> bool:
    """Two counts of two things agree: hardly by accident, so half the words are enough."""
    counted = {one.thing for one in claimed if not one.is_measure}
    return (
        len(counted) > 1
        and pair.share >= HALF_WORDS
        and pair.holds_conditions
        and pair.holds_settings
    )


def _is_alike_once(pair: Pair) -> bool:
    """One number agrees: then every word must stand there as well."""
    return (
        pair.share == 1.0
        and pair.has_same_conditions
        and turns(pair.statement) == turns(pair.passage)
    )


def _is_rounded(value: float) -> bool:
    """A large number of at most two digits before its zeros, as 11,000,000 is."""
    return value >= LARGE and float(f"{value:.1e}") == value


def _is_given(claimed: Quantity, said: Sequence[Quantity], pair: Pair) -> bool:
    """The passage counts this thing once, to the same number, with the same qualities."""
    same = [other for other in said if other.thing == claimed.thing]
    return len(same) == 1 and _is_same_count(same[0], claimed) and claimed.qualities <= pair.said


def _is_same_count(one: Quantity, other: Quantity) -> bool:
    """The same number of the same thing, whatever stands between them."""
    return replace(one, qualities=frozenset()) == replace(other, qualities=frozenset())


def _excludes(said: Quantity, claimed: Quantity) -> bool:
    """Both numbers cannot be true of the thing: exact, of the same extent, and not one rounded.

    Five ECG data sets cannot be among three data sets; two can.
    """
    if said.bound or claimed.bound or said.is_measure != claimed.is_measure:
        return False
    if said.is_share != claimed.is_share:
        return False  # 0.9 and 90 % are one accuracy
    if abs(said.value - claimed.value) <= ROUNDING * max(said.value, claimed.value):
        return False
    if said.qualities - claimed.qualities:
        return False
    return claimed.qualities == said.qualities or claimed.value > said.value


def _are_same_sides(claimed: Comparison, said: Comparison) -> bool:
    return claimed.left == said.left and set(claimed.rights) <= set(said.rights)


def _are_turned_sides(claimed: Comparison, said: Comparison) -> bool:
    return claimed.left in said.rights and set(claimed.rights) == {said.left}


def _rest_is_held(pair: Pair, claimed: Comparison) -> bool:
    """What the claim says beside its comparison stands in the passage as well."""
    return set(as_methods(claimed.rest)) <= pair.said and pair.has_same_conditions


def _is_unconditional(pair: Pair) -> bool:
    """The clause that compares sets no condition that the claim does not, in brackets or out."""
    return any(
        pair.is_bare(
            [*said.rest, *bending(clause), *content(" ".join(IN_BRACKETS.findall(clause)))],
            COMPARING,
        )
        for clause in pair.clauses
        if (said := comparison(MARGIN.sub("", clause))) is not None
    )


def _counts_all(clause: str, claimed: Sequence[Quantity], pair: Pair) -> bool:
    """One clause gives every number, and says nothing that could bend one of them."""
    said = quantities(clause)
    held = [other for other in said if any(_is_same_count(other, one) for one in claimed)]
    qualities = frozenset().union(*(one.qualities for one in held))
    return all(_is_given(one, said, pair) for one in claimed) and pair.is_bare(
        said_in(clause), qualities
    )


def _is_counted_barely(said: Quantity, pair: Pair) -> bool:
    """The clause with this number gives no other, and sets no condition of its own."""
    number = {token.key for token in tokens(pair.passage) if token.value == said.value}
    return any(
        pair.is_bare(said_in(clause), number)
        for clause in pair.clauses
        if said in quantities(clause)
    )


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


SUPERLATIVE = re.compile(r"\b(?P<phrase>(?:most|least) [a-z-]+ [a-z-]+)")
COMPARING = frozenset("than more less over".split())
IN_BRACKETS = re.compile(r"\(([^()]*)\)")
ONE_OF = re.compile(r"\b(?:of|among) (?:the |its |all )?$")
AHEAD = re.compile(r"\s*\((?:\w+ )?ahead of [\w-]+\)")
CLAUSE = re.compile(r"[,;:]|\b(?:with|that|while|where|and find|show that)\b")


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


ENDS = frozenset("and in on for with across by at while when which".split())


def _keys(text: str) -> list[str]:
    kept = (t for t in tokens(text) if t.text.lower() not in DETERMINERS and t.text != "-")
    return [token.key for token in kept]


def _small(text: str) -> set[str]:
    """Words that bend or widen a text's meaning: "not all" and "not just" deny something else."""
    return {*bending(text), *(set(words(text)) & UNIVERSALS)}


def _unnegated(text: str) -> list[str]:
    return [t.key for t in tokens(text) if t.is_content and t.text.lower() not in NEGATIONS]


def _supported(reason: str) -> Judgement:
    return Judgement(finding=Finding.SUPPORTED, reason=reason, probability=PROBABILITY)


def _contradicted(reason: str) -> Judgement:
    return Judgement(finding=Finding.CONTRADICTED, reason=reason, probability=PROBABILITY)


def _undecided(reason: str) -> Judgement:
    return Judgement(finding=Finding.INCONCLUSIVE, reason=reason)
