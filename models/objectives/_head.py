"""The head that turns a student's tokens into predictions of its teacher's."""

from torch import nn

from models.backbones import s4, s4d
from models.encoder import Encoder

_KINDS = ("s4", "s4d")


def token_head(encoder: Encoder, *, kind: str, n_state: int, dropout: float) -> nn.Module:
    """One bidirectional state space block, (B, N, D) to (B, N, D)."""
    if kind not in _KINDS:
        raise ValueError(f"head must be {' or '.join(_KINDS)}, found {kind!r}.")
    if kind == "s4d":
        return s4d.Backbone(encoder.width, n_layers=1, n_state=n_state, dropout=dropout)
    return s4.Backbone(
        encoder.width,
        n_layers=1,
        n_state=n_state,
        dropout=dropout,
        kernel_length=max(encoder.n_tokens, 2),
    )
