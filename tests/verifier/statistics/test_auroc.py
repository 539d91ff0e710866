import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from verifier.statistics.auroc import auroc, macro_auroc, patient_weights


def slow_auroc(targets, scores, weights):
    """Pair by pair, as the definition reads."""
    won = pairs = 0.0
    for i, j in zip(*np.nonzero(targets[:, None] & ~targets[None, :]), strict=True):
        weight = weights[i] * weights[j]
        pairs += weight
        won += weight * ((scores[i] > scores[j]) + 0.5 * (scores[i] == scores[j]))
    return won / pairs if pairs else np.nan


@given(st.integers(0, 2**32 - 1), st.integers(2, 30), st.integers(1, 6))
def test_it_agrees_with_counting_pairs_also_with_ties_and_weights(seed, n_records, n_levels):
    generator = np.random.default_rng(seed)
    targets = generator.random(n_records) < 0.5
    scores = generator.integers(0, n_levels, n_records).astype(float)
    weights = generator.integers(0, 4, (3, n_records)).astype(float)
    expected = [slow_auroc(targets, scores, row) for row in weights]
    np.testing.assert_allclose(auroc(targets, scores, weights), expected, atol=1e-12)


def test_it_is_the_mann_whitney_statistic():
    generator = np.random.default_rng(1)
    targets = np.arange(50) % 3 == 0
    scores = generator.normal(size=50)
    u = stats.mannwhitneyu(scores[targets], scores[~targets]).statistic
    found = auroc(targets, scores, np.ones((1, 50)))[0]
    assert found == pytest.approx(u / (targets.sum() * (~targets).sum()))


def test_a_label_without_both_classes_is_left_out_of_the_mean():
    targets = np.array([[True, True], [False, True], [True, True]])
    scores = np.array([[0.9, 0.1], [0.2, 0.5], [0.8, 0.3]])
    assert macro_auroc(targets, scores, np.ones((1, 3)))[0] == 1.0


def test_with_no_label_to_measure_there_is_no_number():
    targets = np.array([[True], [True]])
    assert np.isnan(macro_auroc(targets, np.array([[0.1], [0.2]]), np.ones((1, 2)))[0])


def test_a_resample_takes_all_records_of_a_patient_or_none():
    patients = np.array(["a", "b", "a", "c", "a"])
    weights = patient_weights(patients, 200, np.random.default_rng(0))
    assert (weights[:, 0] == weights[:, 2]).all()
    assert (weights[:, 0] == weights[:, 4]).all()
    drawn = weights[:, 0] + weights[:, 1] + weights[:, 3]
    assert (drawn == 3).all(), "as many patients are drawn as there are"
