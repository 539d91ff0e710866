import numpy as np
import pytest

from verifier.calibration import EFFECTS, Judged, World, calibrate, calibration_error, counted
from verifier.verdict import Finding

SMALL = World(n_seeds=3, n_patients=60)


def judged(effect: float, finding: Finding, *, is_covered: bool = True) -> Judged:
    return Judged(effect=effect, finding=finding, probability=0.5, is_covered=is_covered)


def test_what_counts_as_wrong_is_a_decision_against_the_planted_truth():
    found = counted(
        [
            judged(0.0, Finding.SUPPORTED),
            judged(1.0, Finding.SUPPORTED),  # an effect of delta itself does not exceed it
            judged(2.0, Finding.CONTRADICTED),
            judged(2.0, Finding.SUPPORTED),
            judged(0.5, Finding.CONTRADICTED),
            judged(4.0, Finding.INCONCLUSIVE, is_covered=False),
        ]
    )
    assert found["wrong_decisive"]["exceeds"] == 3 / 6
    assert found["right_decisive_at_2_delta"]["exceeds"] == 1 / 2
    assert found["coverage"]["exceeds"] == 5 / 6
    assert found["decisive"]["exceeds"] == 5 / 6


def test_without_a_case_there_is_no_rate():
    assert counted([judged(0.0, Finding.INCONCLUSIVE)])["right_decisive_at_2_delta"] == {
        "exceeds": None
    }


def test_a_probability_that_means_what_it_says_has_no_error():
    said = np.repeat([0.25, 0.75], 400)
    came = np.concatenate([np.arange(400) % 4 == 0, np.arange(400) % 4 != 0])
    assert calibration_error(said, came) == 0
    assert calibration_error(said, ~came) == pytest.approx(0.5)


def test_the_same_seed_simulates_the_same_claims():
    first, again = (calibrate(5, SMALL, n_processes=1) for _ in range(2))
    del first["seconds"], again["seconds"]
    assert first == again
    assert first["claims"] == len(EFFECTS)


def test_large_planted_effects_are_found_and_the_engine_is_seldom_wrong():
    precise = World(n_seeds=6, n_patients=200, seed_spread=0.003, shared=0.99, delta=0.02)
    found = calibrate(50, precise, n_processes=2)
    assert found["by_effect"]["4 delta"]["supported"] > 0.9
    assert found["by_effect"]["0 delta"]["supported"] == 0
    assert found["wrong_decisive"]["exceeds"] <= 0.1
    assert found["coverage"]["exceeds"] >= 0.88
