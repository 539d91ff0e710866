import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from verifier.statistics.power_law import CONSTANT, FLOOR, POWER, fit, law, slopes

SIZES = np.array([64.0, 181, 512, 1448, 4096, 11585])


def noisy(errors: np.ndarray, n_seeds: int = 8, spread: float = 0.01, seed: int = 0):
    generator = np.random.default_rng(seed)
    return errors[:, None] * np.exp(generator.normal(0, spread, (len(errors), n_seeds)))


@settings(max_examples=25)
@given(st.floats(0.05, 0.4), st.floats(0.3, 3.0), st.floats(0.25, 1.0))
def test_without_noise_a_law_gives_back_what_made_it(floor, amplitude, exponent):
    found = fit(SIZES, floor + amplitude * SIZES**-exponent, form=FLOOR)
    at = np.array([100.0, 1000.0, 10000.0])
    np.testing.assert_allclose(found.at(at), floor + amplitude * at**-exponent, rtol=1e-3)


@pytest.mark.parametrize(
    ("form", "errors"),
    [
        (FLOOR, 0.15 + 2 * SIZES**-0.7),
        (POWER, 0.8 * SIZES**-0.15),
        (CONSTANT, np.full(6, 0.3)),
    ],
)
def test_each_form_is_nearly_always_chosen_where_it_is_true(form, errors):
    chosen = [fit(SIZES, noisy(errors, seed=seed)).form for seed in range(20)]
    assert chosen.count(form) >= 17


def test_one_outlier_pulls_less_than_with_squares():
    clean = noisy(0.8 * SIZES**-0.15, n_seeds=4, spread=0.005)
    spoilt = clean.copy()
    spoilt[5, 0] *= 1.8
    robust = fit(SIZES, spoilt, form=POWER).exponent
    squares = -stats.linregress(np.log(np.repeat(SIZES, 4)), np.log(spoilt.ravel())).slope
    assert abs(robust - 0.15) < abs(squares - 0.15) / 2


def test_slopes_are_those_of_a_regression_on_logs():
    errors = noisy(0.8 * SIZES**-0.15)
    expected = [-stats.linregress(np.log(SIZES), np.log(column)).slope for column in errors.T]
    np.testing.assert_allclose(slopes(SIZES, errors), expected)


def test_a_missing_seed_is_left_out():
    errors = noisy(0.8 * SIZES**-0.15)
    errors[2, 3] = np.nan
    assert fit(SIZES, errors).n_points == 6 * 8 - 1


def test_a_law_foretells_the_largest_size_from_the_others():
    found = law(SIZES, noisy(0.15 + 2 * SIZES**-0.7, n_seeds=12), n_curves=20)
    assert found.held_out.size == 11585
    assert found.held_out.predicted == pytest.approx(found.held_out.measured, abs=0.01)
    assert found.low < found.exponent < found.high
    low, high = found.band(SIZES)
    assert (low <= found.best.at(SIZES) + 0.01).all()
    assert (high >= found.best.at(SIZES) - 0.01).all()


@pytest.mark.parametrize("errors", [[0.0, 0.1], [-0.1, 0.2]])
def test_an_error_that_is_not_above_zero_is_refused(errors):
    with pytest.raises(ValueError, match="above 0"):
        fit(np.array([1.0, 2.0]), np.array(errors))


def test_one_size_is_no_law():
    with pytest.raises(ValueError, match="two sizes"):
        fit(np.array([5.0]), np.array([[0.1, 0.2]]))
