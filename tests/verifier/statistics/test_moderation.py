from itertools import combinations

import numpy as np
import pytest
from scipy import stats

from tests.verifier.scored import measured, protocol
from verifier.statistics.effect import Effect, paired_effect
from verifier.statistics.moderation import UNLIKE, WEIGHT, Kin, alone, compared, moderated


def effect(values: np.ndarray) -> Effect:
    """Of paired differences, seeds tested on different patients."""
    n = len(values)
    return paired_effect(values, np.zeros((n, 4)), n_patients=100, folds=tuple(range(n)))


def test_what_places_differ_by_is_half_the_mean_variance_of_their_pairwise_differences():
    places = np.random.default_rng(0).normal([[0.0], [1.0], [2.0], [5.0]], 0.3, (4, 6))
    kin = compared(places + np.arange(6))  # a seed that moves all places alike moves no difference
    by_pairs = np.mean([np.var(a - b, ddof=1) for a, b in combinations(places, 2)])
    assert kin.freedom == 3 * 5
    assert kin.squares / kin.freedom == pytest.approx(by_pairs / 2)


def test_a_narrow_spread_is_averaged_with_that_of_its_kin_by_hand():
    """Own variance 2e-6 with 2 degrees; the others 2 × (11e-4 − 2 × 1e-6) / 8; weight 4."""
    own = effect(np.array([0.0, 0.001, -0.001]) * np.sqrt(2))
    assert own.seed_error**2 * 3 == pytest.approx(2e-6)
    found = moderated(own, Kin(squares=11e-4, freedom=10), terms=2)
    others = 2 * (11e-4 - 2e-6) / 8
    assert found.seed_error**2 * 3 == pytest.approx((2 * 2e-6 + 4 * others) / 6)
    assert (found.pooled_freedom, found.seed_freedom) == (WEIGHT, 6)


def test_the_kin_lend_no_more_freedom_than_they_have():
    own = effect(np.array([0.0, 0.001, -0.001]))
    assert moderated(own, Kin(squares=1e-3, freedom=2 + 3), terms=2).pooled_freedom == 3


def test_the_interval_is_that_of_a_t_with_the_freedom_of_both():
    own = effect(np.random.default_rng(1).normal(0.02, 0.01, 5))
    found = moderated(own, Kin(squares=20 * 0.5e-4, freedom=20), terms=2)
    reach = stats.t.ppf(0.975, 4 + WEIGHT) * found.seed_error
    assert found.interval(0.95) == pytest.approx((own.value - reach, own.value + reach))


def test_a_single_comparison_has_no_kin_and_stays_as_it_is():
    places = np.random.default_rng(2).normal(0, 0.01, (2, 5))
    own = effect(places[0] - places[1])
    assert moderated(own, compared(places), terms=2) == own


def test_the_spread_over_seeds_is_no_smaller_than_the_patients_make_it():
    """Three folds whose patients move a difference by 0.01: s cannot truly be 0.001."""
    generator = np.random.default_rng(5)
    resampled = generator.normal(0, 0.01, (3, 4000))
    values = np.array([0.029, 0.030, 0.031])
    own = paired_effect(values, resampled, n_patients=700, folds=(1, 2, 3))
    assert own.seed_error * np.sqrt(3) == pytest.approx(0.001)
    found = moderated(own, Kin(squares=0.0, freedom=0), terms=2)
    assert found.seed_error * np.sqrt(3) == pytest.approx(0.01, rel=0.03)
    wide = paired_effect(30 * (values - 0.03), resampled, n_patients=700, folds=(1, 2, 3))
    assert moderated(wide, Kin(squares=0.0, freedom=0), terms=2) == wide


def test_what_seeds_of_one_fold_share_is_not_asked_of_their_spread():
    """All noise of the patients is common to the seeds, so none of it is in their spread."""
    shared = np.random.default_rng(6).normal(0, 0.01, 4000)
    own = paired_effect(np.array([0.029, 0.03, 0.031]), np.stack([shared] * 3), n_patients=700)
    assert own.least_seed_error == pytest.approx(0.0, abs=1e-9)
    assert own.patient_error == pytest.approx(0.01, rel=0.03)


def test_two_seeds_are_lent_nothing_and_decide_as_little_as_they_know():
    own = effect(np.array([0.0, 0.001]))
    assert moderated(own, Kin(squares=11e-4, freedom=10), terms=2) == own


def test_a_comparison_that_spreads_more_than_its_kin_keeps_its_own_spread():
    calm = np.random.default_rng(3).normal(0, 0.001, (4, 5))
    wild = np.array([0.0, 0.05, -0.05, 0.04, -0.04])
    places = np.vstack([calm, wild])
    own = effect(wild - calm[0])
    kin = compared(places)
    rest = (kin.squares - own.seed_error**2 * 5 * 4 / 2) / (kin.freedom - 4)
    assert stats.f.sf(own.seed_error**2 * 5 / (2 * rest), 4, kin.freedom - 4) < UNLIKE
    assert moderated(own, kin, terms=2) == own


def test_values_that_stand_for_themselves_are_averaged_about_their_own_means():
    rows = [np.array([0.1, 0.3, 0.5]), np.array([0.9, 0.9, 0.8, 1.0])]
    kin = alone(rows)
    assert kin.freedom == 2 + 3
    assert kin.squares == pytest.approx(0.08 + 0.02)


@pytest.mark.parametrize("n_seeds", [3, 5, 16])
@pytest.mark.parametrize("unequal", [False, True], ids=["alike", "unlike"])
def test_intervals_cover_and_hardly_any_spread_is_half_of_what_it_is(n_seeds, unequal):
    """Five arms at five sizes with one true spread, or with variances that differ by 8 degrees."""
    generator = np.random.default_rng(n_seeds)
    hits, own_narrow, narrow = [], 0, 0
    for _ in range(400):
        variance = 6 / generator.chisquare(8, (5, 5, 1)) if unequal else np.ones((5, 5, 1))
        scores = generator.normal(size=(5, 5, n_seeds)) * np.sqrt(variance)
        kin = sum((compared(cell) for cell in scores), Kin(squares=0.0, freedom=0))
        for size, rival in ((0, 1), (2, 3), (4, 4)):
            truth = np.sqrt(variance[size, 0, 0] + variance[size, rival, 0]) / np.sqrt(n_seeds)
            own = effect(scores[size, 0] - scores[size, rival])
            steady = moderated(own, kin, terms=2)
            low, high = steady.interval(0.95)
            hits.append(low < 0 < high)
            own_narrow += own.seed_error < truth / 2
            narrow += steady.seed_error < truth / 2
    assert 0.94 <= np.mean(hits) <= 0.985
    assert narrow <= own_narrow / 5


def test_five_seeds_that_agree_by_luck_make_no_certainty_that_the_kin_deny():
    asked = protocol("exceeds", favoured=["a"], rivals=["b", "c", "d", "e"])
    means = {(arm, "", 1): 0.80 for arm in "bcde"} | {("a", "", 1): 0.83}
    found = measured(asked, means, n_seeds=5, spread=0.02, seed=4)
    spreads = {
        member.name: np.std(
            found.scores["arm", "a", "", 1, "linear"].whole
            - found.scores["arm", member.name[-1], "", 1, "linear"].whole,
            ddof=1,
        )
        for member in found.members
    }
    luckiest = min(found.members, key=lambda member: spreads[member.name])
    assert spreads[luckiest.name] < 0.028 * 0.75  # of a difference it truly is 0.028
    assert luckiest.seed_error is not None
    assert luckiest.seed_error > spreads[luckiest.name] / np.sqrt(5)
    assert all(m.pooled_freedom in (0, WEIGHT) for m in found.members)
