"""Hashed parts of words and a small transformer, trained from scratch: needs no vocabulary.

A word enters as the mean vector of its hashed character n-grams (Bojanowski et al. 2017,
arXiv:1607.04606), so nothing is built from any text and no language is preferred.
"""

from collections.abc import Sequence
from itertools import chain

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.attention import SDPBackend, sdpa_kernel

from models.text_encoders._words import buckets, words


class TextEncoder(nn.Module):
    """The mean token of a pre-norm transformer over the words; W words with the start mark.

    The start mark is a token of its own, so that a text without words has one too. Words after
    `max_words` are not read; the longest report of PTB-XL has 66, one in a thousand more than 52.
    """

    def __init__(
        self,
        *,
        width: int = 64,
        n_layers: int = 2,
        n_heads: int = 4,
        n_buckets: int = 8192,
        max_words: int = 64,
        dropout: float = 0.1,
    ) -> None:
        super().__init__()
        if n_heads < 1 or width % n_heads:
            raise ValueError(f"width {width} is not a multiple of n_heads {n_heads}.")
        for name, value in (("n_buckets", n_buckets), ("max_words", max_words)):
            if value < 1:
                raise ValueError(f"{name} must be at least 1, found {value}.")
        self.width = width
        self.n_buckets = n_buckets
        self.max_words = max_words
        self.parts = nn.EmbeddingBag(n_buckets, width, mode="mean")
        self.start = nn.Parameter(torch.randn(width))
        self.places = nn.Parameter(0.02 * torch.randn(max_words + 1, width))
        self.layers = nn.ModuleList(
            Layer(width, n_heads=n_heads, dropout=dropout) for _ in range(n_layers)
        )
        self.norm = nn.LayerNorm(width)

    def forward(self, texts: Sequence[str]) -> Tensor:
        split = [words(text)[: self.max_words] for text in texts]
        is_token = self._is_token(split)  # (B, W)
        tokens = self._tokens(split, is_token) + self.places[: is_token.shape[1]]
        for layer in self.layers:
            tokens = layer(tokens, is_token)
        weights = is_token[..., None].to(tokens.dtype)
        return (self.norm(tokens) * weights).sum(dim=1) / weights.sum(dim=1)

    def _is_token(self, split: list[list[str]]) -> Tensor:
        lengths = torch.tensor([len(each) + 1 for each in split], device=self.start.device)
        places = torch.arange(int(lengths.max()), device=lengths.device)
        return places < lengths[:, None]

    def _tokens(self, split: list[list[str]], is_token: Tensor) -> Tensor:
        found = [buckets(word, self.n_buckets) for word in chain.from_iterable(split)]
        is_word = is_token.clone()
        is_word[:, 0] = False
        tokens = self.start.new_zeros((*is_token.shape, self.width))
        tokens[:, 0] = self.start
        if found:
            sizes = torch.tensor([0, *(len(each) for each in found[:-1])])
            indices = torch.tensor(list(chain.from_iterable(found)), device=tokens.device)
            tokens[is_word] = self.parts(indices, sizes.cumsum(0).to(tokens.device))
        return tokens


class Layer(nn.Module):
    """Self-attention among the tokens there are, then a feed-forward step; both pre-norm."""

    def __init__(self, width: int, *, n_heads: int, dropout: float) -> None:
        super().__init__()
        self.n_heads = n_heads
        self.attention_norm = nn.LayerNorm(width)
        self.project_in = nn.Linear(width, 3 * width)
        self.project_out = nn.Linear(width, width)
        self.feedforward = nn.Sequential(
            nn.LayerNorm(width), nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width)
        )
        self.dropout = nn.Dropout(dropout)

    def forward(self, tokens: Tensor, is_token: Tensor) -> Tensor:
        tokens = tokens + self.dropout(self._attended(self.attention_norm(tokens), is_token))
        return tokens + self.dropout(self.feedforward(tokens))

    def _attended(self, tokens: Tensor, is_token: Tensor) -> Tensor:
        n_texts, n_tokens, width = tokens.shape
        parts = self.project_in(tokens).view(n_texts, n_tokens, 3, self.n_heads, -1)
        query, key, value = parts.permute(2, 0, 3, 1, 4)  # each (B, heads, W, head width)
        # The plain kernel: the fused ones for accelerators add up in no fixed order.
        with sdpa_kernel([SDPBackend.MATH]):
            mixed = F.scaled_dot_product_attention(
                query, key, value, attn_mask=is_token[:, None, None, :]
            )
        return self.project_out(mixed.transpose(1, 2).reshape(n_texts, n_tokens, width))
