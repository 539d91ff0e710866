"""The number format of a training's matrix products, and compilation: fp32 and neither by default.

In bf16 weights, optimiser, losses, Fourier transforms and state space kernels stay float32.
"""

from contextlib import AbstractContextManager
from typing import Any

import torch

from models.recipe import Recipe


def working(recipe: Recipe, device: torch.device) -> AbstractContextManager[Any]:
    """Let matrix products and convolutions inside run in the recipe's precision."""
    is_half = recipe.precision == "bf16"
    return torch.autocast(device.type, dtype=torch.bfloat16, enabled=is_half)


def compiled(recipe: Recipe, objective: Any) -> None:
    """Compile the trained encoder's stem and layers in place, if the recipe asks for it.

    Masks, losses and teachers are left alone: they draw from generators or run once. On a CPU
    it hardly pays: with one thread of a shared machine, at width 64, steps took 1.0 (s4; 1.05 in
    bf16, 0.97 at width 512), 1.1 (s4d), 1.5 (transformer) and 3.2 (net1d) times as long, after 13
    to 160 s of compiling.
    """
    if recipe.is_compiled:
        objective.encoder.stem.compile()
        for layer in objective.encoder.backbone.layers:
            layer.compile()
