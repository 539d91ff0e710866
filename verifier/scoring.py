"""From what runs kept of their test records to scores, whole and on resamples of patients. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import sha256
from io import BytesIO
from typing import Any

import numpy as np
from numpy.typing import NDArray

from verifier.protocol import Protocol
from verifier.statistics.effect import Incomparable
from verifier.statistics.metrics import METRICS, Scored, Weights, patient_weights
from verifier.statistics.scores import Place, Scores

N_RESAMPLES = 1000
Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """One run's part in a protocol: its place, and its scores if it gave valid ones."""

    arm: Mapping[str, Any]  # role, arm, context, size, seed
    predictions: bytes | None
    n_records: int | None = None  # really used for pretraining
    covariates: Mapping[str, float] = field(default_factory=dict)  # of the run, by name


def score(protocol: Protocol, runs: Sequence[Comparison]) -> dict[Place, Scores]:
    """Scores of every place of a protocol, for each of its probes.

    A run whose fold gives no score, such as no label with both classes in it, has no row.

    Raises:
        Incomparable: a run's scores are not finite, so nobody knows what it would have scored.
    """
    metric = METRICS[protocol.metric]
    of_fold: dict[_Fold, list[tuple[Place, Comparison, Scored]]] = {}
    rows: dict[Place, dict[int, _Row]] = {}
    for run in runs:
        if run.predictions is None:
            continue
        arm = run.arm
        with np.load(BytesIO(run.predictions), allow_pickle=False) as stored:
            for probe in protocol.probes:
                found, fold = _read(stored, metric.needs, probe)
                place = (arm["role"], arm["arm"], arm["context"], arm["size"], probe)
                of_fold.setdefault(fold, []).append((place, run, found))
    for fold, members in of_fold.items():
        weights, n_patients = _weights(fold)
        values = metric.measure([found for _, _, found in members], weights)
        for (place, run, _), row in zip(members, values, strict=True):
            if not np.isnan(row[0]):
                seeds = rows.setdefault(place, {})
                seeds[int(run.arm["seed"])] = _Row(row, fold.digest, n_patients, run.covariates)
    return {place: _scores(place, found) for place, found in sorted(rows.items())}


@dataclass(frozen=True)
class _Fold:
    """Test records, known by a digest of their ids, patients and labels.

    The patients are kept beside.
    """

    digest: str
    patients: NDArray[np.str_] = field(compare=False, repr=False)

    @staticmethod
    def of(
        records: NDArray[np.str_],
        patients: NDArray[np.str_],
        targets: NDArray[np.bool_] | None = None,
    ) -> "_Fold":
        labels = b"" if targets is None else targets.tobytes()
        digest = sha256(records.tobytes() + patients.tobytes() + labels).hexdigest()
        return _Fold(digest[:16], patients)


@dataclass(frozen=True)
class _Row:
    """One run's score on the whole test fold and on each resample of its patients."""

    values: Floats  # (1 + B,)
    fold: str
    n_patients: int
    covariates: Mapping[str, float]


@lru_cache(maxsize=16)
def _weights(fold: _Fold) -> tuple[Weights, int]:
    """One set of resamples for each test fold, so that the runs scored on it are paired.

    With the number of its patients.
    """
    drawn = patient_weights(fold.patients, N_RESAMPLES, np.random.default_rng(0))
    return drawn, len(np.unique(fold.patients))


def _read(stored: Any, needs: str, probe: str) -> tuple[Scored, _Fold]:
    """What a probe kept of each test record; the linear probe's arrays also go by plain names."""
    keys = set(stored.keys())
    end = f"/{probe}" if f"record_id/{probe}" in keys else ""
    if not end and probe != "linear":
        kept = sorted(key.partition("/")[2] for key in keys if key.startswith("record_id/"))
        raise ValueError(
            f"The run kept nothing of the probe {probe!r}, only of {', '.join(kept) or 'linear'}."
        )
    records = stored[f"record_id{end}"]
    patients = stored[f"patient_id{end}"]
    if needs == "ranks":
        ranks = f"rank_of_report{end}"
        if ranks not in keys:
            raise ValueError(f"The probe {probe!r} keeps no ranks; use the probe 'retrieval'.")
        found = Scored(ranks=_finite(stored[ranks], "ranks"))
        return found, _Fold.of(records, patients)
    targets = stored["targets"].astype(bool)
    if end and not np.array_equal(records, stored["record_id"]):
        place = {record: row for row, record in enumerate(stored["record_id"].tolist())}
        targets = targets[[place[record] for record in records.tolist()]]
    found = Scored(targets=targets, scores=_finite(stored[f"scores{end}"], "scores"))
    return found, _Fold.of(records, patients, targets)


def _finite(values: NDArray[Any], what: str) -> Floats:
    """As numbers that can be put in order.

    Raises:
        Incomparable: some are not, which sorting would quietly put last.
    """
    numbers = np.asarray(values, dtype=np.float64)
    n_bad = int((~np.isfinite(numbers)).sum())
    if n_bad:
        raise Incomparable(f"{n_bad} of {numbers.size} {what} of a run are not finite numbers.")
    return numbers


def _scores(place: Place, rows: Mapping[int, _Row]) -> Scores:
    seeds = tuple(sorted(rows))
    found = [rows[seed] for seed in seeds]
    names = sorted({name for row in found for name in row.covariates})
    role, arm, context, size, probe = place
    return Scores(
        role=role,
        arm=arm,
        context=context,
        size=size,
        probe=probe,
        seeds=seeds,
        folds=tuple(row.fold for row in found),
        n_patients=tuple(row.n_patients for row in found),
        whole=np.array([row.values[0] for row in found]),
        resampled=np.stack([row.values[1:] for row in found]),
        covariates={
            name: np.array([row.covariates.get(name, np.nan) for row in found]) for name in names
        },
    )
