"""Diagonal state space model S4D (Gu et al. 2022, arXiv:2206.11893) in place of S4.

Its block is the one around S4 too (see `_state_space`).
"""

import math

import torch
from torch import Tensor, nn

from models.backbones._state_space import (
    Layer,
    Powers,
    Sampled,
    Stack,
    check_layers,
    check_state,
    rotations,
)
from models.recipe import Options

_KINDS = ("lin", "inv")


class Backbone(Stack):
    """Layers of S4D; bidirectional ones read the window both ways, causal ones forwards only.

    `n_state` counts real numbers: half as many conjugate pairs are kept, as in the authors' code.
    """

    def __init__(
        self,
        width: int,
        *,
        is_causal: bool = False,
        n_layers: int = 4,
        n_state: int = 8,
        dropout: float = 0.2,
        initial: str = "lin",
    ) -> None:
        check_layers("s4d", n_layers)
        n_directions = 1 if is_causal else 2
        layers = []
        for _ in range(n_layers):
            kernel = Kernel(width, n_state=n_state, initial=initial, n_directions=n_directions)
            layers.append(Layer(width, kernel, dropout=dropout))
        super().__init__(layers, is_causal=is_causal)


class Kernel(nn.Module):
    """Impulse response of D one-input one-output systems, in each direction.

    Continuous dynamics x' = A x + u, y = 2 Re(C x), sampled by zero-order hold with a step of
    each feature's own, so that features watch spans from about ten tokens to a thousand.
    """

    def __init__(self, width: int, *, n_state: int, initial: str, n_directions: int) -> None:
        super().__init__()
        check_state("s4d", n_state)
        if initial not in _KINDS:
            raise ValueError(f"s4d's initial must be {' or '.join(_KINDS)}, found {initial!r}.")
        n_pairs = n_state // 2
        low, high = math.log(0.001), math.log(0.1)
        self.log_step = nn.Parameter(torch.rand(width) * (high - low) + low)
        self.log_decay = nn.Parameter(torch.full((width, n_pairs), math.log(0.5)))
        self.frequency = nn.Parameter(_frequencies(n_pairs, initial).repeat(width, 1))
        self.readout = nn.Parameter(torch.randn(n_directions, width, n_pairs, 2) * math.sqrt(0.5))

    def forward(self) -> Sampled:
        """Return the sampled system in real numbers: of each pair the real and imaginary part."""
        logs, weights = self.discrete()
        poles = torch.exp(logs)
        ones, none = torch.ones_like(logs.real), torch.zeros_like(logs.real)
        return Sampled(
            powers=Powers(rotations(poles)),
            entry=torch.cat([ones, none], dim=-1),
            readout=2 * torch.cat([weights.real, -weights.imag], dim=-1),  # 2 Re (C x)
        )

    def discrete(self) -> tuple[Tensor, Tensor]:
        """Return log poles (D, pairs) and weights (directions, D, pairs) of the sampled system."""
        rates = torch.complex(-torch.exp(self.log_decay), self.frequency)  # A
        logs = rates * torch.exp(self.log_step)[:, None]
        gain = (torch.exp(logs) - 1) / rates
        return logs, torch.view_as_complex(self.readout) * gain


def size_option(width: int, options: Options) -> tuple[str, list[int]]:
    return "n_state", list(range(2, 66, 2))


def _frequencies(n_pairs: int, initial: str) -> Tensor:
    """Imaginary parts of A: S4D-Lin, or S4D-Inv, which follows S4's own HiPPO-LegS spectrum."""
    order = torch.arange(n_pairs, dtype=torch.float32)
    if initial == "lin":
        return math.pi * order
    n_state = 2 * n_pairs
    return n_state / math.pi * (n_state / (2 * order + 1) - 1)
