import json

import numpy as np
import pytest
from scipy.stats import binomtest

from verifier import figures
from verifier.calibration import (
    Judged,
    calibrate,
    counted,
    looks_up_to,
    simulate,
)
from verifier.checks import CHECKS
from verifier.simulation import EFFECTS, PLANTED, Spreads, World, measured_spreads, plant
from verifier.statistics.looking import share_of_look
from verifier.statistics.reliability import calibration_error, reliability, wilson
from verifier.verdict import Finding

PRECISE = Spreads(pair=0.006, patients=0.001, together=0.002, n_patients=2560, likeness=25)
SMALL = World(n_seeds=4, n_patients=150, spreads=PRECISE, delta=0.05)


def judged(multiple: float, finding: Finding, *, looking=Finding.INCONCLUSIVE, covered=(True,)):
    return Judged(
        check="exceeds",
        multiple=multiple,
        is_true=multiple > 1,
        finding=finding,
        confidence=None if finding is Finding.INCONCLUSIVE else 0.99,
        probability=0.5,
        covered=covered,
        when_looking=looking,
    )


def test_what_counts_as_wrong_is_a_decision_against_the_planted_truth():
    found = counted(
        [
            judged(0.0, Finding.SUPPORTED),
            judged(1.0, Finding.SUPPORTED),  # an effect of delta itself does not exceed it
            judged(2.0, Finding.CONTRADICTED),
            judged(2.0, Finding.SUPPORTED, looking=Finding.CONTRADICTED),
            judged(0.5, Finding.CONTRADICTED),
            judged(4.0, Finding.INCONCLUSIVE, covered=(False, True)),
        ]
    )
    assert found["wrong_decisive"]["exceeds"] == 3 / 6
    assert found["wrong_decisive_when_looking"]["exceeds"] == 1 / 6
    assert found["right_decisive_at_2_delta"]["exceeds"] == 1 / 2
    assert found["coverage"]["exceeds"] == 6 / 7
    assert found["decisive"]["exceeds"] == 5 / 6
    assert found["n"]["at_2_delta"]["exceeds"] == 2


def test_without_a_case_there_is_no_rate():
    found = counted([judged(0.0, Finding.INCONCLUSIVE)])
    assert found["right_decisive_at_2_delta"] == {"exceeds": None}
    assert found["calibration_error_of_decisions"] is None


def test_a_probability_that_means_what_it_says_has_no_error():
    said = np.repeat([0.25, 0.75], 400)
    came = np.concatenate([np.arange(400) % 4 == 0, np.arange(400) % 4 != 0])
    assert calibration_error(said, came) == 0
    assert calibration_error(said, ~came) == pytest.approx(0.5)


def test_reliability_shows_what_came_with_its_interval():
    said = np.array([0.05, 0.95, 0.95, 0.95])
    low, high = reliability(said, np.array([False, True, True, False]))
    assert (low["said"], low["came"], low["n"]) == (0.05, 0.0, 1)
    assert high["came"] == pytest.approx(2 / 3, abs=1e-4)
    assert high["low"] < 2 / 3 < high["high"]


def test_wilsons_interval_agrees_with_scipy():
    for hits, n in ((0, 5), (3, 40), (40, 40)):
        expected = binomtest(hits, n).proportion_ci(0.95, method="wilson")
        assert wilson(hits, n) == pytest.approx((expected.low, expected.high))


def test_every_check_is_calibrated():
    assert set(PLANTED) == set(CHECKS.names())


@pytest.mark.parametrize("multiple", [0.0, 4.0])
@pytest.mark.parametrize("check", PLANTED)
def test_a_claim_far_on_either_side_is_decided_rightly(check, multiple):
    found = simulate(check, multiple, SMALL, np.random.default_rng(1))
    assert not found.is_wrong
    if check not in ("scaling", "correlation"):  # four seeds seldom decide those
        assert found.finding is not Finding.INCONCLUSIVE


@pytest.mark.parametrize("check", PLANTED)
def test_what_is_planted_is_what_is_found_on_average(check):
    world = World(n_seeds=8, n_patients=300, spreads=PRECISE, delta=0.05)
    planted = plant(check, 2.0, world, np.random.default_rng(3))
    from verifier.measuring import measure

    measured = measure(planted.protocol, planted.runs)
    decided = CHECKS.load(check).decide(measured, protocol=planted.protocol)
    for member in decided.members:
        reach = 4 * np.hypot(member.seed_error, member.patient_error)
        assert abs(member.value - planted.effect) < reach


def test_simulated_differences_spread_as_the_measured_ones():
    """Of 6 claims with 8 seeds each; by chance the estimates stray by about an eighth."""
    from verifier.scoring import score

    world, spreads = World(n_seeds=8), measured_spreads()
    generator = np.random.default_rng(0)
    shared, seeds = [], []
    for _ in range(6):
        planted = plant("exceeds", 1.0, world, generator)
        found = score(planted.protocol, planted.runs)
        one, other = (found["arm", arm, "", 1, "linear"] for arm in ("a", "b"))
        covariance = np.cov(one.resampled - other.resampled)
        shared.append((covariance.sum() - np.trace(covariance)) / 56)
        seeds.append(np.var(one.whole - other.whole, ddof=1))
    assert np.sqrt(np.mean(shared)) == pytest.approx(spreads.patients, rel=0.35)
    of_seeds = np.hypot(spreads.pair, spreads.together)
    assert np.sqrt(np.mean(seeds)) == pytest.approx(of_seeds, rel=0.35)


def test_the_same_seed_simulates_the_same_claims():
    first, again = (calibrate(5, SMALL, n_processes=1, checks=["exceeds"]) for _ in range(2))
    for found in (first, again):
        del found["seconds"], found["processor_seconds"]
    assert first == again
    assert first["claims"] == len(EFFECTS)


def test_all_looks_together_spend_no_more_than_one():
    assert sum(share_of_look(look) for look in range(1, 1000)) < 1
    assert share_of_look(1) == 0.75
    with pytest.raises(ValueError, match="from 1"):
        share_of_look(0)


def test_looks_come_at_ever_more_seeds_up_to_the_last():
    assert looks_up_to(16) == (3, 5, 8, 12, 16)
    assert looks_up_to(2) == (2,)


def test_the_last_figures_are_the_ones_shown_and_bundled_ones_before(tmp_path):
    bundled, is_own = figures.last(tmp_path)
    assert not is_own
    assert bundled["claims"] >= 2000
    figures.keep(tmp_path, {"claims": 7})
    assert figures.last(tmp_path) == ({"claims": 7}, True)


def test_the_bundled_figures_keep_the_promises():
    """What docs and the dashboard show before anybody has calibrated on this machine."""
    found = json.loads(figures.BUNDLED.read_text(encoding="utf-8"))
    assert max(found["wrong_decisive"].values()) <= 0.05
    assert max(found["wrong_decisive_when_looking"].values()) <= 0.05
    assert min(found["right_decisive_at_2_delta"].values()) >= 0.9
    assert all(0.93 <= share <= 0.97 for share in found["coverage"].values())
    assert found["expected_calibration_error"] <= 0.03
