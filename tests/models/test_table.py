import json

import numpy as np
import pytest

from models import table
from models.__main__ import main
from models.build import is_causal_recipe
from models.data import parse_reference
from models.recipe import Recipe


def plan(**changes):
    return table.Plan(recipe=Recipe.bundled("tiny"), data=[parse_reference("synthetic")], **changes)


CAUSAL, BOTH_WAYS = "random encoder, causal", "random encoder, both ways"


def test_every_objective_meets_every_backbone_and_the_random_encoders():
    cells = [(objective, backbone) for _, objective, backbone in plan().cells()]
    assert len(cells) == len(set(cells)) == 4 * 8
    only_jepa = plan(objectives=["jepa"], backbones=["s4"]).cells()
    assert [row for _, row, _ in only_jepa] == [BOTH_WAYS, "jepa"]


@pytest.mark.parametrize(("row", "is_causal"), [(CAUSAL, True), (BOTH_WAYS, False)])
def test_a_random_encoder_is_one_before_any_update_that_sees_what_its_objectives_see(
    row, is_causal
):
    recipe = plan().recipe_of(parse_reference("synthetic"), row, "s4", 3)
    assert (recipe.n_updates, recipe.backbone, recipe.seed) == (0, "s4", 3)
    assert is_causal_recipe(recipe) is is_causal


def test_seeds_take_turns_at_the_test_fold_where_the_data_have_folds():
    def rotations(data):
        reference = parse_reference(data)
        recipes = (plan().recipe_of(reference, "cpc", "s4", seed) for seed in (0, 3, 12))
        return [recipe.dataset_options.get("rotation") for recipe in recipes]

    assert rotations("ptb_xl:somewhere") == [0, 3, 2]
    assert rotations("synthetic") == [None] * 3


def test_patients_of_all_test_folds_are_counted_each_once():
    def result(rotation):
        measured = {"name": "macro_auroc", "split": "test", "value": 0.7, "n_patients": 20}
        recipe = {"dataset_options": {} if rotation is None else {"rotation": rotation}}
        return {"recipe": recipe, "measurements": [measured], "model": {"n_parameters": 9}}

    def count(*rotations):
        results = {seed: result(rotation) for seed, rotation in enumerate(rotations)}
        return table.cell_of(("d", "cpc", "s4"), results).n_test_patients

    assert count(None, None) == 20
    assert count(0, 1, 0) == 40


def test_an_interval_is_students():
    """t at two degrees of freedom, 4.303, times the standard error 0.1 / sqrt 3."""
    found = table.interval([0.6, 0.7, 0.8])
    assert found["mean"] == pytest.approx(0.7)
    assert found["high"] - found["mean"] == pytest.approx(4.303 * 0.1 / np.sqrt(3))
    assert table.interval([0.6])["low"] is None
    assert table.interval([])["mean"] is None


def test_gains_are_over_the_control_of_the_same_seed_backbone_and_direction():
    def cell(objective, backbone, values):
        return table.Cell(data="d", objective=objective, backbone=backbone, values=values)

    cells = {
        ("d", CAUSAL, "s4"): cell(CAUSAL, "s4", {0: 0.5, 1: 0.7}),
        ("d", BOTH_WAYS, "s4"): cell(BOTH_WAYS, "s4", {0: 0.4, 1: 0.4}),
        ("d", "cpc", "s4"): cell("cpc", "s4", {1: 0.8, 2: 0.1, 0: 0.6}),
        ("d", "jepa", "s4"): cell("jepa", "s4", {0: 0.6, 1: 0.6}),
        ("d", "cpc", "s4d"): cell("cpc", "s4d", {0: 0.9}),
    }
    gains = [row["gain_over_random"] for row in table.rows_of(cells)]
    assert gains[:2] == [None, None]
    assert gains[2]["mean"] == pytest.approx(0.1)
    assert gains[2]["n_seeds"] == 2
    assert gains[3]["mean"] == pytest.approx(0.2)
    assert gains[4] is None


def test_the_command_makes_a_table_and_goes_on_from_what_is_there(tmp_path, capsys):
    asked = ["table", "--recipe", "tiny", "--backbones", "s4d", "--out", str(tmp_path)]
    asked += ["--objectives", "cpc"]
    assert main([*asked, "--seeds", "1", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [row["objective"] for row in rows] == [CAUSAL, "cpc"]
    run = tmp_path / "synthetic-s4d-cpc-0" / "result.json"
    before = run.stat().st_mtime_ns
    stored = json.loads(run.read_text())["measurements"]
    value = next(
        each["value"]
        for each in stored
        if each["name"] == "macro_auroc" and each["split"] == "test"
    )
    assert rows[1]["macro_auroc"]["mean"] == value
    assert main([*asked, "--seeds", "2"]) == 0
    printed = capsys.readouterr().out
    assert run.stat().st_mtime_ns == before
    assert printed.count("\n") == 4
    assert "| synthetic | s4d | cpc |" in printed
