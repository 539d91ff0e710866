"""A state space system (D, 8, 8) turned into products over blocks of tokens, `blocks_of`.

Torch makes it of a thousand operations on small matrices, each of which takes longer to ask for
than to do. Here a thread takes a feature through all of them; going back, it follows it again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from models.kernels._kernel import Kernel, n_workers

STATE = 8  # numbers
_FORWARD = {
    torch.float32: Kernel("state_space_loops", "forward_full"),
    torch.bfloat16: Kernel("state_space_loops", "forward_half"),
}
_BACKWARD = {
    torch.float32: Kernel("state_space_loops", "backward_full"),
    torch.bfloat16: Kernel("state_space_loops", "backward_half"),
}


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How powers of A are made: number 0 is A, each step multiplies two, then comes A^0."""

    truncated_at: int  # the number of that power, or -1
    steps: Tensor  # (steps, 2)
    hops: Tensor  # (directions, blocks - 1), from a block to those that follow

    @classmethod
    @cache
    def of(cls, n_directions: int, length: int, n_blocks: int, truncated_at: int) -> "Plan":
        """A following block meets a state one token later, in the other direction at once."""
        steps, numbers = list[tuple[int, int]](), {1: 0}
        hops = [
            [_made(length * hop + 1 - direction, numbers, steps) for hop in range(n_blocks - 1)]
            for direction in range(n_directions)
        ]
        found = torch.tensor(hops, dtype=torch.int64)
        last = _made(truncated_at, numbers, steps)
        found[found == _NONE] = len(steps) + 1
        made = torch.tensor(steps, dtype=torch.int64).view(-1, 2)
        return cls(truncated_at=last, steps=made, hops=found)


_NONE = -1


def _made(exponent: int, numbers: dict[int, int], steps: list[tuple[int, int]]) -> int:
    """Return the number of A's power, made in as few steps as squares and known powers allow."""
    if exponent == 0:
        return _NONE
    if exponent not in numbers:
        known = [each for each in numbers if exponent - each in numbers]
        part = max(known) if known else 1 << (exponent - 1).bit_length() - 1
        pair = _made(exponent - part, numbers, steps), _made(part, numbers, steps)
        steps.append(pair)
        numbers[exponent] = len(steps)
    return numbers[exponent]


def blocks(
    matrix: Tensor,
    entry: Tensor,
    readout: Tensor,
    skip: Tensor,
    *,
    length: int,
    n_blocks: int,
    truncated_at: int,
    dtype: torch.dtype,
) -> Sequence[Tensor]:
    """Return what is within a block, the states it leaves, carry and onwards, as in `Blocks`.

    A (D, 8, 8), B (D, 8), C (directions, D, 8) and what the first tap is raised by (D,) are
    float32; the blocks, two at least, are of `dtype`. C is truncated where a `Sampled`'s is.
    """
    plan = Plan.of(len(readout), length, n_blocks, truncated_at)
    sizes = len(entry), len(readout), length, n_blocks, len(plan.steps)
    found: Sequence[Tensor] = _Blocks.apply(matrix, entry, readout, skip, plan, sizes, dtype)  # type: ignore[no-untyped-call]
    return found


class _Blocks(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any,
        matrix: Tensor,
        entry: Tensor,
        readout: Tensor,
        skip: Tensor,
        plan: Plan,
        sizes: tuple[int, ...],
        dtype: torch.dtype,
    ) -> Sequence[Tensor]:
        n_features, n_directions, length, n_blocks, _ = sizes
        n_states = n_directions * STATE
        carried = n_blocks * n_states
        shapes = (length, length), (length, n_states), (carried, carried), (n_states, length)
        found = [torch.empty(n_features, *each, dtype=dtype) for each in shapes]
        given = matrix, entry, readout, skip
        scratch = _scratch(*sizes[1:])
        _FORWARD[dtype](*sizes, *vars(plan).values(), *given, *found, *scratch)
        ctx.plan, ctx.sizes, ctx.dtype = plan, sizes, dtype
        ctx.save_for_backward(*given)
        return tuple(found)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        given, arrived = ctx.saved_tensors, [each.contiguous() for each in gradients]
        found = [torch.empty_like(each) for each in given]
        scratch = _scratch(*ctx.sizes[1:])
        _BACKWARD[ctx.dtype](
            *ctx.sizes, *vars(ctx.plan).values(), *given, *arrived, *scratch, *found
        )
        return *found, None, None, None


def _scratch(n_directions: int, length: int, n_blocks: int, n_steps: int) -> tuple[int, Tensor]:
    """Rows for a worker: all that is made, its gradients, two matrices, and the taps."""
    n_rows = (n_steps + 4) * STATE + (1 + n_directions) * length
    n_rows = 2 * n_rows + 2 * STATE + -(-2 * length // STATE)
    return n_rows, torch.empty(n_workers(), n_rows, STATE)
