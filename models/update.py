"""One update of a training, and the batch it is made from."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Generator, Tensor

from models import checkpoint
from models.kept_memory import keep_freed_memory
from models.objectives._drawn import Drawn
from models.precision import working
from models.randomness import lend
from models.recipe import Recipe

_BEFORE_RECORDING = 3  # updates, in which libraries allocate what they need


@dataclass(frozen=True, kw_only=True)
class Batch:
    """Windows of B records and what is known of these; an objective is handed what it needs."""

    windows: Tensor  # (B, C, T) in millivolts
    targets: Tensor  # (B, L) of 0 and 1
    texts: tuple[str, ...]  # B reports

    def to(self, device: torch.device) -> "Batch":
        """Move; from pages that stay in place an accelerator fetches while others go on."""
        is_far = device.type == "cuda" and not self.windows.is_cuda
        windows = self.windows.pin_memory() if is_far else self.windows
        return replace(
            self,
            windows=windows.to(device, non_blocking=True),
            targets=self.targets.to(device),
        )


class Update:
    """One update, forwards, backwards, optimiser; calling it returns the loss, on the device.

    On CUDA an objective that draws beforehand is recorded as a graph after the first updates and
    played back since: at the paper's size the host cannot launch the many small kernels as fast
    as the device finishes them. The numbers are the same.
    """

    def __init__(self, recipe: Recipe, training: checkpoint.Training, device: torch.device) -> None:
        self.recipe = recipe
        self.training = training
        self.device = device
        self.is_recordable = device.type == "cuda" and isinstance(training.objective, Drawn)
        self._stream: torch.cuda.Stream | None = None
        self._n_before = _BEFORE_RECORDING
        self._recording: Recording | None = None
        if device.type == "cpu":
            keep_freed_memory()

    def __call__(self, batch: Batch) -> Tensor:
        if not self.is_recordable:
            return self._made(lambda: loss_of(self.training.objective, batch, self._generator))
        windows = batch.windows
        drawn = self.training.objective.draw(len(windows), self._generator, self.device)
        if self._recording is None and self._n_before == 0:
            self._record(windows, drawn)
        with lend(self._generator):
            if self._recording is not None:
                return self._recording.play(windows, *drawn)
            self._n_before -= 1
            return self._beside(lambda: self.training.objective.loss(windows, *drawn))

    @property
    def _generator(self) -> Generator:
        return self.training.generator

    def _made(self, judge: Callable[[], Tensor]) -> Tensor:
        with working(self.recipe, self.device):
            loss = judge()
        self.training.optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        self.training.optimiser.step()
        self.training.objective.after_step()
        return loss.detach()

    def _beside(self, judge: Callable[[], Tensor]) -> Tensor:
        """Make an update on the stream on which later ones are recorded."""
        if self._stream is None:
            self._stream = torch.cuda.Stream(self.device)  # type: ignore[no-untyped-call]
        self._stream.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(self._stream):
            loss = self._made(judge)
        torch.cuda.current_stream().wait_stream(self._stream)
        return loss

    def _record(self, windows: Tensor, drawn: tuple[Tensor, ...]) -> None:
        inputs = tuple(each.clone() for each in (windows, *drawn))
        graph = torch.cuda.CUDAGraph()
        self.training.optimiser.zero_grad()
        with torch.cuda.graph(graph, stream=self._stream):
            loss = self._made(lambda: self.training.objective.loss(*inputs))
        self._recording = Recording(graph=graph, inputs=inputs, loss=loss)


@dataclass(frozen=True, kw_only=True)
class Recording:
    """A graph, the places it reads from, and the one where it leaves the loss."""

    graph: torch.cuda.CUDAGraph
    inputs: tuple[Tensor, ...]
    loss: Tensor

    def play(self, *inputs: Tensor) -> Tensor:
        for place, given in zip(self.inputs, inputs, strict=True):
            place.copy_(given)
        self.graph.replay()
        return self.loss.clone()


def loss_of(objective: Any, batch: Batch, generator: Generator) -> Tensor:
    """Hand an objective the windows and whatever else of the batch it says it needs."""
    needed = {name: getattr(batch, name) for name in needs_of(objective)}
    loss: Tensor = objective(batch.windows, generator, **needed)
    return loss


def needs_of(objective: Any) -> tuple[str, ...]:
    """Fields of a `Batch` that an objective, or its class, needs beside the windows."""
    return tuple(getattr(objective, "needs", ()))
