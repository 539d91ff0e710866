import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models import options
from models.backbones import BACKBONES
from models.build import options_of
from models.catalog import Catalog
from models.fingerprint import code_digest, fingerprint
from models.objectives import OBJECTIVES
from models.probes import PROBES
from models.recipe import Recipe, RecipeError, bundled_names


@pytest.mark.parametrize("name", bundled_names())
def test_every_bundled_recipe_survives_being_written_and_read(name):
    recipe = Recipe.bundled(name)
    assert Recipe.from_json(recipe.canonical_json()) == recipe


@given(
    seed=st.integers(0, 2**40),
    n_records=st.none() | st.integers(1, 10**7),
    rate=st.floats(1e-6, 1),
    width=st.integers(1, 2048),
)
def test_any_recipe_survives_being_written_and_read(seed, n_records, rate, width):
    changes = {"seed": seed, "n_records": n_records, "learning_rate": rate, "stem.width": width}
    recipe = Recipe.bundled("tiny").with_changes(changes)
    again = Recipe.from_json(recipe.canonical_json())
    assert again == recipe
    assert again.canonical_json() == recipe.canonical_json()


def test_the_order_in_which_a_recipe_is_written_does_not_matter(tiny):
    settings = tiny.to_dict()
    turned = dict(reversed(settings.items()))
    assert Recipe.from_dict(turned).canonical_json() == tiny.canonical_json()


def test_a_whole_number_where_a_fraction_is_meant_is_the_same_recipe(tiny):
    assert tiny.with_changes({"window_s": 2}) == tiny.with_changes({"window_s": 2.0})
    whole = tiny.with_changes({"window_s": 2}).canonical_json()
    assert whole == tiny.with_changes({"window_s": 2.0}).canonical_json()


def test_a_misspelt_key_is_named_with_its_nearest_neighbour(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text('objective = "cpc"\nbackbone = "s4d"\nn_updates = 1\nlearning_rat = 0.1\n')
    with pytest.raises(RecipeError, match=r"mine\.toml.*'learning_rat'.*'learning_rate'"):
        Recipe.from_toml(path)


def test_a_misspelt_key_of_the_stem_is_named(tiny):
    with pytest.raises(RecipeError, match=r"'kernel'.*'kernels'"):
        Recipe.from_dict({**tiny.to_dict(), "stem": {"kernel": [3]}})


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"objective": "cpd"}, r"'cpd'.*Did you mean 'cpc'"),
        ({"backbone": "s4dd"}, r"'s4dd'.*Did you mean 's4d'"),
        ({"dataset": "ptbxl"}, r"'ptbxl'.*Did you mean 'ptb_xl'"),
        ({"probes": ["liner"]}, r"'liner'.*Did you mean 'linear'"),
        ({"n_updates": -1}, r"n_updates .*found -1"),
        ({"n_updates": 1.5}, r"n_updates .*found 1\.5"),
        ({"seed": True}, r"seed .*found True"),
        ({"learning_rate": 0}, r"learning_rate .*found 0\.0"),
        ({"learning_rate": "fast"}, r"learning_rate .*found 'fast'"),
        ({"window_s": 2.501}, r"250\.1 time points"),
        ({"n_leads": 7}, r"n_leads must be 8 or 12, found 7"),
        ({"stem.kernels": [3, 2]}, r"one number for each convolution, found 2 and 4"),
        ({"stem.kernels": 3}, r"stem\.kernels must be a list"),
        ({"n_update": 3}, r"'n_update'.*Did you mean 'n_updates'"),
        ({"seed.low": 3}, r"reaches into seed"),
        ({"probe_options": {"lineer": {}}}, r"'lineer'"),
    ],
)
def test_what_cannot_be_run_is_refused_with_what_was_found(tiny, changes, message):
    with pytest.raises(RecipeError, match=message):
        tiny.with_changes(changes)


def test_a_dotted_change_reaches_into_a_table_and_leaves_the_rest(tiny):
    changed = tiny.with_changes({"backbone_options.n_layers": 3, "stem.width": 24})
    assert changed.backbone_options == {"n_layers": 3}
    assert (changed.stem.width, changed.stem.kernels) == (24, tiny.stem.kernels)
    assert tiny.backbone_options == {"n_layers": 2}


def test_another_objective_comes_with_the_options_stated_for_it(tiny):
    changed = tiny.with_changes({"objective": "jepa", "objective_options.momentum": 0.5})
    assert changed.objective_options == {
        "momentum": 0.5,
        "min_keep": 27,
        "min_block": 1,
        "redraws": True,
        "head": "s4d",
        "head_n_state": 8,
    }


def test_options_do_not_follow_to_an_objective_they_were_not_written_for(tiny):
    alone = Recipe.from_json(tiny.canonical_json())  # JSON carries no alternatives
    assert alone.objective_options
    assert alone.with_changes({"objective": "jepa"}).objective_options == {}


def test_coming_back_to_an_objective_gives_the_same_recipe(tiny):
    there = tiny.with_changes({"objective": "jepa", "backbone": "net1d"})
    assert there.with_changes({"objective": "cpc", "backbone": "s4d"}) == tiny


def test_a_recipe_cannot_be_changed_through_the_tables_it_was_made_from(tiny):
    options = {"n_layers": 2}
    recipe = tiny.with_changes({"backbone_options": options})
    options["n_layers"] = 9
    assert recipe.backbone_options == {"n_layers": 2}


def test_recipe_data_and_code_each_change_the_fingerprint(tiny):
    marks = {
        fingerprint(tiny, "data", "code"),
        fingerprint(tiny.with_changes({"seed": 1}), "data", "code"),
        fingerprint(tiny, "data2", "code"),
        fingerprint(tiny, "data", "code2"),
    }
    assert len(marks) == 4
    assert all(len(mark) == 64 for mark in marks)


def test_the_code_digest_is_of_contents_and_not_of_place_or_time(root):
    assert code_digest() == code_digest()
    first = code_digest()
    path = root / "models" / "stem.py"
    path.touch()
    assert code_digest() == first


def test_alternatives_decide_nothing_and_are_not_written(tiny):
    assert "alternatives" not in json.loads(tiny.canonical_json())


PAPERS = {
    "paper_cpc": {"horizon": 14, "n_negatives": 128},
    "paper_jepa": {
        "momentum": 0.9996,
        "n_blocks": 4,
        "block_low": 0.15,
        "block_high": 0.20,
        "context_low": 0.85,
        "context_high": 1.0,
        "min_keep": 64,
        "min_block": 64,
        "redraws": False,
    },
    "paper_data2vec": {
        "momentum": 0.9996,
        "mask_probability": 0.065,
        "mask_span": 10,
        "top_k": 2,
    },
    "paper_dinosr": {
        "momentum": 0.9996,
        "mask_probability": 0.065,
        "mask_span": 10,
        "n_codewords": 256,
        "codebook_momentum": 0.9,
        "temperature": 1.0,
    },
    "paper_hubert": {
        "momentum": 0.9996,
        "mask_probability": 0.065,
        "mask_span": 10,
        "n_prototypes": [128, 256],
        "prototype_momentum": 0.99,
        "sinkhorn_iterations": 3,
        "hidden_weight": 0.75,
        "student_temperature_first": 0.5,
        "student_temperature": 0.1,
        "teacher_temperature_first": 0.15,
        "teacher_temperature": 0.07,
        "warmup_steps": 200,
        "entropy_weight": 0.001,
    },
}
BACKBONES_OF_THE_PAPER = {  # of 18.9 and 9.3 million parameters; test_backbones counts them
    "paper_transformer": {
        "n_layers": 6,
        "n_heads": 8,
        "feedforward_width": 2048,
        "dropout": 0.1,
    },
    "paper_net1d": {
        "n_layers": 10,
        "kernel": 17,
        "ratio": 1.0,
        "group_width": 16,
        "squeeze": 2,
        "dropout": 0.1,
    },
}


@pytest.mark.parametrize("name", [*PAPERS, *BACKBONES_OF_THE_PAPER])
def test_the_papers_numbers_stand_in_its_recipes_and_are_the_defaults(name):
    """The numbers of arXiv:2605.12241's code, written down here a second time."""
    recipe = Recipe.bundled(name)
    assert recipe.paper == "2605.12241"
    assert (recipe.sampling_hz, recipe.window_s, recipe.n_leads) == (240, 2.5, 12)
    assert (recipe.learning_rate, recipe.weight_decay, recipe.batch_size) == (3e-3, 1e-3, 64)
    assert (recipe.precision, recipe.n_updates) == ("fp32", 10 * 18_000 // 64)
    assert (recipe.stem.width, recipe.stem.kernels) == (512, (3, 1, 1, 1))
    assert recipe.stem.strides == (2, 1, 1, 1)
    assert recipe.stem.normalises_windows == (recipe.objective != "cpc")
    assert (recipe.parameter_budget, recipe.is_compiled) == (None, False)
    objective = recipe.objective
    if name in BACKBONES_OF_THE_PAPER:  # JEPA's settings, on the class defaults of the backbone
        assert (recipe.backbone, objective) == (name.removeprefix("paper_"), "jepa")
        assert dict(recipe.backbone_options) == BACKBONES_OF_THE_PAPER[name]
        known = options_of(BACKBONES.load(recipe.backbone).Backbone)
        defaults = {option: known[option].default for option in recipe.backbone_options}
        assert defaults == BACKBONES_OF_THE_PAPER[name]
        assert known.keys() - defaults.keys() <= {"is_causal", "head_width"}
    else:
        options = {"n_layers": 4, "n_state": 8, "dropout": 0.2, "is_tied": True}
        assert recipe.backbone == "s4"
        assert dict(recipe.backbone_options) == {**options, "kernel_length": 300}
    head = {"head": "s4", "head_n_state": 64, "head_dropout": 0.2}
    has_head = objective in ("jepa", "data2vec", "dinosr")
    stated = {**PAPERS[f"paper_{objective}"], **(head if has_head else {})}
    assert dict(recipe.objective_options) == stated
    known = options_of(OBJECTIVES.load(objective).Objective)
    assert dict(recipe.objective_options).keys() == known.keys()
    for option, value in recipe.objective_options.items():
        default = known[option].default
        assert (list(default) if isinstance(default, tuple) else default) == value


@pytest.mark.parametrize("name", ["finetune", "frozen"])
def test_probes_that_are_fitted_have_the_papers_budget_by_default(name):
    known = options_of(PROBES.load(name).evaluate)
    found = {option: each.default for option, each in known.items()}
    assert (found["n_epochs"], found["batch_size"], found["n_looks"]) == (100, 64, 100)
    assert (found["learning_rate"], found["weight_decay"]) == (1e-3, 1e-3)
    if name == "frozen":
        assert found["n_heads"] == 16
    else:
        assert (found["backbone_share"], found["stem_share"]) == (0.1, 0.01)


@pytest.mark.parametrize("package", sorted(options.MADE))
def test_options_read_from_the_source_are_those_of_the_code(package):
    catalog = Catalog(package)
    for name in catalog:
        made = getattr(catalog.load(name), options.MADE[package])
        found = options.options_of(package, name)
        real = options_of(made)
        assert list(found) == list(real), name
        for option, default in found.items():
            if default is not options.NO_LITERAL:
                assert default == real[option].default, (name, option)
