"""The loop: draw windows, step, report, keep a checkpoint. No globals."""

import math
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Generator, Tensor

from models import checkpoint
from models.adamw import AdamW, Group
from models.data._records import Records
from models.precision import compiled, working
from models.progress import Phase, Progress, Stopped
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
    phase: Phase = "pretraining"
    clock: Callable[[], float] = time.perf_counter


@dataclass(frozen=True, kw_only=True)
class Batch:
    """Windows of B records and what is known of these; an objective is handed what it needs."""

    windows: Tensor  # (B, C, T) in millivolts
    targets: Tensor  # (B, L) of 0 and 1
    texts: tuple[str, ...]  # B reports

    def to(self, device: torch.device) -> "Batch":
        return replace(self, windows=self.windows.to(device), targets=self.targets.to(device))


@dataclass(frozen=True, kw_only=True)
class Trained:
    """What came of it; `losses` are of the last updates at most."""

    losses: list[float]
    windows_per_s: float | None  # of this process; None if it made no update


def start(recipe: Recipe, objective: Any, *, stream: int = 1) -> checkpoint.Training:
    """Gather what the updates change; the generator draws windows, masks and dropout alike."""
    compiled(recipe, objective)
    trained = [each for each in objective.parameters() if each.requires_grad]
    group = Group(parameters=trained, learning_rate=recipe.learning_rate)
    optimiser = AdamW([group], weight_decay=recipe.weight_decay)
    return checkpoint.Training(
        objective=objective, optimiser=optimiser, generator=seeded(recipe.seed, stream=stream)
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
        batch = draw_batch(recipe, records, rows, training.generator)
        with working(recipe, loop.device):
            found = loss_of(training.objective, batch.to(loop.device), training.generator)
        loss = _update(training, found)
        step += 1
        losses = [*losses[-19:], loss]
        if not math.isfinite(loss):
            raise NotFiniteError(
                f"the loss became {loss} at update {step} of {recipe.n_updates} of {loop.phase}"
            )
        elapsed = loop.clock() - began
        rate = (step - first) * recipe.batch_size / elapsed if elapsed > 0 else None
        loop.progress.report(loop.phase, step, recipe.n_updates, loss=loss, windows_per_s=rate)
        is_stopping = loop.progress.is_stopping()
        if is_stopping or step % loop.checkpoint_every == 0 or step == recipe.n_updates:
            checkpoint.save(
                loop.checkpoint, training, step=step, fingerprint=loop.fingerprint, losses=losses
            )
        if is_stopping:
            raise Stopped
    return Trained(losses=losses, windows_per_s=rate)


def _update(training: checkpoint.Training, loss: Tensor) -> float:
    training.optimiser.zero_grad()
    loss.backward()  # type: ignore[no-untyped-call]
    training.optimiser.step()
    training.objective.after_step()
    return float(loss.detach())


def loss_of(objective: Any, batch: Batch, generator: Generator) -> Tensor:
    """Hand an objective the windows and whatever else of the batch it says it needs."""
    needed = {name: getattr(batch, name) for name in needs_of(objective)}
    loss: Tensor = objective(batch.windows, generator, **needed)
    return loss


def needs_of(objective: Any) -> tuple[str, ...]:
    """Fields of a `Batch` that an objective, or its class, needs beside the windows."""
    return tuple(getattr(objective, "needs", ()))


def rows_with(
    needs: Collection[str], records: Records, rows: npt.NDArray[np.int64]
) -> npt.NDArray[np.int64]:
    """Keep the rows that have all that is needed: a label for "targets", a report for "texts"."""
    if "targets" in needs:
        rows = rows[records.targets[rows].any(axis=1)]
    if "texts" in needs:
        rows = rows[np.array([bool(records.reports[row].strip()) for row in rows], dtype=bool)]
    return rows


def draw_batch(
    recipe: Recipe, records: Records, rows: npt.NDArray[np.int64], generator: Generator
) -> Batch:
    """Draw records with replacement, and from each a window that lies anywhere in it."""
    n = recipe.batch_size
    chosen = rows[torch.randint(len(rows), (n,), generator=generator).numpy()]
    latest = records.n_times - recipe.n_times
    starts = torch.randint(latest + 1, (n,), generator=generator)
    windows = records.windows_mv(
        chosen.tolist(), starts.tolist(), n_times=recipe.n_times, n_leads=recipe.n_leads
    )
    return Batch(
        windows=torch.from_numpy(windows),
        targets=torch.from_numpy(records.targets[chosen]),
        texts=tuple(records.reports[row] for row in chosen),
    )


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
    losses = []
    for _ in range(_HELD_OUT_BATCHES):
        batch = draw_batch(recipe, records, rows, generator).to(device)
        with working(recipe, device):
            losses.append(float(loss_of(objective, batch, generator)))
    return sum(losses) / len(losses)
