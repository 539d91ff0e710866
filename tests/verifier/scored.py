"""Scores as runs would leave them, made from a mean for each place and noise."""

from collections.abc import Mapping

import numpy as np

from verifier.measuring import of_scores
from verifier.protocol import Protocol
from verifier.statistics.scores import Scores

N_RESAMPLES, N_PATIENTS = 200, 500


def protocol(check: str, *, favoured, rivals=(), contexts=(), **more) -> Protocol:
    from verifier.protocol import Arm

    arms = {
        role: tuple(Arm(name=name) for name in names)
        for role, names in (("favoured", favoured), ("rivals", rivals), ("contexts", contexts))
    }
    return Protocol(id="T", hypothesis="", words="", check=check, recipe="tiny", **arms, **more)


def measured(
    protocol: Protocol,
    means: Mapping[tuple[str, str, int], float],
    *,
    n_seeds: int = 10,
    spread: float = 0.004,
    covariates=lambda arm, context, size, seed: {},
    seed: int = 0,
):
    """`means` by arm, context and size; seeds spread by `spread`, patients by half of that."""
    generator = np.random.default_rng(seed)
    patients = generator.normal(0, spread / 2, N_RESAMPLES)
    scores = {}
    for (arm, context, size), mean in means.items():
        whole = mean + generator.normal(0, spread, n_seeds)
        found = [covariates(arm, context, size, s) for s in range(n_seeds)]
        made = Scores(
            role="arm",
            arm=arm,
            context=context,
            size=size,
            seeds=tuple(range(n_seeds)),
            folds=("fold",) * n_seeds,
            n_patients=(N_PATIENTS,) * n_seeds,
            whole=whole,
            resampled=whole[:, None] + patients + generator.normal(0, spread / 4, (n_seeds, 200)),
            covariates={name: np.array([each[name] for each in found]) for name in found[0]},
        )
        scores[made.place] = made
    return of_scores(protocol, scores, used={})
