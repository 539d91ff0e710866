"""GELU of rows (R, n), then a factor for each row: `F.gelu(signal) * factors[:, None]`.

GELU and its slope ask for the same power of e, so both are made at once: the slope takes the place
of the signal, and going back is a product.
"""

from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from models.kernels._kernel import Kernel

_FORWARD = {
    torch.float32: Kernel("gelu_loops", "full"),
    torch.bfloat16: Kernel("gelu_loops", "half"),
}


def gelu_times(signal: Tensor, factors: Tensor) -> Tensor:
    """Activate a signal whose last dimension is a row; factors are of the others.

    The signal is lost: whoever calls must be the only one to hold it.
    """
    found: Tensor = _GeluTimes.apply(signal, factors)  # type: ignore[no-untyped-call]
    return found


class _GeluTimes(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, signal: Tensor, factors: Tensor) -> Tensor:
        found = torch.empty_like(signal)
        row_length = signal.shape[-1]
        _FORWARD[signal.dtype](factors.numel(), row_length, signal, factors.float(), found)
        ctx.save_for_backward(signal)
        ctx.is_spent = False
        return found

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None]:
        if ctx.is_spent:
            raise RuntimeError("gelu_times goes back once: its slope has become its gradient.")
        ctx.is_spent = True
        (slope,) = ctx.saved_tensors
        return slope.mul_(gradient), None
