import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from verifier.statistics.auroc import auroc


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
