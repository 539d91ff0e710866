import json

import numpy as np
import pytest

from models import table
from models.__main__ import main
from models.data import parse_reference
from models.recipe import Recipe


def plan(**changes):
    return table.Plan(recipe=Recipe.bundled("tiny"), data=[parse_reference("synthetic")], **changes)


def test_every_objective_meets_every_backbone_and_a_random_encoder():
    cells = [(objective, backbone) for _, objective, backbone in plan().cells()]
    assert len(cells) == len(set(cells)) == 4 * 7
    recipe = plan().recipe_of(parse_reference("synthetic"), table.RANDOM, "s4", 3)
    assert (recipe.n_updates, recipe.backbone, recipe.seed) == (0, "s4", 3)


def test_an_interval_is_students():
    """t at two degrees of freedom, 4.303, times the standard error 0.1 / sqrt 3."""
    found = table.interval([0.6, 0.7, 0.8])
    assert found["mean"] == pytest.approx(0.7)
    assert found["high"] - found["mean"] == pytest.approx(4.303 * 0.1 / np.sqrt(3))
    assert table.interval([0.6])["low"] is None
    assert table.interval([])["mean"] is None


def test_gains_are_over_the_control_with_the_same_seed_and_backbone():
    def cell(objective, backbone, values):
        return table.Cell(data="d", objective=objective, backbone=backbone, values=values)

    cells = {
        ("d", table.RANDOM, "s4"): cell(table.RANDOM, "s4", {0: 0.5, 1: 0.7}),
        ("d", "cpc", "s4"): cell("cpc", "s4", {1: 0.8, 2: 0.1, 0: 0.6}),
        ("d", "cpc", "s4d"): cell("cpc", "s4d", {0: 0.9}),
    }
    control, paired, alone = table.rows_of(cells)
    assert control["gain_over_random"] is None
    assert paired["gain_over_random"]["mean"] == pytest.approx(0.1)
    assert paired["gain_over_random"]["n_seeds"] == 2
    assert alone["gain_over_random"] is None


def test_the_command_makes_a_table_and_goes_on_from_what_is_there(tmp_path, capsys):
    asked = ["table", "--recipe", "tiny", "--backbones", "s4d", "--out", str(tmp_path)]
    asked += ["--objectives", "cpc"]
    assert main([*asked, "--seeds", "1", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [row["objective"] for row in rows] == [table.RANDOM, "cpc"]
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
