"""Pre-norm transformer with rotary positions (Su et al. 2021, arXiv:2104.09864) and GELU."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.attention import SDPBackend, sdpa_kernel

from models.recipe import Options

_KERNELS = {True: [SDPBackend.MATH], False: [SDPBackend.FLASH_ATTENTION, SDPBackend.MATH]}


class Backbone(nn.Module):
    """Layers of self-attention and feed-forward; a last layer norm, as pre-norm needs one.

    `head_width` defaults to D / n_heads; stating it uncouples the attention's size from D.
    """

    def __init__(
        self,
        width: int,
        *,
        is_causal: bool = False,
        n_layers: int = 6,
        n_heads: int = 8,
        head_width: int | None = None,
        feedforward_width: int = 2048,
        dropout: float = 0.1,
    ) -> None:
        super().__init__()
        if n_layers < 1:
            raise ValueError(f"transformer needs at least 1 layer, found n_layers={n_layers}.")
        if head_width is None and width % n_heads:
            raise ValueError(f"transformer: width {width} is not a multiple of n_heads {n_heads}.")
        head_width = head_width or width // n_heads
        if head_width % 2:
            raise ValueError(f"Rotary positions turn pairs; head_width {head_width} is odd.")
        self.is_causal = is_causal
        self.layers = nn.ModuleList(
            Layer(
                width,
                Attention(width, n_heads=n_heads, head_width=head_width, is_causal=is_causal),
                feedforward_width=feedforward_width,
                dropout=dropout,
            )
            for _ in range(n_layers)
        )
        self.norm = nn.LayerNorm(width)

    @property
    def n_parameters(self) -> int:
        return sum(each.numel() for each in self.parameters())

    def layer_outputs(self, tokens: Tensor) -> list[Tensor]:
        outputs = []
        for layer in self.layers:
            tokens = layer(tokens)
            outputs.append(tokens)
        return [*outputs[:-1], self.norm(tokens)]

    def forward(self, tokens: Tensor) -> Tensor:
        return self.layer_outputs(tokens)[-1]


class Layer(nn.Module):
    def __init__(
        self, width: int, attention: "Attention", *, feedforward_width: int, dropout: float
    ) -> None:
        super().__init__()
        self.attention_norm = nn.LayerNorm(width)
        self.attention = attention
        self.feedforward_norm = nn.LayerNorm(width)
        self.feedforward = nn.Sequential(
            nn.Linear(width, feedforward_width),
            nn.GELU(),
            nn.Dropout(dropout),
            nn.Linear(feedforward_width, width),
        )
        self.dropout = nn.Dropout(dropout)

    def forward(self, tokens: Tensor) -> Tensor:
        tokens = tokens + self.dropout(self.attention(self.attention_norm(tokens)))
        return tokens + self.dropout(self.feedforward(self.feedforward_norm(tokens)))


class Attention(nn.Module):
    """Multi-head self-attention whose scores see positions only through their difference."""

    def __init__(self, width: int, *, n_heads: int, head_width: int, is_causal: bool) -> None:
        super().__init__()
        self.n_heads = n_heads
        self.is_causal = is_causal
        self.project_in = nn.Linear(width, 3 * n_heads * head_width)
        self.project_out = nn.Linear(n_heads * head_width, width)

    def forward(self, tokens: Tensor) -> Tensor:
        n_batch, n_tokens, _ = tokens.shape
        parts = self.project_in(tokens).view(n_batch, n_tokens, 3, self.n_heads, -1)
        query, key, value = parts.permute(2, 0, 3, 1, 4)  # each (B, heads, N, head width)
        # The plain kernel: the fused ones for accelerators add up in no fixed order.
        with sdpa_kernel(_KERNELS[tokens.is_cuda]):
            mixed = F.scaled_dot_product_attention(
                rotate(query), rotate(key), value, is_causal=self.is_causal
            )
        return self.project_out(mixed.transpose(1, 2).reshape(n_batch, n_tokens, -1))


def size_option(width: int, options: Options) -> tuple[str, list[int]]:
    return "feedforward_width", list(range(1, 16 * width + 1))


def rotate(vectors: Tensor, base: float = 10_000.0) -> Tensor:
    """Turn each pair of features (i, i + half) by an angle proportional to its token's position."""
    n_tokens, head_width = vectors.shape[-2:]
    half = head_width // 2
    rate = base ** (-torch.arange(half, device=vectors.device) / half)
    angle = torch.arange(n_tokens, device=vectors.device)[:, None] * rate  # (N, half)
    first, second = vectors[..., :half], vectors[..., half:]
    cos, sin = angle.cos(), angle.sin()
    return torch.cat([first * cos - second * sin, first * sin + second * cos], dim=-1)
