"""Which claim gets more seeds next, and how many. Pure: what it takes is counted elsewhere."""

from collections.abc import Sequence
from dataclasses import dataclass

from verifier.sensitivity import seeds_to_decide
from verifier.statistics.questions import Question

GROWTH = 1.5  # at least half as many seeds again before the next look, so that looks are few


@dataclass(frozen=True, kw_only=True)
class Open:
    """A claim that its runs leave undecided."""

    claim_id: str
    n_seeds: int
    look: int  # the last one's number
    needed: int | None  # seeds that would decide it, if all stays as it is; None: none would
    seconds_a_seed: float  # of wall time

    @property
    def next_seeds(self) -> int:
        """Towards what is needed, but never fewer than half as many again."""
        grown = max(self.n_seeds + 1, round(self.n_seeds * GROWTH))
        return grown if self.needed is None else max(grown, min(self.needed, 2 * grown))

    @property
    def seconds_to_decide(self) -> float | None:
        if self.needed is None:
            return None
        return max(self.needed - self.n_seeds, 1) * self.seconds_a_seed

    @property
    def seconds_of_step(self) -> float:
        return (self.next_seeds - self.n_seeds) * self.seconds_a_seed


def needed(questions: Sequence[Question], *, next_look: int) -> int | None:
    """Seeds that would decide the claim at the next look; None: not within reason.

    One clear no decides a claim over many members, so the nearest of those on the wrong side
    counts; where all are on the claim's side it needs a yes of each, and the slowest counts.
    """
    found = [(asked, seeds_to_decide(asked, look=next_look)) for asked in questions]
    against = [seeds for asked, seeds in found if asked.effect.value < asked.threshold]
    if any(seeds is not None for seeds in against):
        return min(seeds for seeds in against if seeds is not None)
    known = [seeds for _, seeds in found if seeds is not None]
    return max(known) if known and len(known) == len(found) else None


def choose(waiting: Sequence[Open], *, seconds_left: float) -> Open | None:
    """The claim nearest to a decision by the time it takes; None where none can be decided."""
    can = [
        each
        for each in waiting
        if each.seconds_to_decide is not None
        and max(each.seconds_to_decide, each.seconds_of_step) <= seconds_left
    ]
    return min(can, key=lambda each: each.seconds_to_decide or 0.0, default=None)


def said(waiting: Sequence[Open]) -> str:
    """What the undecided claims would take, in words."""
    parts = []
    for each in sorted(waiting, key=lambda one: one.claim_id):
        if each.needed is None or each.seconds_to_decide is None:
            parts.append(f"{each.claim_id} would not be decided by more seeds alone")
        else:
            parts.append(
                f"{each.claim_id} would take about {each.needed} seeds instead of {each.n_seeds}, "
                f"{duration(each.seconds_to_decide)} more"
            )
    return "; ".join(parts)


def duration(seconds: float) -> str:
    """Write a time for people.

    >>> duration(45), duration(150), duration(9000)
    ('45 s', '2 min 30 s', '2 h 30 min')
    """
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"
