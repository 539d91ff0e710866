"""SigLIP (Zhai et al. 2023, arXiv:2303.15343) on ECG and report: is this pair one, yes or no?

Every pair of the batch is judged by itself, so reports that coincide are simply several times yes.
"""

import math
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from models.objectives._paired import Paired


class Objective(Paired):
    """Tell pairs from non-pairs by a sigmoid with learned scale and bias.

    The paper starts at temperature 0.1 and bias -10 (section 3.2), for batches of thousands: the
    bias stands for how rare positives are, about minus the logarithm of the batch's size.
    """

    def __init__(
        self,
        encoder: Any,
        *,
        projection_width: int = 128,
        temperature: float = 0.1,
        bias: float = -10.0,
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
        if not temperature > 0:
            raise ValueError(f"temperature must be above 0, found {temperature}.")
        self.log_scale = nn.Parameter(torch.tensor(-math.log(temperature)))
        self.bias = nn.Parameter(torch.tensor(float(bias)))

    def loss(self, cosines: Tensor, is_positive: Tensor) -> Tensor:
        return sigmoid_loss(self.log_scale.exp() * cosines + self.bias, is_positive)


def sigmoid_loss(scores: Tensor, is_positive: Tensor) -> Tensor:
    """Minus the log-probability of the right answer, summed over a window's pairs, then averaged.

    For B windows this is the paper's sum over all pairs divided by B. Both arguments are (B, B).
    """
    right = torch.where(is_positive, scores, -scores)
    return -F.logsigmoid(right).sum(dim=1).mean()
