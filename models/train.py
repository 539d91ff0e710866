"""The loop: draw windows, step, report, keep a checkpoint. No globals."""

import math
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
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
from models.update import Batch, Update, loss_of

_HELD_OUT_BATCHES = 8
_UNSEEN = {"cpu": 1, "cuda": 20}  # losses fetched at once: each fetch waits for the device


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
    draw: Callable[[Generator], Batch],
    loop: Loop,
) -> Trained:
    """Make the updates still to be made; stopping and coming back changes no bit on a CPU."""
    step, losses = 0, list[float]()
    if (state := checkpoint.read(loop.checkpoint)) is not None:
        step, losses = checkpoint.restore(state, training)
    training.objective.train()
    update = Update(recipe, training, loop.device)
    began, first = loop.clock(), step
    rate: float | None = None
    unseen: list[Tensor] = []
    while step < recipe.n_updates:
        batch = draw(training.generator)
        unseen.append(update(batch.to(loop.device)))
        step += 1
        is_stopping = loop.progress.is_stopping()
        is_kept = is_stopping or step % loop.checkpoint_every == 0 or step == recipe.n_updates
        if not is_kept and len(unseen) < _UNSEEN[loop.device.type]:
            continue
        for at, loss in enumerate(torch.stack(unseen).tolist(), start=step - len(unseen) + 1):
            losses = [*losses[-19:], loss]
            if not math.isfinite(loss):
                raise NotFiniteError(
                    f"the loss became {loss} at update {at} of {recipe.n_updates} of {loop.phase}"
                )
        unseen = []
        elapsed = loop.clock() - began
        rate = (step - first) * recipe.batch_size / elapsed if elapsed > 0 else None
        loop.progress.report(
            loop.phase, step, recipe.n_updates, loss=losses[-1], windows_per_s=rate
        )
        if is_kept:
            checkpoint.save(
                loop.checkpoint, training, step=step, fingerprint=loop.fingerprint, losses=losses
            )
        if is_stopping:
            raise Stopped
    return Trained(losses=losses, windows_per_s=rate)


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
