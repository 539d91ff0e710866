"""What the state space backbones share: the block around a kernel, and the convolution with it.

The block is S4's: convolution with skip, GELU, dropout, gated linear unit, residual, layer norm
after (Gu et al. 2021, arXiv:2111.00396; ECG settings of arXiv:2308.15291).
"""

from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable
from torch.nn import functional as F


class Stack(nn.Module):
    """State space blocks in a row; the base of every backbone that consists of them."""

    def __init__(self, layers: list["Layer"], *, is_causal: bool) -> None:
        super().__init__()
        self.is_causal = is_causal
        self.layers = nn.ModuleList(layers)

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
    """One state space block, (B, N, D) to (B, N, D); `kernel(N)` gives (directions, D, N)."""

    def __init__(self, width: int, kernel: nn.Module, *, dropout: float) -> None:
        super().__init__()
        self.kernel = kernel
        self.skip = nn.Parameter(torch.randn(width))
        self.dropout = nn.Dropout1d(dropout)  # one mask for all times of a feature ("tied")
        self.activation = nn.GELU()
        self.gate = nn.Linear(width, 2 * width)
        self.norm = nn.LayerNorm(width)

    def forward(self, tokens: Tensor) -> Tensor:
        signal = tokens.transpose(1, 2)  # (B, D, N)
        mixed = self._convolved(signal) + self.skip[:, None] * signal
        mixed = self.dropout(self.activation(mixed))
        return self.norm(tokens + F.glu(self.gate(mixed.transpose(1, 2)), dim=-1))

    def _convolved(self, signal: Tensor) -> Tensor:
        # Poles near 1 and Fourier transforms need all of float32, whatever the rest is made in.
        with torch.autocast(signal.device.type, enabled=False):
            kernels = self.kernel(signal.shape[-1])
            return convolve(signal.to(kernels.dtype), kernels)


def convolve(signal: Tensor, kernels: Tensor) -> Tensor:
    """Convolve (B, D, N) with one kernel forwards and, if there is a second, with it backwards.

    The backward kernel starts at the next token, so that the present one is counted once.
    """
    n_tokens = signal.shape[-1]
    both = F.pad(kernels[0], (0, n_tokens))
    if kernels.shape[0] == 2:
        both = both + F.pad(kernels[1].flip(-1), (n_tokens, 0))
    found: Tensor = _Convolution.apply(signal, both)  # type: ignore[no-untyped-call]
    return found


class _Convolution(torch.autograd.Function):
    """Convolve (B, D, N) with (D, 2 N), whose second half is what lies before the first token.

    Twice the length keeps the circular convolution from wrapping onto itself. Gradients are
    correlations and as real as the signals, which torch's own rule for `rfft` does not use: it
    transforms complex numbers there, at twice the cost.
    """

    @staticmethod
    def forward(ctx: Any, signal: Tensor, kernel: Tensor) -> Tensor:
        n_tokens = signal.shape[-1]
        inputs, response = torch.fft.rfft(signal, n=2 * n_tokens), torch.fft.rfft(kernel)
        ctx.save_for_backward(inputs, response)
        return torch.fft.irfft(inputs * response, n=2 * n_tokens)[..., :n_tokens]

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, Tensor]:
        inputs, response = ctx.saved_tensors
        n_tokens = gradient.shape[-1]
        outputs = torch.fft.rfft(gradient, n=2 * n_tokens)
        to_signal = torch.fft.irfft(outputs * response.conj(), n=2 * n_tokens)[..., :n_tokens]
        to_kernel = torch.fft.irfft((outputs * inputs.conj()).sum(dim=0), n=2 * n_tokens)
        return to_signal, to_kernel


def check_layers(name: str, n_layers: int) -> None:
    if n_layers < 1:
        raise ValueError(f"{name} needs at least 1 layer, found n_layers={n_layers}.")


def check_state(name: str, n_state: int) -> None:
    if n_state < 2 or n_state % 2:
        raise ValueError(f"{name} needs an even n_state (conjugate pairs), found {n_state}.")
