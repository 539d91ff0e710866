"""Fitting a classifier of windows by gradient steps, as long as the validation fold gains from it.

Windows lie anywhere in their records while learning; a record's score is the mean log-odds of the
windows that cover it. Budget and optimiser default to those of the paper's downstream runs.
"""

import copy
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from torch import Generator, Tensor, nn
from torch.nn import functional as F

from models.adamw import AdamW, Group
from models.data._records import Split
from models.embedding import Examined
from models.probes._result import ProbeResult, chosen_by, discrimination
from models.randomness import lend
from models.recipe import RecipeError
from models.train import NotFiniteError, draw_batch
from models.update import Batch

_SCORED: tuple[Split, ...] = ("validation", "test")


@dataclass(frozen=True, kw_only=True)
class Budget:
    n_epochs: int
    batch_size: int
    weight_decay: float
    n_looks: int  # at the validation fold, evenly spread, the last at the end

    def check(self, probe: str) -> None:
        for name in ("n_epochs", "batch_size", "n_looks"):
            if (value := getattr(self, name)) < 1:
                raise RecipeError(f"probe_options.{probe}.{name} must be at least 1, found {value}")

    def looks(self, n_records: int) -> list[int]:
        """Numbers of updates after which to look.

        >>> Budget(n_epochs=2, batch_size=8, weight_decay=0.0, n_looks=3).looks(50)
        [5, 9, 13]
        """
        n_updates = math.ceil(self.n_epochs * n_records / self.batch_size)
        n_looks = min(self.n_looks, n_updates)
        return [math.ceil(n_updates * (look + 1) / n_looks) for look in range(n_looks)]


def evaluate_fitted(
    probe: str,
    examined: Examined,
    classifier: nn.Module,  # windows (B, C, T) to log-odds (B, L)
    parts: Sequence[Group],
    *,
    rows: Mapping[Split, npt.NDArray[np.int64]],
    budget: Budget,
    generator: Generator,
) -> ProbeResult:
    """Fit, keep the state with the best macro AUROC on the validation fold, score."""
    optimiser = AdamW(parts, weight_decay=budget.weight_decay)
    targets = examined.records.targets[rows["validation"]]
    looks = budget.looks(len(rows["train"]))
    tried: dict[int, float] = {}
    best: Mapping[str, Tensor] = {}
    drawn = examined.recipe.with_changes({"batch_size": budget.batch_size})
    for update in range(1, looks[-1] + 1):
        batch = draw_batch(drawn, examined.records, rows["train"], generator).to(examined.device)
        loss = _update(classifier.train(), optimiser, batch, generator)
        if not math.isfinite(loss):
            raise NotFiniteError(f"the loss of the probe {probe} became {loss} at update {update}")
        examined.report(update, looks[-1])
        if update in looks:
            found = _scores(examined, classifier, rows["validation"])
            tried[update] = chosen_by(targets, found)
            if tried[update] > max((tried[each] for each in tried if each < update), default=-1):
                best = copy.deepcopy(classifier.state_dict())
    classifier.load_state_dict(best)
    scored = {split: _scores(examined, classifier, rows[split]) for split in _SCORED}
    return ProbeResult(
        rows=rows["test"],
        scores=scored["test"],
        measurements=tuple(
            one
            for split in _SCORED
            for one in discrimination(probe, split, examined.records, rows[split], scored[split])
        ),
        details={
            "n_updates": max(tried, key=lambda update: (tried[update], -update)),
            "validation_macro_auroc": {str(update): value for update, value in tried.items()},
            "n_train": len(rows["train"]),
        },
    )


def _update(classifier: nn.Module, optimiser: AdamW, batch: Batch, generator: Generator) -> float:
    with lend(generator):
        log_odds: Any = classifier(batch.windows)
    loss = F.binary_cross_entropy_with_logits(log_odds, batch.targets.to(log_odds.dtype))
    optimiser.zero_grad()
    loss.backward()  # type: ignore[no-untyped-call]
    optimiser.step()
    return float(loss.detach())


def _scores(
    examined: Examined, classifier: nn.Module, rows: npt.NDArray[np.int64]
) -> npt.NDArray[np.float32]:
    return examined.mean_over_windows(rows, classifier.eval())
