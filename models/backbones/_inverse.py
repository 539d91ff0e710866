"""Inverses of many small matrices, of those that need no exchange of rows."""

from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable


def solved(matrix: Tensor, right: Tensor) -> Tensor:
    """Solve (D, S, S) x = right (directions, D, S) for matrices whose symmetric part is positive.

    What is left of a contraction is of that kind, so no rows need exchanging. On an accelerator
    LAPACK's way waits for the device; there elimination is written out.
    """
    if not matrix.is_cuda:
        return torch.linalg.solve(matrix, right[..., None])[..., 0]
    return torch.einsum("dij,qdj->qdi", inverted(matrix), right)


def inverted(matrix: Tensor) -> Tensor:
    """Invert (D, S, S) by Gauss and Jordan's elimination, without exchanging rows."""
    found: Tensor = _Inverse.apply(matrix)  # type: ignore[no-untyped-call]
    return found


class _Inverse(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, matrix: Tensor) -> Tensor:
        n_rows = matrix.shape[-1]
        one = torch.eye(n_rows, dtype=matrix.dtype, device=matrix.device)
        both = torch.cat([matrix, one.expand_as(matrix)], dim=-1)
        for place in range(n_rows):
            row = both[:, place : place + 1] / both[:, place : place + 1, place : place + 1]
            column = both[:, :, place : place + 1] - one[:, place : place + 1]
            both = torch.baddbmm(both, column, row, alpha=-1)
        found = both[..., n_rows:].contiguous()
        ctx.save_for_backward(found)
        return found

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> Tensor:
        (found,) = ctx.saved_tensors
        return -(found.mT @ gradient @ found.mT)
