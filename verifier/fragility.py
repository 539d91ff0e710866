"""Would a small change turn what a witness says? Pure.

A finding is called fragile where half a standard error more or less of one deciding estimate would
carry it across the line it was decided at, which is that of its look, where a stress arm turned
it, or where it hangs on the words of a single document. Each estimate is looked at by itself, so
with many members the correction for their number makes the real distance a little smaller.
"""

from collections.abc import Sequence
from statistics import NormalDist

from verifier.statistics.looking import share_of_look
from verifier.verdict import Assessment, Estimate, Evidence, Finding, Witness

REACH = 0.5  # standard errors that count as a small change
NORMAL = NormalDist()
SUPPORT = 0.025  # the error of a 95 % interval that lies above delta
CONTRADICTION = 0.05  # of a 90 % interval that lies below it
EXTREME = 1e-9  # beyond this a probability has no quantile worth the name


def fragility(said: Assessment) -> str:
    """Why the finding is fragile, in a sentence; empty where it is not."""
    if said.is_turned_by_stress:
        return "A stress arm turns the finding round."
    if said.witness is Witness.LITERATURE:
        return _hangs_on_one_document(said)
    share = share_of_look(said.look) if said.look else 1.0
    members = [estimate for estimate in said.estimates if estimate.role == "member"]
    return _is_near_a_line(said.finding, members, share=share)


def _is_near_a_line(finding: Finding, members: Sequence[Estimate], *, share: float) -> str:
    near = [
        member
        for member in members
        if member.probability is not None and _is_near(finding, member.probability, share=share)
    ]
    if not near:
        return ""
    turned = {
        Finding.SUPPORTED: "would leave it undecided",
        Finding.CONTRADICTED: "would leave it undecided",
        Finding.INCONCLUSIVE: "would decide it",
    }[finding]
    return f"Half a standard error more or less of {near[0].name} {turned}."


def _is_near(finding: Finding, probability: float, *, share: float = 1.0) -> bool:
    """Whether the estimate lies within reach of a line that could turn this finding.

    `share` is the part of the error rates that its look may spend.

    >>> _is_near(Finding.SUPPORTED, 0.98), _is_near(Finding.SUPPORTED, 0.9999)
    (True, False)
    >>> _is_near(Finding.INCONCLUSIVE, 0.96), _is_near(Finding.INCONCLUSIVE, 0.5)
    (True, False)
    """
    at = NORMAL.inv_cdf(min(max(probability, EXTREME), 1 - EXTREME))
    yes, no = NORMAL.inv_cdf(1 - SUPPORT * share), NORMAL.inv_cdf(CONTRADICTION * share)
    if finding is Finding.SUPPORTED:
        return at < yes + REACH
    if finding is Finding.CONTRADICTED:
        return no - REACH < at <= no
    return finding is Finding.INCONCLUSIVE and (at > yes - REACH or at < no + REACH)


def _hangs_on_one_document(said: Assessment) -> str:
    """The study's own words about itself are enough; one other document is not much."""
    bearing = [found for found in said.evidence if found.stance is said.finding]
    documents = {found.document_id for found in bearing}
    if said.finding not in (Finding.SUPPORTED, Finding.CONTRADICTED) or len(documents) != 1:
        return ""
    if any(_is_own_word(found) for found in bearing):
        return ""
    return "It hangs on the words of a single document."


def _is_own_word(found: Evidence) -> bool:
    return found.is_primary
