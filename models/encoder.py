"""Encoder: stem and backbone together; what pretraining trains and probes examine."""

from typing import Any

import torch
from torch import Tensor, nn

from models.stem import Stem


class Encoder(nn.Module):
    """Maps windows (B, C, T) in millivolts to tokens (B, N, D)."""

    def __init__(self, stem: Stem, backbone: Any, *, n_times: int, width: int) -> None:
        super().__init__()
        self.stem = stem
        self.backbone: Any = backbone  # a Backbone of models/backbones/
        self.width = width  # D
        self.n_times = n_times  # T
        self.n_tokens = n_times  # N
        for stride in stem.strides:
            self.n_tokens = (self.n_tokens - 1) // stride + 1

    @property
    def is_causal(self) -> bool:
        """Whether no token depends on a later sample."""
        return bool(self.stem.is_causal and self.backbone.is_causal)

    @property
    def n_layers(self) -> int:
        return sum(1 for _ in self.backbone.layers.children())

    @property
    def n_parameters(self) -> int:
        return n_parameters(self)

    def forward(self, windows: Tensor) -> Tensor:
        return self.backbone(self.stem(windows))

    def prepare(self) -> Any:
        """Make what the backbone makes of its weights alone; on CUDA beside what follows.

        Hand it to `context` once the tokens are there.
        """
        prepare = getattr(self.backbone, "prepare", None)
        if prepare is None:
            return None
        weight = next(self.parameters())
        if not weight.is_cuda:
            return prepare(self.n_tokens)
        now = torch.cuda.current_stream()
        beside = torch.cuda.Stream(priority=-1)  # type: ignore[no-untyped-call]
        beside.wait_stream(now)
        with torch.cuda.stream(beside):
            return prepare(self.n_tokens), beside

    def context(self, tokens: Tensor, prepared: Any) -> Tensor:
        """Put tokens through the backbone, with what `prepare` has made."""
        if prepared is None:
            return self.backbone(tokens)
        if tokens.is_cuda:
            prepared, beside = prepared
            torch.cuda.current_stream().wait_stream(beside)
        return self.backbone(tokens, prepared)

    def layer_outputs(self, windows: Tensor) -> list[Tensor]:
        """Tokens after each of the backbone's layers, each (B, N, D)."""
        outputs: list[Tensor] = self.backbone.layer_outputs(self.stem(windows))
        return outputs

    def embed(self, windows: Tensor) -> Tensor:
        """Summarise each window by its mean token, (B, D)."""
        return self(windows).mean(dim=1)


class Frozen(nn.Module):
    """An encoder as it is: not trained, never in training mode, no part of its holder's state."""

    def __init__(self, encoder: Encoder) -> None:
        super().__init__()
        self._held = (encoder,)  # in a tuple, so that it does not become a submodule
        self.width = encoder.width  # D

    @torch.no_grad()
    def forward(self, windows: Tensor) -> Tensor:
        return self._held[0].eval()(windows)

    @torch.no_grad()
    def embed(self, windows: Tensor) -> Tensor:
        return self._held[0].eval().embed(windows)


def n_parameters(module: nn.Module) -> int:
    """Count the numbers training may change."""
    return sum(each.numel() for each in module.parameters() if each.requires_grad)
