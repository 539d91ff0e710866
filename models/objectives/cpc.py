"""Contrastive predictive coding (van den Oord et al. 2018, arXiv:1807.03748), one horizon.

As in the ECG code of arXiv:2605.12241: the context token at time n predicts the stem's token at
n + horizon among negatives from the same window, by raw dot product at temperature 1.
"""

import torch
from torch import Generator, Tensor, nn
from torch.nn import functional as F

from models.encoder import Encoder
from models.randomness import lend


class Objective(nn.Module):
    """Tell the token that follows from others of the same window.

    The default horizon of 14 tokens is 117 ms at 120 tokens per second. The loss is summed over
    times and averaged over windows.
    """

    family = "contrastive"
    is_causal = True

    def __init__(self, encoder: Encoder, *, horizon: int = 14, n_negatives: int = 128) -> None:
        super().__init__()
        if not 1 <= horizon < encoder.n_tokens:
            raise ValueError(
                f"horizon must be from 1 to {encoder.n_tokens - 1} tokens, found {horizon}."
            )
        if n_negatives < 1:
            raise ValueError(f"n_negatives must be at least 1, found {n_negatives}.")
        if not encoder.is_causal:
            raise ValueError("the encoder sees later tokens; cpc needs a causal one.")
        self.encoder = encoder
        self.horizon = horizon
        self.n_negatives = n_negatives
        self.predictor = nn.Linear(encoder.width, encoder.width, bias=False)

    def forward(self, windows: Tensor, generator: Generator) -> Tensor:
        with lend(generator):
            tokens = self.encoder.stem(windows)  # (B, N, D)
            context = self.encoder.backbone(tokens)
        predicted = self.predictor(context[:, : -self.horizon])
        others = self._negatives(windows.shape[0], tokens.shape[1], generator)
        return info_nce(predicted, tokens, others.to(tokens.device), horizon=self.horizon)

    def after_step(self) -> None:
        """Nothing follows: there is no teacher."""

    def _negatives(self, n_windows: int, n_tokens: int, generator: Generator) -> Tensor:
        """Return places (B, N - horizon, K): any token but the right one, repeats allowed."""
        n_asked = n_tokens - self.horizon
        shape = (n_windows, n_asked, self.n_negatives)
        drawn = torch.randint(n_tokens - 1, shape, generator=generator)
        right = torch.arange(self.horizon, n_tokens)[:, None]
        return drawn + (drawn >= right)


def info_nce(predicted: Tensor, tokens: Tensor, others: Tensor, *, horizon: int) -> Tensor:
    """Cross-entropy of the right token against the others; (B, N-h, D), (B, N, D), (B, N-h, K)."""
    # (B, N-h, N): each is a candidate of some query
    scores = (predicted @ tokens.transpose(1, 2)).float()
    right = scores.diagonal(offset=horizon, dim1=1, dim2=2)[..., None]
    candidates = torch.cat([right, scores.gather(2, others)], dim=2)
    losses = -F.log_softmax(candidates, dim=2)[..., 0]  # (B, N-h)
    return losses.sum(dim=1).mean()
