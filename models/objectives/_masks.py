"""Which tokens a student does not see. All masks are (B, N), made on the CPU by the generator."""

from dataclasses import dataclass

import torch
from torch import Generator, Tensor


def span_mask(
    n_windows: int, n_tokens: int, *, probability: float, span: int, generator: Generator
) -> Tensor:
    """Return a boolean mask of spans; each token is a span's midpoint with `probability / span`.

    The published ECG code divides by the span, so 0.065 hides about 6 % of the tokens, not
    the 49 % of wav2vec 2.0, where 0.065 is already the chance of each position.
    """
    draws = torch.rand(n_windows, n_tokens, generator=generator)
    midpoints = (draws < probability / span).float()
    before = span // 2
    reach = torch.nn.functional.pad(midpoints[:, None], (span - 1 - before, before))
    # Token n is hidden if a midpoint lies in [n - (span-1-before), n + before].
    return torch.nn.functional.max_pool1d(reach, span, stride=1)[:, 0] > 0


def check_spans(n_tokens: int, *, probability: float, span: int) -> None:
    if not 1 <= span <= n_tokens:
        raise ValueError(f"mask_span must be from 1 to {n_tokens} tokens, found {span}.")
    if not 0 < probability <= span:
        raise ValueError(
            f"mask_probability must be above 0 and at most mask_span, found {probability}."
        )


@dataclass(frozen=True, kw_only=True)
class BlockMasks:
    n_predictions: Tensor  # (B, N) how many prediction blocks cover the token
    is_visible: Tensor  # (B, N) what the student sees: the context block without these


@dataclass(frozen=True, kw_only=True)
class BlockShares:
    """Lengths of blocks as shares of the window, each drawn uniformly, once for a batch."""

    n_blocks: int
    low: float
    high: float
    context_low: float
    context_high: float
    min_keep: int
    min_block: int = 1  # tokens of a prediction block at least
    redraws: bool = True
    n_tries: int = 16


def block_masks(
    n_windows: int, n_tokens: int, *, shares: BlockShares, generator: Generator
) -> BlockMasks:
    """Draw blocks as I-JEPA does (arXiv:2301.08243, Appendix A), in one dimension.

    Where fewer than `min_keep` tokens stay visible, blocks are drawn again, up to `n_tries`
    times; then the draw that shows most is kept. Without `redraws`, and so in the published ECG
    code, `min_keep` tokens from anywhere are shown instead, prediction blocks included.
    """
    prediction_length = _length(n_tokens, shares.low, shares.high, generator)
    prediction_length = max(prediction_length, shares.min_block)
    context_length = _length(n_tokens, shares.context_low, shares.context_high, generator)
    drawn = (n_windows, shares.n_tries if shares.redraws else 1)
    covered = _blocks((*drawn, shares.n_blocks), n_tokens, prediction_length, generator).sum(dim=2)
    context = _blocks(drawn, n_tokens, context_length, generator)
    visible = context & (covered == 0)  # (B, tries, N)
    n_visible = visible.sum(dim=-1)
    is_enough = n_visible >= shares.min_keep
    # argmax finds the first of equal maxima: the first try that suffices, or the best of all.
    first = is_enough.int().argmax(dim=1)
    chosen = torch.where(is_enough.any(dim=1), first, n_visible.argmax(dim=1))
    rows = torch.arange(n_windows)
    is_visible = visible[rows, chosen]
    if not shares.redraws:
        order = torch.rand(n_windows, n_tokens, generator=generator).argsort(dim=1).argsort(dim=1)
        is_scarce = ~is_enough.any(dim=1, keepdim=True)
        is_visible = torch.where(is_scarce, order < shares.min_keep, is_visible)
    return BlockMasks(n_predictions=covered[rows, chosen], is_visible=is_visible)


def _length(n_tokens: int, low: float, high: float, generator: Generator) -> int:
    share = low + (high - low) * float(torch.rand(1, generator=generator))
    return min(max(round(share * n_tokens), 1), n_tokens)


def _blocks(shape: tuple[int, ...], n_tokens: int, length: int, generator: Generator) -> Tensor:
    starts = torch.randint(n_tokens - length + 1, shape, generator=generator)[..., None]
    places = torch.arange(n_tokens)
    return (places >= starts) & (places < starts + length)
