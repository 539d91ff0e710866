"""Would a small change turn what a witness says? Pure.

A finding is called fragile where half a standard error more or less of one deciding estimate would
carry it across the line it was decided at, where a stress arm turned it, or where it hangs on the
words of a single document. Each estimate is looked at by itself, so with many members the
correction for their number makes the real distance a little smaller.
"""

from collections.abc import Sequence
from statistics import NormalDist

from verifier.verdict import Assessment, Estimate, Evidence, Finding, Witness

REACH = 0.5  # standard errors that count as a small change
NORMAL = NormalDist()
SUPPORT = NORMAL.inv_cdf(0.975)  # the 95 % interval lies above delta
CONTRADICTION = NORMAL.inv_cdf(0.05)  # the 90 % interval lies below it
EXTREME = 1e-9  # beyond this a probability has no quantile worth the name


def fragility(said: Assessment) -> str:
    """Why the finding is fragile, in a sentence; empty where it is not."""
    if said.is_turned_by_stress:
        return "A stress arm turns the finding round."
    if said.witness is Witness.LITERATURE:
        return _hangs_on_one_document(said)
    return _is_near_a_line(said.finding, [e for e in said.estimates if e.role == "member"])


def _is_near_a_line(finding: Finding, members: Sequence[Estimate]) -> str:
    near = [m for m in members if m.probability is not None and _is_near(finding, m.probability)]
    if not near:
        return ""
    turned = {
        Finding.SUPPORTED: "would leave it undecided",
        Finding.CONTRADICTED: "would leave it undecided",
        Finding.INCONCLUSIVE: "would decide it",
    }[finding]
    return f"Half a standard error more or less of {near[0].name} {turned}."


def _is_near(finding: Finding, probability: float) -> bool:
    """Whether the estimate lies within reach of a line that could turn this finding.

    >>> _is_near(Finding.SUPPORTED, 0.98), _is_near(Finding.SUPPORTED, 0.9999)
    (True, False)
    >>> _is_near(Finding.INCONCLUSIVE, 0.96), _is_near(Finding.INCONCLUSIVE, 0.5)
    (True, False)
    """
    at = NORMAL.inv_cdf(min(max(probability, EXTREME), 1 - EXTREME))
    if finding is Finding.SUPPORTED:
        return at < SUPPORT + REACH
    if finding is Finding.CONTRADICTED:
        return CONTRADICTION - REACH < at <= CONTRADICTION
    return finding is Finding.INCONCLUSIVE and (at > SUPPORT - REACH or at < CONTRADICTION + REACH)


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
