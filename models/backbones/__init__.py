"""Backbones: what turns the stem's tokens into tokens that know of each other.

Every file defines `Backbone(width, *, is_causal=False, **options)`, a module that maps tokens
(B, N, D) to (B, N, D) for any N, with

- `layer_outputs(tokens) -> list[Tensor]`: the tokens after every layer; the last is what calling
  the module returns;
- `layers`: its layers; `is_causal`: whether no token depends on a later one;
- `n_parameters`.
"""

from models.catalog import Catalog

BACKBONES = Catalog(__name__)
