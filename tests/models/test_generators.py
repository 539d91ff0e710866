"""Records made on the device, beside those that NumPy prepares."""

import numpy as np
import pytest
import torch
from scipy import stats

from models.data import synthetic
from models.data._records import LEADS_USED
from models.generators import _noise
from models.generators.synthetic import Source
from models.progress import Stopped
from models.randomness import seeded
from models.recipe import Recipe, RecipeError
from models.run import run
from models.train import draw_batch

CPU = torch.device("cpu")
SMALL = {"n_train": 40, "n_validation": 16, "n_test": 16}


def of(*, n_generated=1000, **changes):
    options = {"dataset_options": {**SMALL, "n_generated": n_generated}}
    return Recipe.bundled("tiny").with_changes({**options, **changes})


@pytest.fixture
def silent(monkeypatch):
    """Both ways of making records without their muscle noise, in which alone they differ."""
    monkeypatch.setattr(
        synthetic._variation, "muscle_mv", lambda moment, hz: np.zeros(len(moment.normal), "f4")
    )


@pytest.mark.parametrize(("sampling_hz", "n_leads"), [(100, 12), (240, 8)])
def test_windows_are_those_of_the_prepared_records_but_for_the_noise(silent, sampling_hz, n_leads):
    numbers, starts = list(range(48)), torch.arange(48) * 13
    recipe = of(sampling_hz=sampling_hz, n_leads=n_leads)
    made = Source(recipe, CPU).windows_mv(numbers, starts).numpy()
    prepared = synthetic.generate([("train", n) for n in numbers], seed=0, sampling_hz=sampling_hz)
    leads = list(LEADS_USED[n_leads])
    for row, start in enumerate(starts.tolist()):
        window = prepared.signals_uv[row, leads, start : start + recipe.n_times] / 1000
        assert np.abs(made[row] - window).max() < 1.5e-3  # a microvolt, where rounding decides
    assert np.abs(made).max() > 0.5


def test_the_noise_alone_differs_from_the_prepared_records_and_has_its_size():
    numbers = list(range(64))
    recipe = of(window_s=10.0)
    made = Source(recipe, CPU).windows_mv(numbers, torch.zeros(64, dtype=torch.int64)).numpy()
    batch = [("train", number) for number in numbers]
    prepared = synthetic.generate(batch, seed=0, sampling_hz=100).signals_uv / 1000
    hearts, _ = synthetic.hearts_of(batch, seed=0)
    muscle = synthetic._variation.muscle_mv(hearts.moment, 100)
    spread = (made - prepared).std(axis=(1, 2))
    np.testing.assert_allclose(spread, np.sqrt(2) * muscle, rtol=0.03, atol=5e-4)


def test_a_record_is_the_same_in_any_batch_and_in_any_window():
    source = Source(of(), CPU)
    together = source.windows_mv(list(range(20)), torch.full((20,), 100))
    alone = source.windows_mv([7], torch.tensor([100]))
    later = source.windows_mv([7], torch.tensor([150]))
    assert (together[7] - alone[0]).abs().max() < 1.5e-3
    assert (alone[0, :, 50:] - later[0, :, :-50]).abs().max() < 1.5e-3
    assert (alone[0] - together[8]).abs().max() > 0.05


def test_noise_is_white_and_normal_and_follows_key_and_place_alone():
    keys = torch.tensor([[1, 2], [2, 2], [1, 3]])
    at = torch.arange(4000).expand(3, -1)
    noise = _noise.white_noise(keys, at, n_leads=12)
    assert stats.kstest(noise.flatten().numpy(), "norm").pvalue > 0.01
    rows = noise.flatten(0, 1).numpy()
    apart = np.corrcoef(rows) - np.eye(len(rows))
    assert np.abs(apart).max() < 5 / np.sqrt(4000)  # 630 pairs of leads and keys
    for lag in (1, 2, 64):
        assert abs((rows[:, lag:] * rows[:, :-lag]).mean()) < 5 / np.sqrt(rows.size)
    moved = _noise.white_noise(keys[1:2], at[1:2, 500:510], n_leads=12)
    torch.testing.assert_close(moved[0], noise[1, :, 500:510])


def test_hashes_are_those_of_arithmetic_without_bounds():
    """The same mixing with Python's whole numbers, which never overflow."""

    def mix(x):
        x = (x ^ (x >> 16)) * 0x7FEB352D % 2**32
        x = (x ^ (x >> 15)) * 0x846CA68B % 2**32
        return x ^ (x >> 16)

    given = [0, 1, 2**31, 2**32 - 1, 123456789, 0xDEADBEEF]
    assert _noise._mix(torch.tensor(given)).tolist() == [mix(x) for x in given]


def test_training_draws_the_same_records_and_windows_as_from_prepared_ones(tmp_path, silent):
    recipe = of(n_generated=SMALL["n_train"])
    records = synthetic.load(None, SMALL, sampling_hz=100, cache=tmp_path)
    rows = records.indices("train")
    prepared = draw_batch(recipe, records, rows, seeded(4))
    made = Source(recipe, CPU).batch(seeded(4), needs=["texts"])
    assert (made.targets == prepared.targets).all()
    assert made.texts == prepared.texts
    assert (made.windows - prepared.windows).abs().max() < 1.5e-3


def test_a_run_on_generated_records_is_valid_and_goes_on_where_it_was_stopped(place):
    recipe = of(n_generated=10**9, n_updates=6)
    whole = run(recipe, place("whole"), is_stopping=lambda: False)
    assert whole["is_valid"]
    assert whole["n_pretraining_records"] == 10**9
    assert whole["dataset"]["n_records"]["train"] == SMALL["n_train"]
    prepared = recipe.with_changes({"dataset_options": SMALL})
    other = run(prepared, place("prepared"), is_stopping=lambda: False)
    assert other["dataset"]["digest"] == whole["dataset"]["digest"]
    assert other["fingerprint"] != whole["fingerprint"]
    assert other["last_losses"] != whole["last_losses"]
    asked = iter([False] * 3)
    with pytest.raises(Stopped):
        run(recipe, place("parts"), is_stopping=lambda: next(asked, True))
    parts = run(recipe, place("parts"), is_stopping=lambda: False)
    assert parts["last_losses"] == whole["last_losses"]
    assert parts["measurements"] == whole["measurements"]


def test_two_numbers_of_records_are_one_too_many(place):
    with pytest.raises(RecipeError, match=r"n_records = 8 .*n_generated = 1000"):
        run(of(n_records=8), place(), is_stopping=lambda: False)
