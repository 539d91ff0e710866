"""What would change a verdict: the smallest change of the estimate, of delta, or of n. Pure."""

from collections.abc import Sequence
from math import sqrt

from verifier.checks._questions import effect_of
from verifier.statistics.effect import Effect
from verifier.verdict import Estimate, Finding

MOST_SEEDS = 1000  # beyond this nobody waits
LEVEL = 0.95


def would_change(finding: Finding, members: Sequence[Estimate], *, delta: float) -> tuple[str, ...]:
    """Sentences, each with its number; none where nothing was measured.

    Each member is looked at by itself with its 95 % interval, so with many members the correction
    for their number makes the real distance a little smaller.
    """
    if not members:
        return ()
    if finding is Finding.SUPPORTED:
        return _what_ends_support(members, delta)
    if finding is Finding.CONTRADICTED:
        return _what_ends_contradiction(members, delta)
    return _what_would_decide(members, delta)


def _what_ends_support(members: Sequence[Estimate], delta: float) -> tuple[str, ...]:
    least = min(members, key=lambda member: member.low)
    return (
        f"It would no longer be supported if {least.name} were {least.low - delta:.3f} smaller "
        f"than {least.value:.3f}, the errors staying as they are.",
        f"It would no longer be supported with delta above {least.low:.3f} instead of {delta:g}.",
    )


def _what_ends_contradiction(members: Sequence[Estimate], delta: float) -> tuple[str, ...]:
    worst = min(members, key=lambda member: member.high)
    high = effect_of(worst).interval(0.90)[1]
    found = [
        f"It would no longer be contradicted if {worst.name} were {delta - high:.3f} larger than "
        f"{worst.value:.3f}, the errors staying as they are."
    ]
    if high > 0:
        found.append(
            f"It would no longer be contradicted with delta below {high:.3f} instead of {delta:g}."
        )
    else:
        found.append(
            "No smaller delta would end the contradiction: the effect is on the other side of 0."
        )
    return tuple(found)


def _what_would_decide(members: Sequence[Estimate], delta: float) -> tuple[str, ...]:
    return tuple(_seeds_for(m, delta) for m in members if m.low <= delta <= m.high)


def _seeds_for(member: Estimate, delta: float) -> str:
    """How many seeds would decide one member, if it kept its value and its spread."""
    n_seeds = seeds_to_decide(member, delta=delta)
    where = "above" if member.value > delta else "below"
    if n_seeds is None:
        return (
            f"No number of seeds up to {MOST_SEEDS:,} would decide {member.name} "
            f"({member.value:+.3f}): with the test patients at hand its interval would still "
            f"contain {delta:g}."
        )
    return (
        f"{member.name} would lie wholly {where} {delta:g} with about {n_seeds} seeds instead of "
        f"{member.n}, if it stayed at {member.value:+.3f} with the same spread."
    )


def seeds_to_decide(member: Estimate, *, delta: float) -> int | None:
    """The smallest number of seeds whose 95 % interval leaves delta out; None if none does."""
    low, high = member.n, MOST_SEEDS
    if not _decides(member, n_seeds=high, delta=delta):
        return None
    while low < high:  # deciding gets easier with every seed, so halving finds the first
        middle = (low + high) // 2
        if _decides(member, n_seeds=middle, delta=delta):
            high = middle
        else:
            low = middle + 1
    return high


def _decides(member: Estimate, *, n_seeds: int, delta: float) -> bool:
    now = effect_of(member)
    then = Effect(
        value=now.value,
        seed_error=now.seed_error * sqrt(now.n_seeds / n_seeds),
        patient_error=now.patient_error,
        n_seeds=n_seeds,
        n_patients=now.n_patients,
    )
    low, high = then.interval(LEVEL)
    return not low <= delta <= high
