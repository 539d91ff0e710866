"""The labelled records a probe learns from, chooses by and is scored on."""

import numpy as np
import numpy.typing as npt

from models.data._records import SPLITS, Records, Split, nested_order
from models.recipe import RecipeError


def labelled_folds(
    records: Records, *, n_records: int | None, subset_seed: int, probe: str
) -> dict[Split, npt.NDArray[np.int64]]:
    """Rows of each fold; `n_records` limits the training fold's, in nested subsets."""
    rows = {split: records.indices(split, is_labelled=True) for split in SPLITS}
    for split, found in rows.items():
        if not len(found):
            raise RecipeError(f"The {split} fold has no labelled record to probe with.")
    if n_records is not None:
        n_train = len(rows["train"])
        if not 1 <= n_records <= n_train:
            raise RecipeError(
                f"probe_options.{probe}.n_records must be from 1 to the {n_train} labelled "
                f"training records, found {n_records}."
            )
        order = nested_order(n_train, subset_seed=subset_seed)
        rows["train"] = rows["train"][np.sort(order[:n_records])]
    return rows
