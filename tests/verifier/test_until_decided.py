import pytest
from hypothesis import given
from hypothesis import strategies as st

from verifier.checks._questions import question
from verifier.statistics.effect import Effect
from verifier.until_decided import Open, choose, duration, needed, said


def waiting(claim_id: str, *, needed: int | None, seconds_a_seed: float, n_seeds: int = 4):
    return Open(
        claim_id=claim_id, n_seeds=n_seeds, look=1, needed=needed, seconds_a_seed=seconds_a_seed
    )


def asked(value: float, seed_error: float, patient_error: float = 0.001):
    effect = Effect(
        value=value,
        seed_error=seed_error,
        patient_error=patient_error,
        n_seeds=4,
        n_patients=500,
    )
    return question("a − b", effect, threshold=0.02, scale=0.02, unit="")


def test_the_claim_nearest_to_a_decision_by_its_cost_is_next():
    near, dear = (
        waiting("near", needed=10, seconds_a_seed=1.0),
        waiting("dear", needed=6, seconds_a_seed=9.0),
    )
    assert choose([dear, near], seconds_left=1000).claim_id == "near"


def test_what_would_take_longer_than_the_budget_is_not_begun():
    slow = waiting("slow", needed=100, seconds_a_seed=10.0)
    assert choose([slow], seconds_left=500) is None
    assert choose([slow], seconds_left=1000) is slow
    assert "slow would take about 100 seeds instead of 4, 16 min 0 s more" in said([slow])


def test_what_no_number_of_seeds_decides_is_left_and_said():
    limited = waiting("limited", needed=None, seconds_a_seed=0.1)
    assert choose([limited], seconds_left=1e6) is None
    assert "not be decided by more seeds alone" in said([limited])


@given(st.integers(2, 200), st.integers(2, 1000))
def test_every_step_adds_enough_seeds_for_looks_to_stay_few(n_seeds, needed_seeds):
    step = waiting("a", needed=needed_seeds, seconds_a_seed=1.0, n_seeds=n_seeds).next_seeds
    assert step >= min(n_seeds + 1, round(1.5 * n_seeds))
    assert step <= 3 * n_seeds + 2


def test_a_claim_over_many_needs_what_its_slowest_question_needs():
    quick, slow = asked(0.05, 0.02), asked(0.04, 0.02)
    both = needed([quick, slow], next_look=2)
    assert both == max(needed([quick], next_look=2), needed([slow], next_look=2))
    assert needed([quick, asked(0.021, 0.001, 0.05)], next_look=2) is None
    assert needed([], next_look=2) is None


def test_one_clear_no_decides_however_long_the_others_would_take():
    far_yes, no, slow_no = asked(0.05, 0.02), asked(-0.02, 0.02), asked(0.01, 0.02)
    by_the_no = needed([no], next_look=2)
    assert needed([far_yes, no, slow_no, asked(0.021, 0.001, 0.05)], next_look=2) == by_the_no
    assert by_the_no < needed([slow_no], next_look=2)


@pytest.mark.parametrize(("seconds", "words"), [(59.6, "1 min 0 s"), (3600, "1 h 0 min")])
def test_times_are_written_for_people(seconds, words):
    assert duration(seconds) == words
