"""What each nuisance does to a finding: the same rule over the arms that it changes. Pure."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from statistics import fmean

from verifier.checks import Decision, Measured
from verifier.measuring import of_scores
from verifier.protocol import Arm, Protocol, Stress
from verifier.verdict import Estimate, Finding, Interval, Nuisance

Decide = Callable[..., Decision]
Tally = tuple[int, int]  # runs that ended well, and runs that were planned

OPPOSITE = {
    Finding.SUPPORTED: Finding.CONTRADICTED,
    Finding.CONTRADICTED: Finding.SUPPORTED,
}
LEAST_SEEDS = 3  # with fewer, a nuisance is not judged


@dataclass(frozen=True, kw_only=True)
class Stressed:
    """A nuisance, and the effects under it and without it that its finding rests on."""

    nuisance: Nuisance
    members: tuple[Estimate, ...] = ()
    before: tuple[Estimate | None, ...] = ()  # of the same seeds, without it

    @property
    def estimates(self) -> tuple[Estimate, ...]:
        """The effects under the nuisance, named after it."""
        name = self.nuisance.name
        return tuple(
            replace(each, name=f"{each.name}, {name}", role="stress", note=name)
            for each in self.members
        )

    @property
    def moved(self) -> str:
        """The effect that moved most, from where to where; empty where none has its like."""
        was, became = self.nuisance.was, self.nuisance.became
        if was is None or became is None:
            return ""
        said = f"{self.nuisance.moved_most} moves from {was[0]:+.3f} to {became[0]:+.3f}"
        return said.replace("-", "−")


def stressed(
    protocol: Protocol, measured: Measured, decide: Decide, runs: Mapping[str, Tally]
) -> list[Stressed]:
    """Every nuisance of the protocol, decided by its own rule where all its runs were made.

    `runs` has the runs of each nuisance by its name; one that the preset plans no runs for may be
    left out.
    """
    return [
        _stressed(stress, protocol, measured, decide, runs.get(stress.name, (0, 0)))
        for stress in protocol.stress
    ]


def _stressed(
    stress: Stress, protocol: Protocol, measured: Measured, decide: Decide, tally: Tally
) -> Stressed:
    n_runs, n_planned = tally
    untried = Nuisance(name=stress.name, says=stress.says, n_runs=n_runs, n_planned=n_planned)
    pair = under(stress, protocol, measured) if n_runs and n_runs == n_planned else None
    if pair is None:
        return Stressed(nuisance=untried)
    with_it, without = pair
    n_seeds = min(with_it.n_seeds, without.n_seeds)
    if n_seeds < LEAST_SEEDS:
        return Stressed(nuisance=replace(untried, n_seeds=n_seeds))
    plain = decide(without, protocol=protocol)
    found = decide(with_it, protocol=protocol)
    members = with_it.members if found.members is None else found.members
    like = {each.name: each for each in plain.members or without.members}
    before = tuple(like.get(each.name) for each in members)
    moved = _Moved.of(before, members)
    return Stressed(
        nuisance=replace(
            untried,
            n_seeds=n_seeds,
            finding=found.finding,
            reason=found.reason,
            before=plain.finding,
            n_effects=moved.n_effects,
            shift=moved.shift,
            moved_most=moved.most,
            was=moved.was,
            became=moved.became,
            unit=moved.unit,
        ),
        members=members,
        before=before,
    )


def changes(stress: Stress, arm: Arm) -> bool:
    return not stress.arms or arm.name in stress.arms


def under(
    stress: Stress, protocol: Protocol, measured: Measured
) -> tuple[Measured, Measured] | None:
    """What the protocol would have measured with the arms that a nuisance changes in their place.

    And what it measures without, of the same seeds, contexts and sizes. Only sizes at which every
    changed arm was run count; None where there is none.
    """
    arms = [arm.name for arm in (*protocol.favoured, *protocol.rivals) if changes(stress, arm)]
    tried = {place: found for place, found in measured.scores.items() if place[0] == stress.name}
    sizes = [{place[3] for place in tried if place[1] == arm} for arm in arms]
    common = set.intersection(*sizes) if sizes else set()
    if not common:
        return None
    contexts = {place[2] for place in tried}
    seeds = {seed for found in tried.values() for seed in found.seeds}
    without = {
        place: found.only(seeds)
        for place, found in measured.scores.items()
        if place[0] == "arm" and place[2] in contexts and place[3] in common
    }
    changed = {place: found for place, found in without.items() if place[1] not in arms} | {
        ("arm", *place[1:]): replace(found, role="arm")
        for place, found in tried.items()
        if place[3] in common
    }
    plain = replace(
        protocol,
        stress=(),
        controls=(),
        contexts=tuple(each for each in protocol.contexts if each.name in contexts),
    )
    with_it, as_it_is = (
        of_scores(plain, scores, used=measured.used, share=measured.share)
        for scores in (changed, without)
    )
    return with_it, as_it_is


@dataclass(frozen=True, kw_only=True)
class _Moved:
    """How far effects moved that have their like without the nuisance."""

    n_effects: int = 0
    shift: float | None = None
    most: str = ""
    was: Interval | None = None
    became: Interval | None = None
    unit: str = ""

    @staticmethod
    def of(before: Iterable[Estimate | None], after: Iterable[Estimate]) -> "_Moved":
        pairs = [(a, b) for a, b in zip(before, after, strict=True) if a is not None]
        if not pairs:
            return _Moved()
        was, became = max(pairs, key=lambda pair: abs(pair[1].value - pair[0].value))
        return _Moved(
            n_effects=len(pairs),
            shift=fmean(b.value - a.value for a, b in pairs),
            most=was.name,
            was=(was.value, was.low, was.high),
            became=(became.value, became.low, became.high),
            unit=was.unit,
        )


def turned(decision: Decision, under_stress: Iterable[Stressed]) -> list[str]:
    """A sentence for each nuisance under which the rule comes to the opposite finding."""
    if decision.finding not in OPPOSITE:
        return []
    return [
        f"Turned round by {each.nuisance.name}"
        + (f", under which {each.moved}" if each.moved else "")
        + f": {each.nuisance.reason}"
        for each in under_stress
        if each.nuisance.finding is OPPOSITE[decision.finding]
    ]


def unjudged(under_stress: Iterable[Stressed]) -> list[str]:
    """One sentence naming the nuisances that were planned but cannot be judged; none if none."""
    found = [
        f"{each.nuisance.name} ({each.nuisance.state.removesuffix('; not judged')})"
        for each in under_stress
        if each.nuisance.n_planned and not each.nuisance.is_judged
    ]
    return [f"Not judged for want of runs: {'; '.join(found)}."] if found else []
