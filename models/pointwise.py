"""Layers that take each token by itself, in the order in which the tokens lie in memory.

State space backbones keep tokens (B, N, D) as (D, B, N) in memory. A product from the left then
needs no copy, where torch's own would make one.
"""

import torch
from torch import Tensor, nn

from models import kernels


def linear(tokens: Tensor, layer: nn.Linear) -> Tensor:
    """Apply the layer to (B, N, D); the result lies in memory as the tokens do."""
    features = tokens.permute(2, 0, 1)
    if tokens.is_contiguous() or not features.is_contiguous():
        found: Tensor = layer(tokens)
        return found
    rows = features.flatten(1)  # (D, B x N), a view
    if layer.bias is None:
        made = times(layer.weight, rows)
    else:
        made = torch.addmm(layer.bias[:, None], layer.weight, rows)
    return made.view(-1, *features.shape[1:]).permute(1, 2, 0)


def scaled_and_shifted(features: Tensor, scale: Tensor, shift: Tensor) -> Tensor:
    """Give each row of (D, M) a scale and a shift of its own, both (D,).

    One pass on an accelerator. On a CPU two passes take less time than torch's `addcmul` of rows
    by such numbers does, in bfloat16 a quarter.
    """
    scale, shift = scale[:, None].to(features.dtype), shift[:, None].to(features.dtype)
    if features.is_cuda or torch.compiler.is_compiling():
        return torch.addcmul(shift, features, scale)
    return (features * scale).add_(shift)


def times(weight: Tensor, rows: Tensor) -> Tensor:
    """Return weight (R, K) @ rows (K, M), in the number format of products."""
    device = rows.device.type
    if torch.is_autocast_enabled(device):
        dtype = torch.get_autocast_dtype(device)
        weight, rows = weight.to(dtype), rows.to(dtype)
    if weight.dtype == rows.dtype and kernels.are_for(weight, rows):
        from models.kernels.product import product

        return product(weight, rows)
    return weight @ rows
