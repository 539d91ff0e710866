"""Diagonal state space model S4D (Gu et al. 2022, arXiv:2206.11893) in place of S4.

The block around it is S4's: convolution with skip, GELU, dropout, gated linear unit, residual,
layer norm after (Gu et al. 2021, arXiv:2111.00396; ECG settings of arXiv:2308.15291).
"""

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F

_KINDS = ("lin", "inv")


class Backbone(nn.Module):
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
        super().__init__()
        if n_layers < 1:
            raise ValueError(f"s4d needs at least 1 layer, found n_layers={n_layers}.")
        self.is_causal = is_causal
        self.layers = nn.ModuleList(
            Layer(width, n_state=n_state, dropout=dropout, initial=initial, is_causal=is_causal)
            for _ in range(n_layers)
        )

    @property
    def n_parameters(self) -> int:
        return sum(each.numel() for each in self.parameters())

    def layer_outputs(self, tokens: Tensor) -> list[Tensor]:
        outputs = []
        for layer in self.layers:
            tokens = layer(tokens)
            outputs.append(tokens)
        return outputs

    def forward(self, tokens: Tensor) -> Tensor:
        return self.layer_outputs(tokens)[-1]


class Layer(nn.Module):
    """One state space block, (B, N, D) to (B, N, D)."""

    def __init__(
        self, width: int, *, n_state: int, dropout: float, initial: str, is_causal: bool
    ) -> None:
        super().__init__()
        n_directions = 1 if is_causal else 2
        self.kernel = Kernel(width, n_state=n_state, initial=initial, n_directions=n_directions)
        self.skip = nn.Parameter(torch.randn(width))
        self.dropout = nn.Dropout1d(dropout)  # one mask for all times of a feature ("tied")
        self.activation = nn.GELU()
        self.gate = nn.Linear(width, 2 * width)
        self.norm = nn.LayerNorm(width)

    def forward(self, tokens: Tensor) -> Tensor:
        signal = tokens.transpose(1, 2)  # (B, D, N)
        mixed = convolve(signal, self.kernel(signal.shape[-1])) + self.skip[:, None] * signal
        mixed = self.dropout(self.activation(mixed))
        return self.norm(tokens + F.glu(self.gate(mixed.transpose(1, 2)), dim=-1))


class Kernel(nn.Module):
    """Impulse response of D one-input one-output systems, in each direction.

    Continuous dynamics x' = A x + u, y = 2 Re(C x), sampled by zero-order hold with a step of
    each feature's own, so that features watch spans from about ten tokens to a thousand.
    """

    def __init__(self, width: int, *, n_state: int, initial: str, n_directions: int) -> None:
        super().__init__()
        if n_state < 2 or n_state % 2:
            raise ValueError(f"s4d needs an even n_state (conjugate pairs), found {n_state}.")
        if initial not in _KINDS:
            raise ValueError(f"s4d's initial must be {' or '.join(_KINDS)}, found {initial!r}.")
        n_pairs = n_state // 2
        low, high = math.log(0.001), math.log(0.1)
        self.log_step = nn.Parameter(torch.rand(width) * (high - low) + low)
        self.log_decay = nn.Parameter(torch.full((width, n_pairs), math.log(0.5)))
        self.frequency = nn.Parameter(_frequencies(n_pairs, initial).repeat(width, 1))
        self.readout = nn.Parameter(torch.randn(n_directions, width, n_pairs, 2) * math.sqrt(0.5))

    def forward(self, n_tokens: int) -> Tensor:
        """Return (directions, D, N)."""
        poles, weights = self.discrete()
        times = torch.arange(n_tokens, device=poles.device)
        powers = torch.exp(poles[:, :, None] * times)  # (D, pairs, N)
        return 2 * torch.einsum("qdp,dpn->qdn", weights, powers).real

    def discrete(self) -> tuple[Tensor, Tensor]:
        """Return log poles (D, pairs) and weights (directions, D, pairs) of the sampled system."""
        rates = torch.complex(-torch.exp(self.log_decay), self.frequency)  # A
        logs = rates * torch.exp(self.log_step)[:, None]
        gain = (torch.exp(logs) - 1) / rates
        return logs, torch.view_as_complex(self.readout) * gain


def _frequencies(n_pairs: int, initial: str) -> Tensor:
    """Imaginary parts of A: S4D-Lin, or S4D-Inv, which follows S4's own HiPPO-LegS spectrum."""
    order = torch.arange(n_pairs, dtype=torch.float32)
    if initial == "lin":
        return math.pi * order
    n_state = 2 * n_pairs
    return n_state / math.pi * (n_state / (2 * order + 1) - 1)


def convolve(signal: Tensor, kernels: Tensor) -> Tensor:
    """Convolve (B, D, N) with one kernel forwards and, if there is a second, with it backwards.

    The backward kernel starts at the next token, so that the present one is counted once.
    """
    n_tokens = signal.shape[-1]
    both = F.pad(kernels[0], (0, n_tokens))
    if kernels.shape[0] == 2:
        both = both + F.pad(kernels[1].flip(-1), (n_tokens, 0))
    # Twice the length keeps the circular convolution from wrapping onto itself.
    spectrum = torch.fft.rfft(signal, n=2 * n_tokens) * torch.fft.rfft(both)
    return torch.fft.irfft(spectrum, n=2 * n_tokens)[..., :n_tokens]
