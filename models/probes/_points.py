"""Records and texts as points of length 1 in the space that an objective on pairs has learned."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from models.data._records import Split
from models.embedding import Examined
from models.recipe import RecipeError
from models.train import rows_with

_TEXTS_AT_ONCE = 64

Points = npt.NDArray[np.float64]  # (R, P)


def paired_of(examined: Examined) -> Any:
    if examined.paired is None:
        raise RecipeError(
            "There is no encoder of texts to probe: the objective must be one on pairs (clip, "
            "siglip), or the recipe must have a table alignment."
        )
    return examined.paired


def reported_rows(examined: Examined, split: Split) -> npt.NDArray[np.int64]:
    """Rows of a fold that have a report; at least two, or nothing could be told apart."""
    records = examined.records
    rows = rows_with(("texts",), records, records.indices(split))
    if len(rows) < 2:
        raise RecipeError(f"The {split} fold has {len(rows)} records with a report; 2 are needed.")
    return rows


def of_records(examined: Examined, rows: npt.NDArray[np.int64]) -> Points:
    """The mean of a record's windows, back at length 1: (rows, width)."""
    return unit(examined.mean_over_windows(rows, paired_of(examined).signal_points))


def of_texts(examined: Examined, texts: Sequence[str]) -> Points:
    return answers(paired_of(examined).text_points, texts)


@torch.inference_mode()
def answers(read: Callable[[Sequence[str]], Tensor], texts: Sequence[str]) -> Points:
    """What a text encoder makes of texts, a few at a time: (texts, width)."""
    parts = [
        read(texts[first : first + _TEXTS_AT_ONCE]).cpu().numpy()
        for first in range(0, len(texts), _TEXTS_AT_ONCE)
    ]
    return np.concatenate(parts).astype(np.float64)


def unit(points: npt.NDArray[Any]) -> Points:
    """Scale each row of (n, width) to length 1; a row of zeros stays."""
    values = points.astype(np.float64)
    return values / np.maximum(np.linalg.norm(values, axis=1, keepdims=True), 1e-12)
