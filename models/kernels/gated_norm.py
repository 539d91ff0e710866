"""Layer norm of signal + GLU(weight @ mixed + bias), over the features in each column.

A few hundred columns at a time: all their features stay in the cache from the product to the norm.
"""

from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from models.kernels._kernel import N_SLICES, Kernel, n_workers
from models.kernels.product import is_for, packing_room

_AT_ONCE = 512  # bytes of a row: what is read and made of them lies in the cache meanwhile
_FORWARD = {
    torch.float32: Kernel("gated_norm_loops", "forward_full"),
    torch.bfloat16: Kernel("gated_norm_loops", "forward_half"),
}
_BACKWARD = {
    torch.float32: Kernel("gated_norm_loops", "backward_full"),
    torch.bfloat16: Kernel("gated_norm_loops", "backward_half"),
}


def gated_norm(
    signal: Tensor,
    mixed: Tensor,
    weight: Tensor,
    gate_bias: Tensor,
    scale: Tensor,
    shift: Tensor,
    epsilon: float,
) -> Tensor:
    """Signal and mixed signal (D, M); weight (2 D, D) and bias (2 D,) of the gate.

    Scale and shift (D,) are the norm's. Where `product.is_for` says no, the product is torch's.
    """
    found: Tensor = _GatedNorm.apply(signal, mixed, weight, gate_bias, scale, shift, epsilon)  # type: ignore[no-untyped-call]
    return found


class _GatedNorm(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any,
        signal: Tensor,
        mixed: Tensor,
        weight: Tensor,
        gate_bias: Tensor,
        scale: Tensor,
        shift: Tensor,
        epsilon: float,
    ) -> Tensor:
        n_features, n_columns = signal.shape
        found = torch.empty_like(signal)
        mean, inverse = torch.empty(2, n_columns)
        small = torch.cat([gate_bias, scale, shift, torch.tensor([epsilon])]).float()
        scratch = torch.empty(n_workers(), n_features + 1, _at_once(signal))
        gate = mixed.new_empty(2 * n_features, n_columns)
        ctx.n_inner = len(mixed) if is_for(weight, mixed) and is_for(weight.mT, gate) else 0
        if not ctx.n_inner:
            gate = weight @ mixed
        room = packing_room(mixed, n_at_once=_at_once(signal))
        _FORWARD[signal.dtype](
            n_features, n_columns, _at_once(signal),
            signal, gate, small, found, mean, inverse, scratch,
            weight.contiguous(), mixed, ctx.n_inner, room, room.shape[1],
        )  # fmt: skip
        ctx.save_for_backward(signal, mixed, weight, gate, small, mean, inverse)
        ctx.is_spent = False
        return found

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        signal, mixed, weight, gate, small, mean, inverse = ctx.saved_tensors
        n_features, n_columns = signal.shape
        if ctx.is_spent:
            raise RuntimeError("gated_norm goes back once: its gate has become its gradient.")
        ctx.is_spent = True
        to_signal = torch.empty_like(signal)
        turned, to_mixed = weight.mT.contiguous(), torch.empty_like(mixed)
        room = packing_room(gate, n_at_once=_at_once(signal))
        sums = torch.zeros(N_SLICES, 4 * n_features)  # bias of the gate, scale, shift
        scratch = torch.empty(n_workers(), 2 * n_features + 2, _at_once(signal))
        _BACKWARD[signal.dtype](
            n_features, n_columns, _at_once(signal), signal, gate, small,
            gradient.contiguous(), mean, inverse, to_signal, sums, scratch,
            turned, to_mixed, ctx.n_inner, room, room.shape[1],
        )  # fmt: skip
        if not ctx.n_inner:
            to_mixed = turned @ gate
        widths = [2 * n_features, n_features, n_features]
        to_small = torch.split(sums.sum(dim=0), widths)
        return to_signal, to_mixed, gate @ mixed.mT, *to_small, None


def _at_once(signal: Tensor) -> int:
    """Columns at a time."""
    return _AT_ONCE // signal.element_size()
