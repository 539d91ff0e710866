"""Does one quantity of a run go with the error of its encoder, within each objective?

Losses of different objectives have different units, so each arm is looked at by itself. Within a
seed, over all sizes and contexts, the rank correlation of the quantity with the error, one minus
the score, is taken with what the number of updates explains of both taken out; seeds are then the
units, since the runs of one seed are not independent.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from verifier.checks import Decision, Measured
from verifier.checks._questions import (
    COVARIATES,
    check_allowed,
    decided,
    number_of,
    options,
    question,
    undecided,
)
from verifier.claim import InputError
from verifier.protocol import Protocol
from verifier.statistics.effect import Effect, paired_effect
from verifier.statistics.moderation import alone, moderated
from verifier.statistics.ranks import partial_spearman
from verifier.statistics.scores import LEAST_SEEDS, Scores, common_seeds

LABEL = "a quantity of the run goes with the error, within each favoured arm"
OPTIONS: Mapping[str, str] = {
    "x": "the covariate; 'pretraining_loss' where not stated",
    "given": "covariates whose part is taken out; ['n_updates'] where not stated",
    "least": "the rank correlation that must be exceeded; 0.5 where not stated",
}
LEAST = 0.5
SCALE = 0.4  # a difference between rank correlations of five points that ten seeds can tell
LEAST_POINTS = 4
Floats = NDArray[np.float64]


def decide(measured: Measured, *, protocol: Protocol) -> Decision:
    said = options(
        protocol, OPTIONS, {"x": "pretraining_loss", "given": ["n_updates"], "least": LEAST}
    )
    check_allowed(protocol, said["x"], COVARIATES, "x")
    if not isinstance(said["given"], list | tuple):
        raise InputError(f"{protocol.id}: options.given = {said['given']!r}; it must be a list.")
    for name in said["given"]:
        check_allowed(protocol, name, COVARIATES, "given")
    least = number_of(protocol, said, "least")
    asked = {
        (arm.name, probe): _correlated(measured, protocol, arm.name, probe, said)
        for arm in protocol.favoured
        for probe in protocol.probes
    }
    found = [each for each in asked.values() if each is not None]
    kin = alone(each.values for each in found)
    questions = [
        question(
            each.name,
            moderated(each.effect, kin, terms=1),
            threshold=least,
            scale=SCALE,
            unit="rank correlation",
        )
        for each in found
    ]
    unknown = [f"{arm} ({probe})" for (arm, probe), each in asked.items() if each is None]
    if measured.scores and unknown and not measured.missing:
        where = f"{LEAST_POINTS} settings in {LEAST_SEEDS} seeds"
        beyond = f" where it does not just follow {' and '.join(said['given'])}"
        return undecided(
            f"{str(said['x']).replace('_', ' ').capitalize()} and error cannot be compared in "
            f"{', '.join(unknown)}: that takes {where}{beyond if said['given'] else ''}.",
            "nothing is asserted about a correlation",
        )
    return decided(questions, measured)


@dataclass(frozen=True, kw_only=True)
class _Correlated:
    name: str
    effect: Effect
    values: Floats  # of each seed


def _correlated(
    measured: Measured, protocol: Protocol, arm: str, probe: str, said: Mapping[str, object]
) -> _Correlated | None:
    found = [
        scores
        for place, scores in sorted(measured.scores.items())
        if place[:2] == ("arm", arm) and place[4] == probe and _is_trained(scores)
    ]
    x, given = str(said["x"]), said["given"]
    found = [each for each in found if x in each.covariates]
    seeds = common_seeds(found)
    if len(found) < LEAST_POINTS or len(seeds) < LEAST_SEEDS:
        return None
    rows = [each.only(seeds) for each in found]
    names = [str(name) for name in given] if isinstance(given, list | tuple) else []
    whole, resampled = _correlations(rows, x, names)
    kept = ~np.isnan(whole)
    if kept.sum() < LEAST_SEEDS:
        return None
    n_kept = int(kept.sum())
    folds = dict(zip(rows[0].folds, rows[0].n_patients, strict=True))
    effect = paired_effect(
        whole[kept],
        resampled[kept],
        n_patients=sum(folds.values()),
        folds=[fold for fold, is_kept in zip(rows[0].folds, kept, strict=True) if is_kept],
    )
    within = f", {probe}" if len(protocol.probes) > 1 else ""
    return _Correlated(
        name=f"rank correlation of {x.replace('_', ' ')} and error "
        f"({arm}{within}; {len(rows)} settings)",
        effect=replace(
            effect,
            least_seed_error=max(effect.least_seed_error, _rounding(len(rows)) / sqrt(n_kept)),
        ),
        values=whole[kept],
    )


def _rounding(n_points: int) -> float:
    """Standard deviation by which a rank correlation of few points is rounded to its steps.

    Σ d² moves by 2, so the correlation by 12 / (n³ − n): a tenth with five points.
    """
    return 12 / (n_points**3 - n_points) / sqrt(12)


def _is_trained(scores: Scores) -> bool:
    updates = scores.covariates.get("n_updates")
    return updates is None or bool((updates > 0).all())


def _correlations(rows: Sequence[Scores], x: str, given: Sequence[str]) -> tuple[Floats, Floats]:
    """Within each seed, on the whole fold (S,) and on every resample (S, B).

    NaN for a seed of which a covariate is not known at every setting.
    """
    known = [name for name in given if all(name in each.covariates for each in rows)]
    whole: list[Floats] = []
    resampled: list[Floats] = []
    for seed in range(len(rows[0].seeds)):
        covariate = np.array([each.covariates[x][seed] for each in rows])
        held = np.array([[each.covariates[name][seed] for each in rows] for name in known])
        if not (np.isfinite(covariate).all() and np.isfinite(held).all()):
            whole.append(np.array(np.nan))
            resampled.append(np.full(rows[0].resampled.shape[1], np.nan))
            continue
        errors = np.array([1 - each.whole[seed] for each in rows])
        drawn = np.stack([1 - each.resampled[seed] for each in rows])
        whole.append(partial_spearman(covariate, errors, held.reshape(len(known), len(rows))))
        resampled.append(
            partial_spearman(covariate[:, None], drawn, held.reshape(len(known), len(rows)))
        )
    return np.array(whole), np.stack(resampled)
