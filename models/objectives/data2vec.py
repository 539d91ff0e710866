"""data2vec (Baevski et al. 2022, arXiv:2202.03555): regress the teacher's upper layers.

As in the ECG code of arXiv:2605.12241, whose mask hides 6 % of the tokens (see `span_mask`).
"""

import math

import torch
from torch import Generator, Tensor, nn
from torch.nn import functional as F

from models.encoder import Encoder
from models.objectives._drawn import Drawn
from models.objectives._head import token_head
from models.objectives._masks import check_spans, span_mask
from models.objectives._teacher import Teacher


class Objective(Drawn):
    """Predict, at hidden tokens, the mean of a slow teacher's `top_k` normalised upper layers.

    A batch in which chance hid nothing has loss 0 and leaves the weights to weight decay.
    """

    family = "predictive"
    is_causal = False

    def __init__(
        self,
        encoder: Encoder,
        *,
        momentum: float = 0.9996,
        mask_probability: float = 0.065,
        mask_span: int = 10,
        top_k: int = 2,
        head: str = "s4",
        head_n_state: int = 64,
        head_dropout: float = 0.2,
    ) -> None:
        super().__init__()
        n_layers = encoder.n_layers
        if not 1 <= top_k <= n_layers:
            raise ValueError(f"top_k must be from 1 to the {n_layers} layers, found {top_k}.")
        check_spans(encoder.n_tokens, probability=mask_probability, span=mask_span)
        self.encoder = encoder
        self.teacher = Teacher(encoder, momentum=momentum)
        self.mask_probability = mask_probability
        self.mask_span = mask_span
        self.top_k = top_k
        self.hidden = nn.Parameter(torch.rand(encoder.width))
        self.head = token_head(encoder, kind=head, n_state=head_n_state, dropout=head_dropout)

    def draw(
        self, n_windows: int, generator: Generator, device: torch.device
    ) -> tuple[Tensor, ...]:
        """Which tokens (B, N) are hidden."""
        is_hidden = span_mask(
            n_windows,
            self.encoder.n_tokens,
            probability=self.mask_probability,
            span=self.mask_span,
            generator=generator,
        )
        return (is_hidden.to(device),)

    def loss(self, windows: Tensor, *drawn: Tensor) -> Tensor:
        (is_hidden,) = drawn
        target = mean_of_top(self.teacher.layer_outputs(windows), self.top_k)
        tokens = self.encoder.stem(windows)  # (B, N, D)
        seen = torch.where(is_hidden[..., None], self.hidden, tokens)
        predicted = self.head(self.encoder.backbone(seen))
        return masked_smooth_l1(predicted, target, is_hidden)

    @torch.no_grad()
    def after_step(self) -> None:
        self.teacher.follow(self.encoder)


def mean_of_top(outputs: list[Tensor], top_k: int) -> Tensor:
    """Average the last `top_k` layers, each token of each normalised over its features first.

    Every output, and what is returned, is (B, N, D).
    """
    chosen = [F.layer_norm(each, each.shape[-1:]) for each in outputs[-top_k:]]
    return torch.stack(chosen).mean(dim=0)


def masked_smooth_l1(predicted: Tensor, target: Tensor, is_hidden: Tensor) -> Tensor:
    """Sum over D divided by its square root, averaged over hidden tokens (0 if there are none)."""
    losses = F.smooth_l1_loss(predicted.float(), target.float(), reduction="none").sum(dim=-1)
    weights = is_hidden.to(losses.dtype)
    scale = 1 / math.sqrt(predicted.shape[-1])
    return scale * (losses * weights).sum() / weights.sum().clamp_min(1)
