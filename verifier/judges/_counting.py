"""Rules on what a passage counts or measures: the same number, or another, of a thing. Pure."""

from collections.abc import Sequence
from dataclasses import replace

from verifier.judges import Judgement
from verifier.judges._cautions import turns
from verifier.judges._clauses import said_in
from verifier.judges._opinions import contradicted, supported
from verifier.judges._pair import Pair
from verifier.judges._quantities import Quantity, numbers, quantities, values
from verifier.judges._words import content, tokens

NEAR_WORDS = 0.6  # share of the claim's words a passage must hold to be about the same thing
HALF_WORDS = 0.5  # … where two counts are shared
LARGE = 1000  # smaller numbers are counted, not rounded
ROUNDING = 0.02  # relative; numbers nearer than this may be one number, rounded

# What a set of data is called, and what it is said to do with its members.
SETS = frozenset(content("corpus dataset"))
SET = "dataset"
HOLDING = frozenset(content("holds comprises contains has counts includes numbers totals spans"))


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
    return supported(f"The passage gives the same number for the same thing ({given}).")


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
    return supported(
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
            return contradicted(
                f"The passage says {others[0].value:g}, the claim {one.value:g} ({one.thing})."
            )
    return None


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
