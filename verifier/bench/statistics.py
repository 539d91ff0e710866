"""How fast a difference of AUROCs is resampled, as a ratio against a plain loop of the same run."""

import time
from collections.abc import Callable
from typing import Any

import numpy as np

from verifier.statistics.auroc import auroc
from verifier.statistics.effect import paired_effect
from verifier.statistics.metrics import Scored, macro_auroc, patient_weights

N_RESAMPLES, N_PATIENTS, N_SEEDS = 10_000, 2_000, 10
N_PLAIN = 20  # resamples that the loop makes; the rest are taken to last as long


def measure(clock: Callable[[], float] = time.process_time) -> dict[str, Any]:
    """Seconds are the processors' by default, so that a busy machine does not count against us.

    Resamples the paired difference of two arms, one label, every patient with one record.
    """
    generator = np.random.default_rng(0)
    targets = generator.random((N_PATIENTS, 1)) < 0.3
    runs = [
        Scored(targets=targets, scores=generator.normal(size=targets.shape) + targets)
        for _ in range(2 * N_SEEDS)
    ]
    began = clock()
    weights = patient_weights(np.arange(N_PATIENTS).astype(str), N_RESAMPLES, generator)
    drawn = clock()
    values = macro_auroc(runs, weights)
    differences = values[:N_SEEDS] - values[N_SEEDS:]
    effect = paired_effect(differences[:, 0], differences[:, 1:], n_patients=N_PATIENTS)
    ended = clock()
    plain = _plain(runs, weights[: N_PLAIN + 1], clock)
    seconds = ended - began
    return {
        "resamples": N_RESAMPLES,
        "patients": N_PATIENTS,
        "seeds": N_SEEDS,
        "seconds": round(seconds, 3),
        "seconds_drawing": round(drawn - began, 3),
        "seconds_of_a_plain_loop": round(plain * N_RESAMPLES / N_PLAIN, 1),
        "times_faster": round(plain * N_RESAMPLES / N_PLAIN / seconds, 1),
        "patient_error": effect.patient_error,
    }


def _plain(runs: list[Scored], weights: Any, clock: Callable[[], float]) -> float:
    """Seconds for some resamples, one run and one resample at a time, by sorting."""
    began = clock()
    for row in weights[1:].astype(np.float64):
        for run in runs:
            if run.targets is not None and run.scores is not None:
                auroc(run.targets[:, 0], run.scores[:, 0], row[None])
    return float(clock() - began)
