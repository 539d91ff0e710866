"""The slowly following copy of an encoder that predictive objectives learn from."""

import copy

import torch
from torch import Tensor, nn

from models.encoder import Encoder


class Teacher(nn.Module):
    """An exponential moving average of an encoder; never trained, never in training mode.

    Buffers (running means of batch normalisation) are already averages and are copied.
    """

    def __init__(self, encoder: Encoder, *, momentum: float) -> None:
        super().__init__()
        if not 0 <= momentum <= 1:
            raise ValueError(f"The teacher's momentum must be in [0, 1], found {momentum}.")
        self.momentum = momentum
        self.encoder = copy.deepcopy(encoder).requires_grad_(False).eval()

    def train(self, mode: bool = True) -> "Teacher":
        """Stay in evaluation mode whatever the student does: targets have no dropout."""
        return super().train(False)

    @torch.no_grad()
    def follow(self, encoder: Encoder) -> None:
        """Move: teacher = momentum * teacher + (1 - momentum) * student."""
        mine: list[Tensor] = list(self.encoder.parameters())
        theirs: list[Tensor] = list(encoder.parameters())
        torch._foreach_lerp_(mine, theirs, 1 - self.momentum)
        torch._foreach_copy_(list(self.encoder.buffers()), list(encoder.buffers()))

    @torch.no_grad()
    def layer_outputs(self, windows: Tensor) -> list[Tensor]:
        """Tokens after each of the backbone's layers, from the unmasked window."""
        return self.encoder.layer_outputs(windows)
