"""Two stages: pretraining on signals alone, then reports are brought to the frozen encoder."""

import json

import numpy as np
import pytest
import torch

from models.alignment import alignment_rows
from models.data import synthetic
from models.objectives import clip
from models.progress import Stopped
from models.recipe import Alignment, Recipe, RecipeError
from models.run import pretraining_rows, run
from models.train import rows_with

CHANGES = {
    "probes": ["linear", "retrieval"],
    "n_updates": 3,
    "alignment.n_updates": 5,
    "alignment.n_pairs": 16,
    "alignment.batch_size": 8,
}


def never() -> bool:
    return False


@pytest.fixture
def aligned(tiny):
    return tiny.with_changes(CHANGES)


def predictions(place):
    with np.load(place.out / "predictions.npz", allow_pickle=False) as file:
        return {name: file[name] for name in file.files}


def state(place, name):
    return torch.load(place.out / name, weights_only=True)


def test_the_alignment_leaves_the_encoder_and_all_that_rests_on_it_alone(tiny, aligned, place):
    alone = tiny.with_changes({"n_updates": 3})
    results = [
        run(each, place(name), is_stopping=never) for each, name in ((alone, "a"), (aligned, "b"))
    ]
    first, second = (state(place(name), "checkpoint.pt")["objective"] for name in ("a", "b"))
    assert all(torch.equal(first[key], second[key]) for key in first)
    plain, other = (
        {
            each["name"]: each["value"]
            for each in result["measurements"]
            if each["probe"] == "linear"
        }
        for result in results
    )
    assert plain == other
    kept = state(place("b"), "alignment.pt")["objective"]
    assert not any(key.startswith("encoder") for key in kept)


def test_what_the_alignment_has_part_in_is_named_so(aligned, place):
    result = run(aligned, place(), is_stopping=never)
    names = {each["name"]: each["probe"] for each in result["measurements"]}
    assert names["alignment/loss"] is None
    assert names["alignment/recall_at_10/report_of_record"] == "retrieval"
    assert names["macro_auroc"] == "linear"
    assert result["n_alignment_pairs"] == 16
    lines = [json.loads(line) for line in (place().out / "progress.jsonl").read_text().splitlines()]
    assert [each["step"] for each in lines if each["phase"] == "alignment"][-1] == 5


def test_a_run_stopped_while_aligning_ends_with_the_same_bits(aligned, place):
    run(aligned, place("whole"), is_stopping=never)
    out = place("parts").out

    def once_aligning() -> bool:
        path = out / "progress.jsonl"
        return path.is_file() and "alignment" in path.read_text()

    with pytest.raises(Stopped):
        run(aligned, place("parts"), is_stopping=once_aligning)
    assert 0 < state(place("parts"), "alignment.pt")["step"] < 5
    assert not (out / "result.json").exists()
    run(aligned, place("parts"), is_stopping=never)
    whole, parts = predictions(place("whole")), predictions(place("parts"))
    assert whole.keys() == parts.keys()
    assert all(np.array_equal(whole[key], parts[key]) for key in whole)


def test_the_alignment_is_part_of_the_fingerprint_and_survives_being_written(tiny, aligned):
    assert Recipe.from_json(aligned.canonical_json()) == aligned
    assert (
        aligned.with_changes({"alignment": None}).canonical_json()
        == tiny.with_changes({"probes": ["linear", "retrieval"], "n_updates": 3}).canonical_json()
    )
    fewer = aligned.with_changes({"alignment.n_pairs": 8})
    assert fewer.canonical_json() != aligned.canonical_json()
    assert fewer.alignment.n_updates == 5


def test_its_objective_has_the_options_stated_for_it(tiny):
    settings = tiny.with_changes({"alignment": {"n_updates": 2, "objective": "siglip"}}).alignment
    assert settings.objective_options["bias"] == -2.0
    bare = Recipe.from_json(tiny.canonical_json()).with_changes({"alignment.n_updates": 2})
    assert bare.alignment == Alignment(n_updates=2)


def test_pairs_are_not_those_of_pretraining_while_there_are_enough(tiny, cache):
    records = synthetic.load(None, tiny.dataset_options, sampling_hz=100, cache=cache)
    chosen = {}
    for n_pairs in (8, 24):
        recipe = tiny.with_changes({"n_records": 24, **CHANGES, "alignment.n_pairs": n_pairs})
        chosen[n_pairs] = set(alignment_rows(recipe, recipe.alignment, records).tolist())
        assert len(chosen[n_pairs]) == n_pairs
        assert not chosen[n_pairs] & set(pretraining_rows(recipe, records).tolist())
    assert chosen[8] < chosen[24]


def test_only_records_with_what_is_needed_are_kept(tiny, cache):
    records = synthetic.load(None, tiny.dataset_options, sampling_hz=100, cache=cache)
    rows = records.indices("train")
    reports = tuple("" if row == rows[3] else each for row, each in enumerate(records.reports))
    targets = records.targets.copy()
    targets[rows[5]] = 0
    changed = type(records)(**{**vars(records), "reports": reports, "targets": targets})
    assert rows_with((), changed, rows).tolist() == rows.tolist()
    assert set(rows) - set(rows_with(("texts",), changed, rows)) == {rows[3]}
    assert set(rows) - set(rows_with(("targets", "texts"), changed, rows)) == {rows[3], rows[5]}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"alignment.n_update": 3}, "'n_update'.*'n_updates'"),
        ({"alignment": {}}, "does not state n_updates"),
        ({"alignment": 3}, "alignment must be a table, found 3"),
        ({"alignment.n_updates": 0}, "alignment.n_updates .*found 0"),
        ({"alignment.n_pairs": 0}, "alignment.n_pairs .*found 0"),
        ({"alignment.objective": "clop"}, "'clop'.*Did you mean 'clip'"),
        ({"alignment.learning_rate": -1}, "learning_rate .*found -1"),
    ],
)
def test_an_alignment_that_cannot_be_is_refused(aligned, changes, message):
    with pytest.raises(RecipeError, match=message):
        aligned.with_changes(changes)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"alignment.objective": "cpc"}, "one on pairs, such as clip; cpc is not"),
        ({"alignment.objective_options": {"temprature": 1}}, "'temprature'.*'temperature'"),
        ({"alignment": None}, "The probe retrieval needs an encoder of texts"),
        ({"probe_options": {"retrieval": {"n_galery": 5}}}, "'n_galery'.*'n_gallery'"),
    ],
)
def test_what_cannot_follow_is_refused_before_pretraining(aligned, place, changes, message):
    with pytest.raises(RecipeError, match=message):
        run(aligned.with_changes(changes), place(), is_stopping=never)
    assert not (place().out / "checkpoint.pt").exists()


def test_a_loss_that_is_no_number_makes_the_run_invalid(aligned, place, monkeypatch):
    monkeypatch.setattr(
        clip.Objective, "loss", lambda self, cosines, same: cosines.sum() * torch.nan
    )
    result = run(aligned, place(), is_stopping=never)
    assert "nan at update 1 of 5 of alignment" in result["invalid_reason"]
    missing = result["measurements"][-1]
    assert missing["name"] == "alignment/recall_at_10/report_of_record"
    assert missing["value"] is None


def test_a_misspelt_label_of_prompts_is_refused_before_anything_is_trained(tiny, place):
    options = {"zero_shot": {"prompts": {"NROM": {}}}}
    changes = {"objective": "clip", "probes": ["zero_shot"], "probe_options": options}
    with pytest.raises(RecipeError, match=r"'NROM'.*'NORM'"):
        run(tiny.with_changes(changes), place(), is_stopping=never)
    assert "pretraining" not in (place().out / "progress.jsonl").read_text()


def test_every_probes_scores_are_kept_for_each_record(tiny, place):
    probes = ["linear", "frozen", "finetune", "zero_shot", "retrieval", "geometry"]
    run(tiny.with_changes({"objective": "clip", "probes": probes}), place(), is_stopping=never)
    kept = predictions(place())
    assert (kept["scores"] == kept["scores/linear"]).all()
    for name in ("linear", "frozen", "finetune", "zero_shot"):
        assert kept[f"scores/{name}"].shape == (32, 5)
        assert (kept[f"record_id/{name}"] == kept["record_id"]).all()
    assert kept["observation_scores/zero_shot"].shape == (32, 5)
    for name in ("rank_of_report", "rank_of_record", "n_correct"):
        found = kept[f"{name}/retrieval"]
        assert found.shape == (32,)
        assert ((found >= 1) & (found <= 32)).all()
    assert set(kept["patient_id/retrieval"]) == set(kept["patient_id"])


def test_the_order_of_probes_does_not_decide_whose_scores_stand_alone(tiny, place):
    turned = tiny.with_changes({"probes": ["frozen", "linear"]})
    run(turned, place("turned"), is_stopping=never)
    run(tiny, place("plain"), is_stopping=never)
    assert (predictions(place("turned"))["scores"] == predictions(place("plain"))["scores"]).all()
    fitted = tiny.with_changes({"probes": ["frozen"]})
    run(fitted, place("fitted"), is_stopping=never)
    kept = predictions(place("fitted"))
    assert (kept["scores"] == kept["scores/frozen"]).all()
