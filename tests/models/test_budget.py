"""What a backbone costs: its parameters, which a recipe can ask for, and its multiply-adds."""

from itertools import pairwise

import pytest
import torch

from models.backbones import BACKBONES
from models.budget import fitted
from models.build import build_encoder
from models.describe import describe
from models.multiply_adds import multiply_adds
from models.randomness import seeded
from models.recipe import Recipe, RecipeError


def encoder(backbone, objective="jepa", **changes):
    recipe = Recipe.bundled("tiny").with_changes(
        {"objective": objective, "backbone": backbone, **changes}
    )
    return build_encoder(recipe, seeded(0))


@pytest.mark.parametrize("objective", ["cpc", "jepa"])
@pytest.mark.parametrize(("width", "budget"), [(32, 6_000), (32, 20_000), (64, 40_000)])
def test_backbones_of_one_budget_are_within_a_tenth_of_it(objective, width, budget):
    changes = {"stem.width": width, "parameter_budget": budget, "backbone_options.n_layers": 2}
    for name in BACKBONES:
        found = encoder(name, objective, **changes).backbone.n_parameters
        assert found == pytest.approx(budget, rel=0.1), name


@pytest.mark.parametrize("name", BACKBONES.names())
def test_the_papers_size_can_be_asked_of_every_backbone(name):
    """2.14 million, the four S4 layers of width 512, where class defaults reach 18.9 million."""
    options = fitted(name, 512, {"n_layers": 4}, budget=2_140_000)
    made = BACKBONES.load(name).Backbone(512, **options)
    assert made.n_parameters == pytest.approx(2_140_000, rel=0.1)


@pytest.mark.parametrize("name", BACKBONES.names())
def test_sizes_lie_on_a_straight_line_in_the_option_that_decides_them(name):
    module = BACKBONES.load(name)
    option, values = module.size_option(32, {"n_layers": 2, "group_width": 8})
    shared = {"group_width": 8} if name == "net1d" else {}
    sizes = [module.Backbone(32, **shared, **{option: value}).n_parameters for value in values[:4]]
    steps = {later - earlier for earlier, later in pairwise(sizes)}
    assert len(steps) == 1
    assert steps.pop() > 0


def test_a_budget_moves_neither_weights_nor_width():
    """The generator is left alone, so a budget that changes nothing changes no bit."""
    plain = encoder("transformer", **{"backbone_options.feedforward_width": 100})
    budget = plain.backbone.n_parameters
    asked = encoder("transformer", parameter_budget=budget)
    assert asked.width == plain.width
    for mine, theirs in zip(asked.parameters(), plain.parameters(), strict=True):
        assert torch.equal(mine, theirs)


def test_a_budget_out_of_reach_is_refused_with_what_came_nearest():
    with pytest.raises(RecipeError, match=r"parameter_budget = 100: s4d .*n_layers"):
        encoder("s4d", parameter_budget=100)


def test_the_options_found_are_described():
    recipe = Recipe.bundled("tiny").with_changes({"backbone": "net1d", "parameter_budget": 3_000})
    facts = describe(recipe)["backbone"]
    assert facts["n_parameters"] == pytest.approx(3_000, rel=0.1)
    assert facts["ratio"] != 1.0


def test_the_multiply_adds_described_are_those_counted():
    facts = describe(Recipe.bundled("tiny"))
    found = multiply_adds(encoder("s4d", "cpc"))
    assert facts["backbone"]["multiply_adds"] == found["backbone"]
    assert facts["multiply_adds"] == found["stem"] + found["backbone"]


def test_multiply_adds_of_stem_and_transformer_are_those_of_their_matrices():
    found = multiply_adds(encoder("transformer"))
    n, d, heads, feedforward = 125, 16, 2, 16
    assert found["stem"] == n * (12 * 3 * d + 3 * d * d)
    layer = n * d * 3 * d + n * d * d + 2 * n * d * feedforward  # projections and feed-forward
    attention = 2 * heads * n * n * (d // heads)  # scores, and their sum over values
    assert found["backbone"] == 2 * (layer + attention)


def test_multiply_adds_of_net1d_count_convolutions_by_their_groups():
    found = multiply_adds(encoder("net1d"))["backbone"]
    n, d, kernel, group_width = 125, 16, 5, 8
    block = n * (2 * d * d + d * group_width * kernel) + 2 * d * (d // 2)
    assert found == 2 * block


@pytest.mark.parametrize("name", ["s4", "s4d"])
@pytest.mark.parametrize("objective", ["cpc", "jepa"])
def test_multiply_adds_of_state_spaces_are_gates_and_products_of_blocks(name, objective):
    """A window's own: blocks are made once for any batch, and 125 tokens are one."""
    found = multiply_adds(encoder(name, objective))["backbone"]
    n, d = 125, 16
    assert found == 2 * (n * d * 2 * d + d * n * n)


def test_counting_leaves_the_encoder_and_the_generator_alone():
    made = encoder("net1d").train()
    before = {key: each.clone() for key, each in made.state_dict().items()}
    state = torch.get_rng_state()
    multiply_adds(made)
    assert made.training
    assert all(torch.equal(before[key], each) for key, each in made.state_dict().items())
    assert torch.equal(state, torch.get_rng_state())


@pytest.mark.parametrize("objective", ["cpc", "jepa"])
def test_the_reduced_recipes_alternatives_are_matched_without_a_budget(objective):
    sizes = {}
    for name in BACKBONES:
        recipe = Recipe.bundled("reduced").with_changes({"objective": objective, "backbone": name})
        sizes[name] = build_encoder(recipe, seeded(0)).backbone.n_parameters
    assert max(sizes.values()) <= 1.1 * min(sizes.values()), sizes
