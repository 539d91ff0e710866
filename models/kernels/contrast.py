"""Softmax of scores + log counts, less one at the right token; its loss; and the counts."""

import torch
from torch import Tensor

from models.kernels._kernel import N_SLICES, Kernel, n_workers

_COUNTED = Kernel("contrast_loops", "counted")
_TO_WEIGHTS = {
    torch.float32: Kernel("contrast_loops", "full"),
    torch.bfloat16: Kernel("contrast_loops", "half"),
}


def counted(places: Tensor, n_tokens: int) -> Tensor:
    """Count how often each of N tokens stands in a row of `places` (…, K) of int16: (…, N)."""
    found = torch.empty(*places.shape[:-1], n_tokens, dtype=torch.int16)
    n_rows, n_places = places.numel() // places.shape[-1], places.shape[-1]
    _COUNTED(n_rows, n_places, n_tokens, places, found)
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
