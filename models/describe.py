"""What a recipe's modules are, found by making them and looking, not by reading the recipe back."""

from typing import Any

from torch import nn

from models.build import backbone_options, build_encoder, build_objective, options_of
from models.encoder import Encoder, n_parameters
from models.multiply_adds import multiply_adds
from models.objectives import OBJECTIVES
from models.randomness import seeded
from models.recipe import Recipe


def describe(recipe: Recipe) -> dict[str, Any]:
    """Return facts about the modules that a run of this recipe trains."""
    generator = seeded(recipe.seed)
    encoder = build_encoder(recipe, generator)
    objective = build_objective(recipe, encoder, generator)
    costs = multiply_adds(encoder)
    return {
        "recipe": recipe.to_dict(),
        "sampling_hz": recipe.sampling_hz,
        "n_leads": encoder.stem.convolutions[0].in_channels,
        "window_s": recipe.window_s,
        "stem": _stem(encoder.stem),
        "backbone": {**_backbone(recipe, encoder), "multiply_adds": costs["backbone"]},
        "objective": _objective(recipe, objective),
        "multiply_adds": sum(costs.values()),  # of the encoder for a window, forwards
        "n_parameters": encoder.n_parameters,
        "n_trained_parameters": n_parameters(objective),  # with heads, without the teacher
        "n_tokens": encoder.n_tokens,
    }


def _stem(stem: nn.Module) -> dict[str, Any]:
    convolutions = [each for each in stem.modules() if isinstance(each, nn.Conv1d)]
    return {
        "n_convolutions": len(convolutions),
        "n_batch_norms": sum(isinstance(each, nn.BatchNorm1d) for each in stem.modules()),
        "kernels": [each.kernel_size[0] for each in convolutions],
        "strides": [each.stride[0] for each in convolutions],
        "widths": [each.out_channels for each in convolutions],
        "activation": type(stem.activation).__name__,
        "bias": any(each.bias is not None for each in convolutions),
        "normalises_windows": stem.normalises_windows,
    }


def _backbone(recipe: Recipe, encoder: Encoder) -> dict[str, Any]:
    backbone = encoder.backbone
    defaults = {name: each.default for name, each in options_of(type(backbone)).items()}
    return {
        **defaults,
        **backbone_options(recipe),
        "name": recipe.backbone,
        "n_layers": encoder.n_layers,
        "width": encoder.width,
        "n_parameters": backbone.n_parameters,
        "is_causal": encoder.is_causal,
        "module_kinds": sorted({type(each).__name__ for each in backbone.modules()}),
    }


def _objective(recipe: Recipe, objective: nn.Module) -> dict[str, Any]:
    made = OBJECTIVES.load(recipe.objective).Objective
    defaults = {name: each.default for name, each in options_of(made).items()}
    return {
        "name": recipe.objective,
        "family": objective.family,
        "needs_causal": objective.is_causal,
        "has_teacher": any(name == "teacher" for name, _ in objective.named_children()),
        **defaults,
        **recipe.objective_options,
    }
