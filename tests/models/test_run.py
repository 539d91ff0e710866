import json
from dataclasses import replace

import numpy as np
import pytest
import torch

from models import collapse
from models.objectives import OBJECTIVES, cpc
from models.probes._auroc import auroc
from models.progress import Stopped
from models.recipe import Recipe, RecipeError
from models.run import pretraining_rows, run


def never() -> bool:
    return False


def predictions(place):
    with np.load(place.out / "predictions.npz", allow_pickle=False) as file:
        return {name: file[name] for name in file.files}


def weights(place):
    return torch.load(place.out / "checkpoint.pt", weights_only=True)["objective"]


def assert_same_bits(first, second):
    assert first.keys() == second.keys()
    assert all(np.array_equal(np.asarray(first[key]), np.asarray(second[key])) for key in first)


@pytest.mark.parametrize("objective", OBJECTIVES.names())
def test_the_same_recipe_gives_the_same_bits(tiny, place, objective):
    recipe = tiny.with_changes({"objective": objective})
    results = [run(recipe, place(name), is_stopping=never) for name in ("a", "b")]
    assert_same_bits(predictions(place("a")), predictions(place("b")))
    assert_same_bits(weights(place("a")), weights(place("b")))
    assert results[0]["measurements"] == results[1]["measurements"]
    assert results[0]["fingerprint"] == results[1]["fingerprint"]


def test_another_seed_gives_other_weights_and_another_fingerprint(tiny, place):
    first = run(tiny, place("a"), is_stopping=never)
    second = run(tiny.with_changes({"seed": 1}), place("b"), is_stopping=never)
    assert first["fingerprint"] != second["fingerprint"]
    assert not (predictions(place("a"))["scores"] == predictions(place("b"))["scores"]).all()


@pytest.mark.parametrize("objective", OBJECTIVES.names())
def test_a_run_stopped_and_continued_ends_with_the_same_bits(tiny, place, objective):
    recipe = tiny.with_changes({"objective": objective})
    run(recipe, place("whole"), is_stopping=never)
    asked = iter([False] * 3)

    def stops_soon() -> bool:
        return next(asked, True)

    with pytest.raises(Stopped):
        run(recipe, place("parts"), is_stopping=stops_soon)
    halfway = torch.load(place("parts").out / "checkpoint.pt", weights_only=True)["step"]
    assert 0 < halfway < recipe.n_updates
    assert not (place("parts").out / "result.json").exists()
    run(recipe, place("parts"), is_stopping=never)
    assert_same_bits(predictions(place("whole")), predictions(place("parts")))
    assert_same_bits(weights(place("whole")), weights(place("parts")))


def test_a_run_killed_between_checkpoints_repeats_only_what_is_lost(tiny, place, monkeypatch):
    run(tiny, place("whole"), is_stopping=never)
    calls = []
    forward = cpc.Objective.forward

    def dies_in_the_fifth(self, windows, generator):
        calls.append(1)
        if len(calls) == 5:
            raise KeyboardInterrupt
        return forward(self, windows, generator)

    monkeypatch.setattr(cpc.Objective, "forward", dies_in_the_fifth)
    with pytest.raises(KeyboardInterrupt):
        run(tiny, place("parts", checkpoint_every=2), is_stopping=never)
    monkeypatch.undo()
    assert torch.load(place("parts").out / "checkpoint.pt", weights_only=True)["step"] == 4
    run(tiny, place("parts"), is_stopping=never)
    assert_same_bits(predictions(place("whole")), predictions(place("parts")))


def test_a_result_that_is_there_is_not_computed_again(tiny, place):
    first = run(tiny, place(), is_stopping=never)
    written = (place().out / "result.json").stat().st_mtime_ns
    second = run(tiny, place(), is_stopping=never)
    assert second == first
    assert (place().out / "result.json").stat().st_mtime_ns == written


def test_a_folder_with_another_runs_remains_is_refused(tiny, place):
    run(tiny, place(), is_stopping=never)
    other = tiny.with_changes({"seed": 5})
    with pytest.raises(RecipeError, match="holds another run"):
        run(other, place(), is_stopping=never)
    (place().out / "result.json").unlink()
    with pytest.raises(RecipeError, match="holds another run"):
        run(other, place(), is_stopping=never)


def test_the_result_states_what_was_measured_on_whom(tiny, place):
    result = run(tiny, place(), is_stopping=never)
    on_disk = json.loads((place().out / "result.json").read_text())
    assert on_disk == result
    assert (result["schema"], result["kind"], result["is_valid"]) == (1, "training", True)
    assert Recipe.from_dict(result["recipe"]) == tiny
    assert result["dataset"]["n_records"] == {"train": 48, "validation": 24, "test": 32}
    found = {(each["name"], each["split"]): each for each in result["measurements"]}
    macro = found["macro_auroc", "test"]
    assert (macro["n"], macro["n_counts"], macro["probe"]) == (32, "records", "linear")
    assert macro["n_patients"] == result["dataset"]["n_patients"]["test"] == 20
    saved = predictions(place())
    values = [auroc(saved["targets"][:, n], saved["scores"][:, n]) for n in range(5)]
    known = [value for value in values if value is not None]
    assert macro["value"] == pytest.approx(np.mean(known), abs=1e-12)
    assert found["pretraining_loss", "validation"]["value"] > 0


def test_progress_tells_phases_in_order(tiny, place):
    run(tiny, place(), is_stopping=never)
    lines = [json.loads(line) for line in (place().out / "progress.jsonl").read_text().splitlines()]
    phases = list(dict.fromkeys(line["phase"] for line in lines))
    assert phases == ["data", "pretraining", "probe", "done"]
    last = [line for line in lines if line["phase"] == "pretraining"][-1]
    assert last["step"] == last["n_steps"] == 6
    assert last["loss"] > 0
    assert last["windows_per_s"] > 0


def test_no_updates_is_the_random_encoder(tiny, place):
    result = run(tiny.with_changes({"n_updates": 0}), place(), is_stopping=never)
    assert result["is_valid"]
    assert result["n_pretraining_records"] == 0
    assert not (place().out / "checkpoint.pt").exists()


def test_a_loss_that_is_no_number_makes_the_run_invalid_and_is_written(tiny, place, monkeypatch):
    monkeypatch.setattr(
        cpc.Objective, "forward", lambda self, windows, g: self.predictor.weight.sum() * torch.nan
    )
    result = run(tiny, place(), is_stopping=never)
    assert not result["is_valid"]
    assert "nan at update 1" in result["invalid_reason"]
    macro = result["measurements"][-1]
    assert (macro["name"], macro["value"]) == ("macro_auroc", None)
    assert "invalid" in macro["reason"]
    assert json.loads((place().out / "result.json").read_text()) == result


def test_a_collapsed_embedding_makes_the_run_invalid(tiny, place, monkeypatch):
    def flat(self, windows, generator):
        with torch.no_grad():
            for norm in self.encoder.stem.norms:
                norm.weight.zero_()
        return self.predictor.weight.square().sum()

    monkeypatch.setattr(cpc.Objective, "forward", flat)
    result = run(tiny, place(), is_stopping=never)
    assert not result["is_valid"]
    assert "collapsed" in result["invalid_reason"]
    assert result["collapse"]["is_collapsed"]


@pytest.mark.parametrize(
    ("embeddings", "reason"),
    [
        (np.full((50, 8), 3.0), "vary over records"),
        (np.outer(np.random.default_rng(0).normal(size=50), np.ones(8)), "effective rank 1.00"),
        (np.full((50, 8), np.nan), "not finite"),
        (np.random.default_rng(0).normal(size=(50, 8)), None),
    ],
)
def test_collapse_is_told_from_spread(embeddings, reason):
    found = collapse.measure(embeddings.astype(np.float32)).reason
    assert found is None if reason is None else reason in found


def test_effective_rank_is_the_number_of_even_directions():
    values = np.random.default_rng(0).normal(size=(20000, 6))
    assert collapse.effective_rank(values) == pytest.approx(6, abs=0.01)
    values[:, 3:] = 0
    assert collapse.effective_rank(values) == pytest.approx(3, abs=0.01)


def test_pretraining_subsets_are_nested_whatever_the_seed(tiny, cache):
    from models.data import synthetic

    records = synthetic.load(None, tiny.dataset_options, sampling_hz=100, cache=cache)
    chosen = [
        set(pretraining_rows(tiny.with_changes({"n_records": n, "seed": n}), records).tolist())
        for n in (4, 16, 48)
    ]
    assert chosen[0] < chosen[1] < chosen[2]
    other = tiny.with_changes({"n_records": 16, "dataset_options.subset_seed": 1})
    assert set(pretraining_rows(other, records).tolist()) != chosen[1]
    everything = pretraining_rows(tiny.with_changes({"n_records": 49}), records)
    assert set(everything.tolist()) == chosen[2], "at most as many as there are"
    with pytest.raises(RecipeError, match="longer than the records"):
        pretraining_rows(tiny.with_changes({"window_s": 12}), replace(records))


def test_a_random_encoder_is_neither_blind_nor_perfect_on_synthetic_records(place):
    recipe = Recipe.bundled("reduced").with_changes(
        {"n_updates": 0, "dataset_options": {"n_train": 1024, "n_validation": 256, "n_test": 256}}
    )
    result = run(recipe, place(), is_stopping=never)
    found = {(each["name"], each["split"]): each["value"] for each in result["measurements"]}
    assert 0.6 < found["macro_auroc", "test"] < 0.85
