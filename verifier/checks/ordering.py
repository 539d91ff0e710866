"""Is the favoured arm the first of all?

It must exceed every rival by more than the margin, except those said to be near it, behind which
it must not fall by delta. Friedman's test over blocks of seed, context and probe has to find that
the arms differ, and the favoured one has to have the best mean rank (Demšar 2006, JMLR 7; the
critical difference is Bonferroni and Dunn's, for comparisons with one arm).
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import sqrt

import numpy as np
from scipy import special

from verifier.checks import Decision, Measured
from verifier.checks._questions import decided, effect_of, number_of, options
from verifier.claim import InputError
from verifier.protocol import Protocol
from verifier.statistics.questions import Question
from verifier.statistics.ranks import friedman, ranks
from verifier.statistics.scores import Scores, common_seeds
from verifier.verdict import Estimate

LABEL = "the favoured arm is the first of all"
OPTIONS: Mapping[str, str] = {
    "margin": "by how much it must exceed each rival; delta where not stated",
    "near": "names of rivals that it need not exceed, but must not fall behind by delta",
}
LEVEL = 0.05


def decide(measured: Measured, *, protocol: Protocol) -> Decision:
    said = options(protocol, OPTIONS, {"margin": protocol.delta, "near": ()})
    near = _near(protocol, said["near"])
    margin = number_of(protocol, said, "margin")
    questions = [
        _question(member, near=near, margin=margin, protocol=protocol)
        for member in measured.members
    ]
    ranked = _ranked(measured, protocol)
    if ranked is None:
        return decided(questions, measured)
    return decided(questions, measured, more=ranked.words(), is_held=ranked.is_first)


def _near(protocol: Protocol, names: object) -> frozenset[str]:
    known = [rival.name for rival in protocol.rivals]
    asked = [str(name) for name in (names if isinstance(names, list | tuple) else [names])]
    for name in asked:
        if name not in known:
            raise InputError(
                f"{protocol.id}: options.near names {name!r}, which is no rival. "
                f"The rivals are: {', '.join(known)}."
            )
    return frozenset(asked)


def _question(
    member: Estimate, *, near: frozenset[str], margin: float, protocol: Protocol
) -> Question:
    pairs = {f"{a.name} − {b.name}": b.name for a in protocol.favoured for b in protocol.rivals}
    # a name may begin with another; what follows the pair says where it was compared
    pair = max((each for each in pairs if member.name.startswith(each)), key=len)
    asked = Question(
        effect=effect_of(member),
        threshold=-protocol.delta if pairs[pair] in near else margin,
        estimate=member,
        scale=protocol.delta,
    )
    return replace(asked, estimate=replace(member, probability=asked.probability))


@dataclass(frozen=True, kw_only=True)
class _Ranked:
    mean_ranks: Mapping[str, float]  # 1 is best
    n_blocks: int
    p_value: float
    critical_difference: float
    is_first: bool

    def words(self) -> str:
        order = sorted(self.mean_ranks, key=lambda name: self.mean_ranks[name])
        shown = ", ".join(f"{name} {self.mean_ranks[name]:.2f}" for name in order)
        return (
            f"Mean ranks over {self.n_blocks} blocks: {shown}; Friedman's p = {self.p_value:.2g}, "
            f"critical difference {self.critical_difference:.2f}."
        )


def _ranked(measured: Measured, protocol: Protocol) -> _Ranked | None:
    """None where there are fewer than two blocks or three arms to rank."""
    arms = [arm.name for arm in (*protocol.favoured, *protocol.rivals)]
    blocks: list[list[float]] = []
    places = {place[2:] for place in measured.scores if place[0] == "arm"}
    for context, size, probe in sorted(places):
        found = [measured.scores.get(("arm", arm, context, size, probe)) for arm in arms]
        blocks += _blocks([each for each in found if each is not None], n_arms=len(arms))
    if len(blocks) < 2 or len(arms) < 3:
        return None
    table = np.array(blocks)
    mean = ranks(-table.T).mean(axis=1)
    n_arms = len(arms)
    quantile = -float(special.ndtri(LEVEL / (2 * (n_arms - 1))))
    p_value = friedman(table)
    return _Ranked(
        mean_ranks=dict(zip(arms, mean.tolist(), strict=True)),
        n_blocks=len(blocks),
        p_value=p_value,
        critical_difference=quantile * sqrt(n_arms * (n_arms + 1) / (6 * len(blocks))),
        is_first=p_value <= LEVEL and bool(mean[: len(protocol.favoured)].min() == mean.min()),
    )


def _blocks(found: list[Scores], *, n_arms: int) -> list[list[float]]:
    """The arms' scores of each seed; none where an arm is missing."""
    if len(found) < n_arms:
        return []
    seeds = common_seeds(found)
    return [[float(each.only(seeds).whole[row]) for each in found] for row in range(len(seeds))]
