"""Objectives: the self-supervised losses, each with its heads, teacher and masks.

Every file defines `Objective(encoder, **options)`, a module that owns the encoder, with

- `family`: "contrastive", "predictive", "clustering" or "supervised";
- `is_causal`: whether it needs a backbone that does not see later tokens;
- `forward(windows, generator) -> loss`: windows (B, C, T) in millivolts; all randomness, dropout
  included, comes from the generator, which lives on the CPU;
  Those of models/objectives/_drawn.py have it in two halves, `draw` and `loss`;
- `after_step()`: what follows each update, such as moving the teacher;
- `needs`, if windows are not enough: what else of a batch (models/train.py) `forward` takes as
  keyword arguments, "targets" or "texts". Records that lack it are not trained on.

Defaults are the settings of the published code of arXiv:2605.12241.
"""

from models.catalog import Catalog

OBJECTIVES = Catalog(__name__)
