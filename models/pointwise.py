"""A linear layer for each token by itself, in the order in which the tokens lie in memory.

State space backbones keep tokens (B, N, D) as (D, B, N) in memory. A product from the left then
needs no copy, where torch's own would make one.
"""

import torch
from torch import Tensor, nn


def linear(tokens: Tensor, layer: nn.Linear) -> Tensor:
    """Apply the layer to (B, N, D); the result lies in memory as the tokens do."""
    features = tokens.permute(2, 0, 1)
    if tokens.is_contiguous() or not features.is_contiguous():
        found: Tensor = layer(tokens)
        return found
    rows = features.flatten(1)  # (D, B x N), a view
    if layer.bias is None:
        made = layer.weight @ rows
    else:
        made = torch.addmm(layer.bias[:, None], layer.weight, rows)
    return made.view(-1, *features.shape[1:]).permute(1, 2, 0)
