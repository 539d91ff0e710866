"""Which options an objective, a backbone, a text encoder or a probe has. No torch.

They are the keyword arguments of what each file defines, read from its source, so that a
misspelt option of a recipe is found where the recipe is written and not when it is run.
"""

import ast
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from models.catalog import Catalog, did_you_mean
from models.data import DATASETS, DataError
from models.recipe import Options, Recipe, RecipeError

MADE = {  # what each file of a folder defines
    "models.objectives": "Objective",
    "models.backbones": "Backbone",
    "models.text_encoders": "TextEncoder",
    "models.probes": "evaluate",
}
NO_LITERAL = object()  # a default that is computed, or none: its type is not known


@cache
def options_of(package: str, name: str) -> Mapping[str, Any]:
    """The options of one entry of a folder with their defaults, `NO_LITERAL` for some.

    Raises:
        LookupError: there is no such entry.
    """
    spec = find_spec(f"{package}.{Catalog(package).check(name)}")
    source = Path(spec.origin or "") if spec else Path()
    for node in ast.parse(source.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and node.name == MADE[package]:
            return _keywords(_called(node))
    raise LookupError(f"{source} defines no {MADE[package]}.")


def _called(made: ast.FunctionDef | ast.ClassDef) -> ast.FunctionDef:
    """The function itself, or the class's own constructor."""
    if isinstance(made, ast.FunctionDef):
        return made
    functions = [node for node in made.body if isinstance(node, ast.FunctionDef)]
    return next(function for function in functions if function.name == "__init__")


def _keywords(function: ast.FunctionDef) -> dict[str, Any]:
    arguments = function.args
    return {
        argument.arg: _literal(default)
        for argument, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
    }


def _literal(node: ast.expr | None) -> Any:
    try:
        return NO_LITERAL if node is None else ast.literal_eval(node)
    except ValueError:
        return NO_LITERAL


def check(recipe: Recipe, *, datasets: Iterable[str] = ()) -> None:
    """Refuse options of a recipe that nothing will know when it is run.

    Those of its data set are held against that data set, or, where `datasets` are named because
    it is not chosen yet, against what any of them knows.

    Raises:
        RecipeError: the option, its table, and the nearest name that there is.
    """
    backbone = {"width": 1, **options_of("models.backbones", recipe.backbone)}
    where = f"backbone_options ({recipe.backbone})"
    check_options(recipe.backbone_options, backbone, where=where)
    _check_objective(recipe.objective, recipe.objective_options, where="objective_options")
    if (aligned := recipe.alignment) is not None:
        where = "alignment.objective_options"
        _check_objective(aligned.objective, aligned.objective_options, where=where)
    for probe in recipe.probes:
        known = options_of("models.probes", probe)
        check_options(recipe.probe_options.get(probe, {}), known, where=f"probe_options.{probe}")
    _check_dataset(recipe, list(datasets))


def _check_objective(objective: str, options: Options, *, where: str) -> None:
    known = options_of("models.objectives", objective)
    check_options(options, known, where=f"{where} ({objective})")
    if "text_encoder" not in known:
        return
    encoder = options.get("text_encoder", known["text_encoder"])
    text_options = options.get("text_options") or {}
    where = f"{where}.text_options ({encoder})"
    if not isinstance(text_options, Mapping):
        raise RecipeError(f"{where} must be a table, found {text_options!r}.")
    try:
        check_options(text_options, options_of("models.text_encoders", encoder), where=where)
    except LookupError as error:
        raise RecipeError(f"{where}: {error}") from None


def _check_dataset(recipe: Recipe, datasets: list[str]) -> None:
    if not datasets:
        try:
            DATASETS.load(recipe.dataset).settings_of(recipe.dataset_options)
        except DataError as error:
            raise RecipeError(str(error)) from None
        return
    of_any = {option for name in datasets for option in DATASETS.load(name).OPTIONS}
    known = dict.fromkeys(sorted(of_any), NO_LITERAL)
    check_options(recipe.dataset_options, known, where="dataset_options (of any data set)")


def check_options(options: Options, known: Mapping[str, Any], *, where: str) -> None:
    """Refuse a misspelt option, naming its nearest neighbour, and one unlike its default."""
    for name, value in options.items():
        if name not in known:
            hint = did_you_mean(name, known)
            raise RecipeError(
                f"{where} has no option {name!r}.{hint} Known: {', '.join(known) or 'none'}."
            )
        if known[name] is not NO_LITERAL:
            _check_type(value, known[name], where=f"{where}: {name}")


def _check_type(value: Any, default: Any, *, where: str) -> None:
    if isinstance(default, bool) != isinstance(value, bool):
        raise RecipeError(f"{where} is like {default!r}, found {value!r}.")
    if isinstance(default, int) and not isinstance(default, bool) and not isinstance(value, int):
        raise RecipeError(f"{where} must be a whole number, found {value!r}.")
    if isinstance(default, float) and not isinstance(value, int | float):
        raise RecipeError(f"{where} must be a number, found {value!r}.")
    if isinstance(default, str) and not isinstance(value, str):
        raise RecipeError(f"{where} must be text, found {value!r}.")
