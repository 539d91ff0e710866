"""After pretraining: reports meet an encoder that no longer changes (as LiT, arXiv:2111.07991).

What is trained are the projections and, unless it is frozen too, the text encoder, on a fixed
number of pairs. How much that number of pairs achieves then measures the encoder.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from models.build import construct
from models.data._records import Records, nested_order
from models.encoder import Encoder, Frozen
from models.objectives import OBJECTIVES
from models.randomness import lend, seeded
from models.recipe import Alignment, Recipe, RecipeError
from models.train import rows_with
from models.update import needs_of


def alignment_recipe(recipe: Recipe, settings: Alignment) -> Recipe:
    """Return the recipe whose updates are those of the alignment."""
    return recipe.with_changes(
        {
            "objective": settings.objective,
            "objective_options": settings.objective_options,
            "n_updates": settings.n_updates,
            "batch_size": settings.batch_size,
            "learning_rate": settings.learning_rate,
            "weight_decay": settings.weight_decay,
            "is_compiled": False,  # the encoder is not trained
            "alignment": None,
        }
    )


def build_alignment(recipe: Recipe, settings: Alignment, encoder: Encoder) -> Any:
    """Make the objective on pairs around the encoder, which is held frozen."""
    objective_class = OBJECTIVES.load(settings.objective).Objective
    if "texts" not in needs_of(objective_class):
        raise RecipeError(
            f"alignment.objective must be one on pairs, such as clip; {settings.objective} is not."
        )
    where = f"alignment.objective_options ({settings.objective})"
    with lend(seeded(recipe.seed, stream=3)):
        return construct(
            objective_class, Frozen(encoder), options=settings.objective_options, where=where
        )


def alignment_rows(recipe: Recipe, settings: Alignment, records: Records) -> npt.NDArray[np.int64]:
    """Return rows of the training fold with a report, at most `n_pairs`; choices are nested.

    They are taken from the end of the order in which pretraining takes its records, so that the
    two share records only where there are too few for both.
    """
    every = records.indices("train")
    subset_seed = int(recipe.dataset_options.get("subset_seed", 0))
    last_first = every[nested_order(len(every), subset_seed=subset_seed)[::-1]]
    rows = rows_with(("texts",), records, last_first)[: settings.n_pairs]
    if not len(rows) or not len(rows_with(("texts",), records, records.indices("validation"))):
        raise RecipeError(f"{records.name} has no training or no validation records with a report.")
    return np.sort(rows)
