"""Where the runs of arms were made, told from their results."""

from verifier.certainty import Setting, reasons
from verifier.machines import apart
from verifier.verdict import Concern

HERE = {"environment": {"device": "cpu", "processor": "amd", "torch": "2.13.0", "threads": 1}}
THERE = {"environment": {"device": "cpu", "processor": "intel", "torch": "2.11.0", "threads": 1}}


def run(arm: str, result, *, context: str = "", size: int = 64):
    return ({"arm": arm, "context": context, "size": size}, result)


def test_arms_made_side_by_side_are_not_apart():
    assert apart([run(arm, HERE) for arm in "ab" for _ in range(4)]) == ""


def test_seeds_spread_over_two_machines_alike_are_noise_and_no_shift():
    assert apart([run(arm, made) for arm in "ab" for made in (HERE, THERE) * 3]) == ""


def test_an_arm_made_elsewhere_is_named_with_its_runs():
    found = apart([run("a", HERE)] * 4 + [run("b", THERE)] * 3 + [run("b", HERE)])
    assert found == "a was made on cpu, amd, torch 2.13.0 in 4 of 4 runs, b in 1 of 4"


def test_levels_of_one_arm_are_compared_too_and_told_apart_by_their_size():
    found = apart([run("a", HERE, size=64)] * 3 + [run("a", THERE, size=1900)] * 3)
    assert "a (64 records)" in found
    assert "a (1,900 records)" in found


def test_runs_that_do_not_say_where_they_were_made_are_not_guessed_at():
    assert apart([run("a", {}), run("b", None), run("c", HERE)]) == ""


def test_it_lowers_certainty_and_says_why():
    setting = Setting(is_synthetic=False, n_records=9, is_tuned=True, made_apart="a was made on x")
    found = reasons(setting, members=[], questions=[], controls=[], n_seeds=16)
    (bias,) = [each for each in found if each.concern is Concern.RISK_OF_BIAS]
    assert bias.text.endswith("shifts a score by itself: a was made on x.")
