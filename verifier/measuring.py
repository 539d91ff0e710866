"""From the scores of many runs to paired effects with intervals. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from io import BytesIO
from typing import Any

import numpy as np
from numpy.typing import NDArray

from verifier.checks import Measured
from verifier.protocol import Arm, Protocol
from verifier.statistics.auroc import macro_auroc, patient_weights
from verifier.statistics.effect import Effect, paired_effect
from verifier.verdict import Estimate

N_RESAMPLES = 1000
LEAST_SEEDS = 2
Floats = NDArray[np.float64]
Place = tuple[str, str, str, int]  # role, arm, context, size


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """One run's part in a protocol: its place, and its scores if it gave valid ones."""

    arm: Mapping[str, Any]
    predictions: bytes | None
    problem: str = ""
    n_records: int | None = None  # really used for pretraining

    @property
    def place(self) -> Place:
        arm = self.arm
        return (arm["role"], arm["arm"], arm["context"], arm["size"])


@dataclass(frozen=True, kw_only=True)
class _Scores:
    """Macro AUROC of each seed on the whole test fold and on each resample of its patients."""

    whole: dict[int, float]
    resampled: dict[int, Floats]  # (B,) each


def measure(
    protocol: Protocol, runs: Sequence[Comparison], *, missing: Sequence[str] = ()
) -> Measured:
    """Members, controls, stress and points of a protocol from its runs.

    An invalid run is left out with its whole pair; a member with fewer than two seeds left is
    reported as missing rather than estimated.
    """
    table = _Table.of(runs)
    gone = list(missing)
    members = _members(protocol, table, gone)
    points = _points(table) if protocol.sizes == "all" else []
    return Measured(
        members=tuple(members),
        controls=tuple(_controls(protocol, table)),
        stress=tuple(_stress(protocol, table)),
        points=tuple(points),
        n_seeds=min((e.n for e in members or points), default=0),
        sizes=tuple(max(table.used.get(size, {size})) for size in table.sizes),
        missing=tuple(gone),
    )


@dataclass(frozen=True, kw_only=True)
class _Table:
    """The scores of every place of a protocol, on one test fold."""

    scores: Mapping[Place, _Scores]
    used: Mapping[int, set[int]]  # records really used, by size asked for
    sizes: tuple[int, ...]
    n_patients: int

    @staticmethod
    def of(runs: Sequence[Comparison]) -> "_Table":
        fold = _TestFold()
        scores: dict[Place, _Scores] = {}
        used: dict[int, set[int]] = {}
        for run in runs:
            if run.n_records is not None:
                used.setdefault(run.arm["size"], set()).add(run.n_records)
            if run.predictions is None:
                continue
            whole, resampled = fold.score(run.predictions)
            if np.isnan(whole):
                continue  # no label has both classes in the fold, so there is no score
            found = scores.setdefault(run.place, _Scores(whole={}, resampled={}))
            seed = int(run.arm["seed"])
            found.whole[seed], found.resampled[seed] = whole, resampled
        sizes = tuple(sorted({place[3] for place in scores}))
        return _Table(scores=scores, used=used, sizes=sizes, n_patients=fold.n_patients)

    @property
    def largest(self) -> int:
        return self.sizes[-1] if self.sizes else 0

    def difference(self, one: Place, other: Place) -> Effect | None:
        """Paired by seed; None where fewer than two seeds gave valid runs in both places."""
        a, b = self.scores.get(one), self.scores.get(other)
        if a is None or b is None:
            return None
        seeds = sorted(a.whole.keys() & b.whole.keys())
        if len(seeds) < LEAST_SEEDS:
            return None
        return paired_effect(
            np.array([a.whole[seed] - b.whole[seed] for seed in seeds]),
            np.mean([a.resampled[seed] - b.resampled[seed] for seed in seeds], axis=0),
            n_patients=self.n_patients,
        )


class _TestFold:
    """The test records that all runs of a protocol share, and one set of resamples of them."""

    def __init__(self) -> None:
        self.records: NDArray[np.str_] | None = None
        self.weights: Floats | None = None
        self.n_patients = 0

    def score(self, payload: bytes) -> tuple[float, Floats]:
        with np.load(BytesIO(payload), allow_pickle=False) as stored:
            records, patients = stored["record_id"], stored["patient_id"]
            targets = stored["targets"].astype(bool)
            scores = stored["scores"].astype(np.float64)
        if self.weights is None or self.records is None:
            self.records = records
            self.n_patients = len(np.unique(patients))
            drawn = patient_weights(patients, N_RESAMPLES, np.random.default_rng(0))
            self.weights = np.concatenate([np.ones((1, len(records))), drawn])
        elif not np.array_equal(records, self.records):
            raise ValueError("The runs of one protocol were tested on different records.")
        each = macro_auroc(targets, scores, self.weights)
        return float(each[0]), each[1:]


def _pairs(protocol: Protocol) -> list[tuple[str, Arm, Arm]]:
    """Every context with every favoured arm and every rival."""
    contexts = [context.name for context in protocol.contexts] or [""]
    return [(c, a, b) for c in contexts for a in protocol.favoured for b in protocol.rivals]


def _members(protocol: Protocol, table: _Table, missing: list[str]) -> list[Estimate]:
    found = []
    for context, favoured, rival in _pairs(protocol):
        for size in table.sizes:
            name = _name(f"{favoured.name} − {rival.name}", context, size, table.sizes)
            effect = table.difference(
                ("arm", favoured.name, context, size), ("arm", rival.name, context, size)
            )
            if effect is None:
                missing.append(f"{name} has fewer than {LEAST_SEEDS} seeds with valid runs")
            else:
                found.append(_estimate(name, effect, role="member", delta=protocol.delta))
    return found


def _controls(protocol: Protocol, table: _Table) -> list[Estimate]:
    """Each favoured arm against its control: is there anything that pretraining did?"""
    found = []
    contexts = [context.name for context in protocol.contexts] or [""]
    for control in protocol.controls:
        for context in contexts:
            for arm in protocol.favoured:
                place = (arm.name, context, table.largest)
                effect = table.difference(("arm", *place), (control.name, *place))
                if effect is not None:
                    name = _name(f"{arm.name} − {control.name}", context, 0, ())
                    found.append(_estimate(name, effect, role="control", delta=0.0))
    return found


def _stress(protocol: Protocol, table: _Table) -> list[Estimate]:
    """The members again under each nuisance; an arm it does not change is taken as it was."""
    found = []
    for stress in protocol.stress:
        for context, favoured, rival in _pairs(protocol):
            one, other = (
                (stress.name if not stress.arms or arm.name in stress.arms else "arm")
                for arm in (favoured, rival)
            )
            if one == other == "arm":
                continue
            effect = table.difference(
                (one, favoured.name, context, table.largest),
                (other, rival.name, context, table.largest),
            )
            if effect is not None:
                name = f"{_name(f'{favoured.name} − {rival.name}', context, 0, ())}, {stress.name}"
                estimate = _estimate(name, effect, role="stress", delta=protocol.delta)
                found.append(replace(estimate, note=stress.name))
    return found


def _points(table: _Table) -> list[Estimate]:
    """The error 1 − macro AUROC of each arm at each size."""
    found = []
    for (role, arm, context, size), measured in sorted(table.scores.items()):
        if role != "arm" or len(measured.whole) < LEAST_SEEDS:
            continue
        seeds = sorted(measured.whole)
        effect = paired_effect(
            np.array([1 - measured.whole[seed] for seed in seeds]),
            1 - np.mean([measured.resampled[seed] for seed in seeds], axis=0),
            n_patients=table.n_patients,
        )
        name = _name(arm, context, size, table.sizes)
        found.append(_estimate(name, effect, role="description", delta=None))
    return found


def _name(what: str, context: str, size: int, sizes: Sequence[int]) -> str:
    within = f" ({context})" if context else ""
    return f"{what}{within}" + (f" at {size:,} records" if len(sizes) > 1 else "")


def _estimate(name: str, effect: Effect, *, role: str, delta: float | None) -> Estimate:
    low, high = effect.interval(0.95)
    return Estimate(
        name=name,
        value=effect.value,
        low=low,
        high=high,
        n=effect.n_seeds,
        n_counts="seeds",
        probability=None if delta is None else effect.probability_above(delta),
        role=role,
        unit="1 − macro AUROC" if role == "description" else "macro AUROC",
        seed_error=effect.seed_error,
        patient_error=effect.patient_error,
        n_patients=effect.n_patients,
    )
