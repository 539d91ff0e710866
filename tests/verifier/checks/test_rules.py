"""Each rule on scores whose truth is known; exceeds has a file of its own."""

from dataclasses import replace

import numpy as np
import pytest

from tests.verifier.scored import measured, protocol
from verifier.checks import CHECKS
from verifier.claim import InputError
from verifier.measuring import of_scores
from verifier.verdict import Finding

S, C, OPEN = Finding.SUPPORTED, Finding.CONTRADICTED, Finding.INCONCLUSIVE
SIZES = (56, 136, 330, 800, 1900)


def decide(asked, means, **more):
    return CHECKS.load(asked.check).decide(measured(asked, means, **more), protocol=asked)


def arms(**means: float):
    return {(name.replace("_", " "), "", 64): mean for name, mean in means.items()}


# equivalent


@pytest.mark.parametrize(
    ("gap", "spread", "finding"),
    [(0.0, 0.004, S), (0.04, 0.004, C), (-0.04, 0.004, C), (0.0, 0.05, OPEN)],
)
def test_equal_arms_are_told_from_different_and_from_uncertain_ones(gap, spread, finding):
    asked = protocol("equivalent", favoured=["a"], rivals=["b"])
    assert decide(asked, arms(a=0.8 + gap, b=0.8), spread=spread).finding is finding


@pytest.mark.parametrize(("gap", "finding"), [(0.01, S), (-0.01, C), (0.05, C)])
def test_slightly_ahead_is_a_margin_that_begins_at_zero(gap, finding):
    asked = protocol("equivalent", favoured=["a"], rivals=["b"], options={"at_least": 0.0})
    assert decide(asked, arms(a=0.8 + gap, b=0.8), spread=0.002).finding is finding


def test_equal_arms_are_said_to_lie_within_and_their_probability_is_of_that():
    """P(effect > delta) of equal arms is near 0, which would call the finding fragile."""
    asked = protocol("equivalent", favoured=["a"], rivals=["b"])
    found = decide(asked, arms(a=0.8, b=0.8), spread=0.002)
    assert "the effect lies above −0.02 and below 0.02" in found.reason
    (member,) = found.members
    assert member.probability == pytest.approx(found.confidence)
    assert member.probability > 0.9


def test_the_side_that_fails_is_named():
    asked = protocol("equivalent", favoured=["a"], rivals=["b"])
    assert "not below 0.02" in decide(asked, arms(a=0.86, b=0.8)).reason
    assert "not above −0.02" in decide(asked, arms(a=0.74, b=0.8)).reason


def test_margins_that_cannot_hold_are_refused():
    turned = protocol("equivalent", favoured=["a"], rivals=["b"], options={"at_most": -0.05})
    with pytest.raises(InputError, match=r"at_least = -0.02 must lie below options.at_most = -0"):
        decide(turned, arms(a=0.8, b=0.8))
    words = protocol("equivalent", favoured=["a"], rivals=["b"], options={"at_most": "1 %"})
    with pytest.raises(InputError, match="'1 %'; it must be a number"):
        decide(words, arms(a=0.8, b=0.8))


# any rule


@pytest.mark.parametrize("check", ["exceeds", "equivalent", "optimum", "ordering"])
def test_two_seeds_decide_nothing_however_well_they_agree(check):
    asked = protocol(check, favoured=["a"], rivals=["b"])
    for gap in (0.0, 0.01, 0.05):
        found = decide(asked, arms(a=0.8 + gap, b=0.8), n_seeds=2, spread=1e-6)
        assert (found.finding, found.confidence) == (OPEN, None)
        assert "Two seeds decide nothing" in found.reason
        assert found.members


@pytest.mark.parametrize("gap", [0.0, 0.02, 0.05])
def test_seeds_that_repeat_one_another_are_one_run(gap):
    asked = protocol("exceeds", favoured=["a"], rivals=["b"])
    found = decide(asked, arms(a=0.8 + gap, b=0.8), n_seeds=8, spread=0.0)
    assert (found.finding, found.confidence) == (OPEN, None)
    assert "Every seed gave the same to the last digit" in found.reason


# ordering


def test_the_first_of_all_has_to_exceed_each():
    asked = protocol("ordering", favoured=["a"], rivals=["b", "c"])
    found = decide(asked, arms(a=0.85, b=0.8, c=0.79))
    assert found.finding is S
    assert "a 1.00" in found.reason
    assert decide(asked, arms(a=0.85, b=0.8, c=0.9)).finding is C


def test_a_rival_said_to_be_near_need_only_not_be_ahead():
    means = arms(a=0.80, b=0.799, c=0.7)
    near = protocol("ordering", favoured=["a"], rivals=["b", "c"], options={"near": ["b"]})
    found = decide(near, means, spread=0.002)
    assert found.finding is S
    assert "where it has to (a − b above −0.02; a − c above 0.02)" in found.reason
    assert all(member.probability > 0.9 for member in found.members)
    strict = protocol("ordering", favoured=["a"], rivals=["b", "c"])
    assert decide(strict, means, spread=0.002).finding is C


def test_a_near_rival_that_ranks_first_withholds_support():
    asked = protocol("ordering", favoured=["a"], rivals=["b", "c"], options={"near": ["b"]})
    found = decide(asked, arms(a=0.80, b=0.81, c=0.7), spread=0.001)
    assert found.finding is OPEN
    assert "not the test of the whole" in found.reason


def test_a_rival_whose_name_begins_with_that_of_a_near_one_is_not_near():
    means = arms(a=0.805, jepa=0.8, jepa_causal=0.8)
    options = {"near": ["jepa"]}
    asked = protocol("ordering", favoured=["a"], rivals=["jepa", "jepa causal"], options=options)
    found = decide(asked, means, spread=0.002)
    assert found.finding is C
    assert "In 1 of 2 comparisons" in found.reason
    assert "a − jepa causal" in found.reason


def test_a_near_rival_that_there_is_not_is_refused():
    asked = protocol("ordering", favoured=["a"], rivals=["b", "c"], options={"near": ["bb"]})
    with pytest.raises(InputError, match=r"'bb', which is no rival. The rivals are: b, c"):
        decide(asked, arms(a=0.8, b=0.8, c=0.8))


# trend


def rising(by: float, sizes=SIZES, arm: str = "a"):
    return {(arm, "", size): 0.7 + by * k / (len(sizes) - 1) for k, size in enumerate(sizes)}


@pytest.mark.parametrize(("by", "finding"), [(0.06, S), (0.0, C), (-0.06, C), (0.022, OPEN)])
def test_a_rise_over_sizes(by, finding):
    asked = protocol("trend", favoured=["a"], sizes="all")
    assert decide(asked, rising(by)).finding is finding


def test_a_fall_is_shown_with_its_own_sign():
    asked = protocol("trend", favoured=["a"], sizes="all", options={"down": True})
    found = decide(asked, rising(-0.06))
    assert found.finding is S
    assert found.members[0].value == pytest.approx(-0.06, abs=0.01)
    assert found.members[0].high < -0.02
    assert "below −0.02" in found.reason


def test_a_rise_that_a_null_shares_is_no_rise():
    asked = protocol("trend", favoured=["a"], rivals=["shuffled"], sizes="all")
    assert decide(asked, rising(0.06) | rising(0.06, arm="shuffled")).finding is C
    assert decide(asked, rising(0.06) | rising(0.0, arm="shuffled")).finding is S


def test_an_advantage_may_grow_while_both_fall():
    options = {"rivals": "advantage", "over": "contexts"}
    asked = protocol(
        "trend", favoured=["a"], rivals=["b"], contexts=["2.5 s", "5 s", "10 s"], options=options
    )
    means = {("a", c, 64): 0.8 - 0.01 * k for k, c in enumerate(("2.5 s", "5 s", "10 s"))}
    means |= {("b", c, 64): 0.8 - 0.05 * k for k, c in enumerate(("2.5 s", "5 s", "10 s"))}
    found = decide(asked, means)
    assert found.finding is S
    assert [member.name for member in found.members] == ["rise of a − b"]


def test_a_claim_about_two_arms_is_not_decided_by_one():
    asked = protocol("trend", favoured=["a", "b"], sizes="all")
    found = decide(asked, rising(0.06))
    assert found.finding is OPEN
    assert "missing for rise of b" in found.reason


def test_a_rise_is_not_decided_without_one_of_its_levels():
    asked = protocol("trend", favoured=["a", "b"], sizes="all")
    means = rising(0.06) | rising(0.06, arm="b")
    assert decide(asked, means).finding is S
    found = decide(asked, {place: mean for place, mean in means.items() if place[1:] != ("", 1900)})
    assert found.finding is S, "a size that nobody asked for is not missed"
    del means["b", "", 1900]
    assert decide(asked, means).finding is OPEN


def test_one_level_is_no_trend():
    asked = protocol("trend", favoured=["a"], sizes="all")
    assert "two levels" in decide(asked, {("a", "", 64): 0.8}).reason


# optimum


def test_the_best_width_is_said_with_the_shape_of_the_curve():
    widths = {"16": 16, "32": 32, "64": 64}
    asked = protocol("optimum", favoured=["32"], rivals=["16", "64"])
    found = decide(
        asked,
        {("16", "", 9): 0.75, ("32", "", 9): 0.85, ("64", "", 9): 0.8},
        covariates=lambda arm, context, size, seed: {"width": float(widths[arm])},
    )
    assert found.finding is S
    assert "inside the range" in found.reason
    assert "16: 0.749, 32: 0.851, 64: 0.800" in found.reason


def test_a_curve_of_settings_without_a_seed_in_common_is_not_drawn():
    widths = {"16": 16, "32": 32, "64": 64}
    asked = protocol("optimum", favoured=["32"], rivals=["16", "64"])
    found = measured(
        asked,
        {("16", "", 9): 0.75, ("32", "", 9): 0.85, ("64", "", 9): 0.8},
        covariates=lambda arm, context, size, seed: {"width": float(widths[arm])},
    )
    seeds = {"16": {0, 1}, "32": {2, 3}, "64": {4, 5}}
    apart = {place: each.only(seeds[each.arm]) for place, each in found.scores.items()}
    decided = CHECKS.load("optimum").decide(of_scores(asked, apart, used={}), protocol=asked)
    assert decided.finding is OPEN
    assert "fewer than 2 seeds" in decided.reason


# correlation


def correlated(sign: float):
    def covariates(arm, context, size, seed):
        jitter = np.random.default_rng(seed * 100 + size).normal(0, 0.05)
        return {"pretraining_loss": sign * -np.log(size) + jitter, "n_updates": 100.0}

    return covariates


@pytest.mark.parametrize(("sign", "finding"), [(1.0, S), (-1.0, C)])
def test_a_loss_that_goes_with_the_error_is_told_from_one_that_does_not(sign, finding):
    asked = protocol("correlation", favoured=["a"], sizes="all")
    assert decide(asked, rising(0.1), covariates=correlated(sign)).finding is finding


def test_an_arm_with_too_few_settings_leaves_the_correlation_open():
    asked = protocol("correlation", favoured=["a"], sizes="all")
    found = decide(asked, rising(0.1, SIZES[:3]), covariates=correlated(1.0))
    assert (found.finding, found.confidence) == (OPEN, None)
    assert "cannot be compared in a (linear)" in found.reason
    assert "takes 4 settings in" in found.reason


def test_a_loss_that_just_follows_the_number_of_updates_is_said_to():
    asked = protocol("correlation", favoured=["a"], sizes="all")

    def following(arm, context, size, seed):
        return {"pretraining_loss": -np.log(size), "n_updates": float(size)}

    found = decide(asked, rising(0.1), covariates=following)
    assert (found.finding, found.confidence) == (OPEN, None)
    assert "where it does not just follow n_updates" in found.reason


def test_a_loss_that_is_not_known_is_not_the_lowest_of_all():
    """A run that left no number has no rank; sorting would put it at an end."""
    asked = protocol("correlation", favoured=["a"], sizes="all")

    def lost(arm, context, size, seed):
        found = correlated(1.0)(arm, context, size, seed)
        return found | ({"pretraining_loss": np.nan} if size == 1900 else {})

    found = decide(asked, rising(0.1), covariates=lost)
    assert (found.finding, found.confidence) == (OPEN, None)


def test_a_correlation_of_few_points_is_no_more_exact_than_its_steps():
    """Every seed has five points in order, a correlation of one; it is known to a tenth."""
    asked = protocol("correlation", favoured=["a"], sizes="all")

    def perfect(arm, context, size, seed):
        return {"pretraining_loss": -np.log(size), "n_updates": 100.0}

    found = decide(asked, rising(0.4), covariates=perfect, spread=0.001, n_seeds=5)
    (member,) = found.members
    assert member.value == pytest.approx(1.0)
    assert member.seed_error == pytest.approx(0.1 / 12**0.5 / 5**0.5)
    assert found.finding is S


# scaling


def ladder(arm: str, exponent: float):
    return {(arm, "", size): 1 - 0.6 * size**-exponent for size in SIZES}


def test_a_clear_law_is_told_from_a_flat_one():
    asked = protocol("scaling", favoured=["cpc"], rivals=["flat"], sizes="all")
    means = ladder("cpc", 0.1) | {("flat", "", size): 0.6 for size in SIZES}
    found = decide(asked, means, spread=0.01)
    assert found.finding is S
    assert "cpc: exponent 0.1" in found.reason
    reverse = protocol("scaling", favoured=["flat"], rivals=["cpc"], sizes="all")
    assert decide(reverse, means, spread=0.01).finding is C


def test_where_no_arm_scales_nothing_is_clearer_than_anything():
    """The correlations of flat lines are noise; a difference of theirs decides nothing."""
    asked = protocol("scaling", favoured=["cpc"], rivals=["jepa"], sizes="all")
    means = {(arm, "", size): 0.6 for arm in ("cpc", "jepa") for size in SIZES}
    found = decide(asked, means, spread=0.01)
    assert found.finding is Finding.INCONCLUSIVE
    assert found.confidence is None
    assert "No arm's error falls with size by a law" in found.reason
    assert [each.estimate.name for each in found.questions] == [
        "exponent of cpc",
        "exponent of jepa",
    ], "what would have to lie above 0 to change it"


def test_an_arm_whose_seeds_lack_a_size_each_leaves_the_claim_open():
    """Every pair of sizes has seeds in common, but no seed has every size of `torn`."""
    asked = protocol("scaling", favoured=["cpc"], rivals=["flat", "torn"], sizes="all")
    means = ladder("cpc", 0.1) | {(arm, "", s): 0.6 for arm in ("flat", "torn") for s in SIZES}
    found = measured(asked, means, spread=0.005)
    assert CHECKS.load("scaling").decide(found, protocol=asked).finding is S
    torn = {
        place: each.only({0, 1, 2} if place[3] == 56 else {3, 4, 5}) if each.arm == "torn" else each
        for place, each in found.scores.items()
    }
    again = of_scores(asked, torn, used={})
    assert not again.missing
    decided = CHECKS.load("scaling").decide(again, protocol=asked)
    assert decided.finding is OPEN
    assert "Too few seeds have every size of torn" in decided.reason


def test_a_perfect_score_has_no_law():
    asked = protocol("scaling", favoured=["cpc"], rivals=["flat"], sizes="all")
    means = ladder("cpc", 0.1) | {("flat", "", size): 0.6 for size in SIZES}
    found = measured(asked, means, spread=0.01)
    scores = {
        place: replace(each, whole=np.ones(10)) if place[1:4] == ("cpc", "", 1900) else each
        for place, each in found.scores.items()
    }
    decided = CHECKS.load("scaling").decide(of_scores(asked, scores, used={}), protocol=asked)
    assert decided.finding is OPEN
    assert "An error of 0 has no logarithm: cpc" in decided.reason


def test_a_law_is_one_of_the_records_that_were_really_used():
    """Asked for 10,000 records where there are 2,000: the fit is at 2,000."""
    asked = protocol("scaling", favoured=["cpc"], rivals=["flat"], sizes="all")
    wanted = (*SIZES[:4], 10_000)
    means = {("cpc", "", s): 1 - 0.6 * min(s, 2000) ** -0.3 for s in wanted}
    means |= {("flat", "", s): 0.6 for s in wanted}
    scores = measured(asked, means, spread=0.001).scores
    found = of_scores(asked, scores, used={10_000: 2000})
    assert "cpc: exponent 0.30" in CHECKS.load("scaling").decide(found, protocol=asked).reason


def test_two_laws_as_clear_as_each_other_do_not_support():
    asked = protocol("scaling", favoured=["cpc"], rivals=["jepa"], sizes="all")
    means = ladder("cpc", 0.1) | ladder("jepa", 0.1)
    assert decide(asked, means, spread=0.02).finding is not S


# all


@pytest.mark.parametrize("name", CHECKS.names())
def test_a_misspelt_option_is_refused_by_name(name):
    asked = protocol(name, favoured=["a"], rivals=["b"], options={"mragin": 1})
    with pytest.raises(InputError, match="no option 'mragin'"):
        decide(asked, arms(a=0.8, b=0.7))


@pytest.mark.parametrize("name", CHECKS.names())
def test_every_option_says_what_it_means(name):
    assert all(words for words in CHECKS.load(name).OPTIONS.values())
