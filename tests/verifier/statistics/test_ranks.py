import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from verifier.statistics.ranks import friedman, page, partial_spearman, ranks


def table(seed: int, n_blocks: int, n_arms: int, rise: float = 0.0, digits: int = 1):
    generator = np.random.default_rng(seed)
    return np.round(generator.normal(size=(n_blocks, n_arms)) + rise * np.arange(n_arms), digits)


@given(st.integers(0, 10_000))
def test_ranks_are_those_of_scipy_also_with_ties(seed):
    values = table(seed, 6, 3)
    np.testing.assert_array_equal(ranks(values), stats.rankdata(values, axis=0))


@given(st.integers(0, 10_000), st.integers(3, 6))
def test_friedman_is_that_of_scipy_also_with_ties(seed, n_arms):
    values = table(seed, 8, n_arms)
    assert friedman(values) == pytest.approx(stats.friedmanchisquare(*values.T).pvalue)


def test_blocks_that_tie_all_arms_tell_nothing():
    assert friedman(np.ones((4, 3))) == 1.0


@given(st.integers(0, 10_000), st.floats(-1, 1))
def test_page_is_that_of_scipy(seed, rise):
    values = table(seed, 7, 4, rise, digits=8)
    expected = stats.page_trend_test(values, method="asymptotic").pvalue
    assert page(values) == pytest.approx(expected, abs=1e-9)


def test_a_rank_correlation_without_covariates_is_spearmans():
    values = table(3, 9, 2)
    found = partial_spearman(values[:, 0], values[:, 1], np.empty((0, 9)))
    assert found == pytest.approx(stats.spearmanr(values[:, 0], values[:, 1]).statistic)


def test_a_partial_rank_correlation_follows_the_textbook_formula():
    """(r_xy − r_xz r_yz) / √((1 − r_xz²)(1 − r_yz²)) of the rank correlations."""
    x, y, z = table(4, 12, 3, digits=6).T
    xy, xz, yz = (stats.spearmanr(a, b).statistic for a, b in ((x, y), (x, z), (y, z)))
    expected = (xy - xz * yz) / np.sqrt((1 - xz**2) * (1 - yz**2))
    assert partial_spearman(x, y, z[None]) == pytest.approx(expected)


def test_many_are_correlated_at_once():
    x, y = table(5, 8, 1, digits=6)[:, 0], table(6, 8, 5, digits=6)
    given_ = table(7, 8, 1, digits=6).T
    each = [float(partial_spearman(x, y[:, k], given_)) for k in range(5)]
    np.testing.assert_allclose(partial_spearman(x[:, None], y, given_), each)


def test_where_nothing_varies_there_is_no_correlation():
    assert np.isnan(partial_spearman(np.ones(5), np.arange(5.0), np.empty((0, 5))))
