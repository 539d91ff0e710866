"""From the scores of many runs to paired effects with intervals. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from verifier.checks import Measured
from verifier.checks._questions import estimate, question
from verifier.protocol import Arm, Protocol
from verifier.scoring import Comparison, score
from verifier.statistics.effect import Effect
from verifier.statistics.metrics import METRICS
from verifier.statistics.moderation import NONE, Kin, compared, moderated
from verifier.statistics.scores import (
    LEAST_SEEDS,
    Place,
    Scores,
    combined,
    common_seeds,
    difference,
    having,
)
from verifier.verdict import Estimate


def measure(
    protocol: Protocol,
    runs: Sequence[Comparison],
    *,
    missing: Sequence[str] = (),
    share: float = 1.0,
) -> Measured:
    """Members, controls and points of a protocol from its runs.

    An invalid run is left out with its whole pair; a member with fewer than two seeds left is
    reported as missing rather than estimated. `share` is the part of the error rates that this
    look at the runs may spend.
    """
    scores = score(protocol, runs)
    found = of_scores(protocol, scores, used=_used(runs), missing=missing, share=share)
    if len(found.missing) > len(missing):  # a comparison says so already
        return found
    return replace(found, missing=(*missing, *_unscored(protocol, runs, scores)))


def of_scores(
    protocol: Protocol,
    scores: Mapping[Place, Scores],
    *,
    used: Mapping[int, int],
    missing: Sequence[str] = (),
    share: float = 1.0,
) -> Measured:
    """The same from scores; `used` are the records really used, by the size asked for."""
    scores = _told_apart(scores, used)
    table = _Table(protocol=protocol, scores=scores, used=used)
    gone = list(missing)
    members = _members(table, gone)
    points = _points(table)
    return Measured(
        members=tuple(members),
        controls=tuple(_controls(table)),
        points=tuple(points),
        n_seeds=min((e.n for e in members or points), default=0),
        sizes=tuple(used.get(size, size) for size in table.sizes),
        used=used,
        missing=tuple(gone),
        scores=scores,
        share=share,
    )


def _unscored(
    protocol: Protocol, runs: Iterable[Comparison], scores: Mapping[Place, Scores]
) -> list[str]:
    """Places of arms, in words, that runs were made for and of which too few gave a score.

    Without them a claim over all sizes or contexts would be decided by those that are left.
    """
    asked = {
        (run.arm["arm"], run.arm["context"], run.arm["size"], probe)
        for run in runs
        if run.arm["role"] == "arm"
        for probe in protocol.probes
    }
    sizes = {size for _, _, size, _ in asked}
    return [
        f"{_named(protocol, arm, context, probe)}"
        + (f" at {size:,} records" if len(sizes) > 1 else "")
        + f" has fewer than {LEAST_SEEDS} seeds with valid runs"
        for arm, context, size, probe in sorted(asked)
        if (found := scores.get(("arm", arm, context, size, probe))) is None
        or len(found.seeds) < LEAST_SEEDS
    ]


def _told_apart(scores: Mapping[Place, Scores], used: Mapping[int, int]) -> Mapping[Place, Scores]:
    """Without the sizes at which no more records were there than at a larger one.

    A data set smaller than the largest sizes gives the same records, and so the same run, to all
    of them: those are one size, not several.
    """
    largest: dict[int, int] = {}
    for asked in sorted({place[3] for place in scores}):
        largest[used.get(asked, asked)] = asked
    kept = set(largest.values())
    return {place: found for place, found in scores.items() if place[3] in kept}


def _named(protocol: Protocol, what: str, context: str, probe: str) -> str:
    shown = [context] if context else []
    shown += [probe] if len(protocol.probes) > 1 else []
    return what + (f" ({', '.join(shown)})" if shown else "")


def _used(runs: Iterable[Comparison]) -> dict[int, int]:
    used: dict[int, int] = {}
    for run in runs:
        if run.n_records is not None:
            size = run.arm["size"]
            used[size] = max(used.get(size, 0), run.n_records)
    return used


@dataclass(frozen=True, kw_only=True)
class _Table:
    """The scores of every place of a protocol."""

    protocol: Protocol
    scores: Mapping[Place, Scores]
    used: Mapping[int, int]  # records really used, by the size asked for

    @property
    def sizes(self) -> tuple[int, ...]:
        return tuple(sorted({place[3] for place in self.scores}))

    @property
    def largest(self) -> int:
        return self.sizes[-1] if self.sizes else 0

    @property
    def unit(self) -> str:
        return METRICS[self.protocol.metric].unit

    def difference(self, one: Place, other: Place) -> Effect | None:
        """Paired by seed; None where fewer than two seeds gave valid runs in both places.

        Its spread over seeds is steadied by that of all differences between arms of the protocol.
        """
        a, b = self.scores.get(one), self.scores.get(other)
        effect = None if a is None or b is None else difference(a, b)
        if a is None or b is None or effect is None:
            return None
        return moderated(effect, self._kin(a, b), terms=2)

    def _kin(self, one: Scores, other: Scores) -> Kin:
        """How far arms differ over the seeds that two places have, in every context and size."""
        seeds = common_seeds([one, other])
        cells: dict[tuple[str, int], list[Scores]] = {}
        for each in self.scores.values():
            if each.role == "arm" and each.probe == one.probe:
                cells.setdefault((each.context, each.size), []).append(each)
        if other.role != "arm":  # a control is compared within the cell of its arm
            cells[one.context, one.size].append(other)
        alike = [having(cell, seeds) for cell in cells.values()]
        return sum((compared(np.stack([s.whole for s in c])) for c in alike if c), NONE)

    def contexts(self) -> list[tuple[str, str]]:
        """Every context with every probe."""
        names = [context.name for context in self.protocol.contexts] or [""]
        return [(name, probe) for name in names for probe in self.protocol.probes]

    def pairs(self) -> list[tuple[str, str, Arm, Arm]]:
        """Every context and probe with every favoured arm and every rival."""
        protocol = self.protocol
        return [
            (context, probe, a, b)
            for context, probe in self.contexts()
            for a in protocol.favoured
            for b in protocol.rivals
        ]

    def name(self, what: str, context: str, probe: str, size: int | None = None) -> str:
        named = _named(self.protocol, what, context, probe)
        if size is None or len(self.sizes) < 2:
            return named
        return f"{named} at {self.used.get(size, size):,} records"

    def member(self, name: str, effect: Effect, *, role: str, note: str = "") -> Estimate:
        delta = self.protocol.delta
        asked = question(
            name,
            effect,
            threshold=0.0 if role == "control" else delta,
            scale=delta,
            unit=self.unit,
            note=note,
        )
        return replace(asked.estimate, role=role)


def _members(table: _Table, missing: list[str]) -> list[Estimate]:
    found = []
    for context, probe, favoured, rival in table.pairs():
        for size in table.sizes:
            name = table.name(f"{favoured.name} − {rival.name}", context, probe, size)
            effect = table.difference(
                ("arm", favoured.name, context, size, probe),
                ("arm", rival.name, context, size, probe),
            )
            if effect is None:
                missing.append(f"{name} has fewer than {LEAST_SEEDS} seeds with valid runs")
            else:
                found.append(table.member(name, effect, role="member"))
    return found


def _controls(table: _Table) -> list[Estimate]:
    """Each favoured arm against its control: is there anything that pretraining did?"""
    found = []
    for control in table.protocol.controls:
        for context, probe in table.contexts():
            for arm in table.protocol.favoured:
                place = (arm.name, context, table.largest, probe)
                effect = table.difference(("arm", *place), (control.name, *place))
                if effect is not None:
                    name = table.name(f"{arm.name} − {control.name}", context, probe)
                    found.append(table.member(name, effect, role="control"))
    return found


def _points(table: _Table) -> list[Estimate]:
    """The error, one minus the score, of each arm at each size."""
    found = []
    for (role, arm, context, size, probe), scores in sorted(table.scores.items()):
        effect = combined([scores], lambda each: 1 - each[0]) if role == "arm" else None
        if effect is not None:
            name = table.name(arm, context, probe, size)
            unit = f"1 − {table.unit}"
            found.append(estimate(name, effect, unit=unit, role="description"))
    return found
