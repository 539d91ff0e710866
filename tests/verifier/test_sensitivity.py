import pytest

from verifier.checks._questions import effect_of
from verifier.sensitivity import seeds_to_decide, would_change
from verifier.verdict import Estimate, Finding

DELTA = 0.01


def member(value: float, seed_error: float, patient_error: float, *, n: int = 3) -> Estimate:
    shell = Estimate(
        name="a − b",
        value=value,
        low=0.0,
        high=0.0,
        n=n,
        n_counts="seeds",
        seed_error=seed_error,
        patient_error=patient_error,
        n_patients=300,
    )
    low, high = effect_of(shell).interval(0.95)
    return Estimate(**{**vars(shell), "low": low, "high": high})


def test_support_ends_where_its_lower_end_reaches_delta():
    found = member(0.1, 0.005, 0.01)
    by_value, by_delta = would_change(Finding.SUPPORTED, [found], delta=DELTA)
    assert f"{found.low - DELTA:.3f} smaller than 0.100" in by_value
    assert f"above {found.low:.3f}" in by_delta


def test_the_weakest_member_is_the_one_that_matters():
    weak = member(0.05, 0.001, 0.01)
    strong = member(0.5, 0.001, 0.01)
    assert (
        f"above {weak.low:.3f}" in would_change(Finding.SUPPORTED, [strong, weak], delta=DELTA)[1]
    )


def test_a_reversed_effect_is_contradicted_whatever_delta():
    found = would_change(Finding.CONTRADICTED, [member(-0.1, 0.005, 0.005)], delta=DELTA)
    assert "No smaller delta" in found[1]


def test_a_negligible_effect_is_contradicted_only_for_a_large_enough_delta():
    small = member(0.0, 0.0005, 0.001)
    high = effect_of(small).interval(0.90)[1]
    assert f"below {high:.3f}" in would_change(Finding.CONTRADICTED, [small], delta=DELTA)[1]


@pytest.mark.parametrize("value", [0.03, -0.03])
def test_the_seeds_it_names_decide_and_one_fewer_does_not(value):
    open_member = member(value, 0.02, 0.002)
    n_seeds = seeds_to_decide(open_member, delta=DELTA)
    spread = 0.02 * 3**0.5  # of single seeds

    def contains(n: int) -> bool:
        found = member(value, spread / n**0.5, 0.002, n=n)
        return found.low <= DELTA <= found.high

    assert contains(3)
    assert contains(n_seeds - 1)
    assert not contains(n_seeds)
    assert (
        f"about {n_seeds} seeds"
        in would_change(Finding.INCONCLUSIVE, [open_member], delta=DELTA)[0]
    )


def test_where_the_patients_are_the_limit_no_seeds_help():
    limited = member(0.02, 0.001, 0.02)
    assert seeds_to_decide(limited, delta=DELTA) is None
    (sentence,) = would_change(Finding.INCONCLUSIVE, [limited], delta=DELTA)
    assert "No number of seeds" in sentence


def test_only_undecided_members_are_spoken_of():
    clear, unclear = member(0.2, 0.001, 0.001), member(0.02, 0.01, 0.001)
    assert len(would_change(Finding.INCONCLUSIVE, [clear, unclear], delta=DELTA)) == 1


def test_nothing_measured_says_nothing():
    assert would_change(Finding.INCONCLUSIVE, [], delta=DELTA) == ()
