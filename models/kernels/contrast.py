"""Counts of drawn tokens; softmax of scores + log counts, less one at the right one; its loss."""

import math

import torch
from torch import Tensor

from models.kernels._kernel import N_SLICES, Kernel, n_workers

_COUNTED = Kernel("contrast_loops", "counted")
_TO_WEIGHTS = {
    torch.float32: Kernel("contrast_loops", "full"),
    torch.bfloat16: Kernel("contrast_loops", "half"),
}


def counted(shape: tuple[int, ...], n_tokens: int, *, below: int, seed: int) -> Tensor:
    """Draw (…, K) of the first tokens evenly; count how often each of N comes in a row: (…, N).

    What is drawn depends on the seed and the shape alone, not on the number of threads.
    """
    *rows, n_places = shape
    found = torch.empty(*rows, n_tokens, dtype=torch.int16)
    scratch = torch.empty(n_workers(), n_places + 1, dtype=torch.int32)
    _COUNTED(math.prod(rows), n_places, below, n_tokens, seed, found, scratch)
    return found


def to_weights(scores: Tensor, counts: Tensor, *, horizon: int) -> Tensor:
    """Turn scores (B, n, N) into the loss's gradient in place; return the loss, summed."""
    n_asked, n_tokens = scores.shape[1:]
    losses = torch.empty(N_SLICES, dtype=torch.float64)
    scratch = torch.empty(n_workers(), n_tokens)
    _TO_WEIGHTS[scores.dtype](
        scores.numel() // n_tokens, n_asked, n_tokens, horizon, scores, counts, losses, scratch
    )
    return losses.sum().to(torch.float32)
