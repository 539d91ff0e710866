from statistics import fmean, variance

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from verifier.statistics.effect import Effect, holm, paired_effect


def shared(resamples: np.ndarray, n_seeds: int) -> np.ndarray:
    """Resamples that move all seeds alike: patients alone, nothing of a seed with them."""
    return np.tile(resamples, (n_seeds, 1))


def still(n_seeds: int) -> np.ndarray:
    """Resamples that move nothing."""
    return np.zeros((n_seeds, 50))


def test_without_patient_noise_it_is_the_paired_t_interval():
    differences = np.array([0.02, 0.05, -0.01, 0.03])
    effect = paired_effect(differences, still(len(differences)), n_patients=100)
    expected = stats.ttest_1samp(differences, 0.0).confidence_interval(0.95)
    assert effect.interval(0.95) == pytest.approx((expected.low, expected.high))


def test_without_seed_noise_the_patients_alone_make_the_interval():
    resampled = np.random.default_rng(0).normal(0.1, 0.02, 4000)
    effect = paired_effect(np.full(5, 0.125), shared(resampled, 5), n_patients=12)
    low, high = effect.interval(0.95)
    reach = stats.t.ppf(0.975, 11) * np.std(resampled, ddof=1)
    assert (low, high) == pytest.approx((0.125 - reach, 0.125 + reach))


def test_the_two_variances_add():
    """By hand: variance over seeds / S = 2e-4 / 2, patients 3e-4, so the error is 0.02."""
    differences = np.array([0.0, 0.02])
    resampled = np.array([-1.0, 1.0] * 500) * np.sqrt(3e-4 * 999 / 1000)
    effect = paired_effect(differences, shared(resampled, len(differences)), n_patients=11)
    assert variance([0.0, 0.02]) / 2 == pytest.approx(1e-4)
    assert effect.standard_error == pytest.approx(0.02)
    assert effect.value == fmean([0.0, 0.02])


def test_both_kinds_of_noise_together_are_the_sum_of_two_t_distributions():
    """Against plain simulation of seed_error × t(3) + patient_error × t(19)."""
    differences = np.array([0.02, 0.06, -0.02, 0.02])
    resampled = np.random.default_rng(0).normal(0, 0.02, 4000)
    effect = paired_effect(differences, shared(resampled, len(differences)), n_patients=20)
    generator = np.random.default_rng(5)
    errors = effect.seed_error * generator.standard_t(3, 400_000)
    errors += effect.patient_error * generator.standard_t(19, 400_000)
    low, high = effect.interval(0.9)
    assert low == pytest.approx(effect.value + np.quantile(errors, 0.05), abs=5e-4)
    assert high == pytest.approx(effect.value + np.quantile(errors, 0.95), abs=5e-4)
    assert effect.probability_above(0.05) == pytest.approx(
        np.mean(effect.value + errors > 0.05), abs=3e-3
    )


def test_the_probability_is_one_minus_the_one_sided_p_value():
    differences = np.array([0.02, 0.05, -0.01, 0.03])
    effect = paired_effect(differences, still(len(differences)), n_patients=100)
    p = stats.ttest_1samp(differences, 0.01, alternative="greater").pvalue
    assert effect.probability_above(0.01) == pytest.approx(1 - p)


@given(st.floats(-0.2, 0.2), st.floats(0.001, 0.1), st.integers(2, 20))
def test_half_of_the_interval_agrees_with_the_probability(mean, spread, n_seeds):
    differences = mean + spread * np.linspace(-1, 1, n_seeds)
    effect = paired_effect(differences, still(len(differences)), n_patients=10)
    low, _ = effect.interval(0.95)
    assert effect.probability_above(low) == pytest.approx(0.975)


def test_seeds_that_agree_to_the_last_bit_leave_no_doubt():
    effect = paired_effect(np.array([0.1, 0.1]), still(2), n_patients=10)
    assert effect.interval(0.95) == (0.1, 0.1)
    assert effect.probability_above(0.01) == 1.0


def test_one_seed_is_refused():
    with pytest.raises(ValueError, match="at least 2 of them, got 1"):
        paired_effect(np.array([0.1]), still(1), n_patients=10)


def test_one_patient_is_refused():
    with pytest.raises(ValueError, match="at least 2 of them, got 1"):
        paired_effect(np.array([0.1, 0.2]), still(2), n_patients=1)


def test_resamples_without_a_score_are_left_out_and_too_many_are_refused():
    resampled = np.array([0.1, np.nan, 0.2, 0.3])
    effect = paired_effect(np.array([0.1, 0.2]), shared(resampled, 2), n_patients=10)
    assert effect.patient_error == pytest.approx(0.1)
    with pytest.raises(ValueError, match="Only 1 of 4 resamples"):
        paired_effect(
            np.array([0.1, 0.2]), shared(np.array([0.1] + [np.nan] * 3), 2), n_patients=10
        )


@pytest.mark.parametrize("n_seeds", [3, 5, 10, 20])
@pytest.mark.parametrize(("of_seeds", "of_both"), [(0.02, 0.0), (0.02, 0.02), (0.0, 0.03)])
def test_the_interval_covers_the_truth_as_often_as_it_says(n_seeds, of_seeds, of_both):
    """Crossed: one fold for all seeds, and a part that seed and patients have together.

    The resamples are drawn as those of a fold are: around what was found, with its spread.
    """
    generator = np.random.default_rng(7)
    hits, n_claims, n_resamples = 0, 400, 200
    for _ in range(n_claims):
        differences = 0.05 + generator.normal(0, 0.01) + generator.normal(0, of_seeds, n_seeds)
        differences += generator.normal(0, of_both, n_seeds)
        resampled = generator.normal(0, 0.01, n_resamples) + generator.normal(
            0, of_both, (n_seeds, n_resamples)
        )
        effect = paired_effect(differences, differences[:, None] + resampled, n_patients=300)
        hits += 0.025 <= effect.probability_above(0.05) <= 0.975
    assert 0.92 <= hits / n_claims <= 0.995


def test_what_a_seed_and_the_patients_do_together_is_counted_once():
    """By hand: s² / S = 2e-4 / 2; the two rows of resamples do not covary at all."""
    resampled = np.array([[1.0, 1.0, -1.0, -1.0], [1.0, -1.0, 1.0, -1.0]])
    effect = paired_effect(np.array([0.0, 0.02]), resampled, n_patients=10)
    assert effect.patient_error == 0
    assert effect.seed_error == pytest.approx(0.01)


def test_only_seeds_of_one_fold_share_its_patients():
    """Four seeds on two folds: of 12 ordered pairs 4 share a fold, each with covariance 1."""
    resampled = shared(np.array([-1.0, 1.0] * 500) * np.sqrt(999 / 1000), 4)
    effect = paired_effect(np.arange(4.0), resampled, n_patients=10, folds=["a", "a", "b", "b"])
    assert effect.patient_error == pytest.approx(np.sqrt(4 / 12))
    alone = paired_effect(np.arange(4.0), resampled, n_patients=10, folds=["a", "b", "c", "d"])
    assert alone.patient_error == 0


@given(st.floats(0.001, 0.1), st.floats(0.0, 0.1), st.integers(3, 20))
def test_the_likelihood_is_the_slope_of_the_probability(seed_error, patient_error, n_seeds):
    effect = Effect(
        value=0.02,
        seed_error=seed_error,
        patient_error=patient_error,
        n_seeds=n_seeds,
        n_patients=50,
    )
    step = 1e-3 * effect.standard_error
    at = 0.02 + 0.5 * effect.standard_error
    slope = effect.probability_above(at - step) - effect.probability_above(at + step)
    assert effect.likelihood(np.array([at]))[0] == pytest.approx(slope / (2 * step), rel=0.02)


def test_holm_by_hand():
    """0.01 <= 0.05/4; 0.015 <= 0.05/3; 0.03 > 0.05/2, so it and all larger stay."""
    assert holm([0.03, 0.01, 0.04, 0.015], alpha=0.05) == [False, True, False, True]


@given(st.lists(st.floats(0, 1), min_size=1, max_size=8))
def test_holm_rejects_no_more_than_plain_tests_and_no_less_than_bonferroni(p_values):
    rejected = holm(p_values, alpha=0.05)
    for p, is_rejected in zip(p_values, rejected, strict=True):
        assert not is_rejected or p <= 0.05
        assert is_rejected or p > 0.05 / len(p_values)
