"""The loop: draw windows, step, report, keep a checkpoint. No globals."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Generator, Tensor

from models import checkpoint
from models.data._records import Records
from models.progress import Progress, Stopped
from models.randomness import seeded
from models.recipe import Recipe

_HELD_OUT_BATCHES = 8


class NotFiniteError(ArithmeticError):
    """The loss left the numbers; the run has no result."""


@dataclass(frozen=True, kw_only=True)
class Loop:
    """How a training is carried out; nothing here changes its result."""

    device: torch.device
    progress: Progress
    checkpoint: Path
    checkpoint_every: int
    fingerprint: str
    clock: Callable[[], float] = time.perf_counter


@dataclass(frozen=True, kw_only=True)
class Trained:
    """What came of it; `losses` are of the last updates at most."""

    losses: list[float]
    windows_per_s: float | None  # of this process; None if it made no update


def start(recipe: Recipe, objective: Any) -> checkpoint.Training:
    """Gather what the updates change; the generator draws windows, masks and dropout alike."""
    trained = [each for each in objective.parameters() if each.requires_grad]
    optimiser = torch.optim.AdamW(
        trained, lr=recipe.learning_rate, weight_decay=recipe.weight_decay
    )
    return checkpoint.Training(
        objective=objective, optimiser=optimiser, generator=seeded(recipe.seed, stream=1)
    )


def train(
    recipe: Recipe,
    training: checkpoint.Training,
    records: Records,
    rows: npt.NDArray[np.int64],
    loop: Loop,
) -> Trained:
    """Make the updates still to be made; stopping and coming back changes no bit on a CPU."""
    step, losses = 0, list[float]()
    if (state := checkpoint.read(loop.checkpoint)) is not None:
        step, losses = checkpoint.restore(state, training)
    training.objective.train()
    began, first = loop.clock(), step
    rate: float | None = None
    while step < recipe.n_updates:
        windows = draw_windows(recipe, records, rows, training.generator)
        loss = _update(training, windows.to(loop.device))
        step += 1
        losses = [*losses[-19:], loss]
        if not math.isfinite(loss):
            raise NotFiniteError(f"the loss became {loss} at update {step} of {recipe.n_updates}")
        elapsed = loop.clock() - began
        rate = (step - first) * recipe.batch_size / elapsed if elapsed > 0 else None
        loop.progress.report("pretraining", step, recipe.n_updates, loss=loss, windows_per_s=rate)
        is_stopping = loop.progress.is_stopping()
        if is_stopping or step % loop.checkpoint_every == 0 or step == recipe.n_updates:
            checkpoint.save(
                loop.checkpoint, training, step=step, fingerprint=loop.fingerprint, losses=losses
            )
        if is_stopping:
            raise Stopped
    return Trained(losses=losses, windows_per_s=rate)


def _update(training: checkpoint.Training, windows: Tensor) -> float:
    loss: Tensor = training.objective(windows, training.generator)
    training.optimiser.zero_grad(set_to_none=True)
    loss.backward()  # type: ignore[no-untyped-call]
    training.optimiser.step()
    training.objective.after_step()
    return float(loss.detach())


def draw_windows(
    recipe: Recipe, records: Records, rows: npt.NDArray[np.int64], generator: Generator
) -> Tensor:
    """Draw a batch (B, C, T): records with replacement, each window anywhere in its record."""
    n = recipe.batch_size
    chosen = rows[torch.randint(len(rows), (n,), generator=generator).numpy()]
    latest = records.n_times - recipe.n_times
    starts = torch.randint(latest + 1, (n,), generator=generator)
    windows = records.windows_mv(
        chosen.tolist(), starts.tolist(), n_times=recipe.n_times, n_leads=recipe.n_leads
    )
    return torch.from_numpy(windows)


@torch.no_grad()
def held_out_loss(
    recipe: Recipe,
    objective: Any,
    records: Records,
    rows: npt.NDArray[np.int64],
    device: torch.device,
) -> float:
    """Mean loss on records not trained on; windows and masks are the same for every seed."""
    objective.eval()
    generator = seeded(0, stream=2)
    losses = [
        float(objective(draw_windows(recipe, records, rows, generator).to(device), generator))
        for _ in range(_HELD_OUT_BATCHES)
    ]
    return sum(losses) / len(losses)
