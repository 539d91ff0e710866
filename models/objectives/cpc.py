"""Contrastive predictive coding (van den Oord et al. 2018, arXiv:1807.03748), one horizon.

As in the ECG code of arXiv:2605.12241: the context token at time n predicts the stem's token at
n + horizon among negatives from the same window, by raw dot product at temperature 1.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from torch import Generator, Tensor, nn
from torch.autograd.function import once_differentiable

from models import kernels
from models.encoder import Encoder
from models.objectives._drawn import Drawn
from models.pointwise import linear


class Objective(Drawn):
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

    def draw(
        self, n_windows: int, generator: Generator, device: torch.device
    ) -> tuple[Tensor, ...]:
        """How often each token is asked about: (B, N - horizon, N)."""
        n_asked = self.encoder.n_tokens - self.horizon
        shape = (n_windows, n_asked, self.n_negatives)
        return (negatives(shape, horizon=self.horizon, generator=generator, device=device),)

    def loss(self, windows: Tensor, *drawn: Tensor) -> Tensor:
        (counts,) = drawn
        prepared = self.encoder.prepare()
        tokens = self.encoder.stem(windows)  # (B, N, D)
        predicted = linear(self.encoder.context(tokens, prepared), self.predictor)
        return info_nce(predicted, tokens, counts, horizon=self.horizon)

    def after_step(self) -> None:
        """Nothing follows: there is no teacher."""


def negatives(
    shape: tuple[int, int, int], *, horizon: int, generator: Generator, device: torch.device
) -> Tensor:
    """Draw (B, N - h, K) negatives; return how often each token is asked about: (B, N - h, N).

    Once is the right token, at n + h, and K times others in all, repeats allowed. They are drawn
    on the device, from a seed of the generator's.
    """
    n_tokens = shape[1] + horizon
    seed = int(torch.randint(2**62, (1,), generator=generator))
    counts = _drawn_and_counted(shape, n_tokens, seed, device)
    right = counts.diagonal(offset=horizon, dim1=1, dim2=2)
    counts[:, :, -1] = right  # the last token, never drawn, stands in for the right one
    right.fill_(1)
    return counts


def _drawn_and_counted(
    shape: tuple[int, int, int], n_tokens: int, seed: int, device: torch.device
) -> Tensor:
    """Draw (B, N - h, K) of all tokens but the last; count how often each comes: (B, N - h, N)."""
    if device.type == "cpu" and shape[2] < _MOST_COUNTED and kernels.are_ready():
        from models.kernels import contrast

        return contrast.counted(shape, n_tokens, below=n_tokens - 1, seed=seed)
    places = _small_numbers(n_tokens - 1, shape, seed, device)
    ones = torch.ones((), device=device).expand(shape)
    counts = torch.zeros(*shape[:2], n_tokens, device=device)
    with _in_any_order():
        return counts.scatter_add_(2, places.long(), ones)


def _small_numbers(below: int, shape: tuple[int, ...], seed: int, device: torch.device) -> Tensor:
    """Draw whole numbers evenly; on a CPU by NumPy, which draws small ones five times as fast."""
    if device.type == "cpu":
        random = np.random.Generator(np.random.PCG64(seed))
        return torch.from_numpy(random.integers(below, size=shape, dtype=np.int16))
    generator = Generator(device).manual_seed(seed)
    return torch.randint(below, shape, generator=generator, device=device)


@contextmanager
def _in_any_order() -> Iterator[None]:
    """Allow sums in any order, which are exact: those of ones."""
    before = torch.get_deterministic_debug_mode()
    torch.set_deterministic_debug_mode("default")
    try:
        yield
    finally:
        torch.set_deterministic_debug_mode(before)


def info_nce(predicted: Tensor, tokens: Tensor, counts: Tensor, *, horizon: int) -> Tensor:
    """Cross-entropy of the right token against the others, summed over times, mean over windows.

    `predicted` and `tokens` are (B, N, D), the last h predictions of nothing; `counts`
    (B, N - h, N) says how often each token is asked about, the right one included.
    """
    tokens = tokens.to(predicted.dtype)  # both in the precision of the products
    found: Tensor = _InfoNCE.apply(predicted, tokens, counts, horizon)  # type: ignore[no-untyped-call]
    return found


class _InfoNCE(torch.autograd.Function):
    """Loss and gradient in one go, a few windows at a time: their scores then stay in the cache."""

    @staticmethod
    def forward(
        ctx: Any, predicted: Tensor, tokens: Tensor, counts: Tensor, horizon: int
    ) -> Tensor:
        n_windows, n_asked = counts.shape[:2]
        asked, given = _window_by_window(predicted[:, :n_asked]), _window_by_window(tokens)
        to_asked, to_given = torch.empty_like(asked), torch.empty_like(given)
        losses = []
        n_at_once = _AT_ONCE if predicted.device.type == "cpu" else n_windows
        for first in range(0, n_windows, n_at_once):
            some = slice(first, first + n_at_once)
            scores = torch.bmm(asked[some], given[some].mT)
            loss, weights = _weighed(scores, counts[some], horizon)
            losses.append(loss)
            _multiply(weights, given[some], to_asked[some])
            _multiply(weights.mT, asked[some], to_given[some])
        ctx.save_for_backward(to_asked, to_given)
        ctx.layouts = predicted.stride(), tokens.stride()
        ctx.n_windows = n_windows
        return torch.stack(losses).sum() / n_windows

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, Tensor, None, None]:
        to_asked, to_given = ctx.saved_tensors
        n_asked, scale = to_asked.shape[1], gradient / ctx.n_windows
        # In the order in which tokens lie in memory, so that nothing is turned later.
        to_predicted, to_tokens = [
            to_given.new_empty_strided(to_given.shape, layout) for layout in ctx.layouts
        ]
        to_predicted[:, n_asked:] = 0
        torch.mul(to_asked, scale, out=to_predicted[:, :n_asked])
        torch.mul(to_given, scale, out=to_tokens)
        return to_predicted, to_tokens, None, None


def _window_by_window(tokens: Tensor) -> Tensor:
    """Lay (B, n, D) out so that products of windows need no copy; its rows stay rows."""
    if tokens.stride(2) == 1:
        return tokens.contiguous()
    return tokens.mT.contiguous().mT


def _weighed(scores: Tensor, counts: Tensor, horizon: int) -> tuple[Tensor, Tensor]:
    """Return the loss's sum and its gradient by the scores (B, N - h, N), which may be lost."""
    if counts.dtype == torch.int16 and kernels.are_for(scores):
        from models.kernels import contrast

        return contrast.to_weights(scores, counts, horizon=horizon), scores
    dtype, scores = scores.dtype, scores.float()
    counts = counts.to(scores.dtype)
    # Tokens that nobody asks about may score so high that beside them all others' weights
    # would be 0, so the largest is sought among those asked about, to a tenth.
    lifted = torch.add(scores, counts.clamp_max(1), alpha=_LIFT)
    scores -= lifted.amax(dim=2, keepdim=True) - _LIFT
    aim = scores.diagonal(offset=horizon, dim1=1, dim2=2).clone()
    weights = scores.clamp_max_(1).exp_()
    weights *= counts
    total = weights.sum(dim=2)
    weights /= total[:, :, None]
    weights.diagonal(offset=horizon, dim1=1, dim2=2).sub_(1)
    return (total.log() - aim).sum(), weights.to(dtype)


def _multiply(left: Tensor, right: Tensor, place: Tensor) -> None:
    """Put a product of batches where it belongs, in rows: other places take far longer."""
    if place.is_contiguous():
        torch.bmm(left, right, out=place)
    else:
        torch.bmm(right.mT, left.mT, out=place.mT)


_AT_ONCE = 8  # windows
_MOST_COUNTED = 2**15 - 1
_LIFT = 1e6  # above any difference of scores; numbers there are 0.06 apart in float32
