"""DinoSR (Liu et al. 2023, arXiv:2305.10005): name the codeword nearest to the teacher's token.

As in the ECG code of arXiv:2605.12241: one codebook on the teacher's final output (its
configuration speaks of two layers, its default hook reads one), the mask of `span_mask`, and
"instance norm" of each token over its features, where the paper normalises over time.
"""

import torch
from torch import Generator, Tensor, nn
from torch.nn import functional as F

from models.encoder import Encoder
from models.objectives._drawn import Drawn
from models.objectives._head import token_head
from models.objectives._masks import check_spans, span_mask
from models.objectives._teacher import Teacher


class Objective(Drawn):
    """Classify hidden tokens into the clusters of a codebook that follows a slow teacher.

    A batch in which chance hid nothing has loss 0 and leaves the weights to weight decay.
    """

    family = "clustering"
    is_causal = False

    def __init__(
        self,
        encoder: Encoder,
        *,
        momentum: float = 0.9996,
        mask_probability: float = 0.065,
        mask_span: int = 10,
        n_codewords: int = 256,
        codebook_momentum: float = 0.9,
        temperature: float = 1.0,
        head: str = "s4",
        head_n_state: int = 64,
        head_dropout: float = 0.2,
    ) -> None:
        super().__init__()
        check_spans(encoder.n_tokens, probability=mask_probability, span=mask_span)
        if temperature <= 0:
            raise ValueError(f"temperature must be above 0, found {temperature}.")
        self.encoder = encoder
        self.teacher = Teacher(encoder, momentum=momentum)
        self.codebook = Codebook(encoder.width, size=n_codewords, momentum=codebook_momentum)
        self.mask_probability = mask_probability
        self.mask_span = mask_span
        self.temperature = temperature
        self.hidden = nn.Parameter(torch.rand(encoder.width))
        self.head = token_head(encoder, kind=head, n_state=head_n_state, dropout=head_dropout)
        self.classify = nn.Linear(encoder.width, n_codewords)

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
        target = self.codebook.nearest(normalised(self.teacher.layer_outputs(windows)[-1]))
        tokens = self.encoder.stem(windows)  # (B, N, D)
        seen = torch.where(is_hidden[..., None], self.hidden, tokens)
        scores = self.classify(self.head(self.encoder.backbone(seen))).float()
        return masked_cross_entropy(scores / self.temperature, target, is_hidden)

    @torch.no_grad()
    def after_step(self) -> None:
        self.codebook.follow()
        self.teacher.follow(self.encoder)


class Codebook(nn.Module):
    """Codewords (K, D) that are moving averages of the tokens nearest to them.

    Sums and counts of tokens decay alike, so a codeword without tokens stays where it is.
    """

    words: Tensor
    counts: Tensor

    def __init__(self, width: int, *, size: int, momentum: float) -> None:
        super().__init__()
        if size < 2:
            raise ValueError(f"n_codewords must be at least 2, found {size}.")
        if not 0 <= momentum <= 1:
            raise ValueError(f"codebook_momentum must be in [0, 1], found {momentum}.")
        self.momentum = momentum
        self.register_buffer("words", normalised(torch.randn(size, width)))
        self.register_buffer("counts", torch.ones(size))
        self._seen: tuple[Tensor, Tensor] | None = None

    @torch.no_grad()
    def nearest(self, tokens: Tensor) -> Tensor:
        """Places (B, N) of the codewords nearest to tokens (B, N, D); kept for `follow`."""
        points = tokens.to(self.words.dtype).flatten(0, 1)
        with torch.autocast(points.device.type, enabled=False):
            # |x - w|^2 without |x|^2, which is the same for every codeword.
            distance = self.words.square().sum(dim=1) - 2 * points @ self.words.T
        places = distance.argmin(dim=1)
        self._seen = points, places
        return places.view(tokens.shape[:2])

    @torch.no_grad()
    def follow(self) -> None:
        """Move: sum = momentum * sum + (1 - momentum) * new sum, counts alike."""
        if self._seen is None:
            return
        points, places = self._seen
        self._seen = None
        sums = torch.zeros_like(self.words).index_add_(0, places, points)
        ones = torch.ones_like(places, dtype=self.counts.dtype)
        found = torch.zeros_like(self.counts).index_add_(0, places, ones)
        old, new = self.momentum * self.counts, 1 - self.momentum
        counts = old + new * found
        moved = (old[:, None] * self.words + new * sums) / counts.clamp_min(1e-30)[:, None]
        self.words.copy_(torch.where(found[:, None] > 0, moved, self.words))
        self.counts.copy_(counts)


def normalised(tokens: Tensor) -> Tensor:
    """Each token with mean 0 and variance 1 over its features."""
    return F.layer_norm(tokens, tokens.shape[-1:])


def masked_cross_entropy(scores: Tensor, target: Tensor, is_hidden: Tensor) -> Tensor:
    """Mean over hidden tokens (0 if there are none); scores (B, N, K), target and mask (B, N)."""
    # Flat: torch's kernel for (B, K, N) on an accelerator is not deterministic.
    losses = F.cross_entropy(scores.flatten(0, 1), target.flatten(), reduction="none")
    losses = losses.view_as(target)
    weights = is_hidden.to(losses.dtype)
    return (losses * weights).sum() / weights.sum().clamp_min(1)
