import numpy as np
import pytest

from verifier.statistics.two_power_laws import TwoPowerLaws, outliers, two_power_laws

TRUE = TwoPowerLaws(floor=1.8, of_parameters=480.0, alpha=0.35, of_tokens=2000.0, beta=0.37)


def test_points_of_a_law_give_it_back_and_a_stray_one_is_named():
    generator = np.random.default_rng(0)
    n_parameters = np.exp(generator.uniform(np.log(5e7), np.log(1e10), 120))
    n_tokens = np.exp(generator.uniform(np.log(1e9), np.log(3e11), 120))
    loss = TRUE.at(n_parameters, n_tokens) * np.exp(generator.normal(0, 1e-3, 120))
    found = two_power_laws(n_parameters, n_tokens, loss)
    for name in ("floor", "alpha", "beta"):
        assert getattr(found, name) == pytest.approx(getattr(TRUE, name), rel=0.02)
    loss[7] *= 1.3
    assert outliers(found, n_parameters, n_tokens, loss).tolist() == [7]
