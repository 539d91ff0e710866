"""A backbone of a stated number of parameters: arms of a comparison are then alike in size."""

import inspect
from collections.abc import Mapping
from typing import Any

from models.backbones import BACKBONES
from models.randomness import lend, seeded
from models.recipe import Options, RecipeError

TOLERANCE = 0.1
_ENOUGH = 0.02  # another number of layers is not tried for less than this


def fitted(name: str, width: int, options: Options, *, budget: int) -> dict[str, Any]:
    """Return options with which the backbone has about `budget` parameters.

    Each backbone says which of its options decides its size (`size_option`); that one is chosen
    anew. Where its values are too coarse or do not reach, the nearest other number of layers is
    taken. More than 10 % off is refused.
    """
    module = BACKBONES.load(name)
    default = inspect.signature(module.Backbone).parameters["n_layers"].default
    stated = int(options.get("n_layers", default))
    best: tuple[float, dict[str, Any]] | None = None
    for n_layers in sorted(range(1, 3 * stated + 1), key=lambda n: (abs(n - stated), n)):
        tried = _nearest(module, width, {**options, "n_layers": n_layers}, budget)
        if best is None or tried[0] < best[0]:
            best = tried
        if best[0] <= _ENOUGH:
            break
    if best is None or best[0] > TOLERANCE:
        raise RecipeError(
            f"parameter_budget = {budget}: {name} at width {width} comes no nearer than "
            f"{best[0] if best else 1:.0%}, with {best[1] if best else options}."
        )
    return best[1]


def _nearest(
    module: Any, width: int, options: Options, budget: int
) -> tuple[float, dict[str, Any]]:
    """Return how far off the best value of the size option is, and the options with it."""
    option, values = module.size_option(width, options)
    first, second = (_size(module, width, {**options, option: value}) for value in values[:2])
    # Sizes are straight lines in the option, so two of them say where the budget is met.
    place = round((budget - first) / (second - first))
    chosen = {**options, option: values[min(max(place, 0), len(values) - 1)]}
    return abs(_size(module, width, chosen) / budget - 1), chosen


def _size(module: Any, width: int, options: Mapping[str, Any]) -> int:
    with lend(seeded(0)):  # what is made here is thrown away, and must not move the run's generator
        return int(module.Backbone(width, **options).n_parameters)
