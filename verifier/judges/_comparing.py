"""Rules on which of two things a passage calls the better, higher or larger one. Pure."""

import re

from verifier.judges import Judgement
from verifier.judges._cautions import PARTIALS, words
from verifier.judges._clauses import MARGIN, bending, beside
from verifier.judges._comparisons import Comparison, comparison
from verifier.judges._opinions import contradicted, supported
from verifier.judges._pair import Pair, as_methods
from verifier.judges._words import content

COMPARING = frozenset("than more less over".split())
IN_BRACKETS = re.compile(r"\(([^()]*)\)")


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
    return supported(f"The passage compares the same things in the same direction ({said.what}).")


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
    return contradicted(f"The passage compares the same things the other way ({said.what}).")


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
