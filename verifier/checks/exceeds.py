"""Does every favoured arm beat every rival by more than delta, in every context?

Supported if the 95 % interval of every member lies above delta; contradicted if the 90 % interval
of at least one lies below it (too small to matter, or reversed). Both with Holm's correction over
the members, since the claim ranges over all of them.
"""

from collections.abc import Sequence

from verifier.checks import Decision, Measured
from verifier.protocol import Protocol
from verifier.statistics.effect import holm
from verifier.verdict import Estimate, Finding

LABEL = "every favoured arm exceeds every rival by more than delta"
ONE_SIDED_SUPPORT = 0.025  # the lower end of a 95 % interval
ONE_SIDED_CONTRADICTION = 0.05  # the upper end of a 90 % interval


def decide(measured: Measured, *, protocol: Protocol) -> Decision:
    members = measured.members
    if measured.missing:
        return Decision(
            finding=Finding.INCONCLUSIVE,
            reason=f"Runs are missing: {_listed(measured.missing)}.",
            confidence=None,
            confidence_reason="a comparison without all its runs is not weighed",
        )
    if not members:
        return Decision(
            finding=Finding.INCONCLUSIVE,
            reason="Nothing was measured.",
            confidence=None,
            confidence_reason="nothing was measured",
        )
    above = [_above(member) for member in members]
    if all(holm([1 - p for p in above], alpha=ONE_SIDED_SUPPORT)):
        return _supported(members, above, protocol.delta)
    below = holm(above, alpha=ONE_SIDED_CONTRADICTION)
    if any(below):
        wrong = [m for m, is_below in zip(members, below, strict=True) if is_below]
        return _contradicted(wrong, members, above, protocol.delta)
    return _inconclusive(members, protocol.delta)


def _above(member: Estimate) -> float:
    if member.probability is None:
        raise ValueError(f"The member {member.name!r} carries no probability.")
    return member.probability


def all_hold(probabilities: Sequence[float]) -> float:
    """Least probability that all hold, whatever their dependence (Bonferroni)."""
    return max(0.0, 1 - sum(1 - p for p in probabilities))


def _supported(members: Sequence[Estimate], above: Sequence[float], delta: float) -> Decision:
    least = min(members, key=lambda member: member.low)
    each = "the effect lies" if len(members) == 1 else f"all {len(members)} effects lie"
    return Decision(
        finding=Finding.SUPPORTED,
        reason=f"With 95 % confidence {each} above {delta:g}; the least certain is {_said(least)}.",
        confidence=all_hold(above),
    )


def _contradicted(
    wrong: Sequence[Estimate], members: Sequence[Estimate], above: Sequence[float], delta: float
) -> Decision:
    of_all = f"{len(wrong)} of {len(members)} comparisons" if len(members) > 1 else "the comparison"
    return Decision(
        finding=Finding.CONTRADICTED,
        reason=(
            f"In {of_all} the effect is below {delta:g} with 95 % confidence, too small to matter "
            f"or reversed: {_listed([_said(member) for member in wrong])}."
        ),
        confidence=1 - min(above),
    )


def _inconclusive(members: Sequence[Estimate], delta: float) -> Decision:
    undecided = [m for m in members if m.low <= delta <= m.high]
    return Decision(
        finding=Finding.INCONCLUSIVE,
        reason=(
            f"{len(undecided)} of {len(members)} intervals contain {delta:g}, the smallest effect "
            f"that matters, so the runs decide neither way: "
            f"{_listed([_said(member) for member in undecided or members])}."
        ),
        confidence=None,
        confidence_reason="nothing is asserted; each comparison's probability is in its estimate",
    )


def _said(member: Estimate) -> str:
    numbers = f"{member.value:+.3f} [{member.low:+.3f}, {member.high:+.3f}]"
    return f"{member.name} {numbers.replace('-', '−')}"


def _listed(items: Sequence[str], most: int = 4) -> str:
    shown = "; ".join(items[:most])
    return shown if len(items) <= most else f"{shown}; and {len(items) - most} more"
