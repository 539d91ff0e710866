"""Frozen probe: learned queries pool the tokens of an encoder that stays as it is.

As the "frozen" evaluation of arXiv:2605.12241: attention pooling with 16 heads and a linear layer;
AdamW at 1e-3, batches of 64, 100 epochs, of which the best by the validation fold counts.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from models.adamw import Group
from models.embedding import Examined
from models.encoder import Encoder, Frozen
from models.probes._fitting import Budget, evaluate_fitted
from models.probes._folds import labelled_folds
from models.probes._result import ProbeResult
from models.randomness import lend, seeded

_LEAST_HEAD_WIDTH = 4


def evaluate(
    examined: Examined,
    *,
    n_heads: int = 16,
    n_epochs: int = 100,
    batch_size: int = 64,
    learning_rate: float = 1e-3,
    weight_decay: float = 1e-3,
    n_looks: int = 100,
    n_records: int | None = None,
    subset_seed: int = 0,
) -> ProbeResult:
    """Fit the pooling. Heads are halved until D divides by them into at least 4 features each."""
    budget = Budget(
        n_epochs=n_epochs, batch_size=batch_size, weight_decay=weight_decay, n_looks=n_looks
    )
    budget.check("frozen")
    rows = labelled_folds(
        examined.records, n_records=n_records, subset_seed=subset_seed, probe="frozen"
    )
    generator = seeded(examined.recipe.seed, stream=5)
    with lend(generator):
        pooling = AttentionPooling(
            examined.encoder.width,
            len(examined.records.label_names),
            n_heads=heads_for(examined.encoder.width, n_heads),
        ).to(examined.device)
    return evaluate_fitted(
        "frozen",
        examined,
        Classifier(examined.encoder, pooling),
        [Group(parameters=list(pooling.parameters()), learning_rate=learning_rate)],
        rows=rows,
        budget=budget,
        generator=generator,
    )


def heads_for(width: int, n_heads: int) -> int:
    """Return `n_heads`, or fewer where D is small.

    >>> heads_for(512, 16), heads_for(32, 16), heads_for(48, 16), heads_for(3, 16)
    (16, 8, 8, 1)
    """
    while n_heads > 1 and (width % n_heads or width // n_heads < _LEAST_HEAD_WIDTH):
        n_heads //= 2
    return n_heads


class AttentionPooling(nn.Module):
    """One learned query for each head asks all tokens (B, N, D); then a linear layer to (B, L).

    Tokens are standardised first, as the linear probe's inputs are: encoders differ in the size of
    what all their tokens have in common, which is no merit or fault.
    """

    def __init__(self, width: int, n_labels: int, *, n_heads: int) -> None:
        super().__init__()
        self.n_heads = n_heads
        self.standardise = nn.BatchNorm1d(width, affine=False)
        self.query = nn.Parameter(0.02 * torch.randn(n_heads, width // n_heads))
        self.key = nn.Linear(width, width)
        self.value = nn.Linear(width, width)
        self.out = nn.Linear(width, width)
        self.classify = nn.Linear(width, n_labels)

    def forward(self, tokens: Tensor) -> Tensor:
        tokens = self.standardise(tokens.transpose(1, 2)).transpose(1, 2)
        split = (*tokens.shape[:2], self.n_heads, -1)
        key, value = self.key(tokens).view(split), self.value(tokens).view(split)
        scores = torch.einsum("hd,bnhd->bhn", self.query, key) / key.shape[-1] ** 0.5
        pooled = torch.einsum("bhn,bnhd->bhd", F.softmax(scores, dim=-1), value)
        return self.classify(self.out(pooled.flatten(1)))


class Classifier(nn.Module):
    """A pooling behind an encoder that is not trained."""

    def __init__(self, encoder: Encoder, pooling: AttentionPooling) -> None:
        super().__init__()
        self.encoder = Frozen(encoder)
        self.pooling = pooling

    def forward(self, windows: Tensor) -> Tensor:
        return self.pooling(self.encoder(windows))
