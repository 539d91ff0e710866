"""A product of weights (R, K) with tokens (K, M), features in rows: `weight @ rows`.

A few hundred tokens at a time are laid out for the registers, and stay in the cache until all rows
of weights have met them.
"""

import math
from functools import cache
from typing import Any

import llvmlite.binding as llvm
import torch
from torch import Tensor
from torch.autograd.function import once_differentiable
from torch.utils._python_dispatch import _get_current_dispatch_mode

from models.kernels._kernel import Kernel, n_workers

ROWS, COLUMNS, LINE = 8, 32, 64  # of what lies in registers; bytes of a line of memory
_AT_ONCE = 256  # columns
_MADE = {
    torch.float32: Kernel("product_loops", "full"),
    torch.bfloat16: Kernel("product_loops", "half"),
}


def is_for(weight: Tensor, rows: Tensor) -> bool:
    """Whether this product can be made here; whoever counts or notes products must see torch's."""
    is_even = len(weight) % ROWS == len(rows) % 2 == 0
    return is_even and _can_do(rows.dtype) and _get_current_dispatch_mode() is None


@cache
def _can_do(dtype: torch.dtype) -> bool:
    """Whether the processor has what is used here, and torch nothing better.

    Matrices of bfloat16 in registers (AMX) are several times as fast as pairs of numbers.
    """
    able = llvm.get_host_cpu_features()
    if dtype == torch.float32:
        return bool(able.get("avx512f"))
    return bool(able.get("avx512bf16")) and not able.get("amx-bf16")


def product(weight: Tensor, rows: Tensor) -> Tensor:
    """Multiply (R, K) with (K, M), contiguous and of one number format that `are_for` takes."""
    found: Tensor = _Product.apply(weight, rows)  # type: ignore[no-untyped-call]
    return found


class _Product(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, weight: Tensor, rows: Tensor) -> Tensor:
        ctx.save_for_backward(weight, rows)
        return _product(weight, rows)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, Tensor | None]:
        weight, rows = ctx.saved_tensors
        gradient = gradient.contiguous()
        to_rows = _product(weight.mT, gradient) if ctx.needs_input_grad[1] else None
        return gradient @ rows.mT, to_rows


def _product(weight: Tensor, rows: Tensor) -> Tensor:
    if not is_for(weight, rows):
        return weight @ rows
    found = rows.new_empty(len(weight), rows.shape[1])
    room = packing_room(rows)
    _MADE[rows.dtype](
        *weight.shape, rows.shape[1], _AT_ONCE,
        weight.contiguous(), rows, found, room, room.shape[1],
    )  # fmt: skip
    return found


def packing_room(rows: Tensor, *, n_at_once: int = _AT_ONCE) -> Tensor:
    """Make room for what a thread lays out at once of (K, M): (workers, bytes), by whole lines.

    That is so many columns and, where they fill no registers, `COLUMNS` more, and a piece of the
    product.
    """
    n_numbers = len(rows) * (n_at_once + COLUMNS) + ROWS * COLUMNS
    shape = n_workers(), n_numbers * rows.element_size()
    room = torch.empty(math.prod(shape) + LINE, dtype=torch.uint8)
    return room[-room.data_ptr() % LINE :][: math.prod(shape)].view(shape)
