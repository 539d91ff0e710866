"""The scores of a protocol's runs, place by place, and effects that combine them seed by seed."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from verifier.statistics.effect import Effect, Incomparable, paired_effect

Floats = NDArray[np.float64]
Place = tuple[str, str, str, int, str]  # role, arm, context, size, probe
LEAST_SEEDS = 2


@dataclass(frozen=True, kw_only=True, eq=False)
class Scores:
    """One place of a protocol: a row for each seed that gave a valid run there."""

    role: str  # "arm", or the name of a control or stress
    arm: str
    context: str = ""
    size: int = 0
    probe: str = "linear"
    seeds: tuple[int, ...]
    folds: tuple[str, ...]  # which test records each seed was scored on
    n_patients: tuple[int, ...]  # in the fold of each seed
    whole: Floats  # (S,) on the whole fold
    resampled: Floats  # (S, B) on resamples of its patients, shared by the seeds of a fold
    covariates: Mapping[str, Floats] = field(default_factory=dict)  # (S,) each, NaN where unknown

    @property
    def place(self) -> Place:
        return (self.role, self.arm, self.context, self.size, self.probe)

    def only(self, seeds: Collection[int]) -> "Scores":
        """The rows of these seeds, in order."""
        rows = [row for row, seed in enumerate(self.seeds) if seed in seeds]
        return replace(
            self,
            seeds=tuple(self.seeds[row] for row in rows),
            folds=tuple(self.folds[row] for row in rows),
            n_patients=tuple(self.n_patients[row] for row in rows),
            whole=self.whole[rows],
            resampled=self.resampled[rows],
            covariates={name: values[rows] for name, values in self.covariates.items()},
        )


def common_seeds(places: Sequence[Scores]) -> tuple[int, ...]:
    """Seeds that every place has."""
    return tuple(sorted(set.intersection(*(set(each.seeds) for each in places)))) if places else ()


def having(places: Iterable[Scores], seeds: Sequence[int]) -> list[Scores]:
    """The rows of these seeds, of the places that have them all."""
    wanted = set(seeds)
    return [each.only(wanted) for each in places if wanted <= set(each.seeds)]


def combined(places: Sequence[Scores], statistic: Callable[[Floats], Floats]) -> Effect | None:
    """The mean over seeds of a statistic of one seed's scores; None below two common seeds.

    `statistic` maps scores (k, …), the places along the first axis, to (…).

    Raises:
        Incomparable: the runs of one seed were tested on different records.
    """
    seeds = common_seeds(places)
    if len(seeds) < LEAST_SEEDS:
        return None
    rows = [each.only(seeds) for each in places]
    if any(each.folds != rows[0].folds for each in rows):
        raise Incomparable("The runs of one seed were tested on different records.")
    fold_sizes = dict(zip(rows[0].folds, rows[0].n_patients, strict=True))
    return paired_effect(
        statistic(np.stack([each.whole for each in rows])),
        statistic(np.stack([each.resampled for each in rows])),
        n_patients=sum(fold_sizes.values()),
        folds=rows[0].folds,
    )


def difference(one: Scores, other: Scores) -> Effect | None:
    """Paired by seed; None where fewer than two seeds gave valid runs in both places."""
    return combined([one, other], lambda scores: scores[0] - scores[1])
