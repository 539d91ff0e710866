"""Does the score rise from the first level to the last by more than delta?

Levels are the sizes of the pretraining set, or the contexts in the order listed. Page's test over
the seeds has to agree that the levels between them rise as well. Rivals are either a null, such as
shuffled pairs, beyond whose rise that of the favoured arm must lie as well, or what the favoured
arm's advantage over must grow.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from verifier.checks import Decision, Measured
from verifier.checks._questions import (
    check_allowed,
    decided,
    is_said,
    listed,
    options,
    question,
    undecided,
)
from verifier.protocol import Protocol
from verifier.statistics.metrics import METRICS
from verifier.statistics.moderation import NONE, Kin, compared, moderated
from verifier.statistics.questions import Question
from verifier.statistics.ranks import page
from verifier.statistics.scores import LEAST_SEEDS, Scores, combined, common_seeds, having

LABEL = "the score rises from the first level to the last by more than delta"
OPTIONS: Mapping[str, str] = {
    "over": "'sizes', which is usual, or 'contexts' in the order listed",
    "rivals": "'null': beyond their rise; 'advantage': the distance to them is what has to rise",
    "down": "true where the score is to fall",
}
LEVEL = 0.05
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class _Line:
    """What has to rise: an arm's scores at each level, and those of the rival it is held to."""

    name: str
    favoured: Sequence[Scores]
    rivals: Sequence[Scores]
    n_levels: int  # that there should be
    is_compared: bool = False  # with a rival

    @property
    def is_whole(self) -> bool:
        """Whether no level is missing, and enough seeds have them all."""
        n_rivals = self.n_levels if self.is_compared else 0
        is_there = (len(self.favoured), len(self.rivals)) == (self.n_levels, n_rivals)
        is_a_trend = self.n_levels > 1
        n_seeds = len(common_seeds([*self.favoured, *self.rivals]))
        return is_there and is_a_trend and n_seeds >= LEAST_SEEDS


def decide(measured: Measured, *, protocol: Protocol) -> Decision:
    said = options(protocol, OPTIONS, {"over": "sizes", "rivals": "null", "down": False})
    check_allowed(protocol, said["over"], ("sizes", "contexts"), "over")
    check_allowed(protocol, said["rivals"], ("null", "advantage"), "rivals")
    sign = -1 if is_said(protocol, said, "down") else 1
    lines = _lines(measured, protocol, over=said["over"], is_advantage=said["rivals"] != "null")
    partial = [line.name for line in lines if not line.is_whole]
    if partial and not measured.missing and measured.scores:
        if not any(len(line.favoured) > 1 for line in lines):
            return undecided("A trend needs at least two levels.", "nothing was compared")
        return undecided(
            f"Levels, or seeds that have every level, are missing for {listed(partial)}.",
            "a claim is not decided by part of its comparisons",
        )
    questions, p_values = [], []
    for line in lines if not partial else ():
        alike = [each for each in lines if bool(each.rivals) == bool(line.rivals)]
        asked = _question(line, protocol, alike, sign=sign)
        if asked is not None:
            questions.append(asked)
            p_values.append(page(sign * _table(line.favoured, line.rivals)))
    more = f"Page's test over the levels: p = {max(p_values):.2g} at most." if p_values else ""
    is_held = max(p_values, default=1.0) <= LEVEL
    return decided(questions, measured, more=more, is_held=is_held)


def _lines(measured: Measured, protocol: Protocol, *, over: str, is_advantage: bool) -> list[_Line]:
    """What has to rise: each favoured arm, and each beyond each rival."""
    found: list[_Line] = []
    contexts = [context.name for context in protocol.contexts] or [""]
    sizes = sorted({place[3] for place in measured.scores if place[0] == "arm"})
    for probe in protocol.probes:
        rest: list[tuple[str, list[tuple[str, int]]]] = (
            [(context, [(context, size) for size in sizes]) for context in contexts]
            if over == "sizes"
            else [(f"{size:,} records", [(c, size) for c in contexts]) for size in sizes]
        )
        for where, levels in rest:
            shown = [where] if where and len(rest) > 1 else []
            shown += [probe] if len(protocol.probes) > 1 else []
            within = f" ({', '.join(shown)})" if shown else ""
            for arm in protocol.favoured:
                own = _at(measured, arm.name, levels, probe)
                n_levels = len(levels)
                if not is_advantage or not protocol.rivals:
                    found.append(_Line(f"rise of {arm.name}{within}", own, (), n_levels))
                for rival in protocol.rivals:
                    theirs = _at(measured, rival.name, levels, probe)
                    name = f"rise of {arm.name} − {rival.name}{within}"
                    found.append(_Line(name, own, theirs, n_levels, is_compared=True))
    return found


def _at(
    measured: Measured, arm: str, levels: Sequence[tuple[str, int]], probe: str
) -> list[Scores]:
    places = [("arm", arm, context, size, probe) for context, size in levels]
    return [measured.scores[place] for place in places if place in measured.scores]


def _question(
    line: _Line, protocol: Protocol, alike: Sequence[_Line], *, sign: int
) -> Question | None:
    favoured, rivals = line.favoured, line.rivals
    ends = [favoured[0], favoured[-1], *([rivals[0], rivals[-1]] if rivals else [])]
    effect = combined(ends, _rise(sign))
    if effect is None:
        return None
    effect = moderated(effect, _kin(alike, common_seeds(ends)), terms=2)
    return question(
        line.name,
        effect,
        threshold=protocol.delta,
        scale=protocol.delta,
        unit=METRICS[protocol.metric].unit,
        turned=sign,
    )


def _kin(alike: Sequence[_Line], seeds: Sequence[int]) -> Kin:
    """How far the levels of every line of the same kind differ over these seeds."""
    found = NONE
    for line in alike:
        own, theirs = having(line.favoured, seeds), having(line.rivals, seeds)
        if len(own) == len(line.favoured) and len(theirs) == len(line.rivals):
            found += compared(_table(own, theirs).T)
    return found


def _rise(sign: int) -> Callable[[Floats], Floats]:
    def rise(ends: Floats) -> Floats:
        own = ends[1] - ends[0]
        return np.asarray(sign * (own if len(ends) == 2 else own - (ends[3] - ends[2])))

    return rise


def _table(favoured: Sequence[Scores], rivals: Sequence[Scores]) -> Floats:
    """Seeds in rows, levels in columns."""
    seeds = common_seeds([*favoured, *rivals])
    own = np.stack([each.only(seeds).whole for each in favoured], axis=1)
    if not rivals:
        return own
    return own - np.stack([each.only(seeds).whole for each in rivals], axis=1)
