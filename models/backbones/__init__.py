"""Backbones: what turns the stem's tokens into tokens that know of each other.

Every file defines `Backbone(width, *, is_causal=False, **options)`, a module that maps tokens
(B, N, D) to (B, N, D) for any N, with

- `layer_outputs(tokens) -> list[Tensor]`: the tokens after every layer; the last is what calling
  the module returns;
- `layers`: its layers; `is_causal`: whether no token depends on a later one;
- `n_parameters`.

Beside it stands `size_option(width, options) -> (name, values)`: the option that decides its size
where a recipe states a `parameter_budget`, and the values it may take, evenly apart from small to
large, so that sizes lie on a straight line.
"""

from models.catalog import Catalog

BACKBONES = Catalog(__name__)
