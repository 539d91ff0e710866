"""Claims with planted truth: scores as runs would leave them, for every kind of check. Pure.

A run scores each record of one label by its skill where the label is there, plus a part common to
all runs, a part of its arm and a part of its own, all normal. How large the parts are follows from
what was measured on stored runs (spreads.toml): how far seeds move the difference of two arms, how
far the patients that all seeds share move it, and how far a seed and the patients do together.
"""

import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import cache
from io import BytesIO
from math import sqrt
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import special

from verifier.checks.correlation import LEAST, SCALE
from verifier.checks.scaling import MARGIN, clarity
from verifier.protocol import Arm, Protocol
from verifier.scoring import Comparison
from verifier.statistics.ranks import partial_spearman

Floats = NDArray[np.float64]
EFFECTS = (0.0, 0.5, 1.0, 2.0, 4.0)  # in multiples of delta
SPREADS = Path(__file__).with_name("spreads.toml")
LEVELS = (64, 512, 4096)  # of a trend
SIZES = (56, 136, 330, 800, 1900)  # of a ladder
N_DRAWS = 1500  # seeds, to know what a planted correlation or clarity is on average
BASE = 0.75  # macro AUROC of an arm that nothing was planted in
PREVALENCE = 0.3
RECORDS_A_PATIENT = 1.6  # as the synthetic records have


@dataclass(frozen=True, kw_only=True)
class Spreads:
    """Standard deviations of the difference of two arms; see spreads.toml."""

    pair: float
    patients: float
    together: float
    n_patients: int  # that the last two were measured on
    likeness: float  # of the arms' variances, in degrees of freedom

    @property
    def arm(self) -> float:
        """Of one arm over seeds, were two arms independent."""
        return self.pair / sqrt(2)


def measured_spreads(data: str = "synthetic") -> Spreads:
    table = tomllib.loads(SPREADS.read_text(encoding="utf-8"))[data]
    return Spreads(**{each.name: table[each.name] for each in fields(Spreads)})


@dataclass(frozen=True, kw_only=True)
class World:
    """What simulated runs are like."""

    n_seeds: int = 10
    n_patients: int = 2560
    delta: float = 0.02
    spreads: Spreads = field(default_factory=measured_spreads)


@dataclass(frozen=True, kw_only=True)
class Planted:
    """One claim whose truth is known."""

    protocol: Protocol
    runs: Sequence[Comparison]
    is_true: bool
    effect: float  # what each member truly is
    multiple: float  # of the smallest difference that matters


Means = Mapping[tuple[str, int], float]  # AUROC by arm and size


def plant(check: str, multiple: float, world: World, generator: np.random.Generator) -> Planted:
    """A claim that one check is to judge, its effect this multiple of delta."""
    return PLANTED[check](multiple, world, generator)


def _protocol(check: str, favoured: str, *rivals: str, world: World, **more: Any) -> Protocol:
    return Protocol(
        id="simulated",
        hypothesis="",
        words="",
        check=check,
        recipe="",
        favoured=(Arm(name=favoured),),
        rivals=tuple(Arm(name=rival) for rival in rivals),
        delta=world.delta,
        **more,
    )


def _compared(check: str, *rivals: str) -> Callable[..., Planted]:
    """Arms of which the first is better than every other by the planted effect."""

    def planted(multiple: float, world: World, generator: np.random.Generator) -> Planted:
        effect = multiple * world.delta
        means = {("a", 1): BASE + effect, **{(rival, 1): BASE for rival in rivals}}
        return Planted(
            protocol=_protocol(check, "a", *rivals, world=world),
            runs=_runs(means, world, generator, is_alike=False),
            is_true=multiple < 1 if check == "equivalent" else multiple > 1,
            effect=effect,
            multiple=multiple,
        )

    return planted


def _risen(multiple: float, world: World, generator: np.random.Generator) -> Planted:
    effect = multiple * world.delta
    steps = np.linspace(0, effect, len(LEVELS))
    means = {("a", size): BASE + step for size, step in zip(LEVELS, steps, strict=True)}
    return Planted(
        protocol=_protocol("trend", "a", world=world, sizes="all"),
        runs=_runs(means, world, generator, is_alike=False),
        is_true=multiple > 1,
        effect=effect,
        multiple=multiple,
    )


def _correlated(multiple: float, world: World, generator: np.random.Generator) -> Planted:
    """Errors that fall over sizes, and a loss that follows them as closely as was planted."""
    wanted = LEAST + (multiple - 1) * SCALE
    noise, effect = _noise_for(min(wanted, 0.95), world.spreads.arm, _own(world))
    means = {("a", size): mean for size, mean in zip(SIZES, _ladder(), strict=True)}

    def covariates(arm: str, size: int, seed: int) -> dict[str, float]:
        error = 1 - means[arm, size]
        loss = error + noise * float(generator.normal())
        return {"pretraining_loss": loss, "n_updates": 100.0}

    return Planted(
        protocol=_protocol("correlation", "a", world=world, sizes="all"),
        runs=_runs(means, world, generator, covariates),
        is_true=multiple > 1,
        effect=effect,
        multiple=multiple,
    )


def _scaled(multiple: float, world: World, generator: np.random.Generator) -> Planted:
    """Two arms whose errors fall by power laws, one more clearly than the other."""
    low, high, effect = _exponents_for(multiple * MARGIN, world.spreads.arm, _own(world))
    means = {
        (arm, size): 1 - _error(size, exponent)
        for arm, exponent in (("a", high), ("b", low))
        for size in SIZES
    }
    return Planted(
        protocol=_protocol("scaling", "a", "b", world=world, sizes="all"),
        runs=_runs(means, world, generator),
        is_true=multiple > 1,
        effect=effect,
        multiple=multiple,
    )


PLANTED: Mapping[str, Callable[..., Planted]] = {
    "exceeds": _compared("exceeds", "b"),
    "equivalent": _compared("equivalent", "b"),
    "ordering": _compared("ordering", "b", "c"),
    "optimum": _compared("optimum", "b", "c"),
    "trend": _risen,
    "correlation": _correlated,
    "scaling": _scaled,
}


def _own(world: World) -> float:
    """Standard deviation of one arm by what a seed and the patients do together."""
    return world.spreads.together * sqrt(world.spreads.n_patients / world.n_patients) / sqrt(2)


def _ladder() -> Floats:
    return np.linspace(BASE - 0.05, BASE + 0.05, len(SIZES))


def _error(size: float, exponent: float) -> float:
    """Power laws that meet at the middle size."""
    return float((1 - BASE) * (size / SIZES[2]) ** -exponent)


@cache
def _noise_for(wanted: float, arm: float, own: float) -> tuple[float, float]:
    """How noisy a loss must be for a mean rank correlation, and what it then really is."""
    generator = np.random.default_rng(1)
    spread = np.hypot(arm, own)
    errors = (1 - _ladder())[:, None] + generator.normal(0, spread, (len(SIZES), N_DRAWS))
    jitter = generator.normal(size=(len(SIZES), N_DRAWS))
    nothing = np.empty((0, len(SIZES)))
    tried = np.geomspace(1e-3, 1.0, 40)
    found = [
        float(
            np.nanmean(partial_spearman((1 - _ladder())[:, None] + noise * jitter, errors, nothing))
        )
        for noise in tried
    ]
    place = int(np.argmin(np.abs(np.array(found) - wanted)))
    return float(tried[place]), found[place]


@cache
def _exponents_for(wanted: float, arm: float, own: float) -> tuple[float, float, float]:
    """Exponents of a less and a more clearly falling arm, and how much clearer it really is."""
    generator = np.random.default_rng(2)
    noise = generator.normal(0, np.hypot(arm, own), (len(SIZES), N_DRAWS))
    logs = np.log(np.array(SIZES, dtype=np.float64))
    tried = np.linspace(0.01, 0.45, 80)

    def clear(exponent: float) -> float:
        errors = np.array([_error(size, exponent) for size in SIZES])[:, None] + noise
        return float(clarity(logs, 1 - errors).mean())

    found = np.array([clear(float(exponent)) for exponent in tried])
    low = int(np.argmin(np.abs(tried - 0.02)))
    high = int(np.argmin(np.abs(found - found[low] - wanted)))
    return float(tried[low]), float(tried[high]), float(found[high] - found[low])


def _no_covariates(arm: str, size: int, seed: int) -> dict[str, float]:
    del arm, size, seed
    return {}


def _runs(
    means: Means,
    world: World,
    generator: np.random.Generator,
    covariates: Callable[[str, int, int], dict[str, float]] = _no_covariates,
    *,
    is_alike: bool = True,
) -> list[Comparison]:
    """Every run's scores; unless alike, each arm has a spread of its own, as far as was measured.

    What a planted correlation or clarity is on average depends on the spread, so it is theirs.
    """
    n_records = round(world.n_patients * RECORDS_A_PATIENT)
    patients = (np.arange(n_records) % world.n_patients).astype("U6")
    targets = generator.random((n_records, 1)) < PREVALENCE
    of_arm, of_run = _shares(world)
    common = generator.normal(size=n_records)
    runs = []
    for (arm, size), mean in means.items():
        shared = sqrt(1 - of_arm - of_run) * common + sqrt(of_arm) * generator.normal(
            size=n_records
        )
        spread = world.spreads.arm * (1.0 if is_alike else _unlike(world, generator))
        for seed in range(world.n_seeds):
            skill = sqrt(2) * special.ndtri(mean + generator.normal(0, spread))
            noise = shared + sqrt(of_run) * generator.normal(size=n_records)
            runs.append(
                Comparison(
                    arm={"role": "arm", "arm": arm, "context": "", "size": size, "seed": seed},
                    predictions=_stored(patients, targets, noise[:, None] + skill * targets),
                    n_records=size,
                    covariates=covariates(arm, size, seed),
                )
            )
    return runs


def _unlike(world: World, generator: np.random.Generator) -> float:
    """How many times the usual spread an arm has; the variances of all are 1 on average."""
    freedom = world.spreads.likeness
    return sqrt((freedom - 2) / float(generator.chisquare(freedom)))


def _shares(world: World) -> tuple[float, float]:
    """The shares of a score's variance that belong to its arm and to its run alone.

    The variance of a difference of two AUROCs is about twice its share times the variance of one.
    """
    n_records = world.spreads.n_patients * RECORDS_A_PATIENT
    one = BASE * (1 - BASE) * _LUMPED / (n_records * PREVALENCE * (1 - PREVALENCE))
    return world.spreads.patients**2 / (2 * one), world.spreads.together**2 / (2 * one)


_LUMPED = 0.36  # of AUROC (1 − AUROC) / (n p (1 − p)): DeLong's variance of a normal score at 0.75


@cache
def _names(n: int) -> NDArray[np.str_]:
    """Of records, the same in every run."""
    return np.arange(n).astype("U6")


def _stored(patients: NDArray[np.str_], targets: NDArray[np.bool_], scores: Floats) -> bytes:
    buffer = BytesIO()
    np.savez(
        buffer,
        record_id=_names(len(patients)),
        patient_id=patients,
        targets=targets.astype(np.uint8),
        scores=scores.astype(np.float32),
    )
    return buffer.getvalue()
