from statistics import fmean, variance

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from verifier.statistics.effect import holm, paired_effect

NO_PATIENT_NOISE = np.zeros(50)


def test_without_patient_noise_it_is_the_paired_t_interval():
    differences = np.array([0.02, 0.05, -0.01, 0.03])
    effect = paired_effect(differences, NO_PATIENT_NOISE, n_patients=100)
    expected = stats.ttest_1samp(differences, 0.0).confidence_interval(0.95)
    assert effect.interval(0.95) == pytest.approx((expected.low, expected.high))


def test_without_seed_noise_the_patients_alone_make_the_interval():
    resampled = np.random.default_rng(0).normal(0.1, 0.02, 4000)
    effect = paired_effect(np.full(5, 0.125), resampled, n_patients=12)
    low, high = effect.interval(0.95)
    reach = stats.t.ppf(0.975, 11) * np.std(resampled, ddof=1)
    assert (low, high) == pytest.approx((0.125 - reach, 0.125 + reach))


def test_the_two_variances_add():
    """By hand: variance over seeds / S = 2e-4 / 2, patients 3e-4, so the error is 0.02."""
    differences = np.array([0.0, 0.02])
    resampled = np.array([-1.0, 1.0] * 500) * np.sqrt(3e-4 * 999 / 1000)
    effect = paired_effect(differences, resampled, n_patients=11)
    assert variance([0.0, 0.02]) / 2 == pytest.approx(1e-4)
    assert effect.standard_error == pytest.approx(0.02)
    assert effect.value == fmean([0.0, 0.02])


def test_both_kinds_of_noise_together_are_the_sum_of_two_t_distributions():
    """Against plain simulation of seed_error × t(3) + patient_error × t(19)."""
    differences = np.array([0.02, 0.06, -0.02, 0.02])
    resampled = np.random.default_rng(0).normal(0, 0.02, 4000)
    effect = paired_effect(differences, resampled, n_patients=20)
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
    effect = paired_effect(differences, NO_PATIENT_NOISE, n_patients=100)
    p = stats.ttest_1samp(differences, 0.01, alternative="greater").pvalue
    assert effect.probability_above(0.01) == pytest.approx(1 - p)


@given(st.floats(-0.2, 0.2), st.floats(0.001, 0.1), st.integers(2, 20))
def test_half_of_the_interval_agrees_with_the_probability(mean, spread, n_seeds):
    differences = mean + spread * np.linspace(-1, 1, n_seeds)
    effect = paired_effect(differences, NO_PATIENT_NOISE, n_patients=10)
    low, _ = effect.interval(0.95)
    assert effect.probability_above(low) == pytest.approx(0.975)


def test_seeds_that_agree_to_the_last_bit_leave_no_doubt():
    effect = paired_effect(np.array([0.1, 0.1]), NO_PATIENT_NOISE, n_patients=10)
    assert effect.interval(0.95) == (0.1, 0.1)
    assert effect.probability_above(0.01) == 1.0


def test_one_seed_is_refused():
    with pytest.raises(ValueError, match="at least 2 of them, got 1"):
        paired_effect(np.array([0.1]), NO_PATIENT_NOISE, n_patients=10)


def test_one_patient_is_refused():
    with pytest.raises(ValueError, match="at least 2 of them, got 1"):
        paired_effect(np.array([0.1, 0.2]), NO_PATIENT_NOISE, n_patients=1)


def test_resamples_without_a_score_are_left_out_and_too_many_are_refused():
    resampled = np.array([0.1, np.nan, 0.2, 0.3])
    effect = paired_effect(np.array([0.1, 0.2]), resampled, n_patients=10)
    assert effect.patient_error == pytest.approx(0.1)
    with pytest.raises(ValueError, match="Only 1 of 4 resamples"):
        paired_effect(np.array([0.1, 0.2]), np.array([0.1] + [np.nan] * 3), n_patients=10)


@pytest.mark.parametrize("of_seeds", [0.03, 0.01])
def test_the_interval_covers_the_truth_at_least_as_often_as_it_says(of_seeds):
    """Seeds and patients crossed, as in a test fold that all seeds share."""
    generator = np.random.default_rng(7)
    hits = 0
    for _ in range(1000):
        differences = 0.05 + generator.normal(0, 0.02) + generator.normal(0, of_seeds, 3)
        resampled = differences.mean() + generator.normal(0, 0.02, 300)
        effect = paired_effect(differences, resampled, n_patients=300)
        hits += 0.025 <= effect.probability_above(0.05) <= 0.975
    assert 0.94 <= hits / 1000 <= 0.99


def test_holm_by_hand():
    """0.01 <= 0.05/4; 0.015 <= 0.05/3; 0.03 > 0.05/2, so it and all larger stay."""
    assert holm([0.03, 0.01, 0.04, 0.015], alpha=0.05) == [False, True, False, True]


@given(st.lists(st.floats(0, 1), min_size=1, max_size=8))
def test_holm_rejects_no_more_than_plain_tests_and_no_less_than_bonferroni(p_values):
    rejected = holm(p_values, alpha=0.05)
    for p, is_rejected in zip(p_values, rejected, strict=True):
        assert not is_rejected or p <= 0.05
        assert is_rejected or p > 0.05 / len(p_values)
