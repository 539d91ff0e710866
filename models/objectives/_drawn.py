"""Objectives that draw before they look: then an update can be recorded and played back."""

from torch import Generator, Tensor, device, nn

from models.randomness import lend


class Drawn(nn.Module):
    """An objective whose randomness, but for dropout, depends on the number of windows alone.

    `loss` must neither wait for an accelerator nor decide by what it finds there: on CUDA
    models/step.py records it with its gradients once, and gives it new windows and draws since.
    """

    def draw(self, n_windows: int, generator: Generator, device: device) -> tuple[Tensor, ...]:
        """Draw masks or negatives for B windows; on the device, of the same shapes every time."""
        raise NotImplementedError

    def loss(self, windows: Tensor, *drawn: Tensor) -> Tensor:
        """Judge windows (B, C, T); dropout alone is still drawn, by the process-wide generator."""
        raise NotImplementedError

    def forward(self, windows: Tensor, generator: Generator) -> Tensor:
        drawn = self.draw(len(windows), generator, windows.device)
        with lend(generator):
            return self.loss(windows, *drawn)
