"""What objectives on pairs of a record and its report share: two encoders into one space.

P is the width of that space.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Generator, Tensor, nn
from torch.nn import functional as F

from models.build import check_options
from models.randomness import lend
from models.text_encoders import TEXT_ENCODERS
from models.text_encoders._words import same_key


class Paired(nn.Module):
    """Bring a window and its record's report together; `loss` says how.

    With `shuffles_pairs` every report of a batch goes to another record of it: the control
    in which there is nothing to learn about pairs.
    """

    family = "contrastive"
    is_causal = False
    needs = ("texts",)

    def __init__(
        self,
        encoder: Any,  # whatever has `width` and embeds windows (B, C, T) as (B, width)
        *,
        projection_width: int,
        text_encoder: str,
        text_options: Mapping[str, Any] | None,
        shuffles_pairs: bool,
    ) -> None:
        super().__init__()
        if projection_width < 1:
            raise ValueError(f"projection_width must be at least 1, found {projection_width}.")
        self.encoder = encoder
        self.text_encoder = _made(text_encoder, text_options or {})
        self.signal_projection = _projection(encoder.width, projection_width)
        self.text_projection = _projection(self.text_encoder.width, projection_width)
        self.shuffles_pairs = shuffles_pairs

    def signal_points(self, windows: Tensor) -> Tensor:
        """Windows (B, C, T) as points (B, P) of length 1."""
        return F.normalize(self.signal_projection(self.encoder.embed(windows)), dim=1)

    def text_points(self, texts: Sequence[str]) -> Tensor:
        """B texts as points (B, P) of length 1."""
        return F.normalize(self.text_projection(self.text_encoder(texts)), dim=1)

    def forward(self, windows: Tensor, generator: Generator, *, texts: Sequence[str]) -> Tensor:
        if self.shuffles_pairs:
            texts = turned(texts, generator)
        with lend(generator):
            signals, meanings = self.signal_points(windows), self.text_points(texts)
        # Half a percent, what bf16 rounds a cosine by, is much at a scale of up to 100.
        with torch.autocast(windows.device.type, enabled=False):
            cosines = signals.float() @ meanings.float().T
        return self.loss(cosines, is_same(texts).to(cosines.device))

    def loss(self, cosines: Tensor, is_positive: Tensor) -> Tensor:
        """Judge cosines (B, B), a row for each window, given which are of matching pairs."""
        raise NotImplementedError

    def after_step(self) -> None:
        """Nothing follows: there is no teacher."""


def _projection(width: int, projection_width: int) -> nn.Module:
    """Standardise each feature over the batch, then project.

    What all embeddings have in common would otherwise make all cosines near 1 at the start, and
    small models do not leave that place in hundreds of updates.
    """
    return nn.Sequential(
        nn.BatchNorm1d(width, affine=False), nn.Linear(width, projection_width, bias=False)
    )


def is_same(texts: Sequence[str]) -> Tensor:
    """Which texts (B, B) have the same words: each of them belongs to each of their records."""
    keys = [same_key(text) for text in texts]
    numbers = torch.tensor([keys.index(key) for key in keys])
    return numbers[:, None] == numbers


def turned(texts: Sequence[str], generator: Generator) -> tuple[str, ...]:
    """Move every text on by the same random number of places, never back to its own."""
    if len(texts) < 2:
        raise ValueError("One pair alone cannot be shuffled.")
    by = int(torch.randint(1, len(texts), (1,), generator=generator))
    return (*texts[by:], *texts[:by])


def _made(name: str, options: Mapping[str, Any]) -> Any:
    try:
        made = TEXT_ENCODERS.load(name).TextEncoder
    except LookupError as error:
        raise ValueError(f"text_encoder = {name!r}: {error}") from None
    if not isinstance(options, Mapping):
        raise ValueError(f"text_options must be a table, found {options!r}.")
    check_options(made, options, where=f"text_options ({name})")
    return made(**options)
