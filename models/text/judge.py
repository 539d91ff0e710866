"""The bundled judge: claim and passage read together by MiniLM, its upper layers trained by us.

Only what training changed is kept in `judge.safetensors`: matrices as eight-bit integers with one
scale a row (the largest error is half a step, 1/254 of the row's largest weight), the rest in half
precision. Everything below comes from the package, as published.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from safetensors import safe_open
from safetensors.torch import save_file
from tokenizers import Encoding, Tokenizer
from torch import Tensor, nn
from torch.nn import functional as F

from models.text import minilm, weights
from models.text.pairs import CLASSES

N_FROZEN = 3  # lower layers left as published
N_TOKENS = 160  # of claim and passage together
BATCH = 32


class Judge(nn.Module):
    """Token ids of pairs (B, N) to logits (B, 3) of supported, contradicted, neither."""

    def __init__(self, encoder: minilm.MiniLM) -> None:
        super().__init__()
        self.encoder = encoder
        self.head = nn.Linear(2 * minilm.WIDTH, len(CLASSES))

    def forward(self, pairs: minilm.Batch, dropout: float = 0.0) -> Tensor:
        with torch.no_grad():
            x = self.encoder.embedded(pairs.ids, pairs.segments)
            mask = pairs.mask[:, None, None, :]
            for layer in self.encoder.layers[:N_FROZEN]:
                x = layer(x, mask)
        for layer in self.encoder.layers[N_FROZEN:]:
            x = layer(x, mask, dropout)
        mean = minilm.mean_token(x, pairs.mask)
        both = torch.cat([x[:, 0], mean], dim=1)
        return self.head(F.dropout(both, dropout, training=self.training))

    def trained(self) -> dict[str, nn.Parameter]:
        """What training changes, by name."""
        lower = tuple(f"encoder.layers.{i}." for i in range(N_FROZEN))
        return {
            name: value
            for name, value in self.named_parameters()
            if name.startswith(("encoder.layers.", "head.")) and not name.startswith(lower)
        }


def encode(tokenizer: Tokenizer, pairs: Sequence[tuple[str, str]]) -> list[Encoding]:
    """Claims and passages as tokens; the longer of the two is cut where both are too long."""
    found: list[Encoding] = tokenizer.encode_batch(list(pairs))
    return found


def logits(
    judge: Judge, tokenizer: Tokenizer, pairs: Sequence[tuple[str, str]]
) -> npt.NDArray[np.float32]:
    """(pairs, 3), in the order given; pairs of like length are read together."""
    encodings = encode(tokenizer, pairs)
    found = np.zeros((len(pairs), len(CLASSES)), np.float32)
    judge.eval()
    for rows in minilm.by_length(encodings, BATCH):
        with torch.inference_mode(), minilm.precision():
            said = judge(minilm.batch([encodings[i] for i in rows]))
        found[rows] = said.float().numpy()
    return found


def save(judge: Judge, path: Path, notes: Mapping[str, object]) -> None:
    """Write what was trained, and how."""
    packed: dict[str, Tensor] = {}
    for name, parameter in judge.trained().items():
        value = parameter.detach()
        if value.ndim == 2:
            scale = value.abs().amax(dim=1, keepdim=True).clamp_min(1e-12) / 127
            packed[name] = (value / scale).round().to(torch.int8)
            packed[f"{name}.scale"] = scale.squeeze(1).float()
        else:
            packed[name] = value.half()
    save_file(packed, path, metadata={"notes": json.dumps(notes, sort_keys=True)})


def load(path: Path = weights.JUDGE) -> Judge:
    """The judge as saved.

    Raises:
        FileNotFoundError: it was never trained, or the package with the lower layers is missing.
    """
    if not path.exists():
        raise FileNotFoundError(f"{path} is missing; make it with {weights.TRAIN}")
    judge = Judge(minilm.load())
    places = judge.trained()
    with safe_open(path, framework="pt") as packed:
        names = set(packed.keys())
        for name, place in places.items():
            value: Tensor = packed.get_tensor(name).float()
            if f"{name}.scale" in names:
                value = value * packed.get_tensor(f"{name}.scale")[:, None]
            place.data.copy_(value)
    return judge.eval()
