"""How often is the engine wrong? Claims with planted truth, judged by the very same code.

Each simulated claim has two arms whose true macro AUROCs differ by a known effect. Their seeds
differ, and all runs score the same patients with errors that are partly shared between runs, as
those of real encoders are. The scores go through measuring.py and a check as those of a run do.
"""

import os
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import special

from verifier.checks import CHECKS
from verifier.measuring import Comparison, measure
from verifier.protocol import Arm, Protocol
from verifier.verdict import Finding

EFFECTS = (0.0, 0.5, 1.0, 2.0, 4.0)  # in multiples of delta
CHECK = "exceeds"
N_BINS = 10


@dataclass(frozen=True, kw_only=True)
class World:
    """What the simulated runs are like. The defaults are near the quick preset's own runs.

    27 runs of the quick preset with synthetic records had a standard deviation over seeds of 0.006
    to 0.029 for paired differences, and of 0.007 to 0.010 from resampling 320 patients. One label
    with scores so correlated has 0.022 and 0.008, at a fifth of the cost of five labels.
    """

    n_seeds: int = 3
    n_patients: int = 320
    records_per_patient: float = 1.6
    n_labels: int = 1
    prevalence: float = 0.3
    auroc: float = 0.75
    seed_spread: float = 0.012  # standard deviation of an arm's macro AUROC over seeds
    shared: float = 0.85  # correlation of two runs' scores of one record
    delta: float = 0.01


@dataclass(frozen=True, kw_only=True)
class Judged:
    """One simulated claim and what was made of it."""

    effect: float  # in multiples of delta
    finding: Finding
    probability: float  # given by the engine for "the effect exceeds delta"
    is_covered: bool  # the 95 % interval holds the true effect


def simulate(effect: float, world: World, generator: np.random.Generator) -> Judged:
    """Plant one effect, in multiples of delta, and judge it."""
    protocol = Protocol(
        id="simulated",
        hypothesis="",
        words="",
        check=CHECK,
        recipe="",
        favoured=(Arm(name="a"),),
        rivals=(Arm(name="b"),),
        delta=world.delta,
    )
    measured = measure(protocol, _runs(effect * world.delta, world, generator))
    decision = CHECKS.load(CHECK).decide(measured, protocol=protocol)
    (member,) = measured.members
    return Judged(
        effect=effect,
        finding=decision.finding,
        probability=member.probability if member.probability is not None else np.nan,
        is_covered=member.low <= effect * world.delta <= member.high,
    )


def _runs(effect: float, world: World, generator: np.random.Generator) -> list[Comparison]:
    n_records = round(world.n_patients * world.records_per_patient)
    patients = np.arange(n_records) % world.n_patients
    targets = generator.random((n_records, world.n_labels)) < world.prevalence
    common = generator.normal(size=targets.shape)
    runs = []
    for arm, auroc in (("a", world.auroc + effect), ("b", world.auroc)):
        for seed in range(world.n_seeds):
            skill = np.sqrt(2) * special.ndtri(auroc + generator.normal(0, world.seed_spread))
            own = generator.normal(size=targets.shape)
            noise = np.sqrt(world.shared) * common + np.sqrt(1 - world.shared) * own
            runs.append(
                Comparison(
                    arm={"role": "arm", "arm": arm, "context": "", "size": 1, "seed": seed},
                    predictions=_stored(patients, targets, noise + skill * targets),
                )
            )
    return runs


def _stored(
    patients: NDArray[np.int64], targets: NDArray[np.bool_], scores: NDArray[np.float64]
) -> bytes:
    buffer = BytesIO()
    np.savez(
        buffer,
        record_id=np.arange(len(patients)).astype(str),
        patient_id=patients.astype(str),
        targets=targets.astype(np.uint8),
        scores=scores.astype(np.float32),
    )
    return buffer.getvalue()


def calibrate(
    n_claims: int, world: World, *, seed: int = 0, n_processes: int | None = None
) -> dict[str, Any]:
    """Judge `n_claims` simulated claims, the same number for each effect, and count."""
    began = time.monotonic()
    per_effect = max(n_claims // len(EFFECTS), 1)
    tasks = [
        (effect, world, seed + place * 1_000_003 + one)
        for place, effect in enumerate(EFFECTS)
        for one in range(per_effect)
    ]
    with ProcessPoolExecutor(n_processes or os.cpu_count() or 1) as pool:
        judged = list(pool.map(_one, tasks, chunksize=max(len(tasks) // 64, 1)))
    return {**counted(judged), "seconds": round(time.monotonic() - began, 1), "world": vars(world)}


def _one(task: tuple[float, World, int]) -> Judged:
    effect, world, seed = task
    return simulate(effect, world, np.random.default_rng(seed))


def counted(judged: Sequence[Judged]) -> dict[str, Any]:
    """Rates with n; None where there was no case to count."""
    right = {True: Finding.SUPPORTED, False: Finding.CONTRADICTED}
    at_twice = [j for j in judged if j.effect == 2.0]
    return {
        "claims": len(judged),
        "wrong_decisive": {
            CHECK: _rate(
                judged,
                lambda j: (
                    j.finding is not Finding.INCONCLUSIVE and j.finding is not right[j.effect > 1]
                ),
            )
        },
        "right_decisive_at_2_delta": {
            CHECK: _rate(at_twice, lambda j: j.finding is Finding.SUPPORTED)
        },
        "decisive": {CHECK: _rate(judged, lambda j: j.finding is not Finding.INCONCLUSIVE)},
        "coverage": {CHECK: _rate(judged, lambda j: j.is_covered)},
        "expected_calibration_error": calibration_error(
            np.array([j.probability for j in judged]), np.array([j.effect > 1 for j in judged])
        ),
        "by_effect": {
            f"{effect:g} delta": {
                finding.value: sum(j.finding is finding for j in cases) / len(cases)
                for finding in (Finding.SUPPORTED, Finding.CONTRADICTED, Finding.INCONCLUSIVE)
            }
            for effect in EFFECTS
            if (cases := [j for j in judged if j.effect == effect])
        },
    }


def _rate(judged: Sequence[Judged], counts: Callable[[Judged], bool]) -> float | None:
    return sum(counts(j) for j in judged) / len(judged) if judged else None


def calibration_error(probabilities: NDArray[np.float64], outcomes: NDArray[np.bool_]) -> float:
    """Mean distance between what was said and what came, over ten equal bins, weighted by size.

    >>> calibration_error(np.array([0.9, 0.9]), np.array([True, False]))
    0.4
    """
    bins = np.minimum((probabilities * N_BINS).astype(int), N_BINS - 1)
    distance = 0.0
    for place in np.unique(bins):
        within = bins == place
        gap = abs(probabilities[within].mean() - outcomes[within].mean())
        distance += float(within.mean() * gap)
    return round(distance, 12)
