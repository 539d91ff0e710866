"""From a recipe to modules: the one place that turns names and options into objects."""

import inspect
from collections.abc import Callable
from typing import Any

from torch import Generator

from models.backbones import BACKBONES
from models.budget import fitted
from models.encoder import Encoder
from models.objectives import OBJECTIVES
from models.options import check_options as held_against
from models.randomness import lend
from models.recipe import Options, Recipe, RecipeError
from models.stem import Stem


def build_encoder(recipe: Recipe, generator: Generator) -> Encoder:
    """Make the recipe's encoder; its direction is the objective's unless the recipe states one."""
    is_causal = is_causal_recipe(recipe)
    options = backbone_options(recipe)
    backbone_class = BACKBONES.load(recipe.backbone).Backbone
    with lend(generator):
        stem = Stem.of(recipe.stem, n_leads=recipe.n_leads, width=recipe.width, is_causal=is_causal)
        where = f"backbone_options ({recipe.backbone})"
        backbone = construct(backbone_class, recipe.width, options=options, where=where)
    return Encoder(stem, backbone, n_times=recipe.n_times, width=recipe.width)


def backbone_options(recipe: Recipe) -> dict[str, Any]:
    """Options that the backbone is made with: the recipe's, its direction, and its budget's."""
    options = {**recipe.backbone_options, "is_causal": is_causal_recipe(recipe)}
    options.pop("width", None)
    if recipe.parameter_budget is None:
        return options
    where = f"backbone_options ({recipe.backbone})"
    check_options(BACKBONES.load(recipe.backbone).Backbone, options, where=where)
    return fitted(recipe.backbone, recipe.width, options, budget=recipe.parameter_budget)


def build_objective(
    recipe: Recipe, encoder: Encoder, generator: Generator, *, n_labels: int | None = None
) -> Any:
    """Make the recipe's objective around an encoder, which it then owns.

    `n_labels` is the data set's; it reaches objectives that have such an option.
    """
    objective_class = OBJECTIVES.load(recipe.objective).Objective
    where = f"objective_options ({recipe.objective})"
    options = dict(recipe.objective_options)
    if n_labels is not None and "n_labels" in options_of(objective_class):
        _check_labels(options.setdefault("n_labels", n_labels), n_labels, where=where)
    with lend(generator):
        return construct(objective_class, encoder, options=options, where=where)


def _check_labels(stated: int, n_labels: int, *, where: str) -> None:
    if stated != n_labels:
        raise RecipeError(
            f"{where}: n_labels = {stated}, but the data set has {n_labels} labels; leave it out "
            f"to take the data set's."
        )


def is_causal_recipe(recipe: Recipe) -> bool:
    needed = bool(OBJECTIVES.load(recipe.objective).Objective.is_causal)
    stated = recipe.backbone_options.get("is_causal", needed)
    if needed and not stated:
        raise RecipeError(
            f"{recipe.objective} predicts later tokens, so its backbone must not see them; "
            f"backbone_options.is_causal is false."
        )
    return bool(stated)


def construct(made: Callable[..., Any], subject: Any, *, options: Options, where: str) -> Any:
    """Call a constructor with options; what it refuses is the recipe's fault and is said so."""
    check_options(made, options, where=where)
    try:
        return made(subject, **options)
    except (ValueError, TypeError) as error:
        raise RecipeError(f"{where}: {error}") from None


def check_options(made: Callable[..., Any], options: Options, *, where: str) -> None:
    """Refuse a misspelt option, naming its nearest neighbour, and one of the wrong type."""
    known = {name: each.default for name, each in options_of(made).items()}
    held_against(options, known, where=where)


def options_of(made: Callable[..., Any]) -> dict[str, inspect.Parameter]:
    """Return the keyword arguments of a constructor or function."""
    parameters = inspect.signature(made).parameters
    return {name: each for name, each in parameters.items() if each.kind is each.KEYWORD_ONLY}
