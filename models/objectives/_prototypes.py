"""Prototypes among which tokens are shared evenly, and which follow the tokens they get."""

import math

import torch
from torch import Generator, Tensor, nn
from torch.nn import functional as F


class Prototypes(nn.Module):
    """Unit vectors (K, D), chosen from the first tokens seen and moved by an average since.

    Until then they are 0 and `is_chosen` is false; both are kept in checkpoints.
    """

    vectors: Tensor
    is_chosen: Tensor

    def __init__(self, width: int, *, size: int, momentum: float, n_iterations: int) -> None:
        super().__init__()
        if isinstance(size, bool) or not isinstance(size, int) or size < 2:
            raise ValueError(f"each of n_prototypes must be a whole number from 2, found {size}.")
        if not 0 <= momentum <= 1:
            raise ValueError(f"prototype_momentum must be in [0, 1], found {momentum}.")
        if n_iterations < 1:
            raise ValueError(f"sinkhorn_iterations must be at least 1, found {n_iterations}.")
        self.momentum = momentum
        self.n_iterations = n_iterations
        self.register_buffer("vectors", torch.zeros(size, width))
        self.register_buffer("is_chosen", torch.tensor(False))
        self._seen: tuple[Tensor, Tensor] | None = None

    @torch.no_grad()
    def shares(self, tokens: Tensor, temperature: float, generator: Generator) -> Tensor:
        """Shares (B, N, K) of the prototypes in unit tokens (B, N, D); kept for `follow`."""
        points = tokens.flatten(0, 1)
        if not self.is_chosen:
            self.vectors.copy_(spread_out(points, len(self.vectors), generator))
            self.is_chosen.fill_(True)
        with torch.autocast(points.device.type, enabled=False):
            scores = points @ self.vectors.T / temperature
        found = sinkhorn(scores, n_iterations=self.n_iterations)
        self._seen = points, found
        return found.view(*tokens.shape[:2], -1)

    @torch.no_grad()
    def follow(self) -> None:
        """Move towards the mean of the tokens, each counted by its share, on the unit sphere."""
        if self._seen is None:
            return
        points, found = self._seen
        self._seen = None
        means = F.normalize(found.T @ points, dim=1)
        self.vectors.copy_(F.normalize(self.vectors.lerp(means, 1 - self.momentum), dim=1))


def sinkhorn(scores: Tensor, *, n_iterations: int) -> Tensor:
    """Share M tokens evenly among K prototypes (Cuturi 2013, arXiv:1306.0895); scores (M, K).

    Columns and rows of exp(scores) are made equal in turn, rows last: each token's shares sum
    to 1, each prototype's nearly to M / K.
    """
    shares = torch.exp(scores - scores.amax(dim=1, keepdim=True))
    for _ in range(n_iterations):
        shares = shares / shares.sum(dim=0, keepdim=True).clamp_min(1e-8)
        shares = shares / shares.sum(dim=1, keepdim=True).clamp_min(1e-8)
    return shares


def spread_out(points: Tensor, size: int, generator: Generator) -> Tensor:
    """Choose `size` of the points (M, D) by k-means++ (Arthur and Vassilvitskii 2007), unit length.

    Each is drawn in proportion to its squared distance from those chosen before. Where fewer
    points differ than are asked for, some are chosen more than once.
    """
    place = int(torch.randint(len(points), (1,), generator=generator))
    chosen = [place]
    distance = (points - points[place]).square().sum(dim=1)
    while len(chosen) < size:
        weights = distance.double().cpu() + 1e-12
        place = int(torch.multinomial(weights, 1, generator=generator))
        chosen.append(place)
        distance = torch.minimum(distance, (points - points[place]).square().sum(dim=1))
    return F.normalize(points[chosen], dim=1)


def warmed(temperatures: tuple[float, float], step: int, n_steps: int) -> float:
    """From the first temperature to the last along a half cosine, then constant.

    >>> [round(warmed((0.5, 0.1), step, 200), 3) for step in (0, 100, 200, 999)]
    [0.5, 0.3, 0.1, 0.1]
    """
    first, last = temperatures
    if step >= n_steps:
        return last
    return first + (last - first) * (1 - math.cos(math.pi * step / n_steps)) / 2
