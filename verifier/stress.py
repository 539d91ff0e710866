"""What each nuisance does to a finding: the same rule over the arms that it changes. Pure."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from verifier.checks import Decision, Measured
from verifier.measuring import under
from verifier.protocol import Protocol
from verifier.verdict import Estimate, Finding

Decide = Callable[..., Decision]

OPPOSITE = {
    Finding.SUPPORTED: Finding.CONTRADICTED,
    Finding.CONTRADICTED: Finding.SUPPORTED,
}


@dataclass(frozen=True, kw_only=True)
class Stressed:
    """The finding under one nuisance, and how far each effect moved that has its like without."""

    name: str
    finding: Finding
    reason: str
    members: tuple[Estimate, ...]  # what the finding rests on
    before: tuple[Estimate | None, ...]  # the same effects without the nuisance

    @property
    def estimates(self) -> tuple[Estimate, ...]:
        """The effects under the nuisance, named after it."""
        return tuple(
            replace(each, name=f"{each.name}, {self.name}", role="stress", note=self.name)
            for each in self.members
        )

    @property
    def moved(self) -> str:
        """The effect that moved most, from where to where; empty where none has its like."""
        pairs = [(a, b) for a, b in zip(self.before, self.members, strict=True) if a is not None]
        if not pairs:
            return ""
        before, after = max(pairs, key=lambda pair: abs(pair[1].value - pair[0].value))
        said = f"{before.name} moves from {before.value:+.3f} to {after.value:+.3f}"
        return said.replace("-", "−")


def stressed(
    protocol: Protocol, measured: Measured, decision: Decision, decide: Decide
) -> list[Stressed]:
    """Every nuisance whose arms were run, decided by the protocol's own rule."""
    found = []
    without = decision.members if decision.members is not None else measured.members
    for stress in protocol.stress:
        changed = under(stress, protocol, measured)
        if changed is None:
            continue
        under_it = decide(replace(changed, missing=()), protocol=protocol)
        members = under_it.members if under_it.members is not None else changed.members
        found.append(
            Stressed(
                name=stress.name,
                finding=under_it.finding,
                reason=under_it.reason,
                members=members,
                before=tuple(_like(each, without, measured.sizes) for each in members),
            )
        )
    return found


def turned(decision: Decision, under_stress: Iterable[Stressed]) -> list[str]:
    """A sentence for each nuisance under which the rule comes to the opposite finding."""
    if decision.finding not in OPPOSITE:
        return []
    return [
        f"Turned round by {each.name}"
        + (f", under which {each.moved}" if each.moved else "")
        + f": {each.reason}"
        for each in under_stress
        if each.finding is OPPOSITE[decision.finding]
    ]


def _like(member: Estimate, among: Sequence[Estimate], sizes: Sequence[int]) -> Estimate | None:
    """The effect of the same name; at the largest size where only that was run under stress."""
    names = {each.name: each for each in among}
    largest = f"{member.name} at {sizes[-1]:,} records" if sizes else member.name
    return names.get(member.name) or names.get(largest)
