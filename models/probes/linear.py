"""Linear probe: one linear layer on the mean token, averaged over a record's windows.

Logistic regression with an L2 penalty, fitted to the whole training fold at once by Newton's
method, so that neither a seed nor a learning rate enters. The penalty is the one with the best
macro AUROC on the validation fold; of equals the strongest.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn import functional as F

from models.data._records import Split
from models.embedding import Examined
from models.probes._folds import labelled_folds
from models.probes._result import ProbeResult, chosen_by, discrimination
from models.recipe import RecipeError

PENALTIES = (1e-4, 1e-3, 1e-2, 1e-1)
_FLAT = 1e-7  # of the largest slope, at which a fit is done
_LEAST_BEND = 1e-10
_LEAST_SHARE = 1e-6
_SCORED: tuple[Split, ...] = ("validation", "test")


def evaluate(
    examined: Examined,
    *,
    penalties: Sequence[float] = PENALTIES,
    n_records: int | None = None,
    subset_seed: int = 0,
    max_steps: int = 200,
    shuffles_labels: bool = False,
) -> ProbeResult:
    """Fit, choose, score. `n_records` limits the labelled training records, in nested subsets.

    With `shuffles_labels` every record learnt from gets the labels of another one, drawn by the
    recipe's seed: the control in which an embedding can teach nothing about the test fold.
    """
    if not penalties or any(penalty <= 0 for penalty in penalties):
        raise RecipeError(f"penalties must be positive numbers, found {list(penalties)}.")
    records = examined.records
    rows = labelled_folds(records, n_records=n_records, subset_seed=subset_seed, probe="linear")
    points = {
        split: examined.embeddings(split)[np.searchsorted(records.indices(split), chosen)]
        for split, chosen in rows.items()
    }
    inputs = standardised(points)
    taught = rows["train"]
    if shuffles_labels:
        taught = np.random.default_rng([examined.recipe.seed, 0x1ABE1]).permutation(taught)
    targets = torch.from_numpy(records.targets[taught].astype(np.float64))
    tried: dict[float, float] = {}
    scored: dict[float, dict[Split, npt.NDArray[np.float32]]] = {}
    for penalty in sorted(penalties, reverse=True):
        weights = fit(inputs["train"], targets, penalty=penalty, max_steps=max_steps)
        scored[penalty] = {split: score(inputs[split], weights) for split in _SCORED}
        tried[penalty] = chosen_by(
            records.targets[rows["validation"]], scored[penalty]["validation"]
        )
    best = max(tried, key=lambda penalty: (tried[penalty], penalty))
    measurements = [
        found
        for split in _SCORED
        for found in discrimination(
            "linear",
            split,
            records,
            rows[split],
            scored[best][split],
        )
    ]
    return ProbeResult(
        rows=rows["test"],
        scores=scored[best]["test"],
        measurements=tuple(measurements),
        details={
            "penalty": best,
            "validation_macro_auroc": {f"{penalty:g}": value for penalty, value in tried.items()},
            "n_train": len(rows["train"]),
        },
    )


def standardised(points: Mapping[Split, npt.NDArray[np.float32]]) -> dict[Split, Tensor]:
    """Scale every split by the training fold's mean and deviation; constant dimensions become 0.

    (records, D) of each split, in double precision.
    """
    train = points["train"].astype(np.float64)
    mean, deviation = train.mean(axis=0), train.std(axis=0)
    scale = np.where(deviation > 1e-12, deviation, np.inf)
    return {split: torch.from_numpy((each - mean) / scale) for split, each in points.items()}


def fit(inputs: Tensor, targets: Tensor, *, penalty: float, max_steps: int = 200) -> Tensor:
    """Return weights (D + 1, L), the last row the intercept, which is not penalised.

    Minimises mean cross-entropy summed over labels, plus penalty / 2 times the squared weights.
    Labels share nothing, so each is fitted by Newton's method by itself, with its own Hessian.
    """
    design = torch.cat([inputs, torch.ones_like(inputs[:, :1])], dim=1)
    ridge = torch.full(design.shape[1:], penalty, dtype=design.dtype)
    ridge[-1] = 0
    found = [_newton(design, each, ridge, max_steps=max_steps) for each in targets.T]
    return torch.stack(found, dim=1)


def _newton(design: Tensor, target: Tensor, ridge: Tensor, *, max_steps: int) -> Tensor:
    """Return the weights (D + 1,) of one label; a step is halved until the loss falls enough."""
    weights = torch.zeros_like(ridge)
    identity = torch.eye(len(ridge), dtype=ridge.dtype)

    def loss(tried: Tensor) -> Tensor:
        fitted = F.binary_cross_entropy_with_logits(design @ tried, target)
        return fitted + (ridge * tried.square()).sum() / 2

    current = loss(weights)
    for _ in range(max_steps):
        probability = torch.sigmoid(design @ weights)
        slope = design.T @ (probability - target) / len(target) + ridge * weights
        if float(slope.abs().max()) < _FLAT:
            break
        spread = probability * (1 - probability) / len(target)
        hessian = design.T @ (design * spread[:, None]) + torch.diag(ridge)
        # A label that everybody or nobody has bends the intercept less and less.
        step = torch.linalg.solve(hessian + _LEAST_BEND * identity, slope)
        promised, share = float(slope @ step), 1.0
        while True:
            moved = weights - share * step
            reached = loss(moved)
            if float(reached) <= float(current) - 1e-4 * share * promised:
                break
            share /= 2
            if share < _LEAST_SHARE:  # rounding hides what is left to gain
                return weights
        weights, current = moved, reached
    return weights


def score(inputs: Tensor, weights: Tensor) -> npt.NDArray[np.float32]:
    """Log-odds (R, L): unlike probabilities they do not saturate into ties."""
    found: npt.NDArray[np.float32] = (
        (inputs @ weights[:-1] + weights[-1]).numpy().astype(np.float32)
    )
    return found
