"""How far runs at reduced scale reach: what they may say of a claim that is about more. Pure."""

from dataclasses import replace

from verifier.checks import Decision
from verifier.protocol import Protocol
from verifier.verdict import Finding


def within_reach(decision: Decision, protocol: Protocol) -> Decision:
    """What is left of a decision where the claim is about something that no run of ours reaches.

    Its like at our scale may be supported, which is a replication at reduced scale; that the like
    fails does not contradict the claim, which never spoke of our scale.
    """
    if decision.finding is not Finding.CONTRADICTED or not protocol.beyond:
        return decision
    return replace(
        decision,
        finding=Finding.INCONCLUSIVE,
        confidence=None,
        confidence_reason="the runs speak against what they tested, not against the claim",
        probability=None,
        questions=(),
        reason=f"{decision.reason} That speaks against the like of the claim at this scale. The "
        f"claim itself is about {protocol.beyond}, which no run of ours reaches, so it stays open.",
    )


def limits(protocol: Protocol) -> tuple[str, ...]:
    """What the claim says and the protocol cannot settle, in sentences."""
    if not protocol.beyond:
        return protocol.limits
    return (
        *protocol.limits,
        f"These runs may support the claim at their own scale, but not contradict it: it is about "
        f"{protocol.beyond}, which no run of ours reaches.",
    )


def regime(decision: Decision) -> list[str]:
    """A reduced-scale run never refutes a large one; it can contradict a claim about all."""
    if decision.finding is not Finding.CONTRADICTED:
        return []
    return [
        "This contradicts the claim as it is worded, inside the regime of these runs; it says "
        "nothing about the scale of the study itself."
    ]
