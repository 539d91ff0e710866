import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from models.build import build_encoder
from models.data import synthetic
from models.embedding import Examined
from models.probes import linear
from models.probes._auroc import auroc
from models.probes._result import discrimination
from models.randomness import seeded
from models.recipe import RecipeError


def by_pairs(targets, scores):
    """Chance that a positive outscores a negative, counted pair by pair."""
    positive = [s for t, s in zip(targets, scores, strict=True) if t]
    negative = [s for t, s in zip(targets, scores, strict=True) if not t]
    won = sum((p > n) + 0.5 * (p == n) for p in positive for n in negative)
    return won / (len(positive) * len(negative))


@given(st.lists(st.tuples(st.booleans(), st.integers(-3, 3)), min_size=2, max_size=60))
def test_auroc_is_the_share_of_pairs_in_the_right_order(pairs):
    targets, scores = (np.array(each) for each in zip(*pairs, strict=True))
    found = auroc(targets, scores)
    if targets.all() or not targets.any():
        assert found is None
    else:
        assert found == pytest.approx(by_pairs(targets, scores), abs=1e-12)


def test_auroc_refuses_scores_that_are_no_numbers():
    with pytest.raises(ValueError, match="finite"):
        auroc(np.array([0, 1]), np.array([0.0, np.nan]))


def test_a_label_without_both_kinds_has_no_auroc_and_leaves_the_mean(records):
    rows = records.indices("test")
    targets = records.targets.copy()
    targets[:, 3] = 0
    changed = type(records)(**{**vars(records), "targets": targets})
    scores = np.random.default_rng(0).normal(size=(len(rows), 5)).astype(np.float32)
    found = {each.name: each for each in discrimination("linear", "test", changed, rows, scores)}
    assert found["auroc/CD"].value is None
    assert "0 of 64 test records have CD" in found["auroc/CD"].reason
    for metric in ("auroc", "auprc"):
        others = [found[f"{metric}/{label}"].value for label in ("NORM", "MI", "STTC", "HYP")]
        assert found[f"macro_{metric}"].value == pytest.approx(np.mean(others))
        assert found[f"macro_{metric}"].n_labels == 4


@pytest.fixture(scope="module")
def records(cache):
    options = {"n_train": 96, "n_validation": 48, "n_test": 64}
    return synthetic.load(None, options, sampling_hz=100, cache=cache)


@pytest.fixture
def examined(tiny, records):
    return Examined(build_encoder(tiny, seeded(0)), records, tiny, device=torch.device("cpu"))


def test_a_records_embedding_is_the_mean_over_its_windows_and_tokens(examined, records):
    found = examined.embeddings("test")
    row = records.indices("test")[3]
    windows = torch.from_numpy(records.signals_uv[row].astype(np.float32) / 1000)
    windows = windows.reshape(12, 4, 250).transpose(0, 1)
    with torch.no_grad():
        expected = examined.encoder(windows).mean(dim=(0, 1))
    torch.testing.assert_close(torch.from_numpy(found[3]), expected, atol=1e-5, rtol=1e-4)


def test_the_fit_is_where_the_penalised_loss_is_flat():
    generator = seeded(0)
    inputs = torch.randn(80, 5, generator=generator, dtype=torch.float64)
    targets = (inputs @ torch.randn(5, 2, generator=generator).double() > 0).double()
    weights = linear.fit(inputs, targets, penalty=0.05)
    probabilities = torch.sigmoid(inputs @ weights[:-1] + weights[-1])
    slope = inputs.T @ (probabilities - targets) / 80 + 0.05 * weights[:-1]
    assert float(slope.abs().max()) < 1e-5
    assert float((probabilities - targets).mean(dim=0).abs().max()) < 1e-5


def test_inputs_are_scaled_by_the_training_fold_alone():
    points = {
        "train": np.array([[0.0, 5.0], [2.0, 5.0]], dtype=np.float32),
        "test": np.array([[3.0, 9.0]], dtype=np.float32),
    }
    scaled = linear.standardised(points)
    assert scaled["train"].tolist() == [[-1.0, 0.0], [1.0, 0.0]]
    assert scaled["test"].tolist() == [[2.0, 0.0]]  # a dimension constant in training says nothing


def test_the_penalty_is_chosen_without_the_test_fold(examined, records):
    first = linear.evaluate(examined)
    targets = records.targets.copy()
    test = records.indices("test")
    targets[test] = targets[test][::-1]
    other = Examined(
        examined.encoder,
        type(records)(**{**vars(records), "targets": targets}),
        examined.recipe,
        device=torch.device("cpu"),
    )
    second = linear.evaluate(other)
    assert second.details == first.details
    assert (second.scores == first.scores).all()


def test_a_probe_scores_every_labelled_test_record(examined, records):
    found = linear.evaluate(examined)
    assert found.scores.shape == (64, 5)
    assert (found.rows == records.indices("test", is_labelled=True)).all()
    again = linear.evaluate(examined)
    assert (again.scores == found.scores).all()


def test_fewer_training_records_are_another_fit_and_too_many_are_refused(examined):
    assert linear.evaluate(examined, n_records=40).details["n_train"] == 40
    with pytest.raises(RecipeError, match="found 1000"):
        linear.evaluate(examined, n_records=1000)
    with pytest.raises(RecipeError, match="positive"):
        linear.evaluate(examined, penalties=[0.0])


def scores_of(examined, **options):
    found = {(m.name, m.split): m.value for m in linear.evaluate(examined, **options).measurements}
    return found["macro_auroc", "test"]


def test_a_probe_taught_the_labels_of_other_records_learns_nothing(examined, records):
    noise = np.random.default_rng(0)
    for split in ("train", "validation", "test"):
        labels = records.targets[records.indices(split)]
        told = labels + noise.normal(scale=0.1, size=labels.shape)
        examined._known[split] = told.astype(np.float32)  # an embedding that tells everything
    assert scores_of(examined) > 0.99
    shuffled = []
    for seed in range(6):
        examined.recipe = examined.recipe.with_changes({"seed": seed})
        shuffled.append(scores_of(examined, shuffles_labels=True))
    assert len(set(shuffled)) == 6, "each seed shuffles in its own way"
    assert 0.3 < np.mean(shuffled) < 0.7
