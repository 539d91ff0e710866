"""Linear probe: one linear layer on the mean token, averaged over a record's windows.

Logistic regression with an L2 penalty, fitted to the whole training fold at once by L-BFGS, so
that neither a seed nor a learning rate enters. The penalty is the one with the best macro AUROC
on the validation fold; of equals the strongest.
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
_SCORED: tuple[Split, ...] = ("validation", "test")


def evaluate(
    examined: Examined,
    *,
    penalties: Sequence[float] = PENALTIES,
    n_records: int | None = None,
    subset_seed: int = 0,
    max_steps: int = 200,
) -> ProbeResult:
    """Fit, choose, score. `n_records` limits the labelled training records, in nested subsets."""
    if not penalties or any(penalty <= 0 for penalty in penalties):
        raise RecipeError(f"penalties must be positive numbers, found {list(penalties)}.")
    records = examined.records
    rows = labelled_folds(records, n_records=n_records, subset_seed=subset_seed, probe="linear")
    points = {
        split: examined.embeddings(split)[np.searchsorted(records.indices(split), chosen)]
        for split, chosen in rows.items()
    }
    inputs = standardised(points)
    targets = torch.from_numpy(records.targets[rows["train"]].astype(np.float64))
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
    """Scale every split by the training fold's mean and deviation; constant dimensions become 0."""
    train = points["train"].astype(np.float64)
    mean, deviation = train.mean(axis=0), train.std(axis=0)
    scale = np.where(deviation > 1e-12, deviation, np.inf)
    return {split: torch.from_numpy((each - mean) / scale) for split, each in points.items()}


def fit(inputs: Tensor, targets: Tensor, *, penalty: float, max_steps: int = 200) -> Tensor:
    """Return weights (D + 1, L), the last row the intercept, which is not penalised.

    Minimises mean cross-entropy summed over labels, plus penalty / 2 times the squared weights.
    """
    design = torch.cat([inputs, torch.ones_like(inputs[:, :1])], dim=1)
    weights = torch.zeros(design.shape[1], targets.shape[1], dtype=design.dtype, requires_grad=True)
    optimiser = torch.optim.LBFGS(
        [weights], max_iter=max_steps, tolerance_grad=1e-7, line_search_fn="strong_wolfe"
    )

    def loss() -> Tensor:
        optimiser.zero_grad()
        fitted = F.binary_cross_entropy_with_logits(design @ weights, targets, reduction="none")
        found = fitted.mean(dim=0).sum() + penalty / 2 * weights[:-1].square().sum()
        found.backward()  # type: ignore[no-untyped-call]
        return found

    optimiser.step(loss)  # type: ignore[no-untyped-call]
    return weights.detach()


def score(inputs: Tensor, weights: Tensor) -> npt.NDArray[np.float32]:
    """Log-odds (R, L): unlike probabilities they do not saturate into ties."""
    found: npt.NDArray[np.float32] = (
        (inputs @ weights[:-1] + weights[-1]).numpy().astype(np.float32)
    )
    return found
