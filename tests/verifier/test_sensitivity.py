import pytest

from verifier.checks._questions import question
from verifier.sensitivity import seeds_to_decide, would_change
from verifier.statistics.effect import Effect
from verifier.statistics.looking import share_of_look
from verifier.statistics.questions import Question
from verifier.verdict import Finding

DELTA = 0.01


def member(
    value: float, seed_error: float, patient_error: float, *, n: int = 3, turned: int = 1
) -> Question:
    effect = Effect(
        value=turned * value,
        seed_error=seed_error,
        patient_error=patient_error,
        n_seeds=n,
        n_patients=300,
    )
    return question("a − b", effect, threshold=DELTA, scale=DELTA, unit="", turned=turned)


def test_support_ends_where_its_lower_end_reaches_delta():
    found = member(0.1, 0.005, 0.01)
    by_value, by_delta = would_change(Finding.SUPPORTED, [found])
    low = found.effect.interval(1 - 0.05 * share_of_look(1))[0]
    assert f"{low - DELTA:.3f} smaller than 0.100" in by_value
    assert f"above {low:.3f}" in by_delta


def test_the_weakest_member_is_the_one_that_matters():
    weak = member(0.05, 0.001, 0.01)
    strong = member(0.5, 0.001, 0.01)
    low = weak.effect.interval(1 - 0.05 * share_of_look(1))[0]
    assert f"above {low:.3f}" in would_change(Finding.SUPPORTED, [strong, weak])[1]


def test_a_reversed_effect_is_contradicted_whatever_delta():
    found = would_change(Finding.CONTRADICTED, [member(-0.1, 0.005, 0.005)])
    assert "No smaller delta" in found[1]


def test_a_negligible_effect_is_contradicted_only_for_a_large_enough_delta():
    small = member(0.0, 0.0005, 0.001)
    high = small.effect.interval(1 - 0.10 * share_of_look(1))[1]
    assert f"below {high:.3f}" in would_change(Finding.CONTRADICTED, [small])[1]


@pytest.mark.parametrize("value", [0.03, -0.03])
def test_the_seeds_it_names_decide_and_one_fewer_does_not(value):
    open_member = member(value, 0.02, 0.002)
    n_seeds = seeds_to_decide(open_member, look=2)
    spread = 0.02 * 3**0.5  # of single seeds

    def contains(n: int) -> bool:
        found = member(value, spread / n**0.5, 0.002, n=n)
        low, high = found.effect.interval(1 - 0.05 * share_of_look(2))
        return low <= DELTA <= high

    assert contains(3)
    assert contains(n_seeds - 1)
    assert not contains(n_seeds)
    assert f"about {n_seeds} seeds" in would_change(Finding.INCONCLUSIVE, [open_member])[0]


def test_where_the_patients_are_the_limit_no_seeds_help():
    limited = member(0.02, 0.001, 0.02)
    assert seeds_to_decide(limited, look=2) is None
    (sentence,) = would_change(Finding.INCONCLUSIVE, [limited])
    assert "No number of seeds" in sentence


def test_only_undecided_members_are_spoken_of():
    clear, unclear = member(0.2, 0.001, 0.001), member(0.02, 0.01, 0.001)
    assert len(would_change(Finding.INCONCLUSIVE, [clear, unclear])) == 1


def test_nothing_measured_says_nothing():
    assert would_change(Finding.INCONCLUSIVE, []) == ()


def test_an_effect_that_is_to_fall_is_spoken_of_with_its_own_sign():
    falling = member(-0.1, 0.005, 0.01, turned=-1)
    by_value, by_threshold = would_change(Finding.SUPPORTED, [falling])
    assert "larger than −0.100" in by_value
    assert "below" in by_threshold
    assert "instead of −0.01" in by_threshold


def test_a_later_look_needs_more_seeds():
    open_member = member(0.03, 0.02, 0.002)
    assert seeds_to_decide(open_member, look=3) > seeds_to_decide(open_member, look=2)
