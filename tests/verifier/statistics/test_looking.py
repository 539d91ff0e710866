"""A user who looks as they please, at claims on the very line between true and false."""

from collections.abc import Callable

import numpy as np
import pytest
from scipy import special

from verifier.statistics.looking import share_of_look

N_CLAIMS = 20_000
SEEDS = (5, 8, 12, 18, 27, 40, 60)  # of a plain look, and of each step of --until-decided
SUPPORT, CONTRADICTION = 0.025, 0.05  # promised: a false claim supported, a true one contradicted


def decided(share: Callable[[int], float]) -> tuple[float, float]:
    """The shares supported and contradicted by whoever stops at the first decision.

    First they look plainly, then seeds are added. The true effect is delta, up to nothing: this
    is where either decision is wrong most often. By Student's t alone, without our rules.
    """
    differences = np.random.default_rng(0).normal(size=(N_CLAIMS, SEEDS[-1]))
    is_open = np.ones(N_CLAIMS, dtype=bool)
    n_supported = n_contradicted = 0
    for look, n_seeds in enumerate(SEEDS, start=1):
        seen = differences[:, :n_seeds]
        t = seen.mean(axis=1) / (seen.std(axis=1, ddof=1) / np.sqrt(n_seeds))
        below = special.stdtr(n_seeds - 1, t)
        is_supported = is_open & (1 - below <= SUPPORT * share(look))
        is_contradicted = is_open & (below <= CONTRADICTION * share(look))
        n_supported += int(is_supported.sum())
        n_contradicted += int(is_contradicted.sum())
        is_open &= ~(is_supported | is_contradicted)
    return n_supported / N_CLAIMS, n_contradicted / N_CLAIMS


def test_whoever_mixes_plain_looks_with_added_seeds_is_wrong_no_more_often_than_promised():
    supported, contradicted = decided(share_of_look)
    assert supported <= SUPPORT
    assert contradicted <= CONTRADICTION


@pytest.mark.parametrize(
    "share",
    [
        pytest.param(lambda look: 1.0, id="every look at the whole rate"),
        pytest.param(
            lambda look: 1.0 if look == 1 else 1 / ((look - 1) * look),
            id="a plain look that is not counted",
        ),
    ],
)
def test_looking_without_counting_every_look_breaks_the_promise(share):
    supported, contradicted = decided(share)
    assert supported > SUPPORT
    assert contradicted > CONTRADICTION
