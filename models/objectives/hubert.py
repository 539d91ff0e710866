"""HuBERT++: HuBERT's masked prediction with clusters made online instead of beforehand.

HuBERT (Hsu et al. 2021, arXiv:2106.07447) alternates k-means and training. The ECG code of
arXiv:2605.12241 replaces that by prototypes which share a slow teacher's tokens evenly among
them (Sinkhorn-Knopp, as in CAPI, arXiv:2502.08769), in two codebooks of different sizes.
"""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Generator, Tensor, nn
from torch.nn import functional as F

from models.encoder import Encoder
from models.objectives._masks import check_spans, span_mask
from models.objectives._prototypes import Prototypes, warmed
from models.objectives._teacher import Teacher
from models.randomness import lend


class Objective(nn.Module):
    """Predict the teacher's soft clusters, mostly where the student cannot see.

    Temperatures go from their first value to their last along a half cosine in `warmup_steps`
    updates. The loss sums over codebooks; hidden and visible tokens are averaged apart.
    """

    family = "clustering"
    is_causal = False
    n_updates: Tensor

    def __init__(
        self,
        encoder: Encoder,
        *,
        momentum: float = 0.9996,
        mask_probability: float = 0.065,
        mask_span: int = 10,
        n_prototypes: Sequence[int] = (128, 256),
        prototype_momentum: float = 0.99,
        sinkhorn_iterations: int = 3,
        hidden_weight: float = 0.75,
        student_temperature_first: float = 0.5,
        student_temperature: float = 0.1,
        teacher_temperature_first: float = 0.15,
        teacher_temperature: float = 0.07,
        warmup_steps: int = 200,
        entropy_weight: float = 0.001,
    ) -> None:
        super().__init__()
        check_spans(encoder.n_tokens, probability=mask_probability, span=mask_span)
        self.student_temperatures = student_temperature_first, student_temperature
        self.teacher_temperatures = teacher_temperature_first, teacher_temperature
        for each in (*self.student_temperatures, *self.teacher_temperatures):
            if each <= 0:
                raise ValueError(f"Temperatures must be above 0, found {each}.")
        if not 0 <= hidden_weight <= 1:
            raise ValueError(f"hidden_weight must be in [0, 1], found {hidden_weight}.")
        if entropy_weight < 0 or warmup_steps < 0:
            raise ValueError(
                f"entropy_weight and warmup_steps must be at least 0, found {entropy_weight} "
                f"and {warmup_steps}."
            )
        if not isinstance(n_prototypes, Sequence) or not n_prototypes:
            raise ValueError(
                f"n_prototypes must list a number for each codebook, found {n_prototypes!r}."
            )
        self.encoder = encoder
        self.teacher = Teacher(encoder, momentum=momentum)
        self.codebooks: Any = nn.ModuleList(
            Prototypes(
                encoder.width,
                size=size,
                momentum=prototype_momentum,
                n_iterations=sinkhorn_iterations,
            )
            for size in n_prototypes
        )
        self.sizes = list(n_prototypes)
        self.mask_probability = mask_probability
        self.mask_span = mask_span
        self.hidden_weight = hidden_weight
        self.entropy_weight = entropy_weight
        self.warmup_steps = warmup_steps
        self.hidden = nn.Parameter(torch.rand(encoder.width))
        self.head = nn.Sequential(
            nn.Linear(encoder.width, encoder.width),
            nn.ReLU(),
            nn.Linear(encoder.width, sum(self.sizes)),
        )
        self.register_buffer("n_updates", torch.zeros((), dtype=torch.int64))

    def forward(self, windows: Tensor, generator: Generator) -> Tensor:
        targets = self._targets(windows, generator)
        with lend(generator):
            tokens = self.encoder.stem(windows)  # (B, N, D)
        is_hidden = span_mask(
            *tokens.shape[:2],
            probability=self.mask_probability,
            span=self.mask_span,
            generator=generator,
        ).to(tokens.device)
        with lend(generator):
            seen = torch.where(is_hidden[..., None], self.hidden, tokens)
            scores = self.head(self.encoder.backbone(seen)).float()
        temperature = warmed(self.student_temperatures, int(self.n_updates), self.warmup_steps)
        loss = scores.new_zeros(())
        for said, target in zip(scores.split(self.sizes, dim=-1), targets, strict=True):
            loss = loss + divergence(
                said / temperature, target, is_hidden, hidden_weight=self.hidden_weight
            )
            loss = loss + self.entropy_weight * mean_entropy(said)
        return loss

    @torch.no_grad()
    def after_step(self) -> None:
        for each in self.codebooks:
            each.follow()
        self.n_updates += 1
        self.teacher.follow(self.encoder)

    def _targets(self, windows: Tensor, generator: Generator) -> list[Tensor]:
        """Soft clusters (B, N, K) of each codebook, from the whole window."""
        tokens = self.teacher.layer_outputs(windows)[-1].to(self.hidden.dtype)
        tokens = F.normalize(tokens, dim=-1)
        temperature = warmed(self.teacher_temperatures, int(self.n_updates), self.warmup_steps)
        return [each.shares(tokens, temperature, generator) for each in self.codebooks]


def divergence(
    scores: Tensor, target: Tensor, is_hidden: Tensor, *, hidden_weight: float
) -> Tensor:
    """KL divergence of softmax(scores) from target (B, N, K), hidden and visible tokens apart."""
    losses = F.kl_div(F.log_softmax(scores, dim=-1), target, reduction="none").sum(dim=-1)
    weights = is_hidden.to(losses.dtype)
    hidden = (losses * weights).sum() / weights.sum().clamp_min(1)
    visible = (losses * (1 - weights)).sum() / (1 - weights).sum().clamp_min(1)
    return hidden_weight * hidden + (1 - hidden_weight) * visible


def mean_entropy(scores: Tensor) -> Tensor:
    """Entropy of softmax(scores) at temperature 1, averaged over tokens."""
    logs = F.log_softmax(scores, dim=-1)
    return -(logs.exp() * logs).sum(dim=-1).mean()
