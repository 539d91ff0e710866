"""Batch normalisation and ReLU of (D, M), each row by its own mean and variance.

A row is gone over three times forwards and twice backwards, and lies in the cache meanwhile.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from models.kernels._kernel import Kernel

_FORWARD = {
    torch.float32: Kernel("norm_relu_loops", "forward_full"),
    torch.bfloat16: Kernel("norm_relu_loops", "forward_half"),
}
_BACKWARD = {
    torch.float32: Kernel("norm_relu_loops", "backward_full"),
    torch.bfloat16: Kernel("norm_relu_loops", "backward_half"),
}


@dataclass(frozen=True, kw_only=True)
class Normed:
    """What came of it, (D, M), and of each row its mean, variance and 1 / standard deviation."""

    found: Tensor
    mean: Tensor
    variance: Tensor
    inverse: Tensor


def norm_relu(signal: Tensor, scale: Tensor, shift: Tensor, *, epsilon: float) -> Normed:
    """Normalise (D, M), then scale and shift each row, both (D,), and cut below 0."""
    n_features, n_columns = signal.shape
    found = torch.empty_like(signal)
    mean, variance, inverse = torch.empty(3, n_features)
    small = torch.stack([scale, shift, torch.full_like(scale, epsilon)]).float()
    _FORWARD[signal.dtype](n_features, n_columns, signal, small, found, mean, variance, inverse)
    return Normed(found=found, mean=mean, variance=variance, inverse=inverse)


def back(
    gradient: Tensor, signal: Tensor, scale: Tensor, shift: Tensor, mean: Tensor, inverse: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    """Return the gradients of the signal (D, M), the scale and the shift (D,)."""
    n_features, n_columns = signal.shape
    found = torch.empty_like(signal)
    to_scale, to_shift = torch.empty(2, n_features)
    small = torch.stack([scale, shift, mean, inverse]).float()
    _BACKWARD[signal.dtype](
        n_features, n_columns, signal, small, gradient.contiguous(), found, to_scale, to_shift
    )
    return found, to_scale, to_shift
