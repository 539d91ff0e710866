"""CLIP (Radford et al. 2021, arXiv:2103.00020) on ECG and report: InfoNCE in both directions.

Reports that coincide are all positives, with equal shares of the target, as in UniCL (Yang et al.
2022, arXiv:2204.03610, eq. 3 and 4). The temperature starts at 0.07, as CLIP's and MERL's does.
"""

import math
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from models.objectives._paired import Paired

_LARGEST_SCALE = 100.0  # CLIP, section 2.5: without a limit training becomes unstable


class Objective(Paired):
    """Find a window's report among those of the batch, and a report's window."""

    def __init__(
        self,
        encoder: Any,
        *,
        projection_width: int = 128,
        temperature: float = 0.07,
        learns_temperature: bool = True,
        text_encoder: str = "hashed",
        text_options: Mapping[str, Any] | None = None,
        shuffles_pairs: bool = False,
    ) -> None:
        super().__init__(
            encoder,
            projection_width=projection_width,
            text_encoder=text_encoder,
            text_options=text_options,
            shuffles_pairs=shuffles_pairs,
        )
        if not temperature >= 1 / _LARGEST_SCALE:
            raise ValueError(
                f"temperature must be at least {1 / _LARGEST_SCALE:g}, found {temperature}."
            )
        log_scale = torch.tensor(-math.log(temperature))
        self.log_scale = nn.Parameter(log_scale, requires_grad=learns_temperature)

    def loss(self, cosines: Tensor, is_positive: Tensor) -> Tensor:
        scale = self.log_scale.exp().clamp(max=_LARGEST_SCALE)
        return info_nce(scale * cosines, is_positive)


def info_nce(scores: Tensor, is_positive: Tensor) -> Tensor:
    """Mean of both directions' cross-entropies with the targets spread over all positives.

    Of a row with k equal positives the least is log(k).
    """
    found = []
    for each, matches in ((scores, is_positive), (scores.T, is_positive.T)):
        share = matches / matches.sum(dim=1, keepdim=True)
        found.append(-(share * F.log_softmax(each, dim=1)).sum(dim=1).mean())
    return (found[0] + found[1]) / 2
