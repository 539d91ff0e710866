"""Joint-embedding prediction (Assran et al. 2023, arXiv:2301.08243) on tokens of a window.

As in the ECG code of arXiv:2605.12241: hidden tokens are replaced by a learned one (a state
space model cannot leave them out), and a one-layer bidirectional head predicts the teacher.
"""

import torch
from torch import Generator, Tensor, nn
from torch.nn import functional as F

from models.encoder import Encoder
from models.objectives._drawn import Drawn
from models.objectives._head import token_head
from models.objectives._masks import BlockShares, block_masks
from models.objectives._teacher import Teacher


class Objective(Drawn):
    """Predict a slow teacher's view of hidden blocks from the rest of the window.

    Prediction blocks may overlap; a token in two of them counts twice in the loss. The defaults
    are the published code's, where `min_keep` also bounds the blocks' length: all are 64 of 300
    tokens long, more than their stated share, and 59 % of the tokens are hidden.
    """

    family = "predictive"
    is_causal = False

    def __init__(
        self,
        encoder: Encoder,
        *,
        momentum: float = 0.9996,
        n_blocks: int = 4,
        block_low: float = 0.15,
        block_high: float = 0.20,
        context_low: float = 0.85,
        context_high: float = 1.0,
        min_keep: int = 64,
        min_block: int = 64,
        redraws: bool = False,
        head: str = "s4",
        head_n_state: int = 64,
        head_dropout: float = 0.2,
    ) -> None:
        super().__init__()
        for low, high, name in (
            (block_low, block_high, "block"),
            (context_low, context_high, "context"),
        ):
            if not 0 < low <= high <= 1:
                raise ValueError(
                    f"0 < {name}_low <= {name}_high <= 1 must hold, found {low} and {high}."
                )
        if not 0 <= min_keep < encoder.n_tokens:
            raise ValueError(
                f"min_keep must be from 0 to {encoder.n_tokens - 1} tokens, found {min_keep}."
            )
        if not 1 <= min_block <= encoder.n_tokens:
            raise ValueError(
                f"min_block must be from 1 to {encoder.n_tokens} tokens, found {min_block}."
            )
        if n_blocks < 1:
            raise ValueError(f"n_blocks must be at least 1, found {n_blocks}.")
        self.encoder = encoder
        self.teacher = Teacher(encoder, momentum=momentum)
        self.shares = BlockShares(
            n_blocks=n_blocks,
            low=block_low,
            high=block_high,
            context_low=context_low,
            context_high=context_high,
            min_keep=min_keep,
            min_block=min_block,
            redraws=redraws,
        )
        self.hidden = nn.Parameter(torch.randn(encoder.width) * 0.02)
        self.head = token_head(encoder, kind=head, n_state=head_n_state, dropout=head_dropout)

    def draw(
        self, n_windows: int, generator: Generator, device: torch.device
    ) -> tuple[Tensor, ...]:
        """How many prediction blocks cover each token, and which are visible; both (B, N)."""
        n_tokens = self.encoder.n_tokens
        masks = block_masks(n_windows, n_tokens, shares=self.shares, generator=generator)
        return masks.n_predictions.to(device), masks.is_visible.to(device)

    def loss(self, windows: Tensor, *drawn: Tensor) -> Tensor:
        n_predictions, is_visible = drawn
        target = self.teacher.layer_outputs(windows)[-1]
        target = F.layer_norm(target, target.shape[-1:])
        tokens = self.encoder.stem(windows)  # (B, N, D)
        seen = torch.where(is_visible[..., None], tokens, self.hidden)
        predicted = self.head(self.encoder.backbone(seen))
        return weighted_smooth_l1(predicted, target, n_predictions)

    @torch.no_grad()
    def after_step(self) -> None:
        self.teacher.follow(self.encoder)


def weighted_smooth_l1(predicted: Tensor, target: Tensor, weights: Tensor) -> Tensor:
    """Mean over features and tokens (B, N, D), each token counted `weights` (B, N) times."""
    losses = F.smooth_l1_loss(predicted.float(), target.float(), reduction="none").mean(dim=-1)
    return (losses * weights).sum() / weights.sum()
