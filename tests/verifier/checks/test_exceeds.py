import pytest
from hypothesis import given
from hypothesis import strategies as st

from verifier.checks import Measured
from verifier.checks._questions import all_hold, question
from verifier.checks.exceeds import decide
from verifier.protocol import Protocol
from verifier.statistics.effect import Effect
from verifier.verdict import Estimate, Finding

DELTA = 0.01
PROTOCOL = Protocol(
    id="T1", hypothesis="", words="", check="exceeds", recipe="tiny", favoured=(), delta=DELTA
)


def member(value: float, error: float, name: str = "a − b") -> Estimate:
    effect = Effect(value=value, seed_error=error, patient_error=0.0, n_seeds=10, n_patients=300)
    return question(name, effect, threshold=DELTA, scale=DELTA, unit="macro AUROC").estimate


def p_value(found: Estimate) -> float:
    from verifier.checks._questions import asked_of

    return 1 - asked_of(found, delta=DELTA).above


def decided(*members: Estimate, missing: tuple[str, ...] = ()):
    return decide(Measured(members=members, missing=missing, n_seeds=10), protocol=PROTOCOL)


def test_an_interval_above_delta_supports():
    found = decided(member(0.05, 0.01))
    assert found.finding is Finding.SUPPORTED
    assert found.confidence > 0.97


def test_an_interval_above_zero_but_not_above_delta_does_not():
    found = decided(member(0.02, 0.008))
    assert (found.finding, found.confidence) == (Finding.INCONCLUSIVE, None)
    assert "each comparison's probability" in found.confidence_reason


def test_a_ninety_percent_interval_below_delta_contradicts():
    """The upper end at 90 % is 0.0 + 1.833 × 0.005 = 0.0092 < 0.01, at 95 % it is 0.0113."""
    small = member(0.0, 0.005)
    assert small.high > DELTA
    found = decided(small)
    assert found.finding is Finding.CONTRADICTED
    assert found.confidence == pytest.approx(1 - small.probability)


def test_every_member_has_to_pass():
    good = [member(0.05, 0.005, name) for name in ("a − b", "a − c")]
    assert decided(*good).finding is Finding.SUPPORTED
    assert decided(*good, member(0.02, 0.02, "a − d")).finding is Finding.INCONCLUSIVE


def test_one_member_clearly_on_the_wrong_side_contradicts_and_is_named():
    found = decided(member(0.05, 0.005), member(-0.05, 0.005, "a − c"))
    assert found.finding is Finding.CONTRADICTED
    assert "a − c" in found.reason
    assert "1 of 2" in found.reason


def test_many_members_need_stronger_evidence_for_each():
    """One-sided p of each is about 0.02: enough alone, not among four (Holm: 0.025 / 4)."""
    just = member(DELTA + 2.4 * 0.005, 0.005)
    assert 0.015 < p_value(just) < 0.025
    assert decided(just).finding is Finding.SUPPORTED
    assert decided(*[just] * 4).finding is Finding.INCONCLUSIVE


def test_confidence_in_all_falls_with_the_doubts_about_each():
    assert all_hold([0.99, 0.98]) == pytest.approx(0.97)
    assert all_hold([0.5, 0.4]) == 0.0


def test_nothing_measured_is_inconclusive_without_a_number():
    found = decided()
    assert (found.finding, found.confidence) == (Finding.INCONCLUSIVE, None)
    assert found.confidence_reason


def test_a_missing_run_decides_nothing_and_is_named():
    found = decided(member(0.05, 0.001), missing=("run 7 failed",))
    assert (found.finding, found.confidence) == (Finding.INCONCLUSIVE, None)
    assert "run 7 failed" in found.reason


EFFECTS = st.lists(st.tuples(st.floats(-0.1, 0.1), st.floats(0.001, 0.05)), min_size=1, max_size=5)


@given(EFFECTS)
def test_a_decisive_finding_is_always_more_likely_right_than_wrong(effects):
    found = decided(*[member(value, error) for value, error in effects])
    if found.finding is not Finding.INCONCLUSIVE:
        assert found.confidence >= 0.5


@given(EFFECTS, st.floats(0.001, 0.1))
def test_larger_effects_never_turn_support_into_anything_else(effects, gain):
    before = decided(*[member(value, error) for value, error in effects])
    after = decided(*[member(value + gain, error) for value, error in effects])
    if before.finding is Finding.SUPPORTED:
        assert after.finding is Finding.SUPPORTED
    if after.finding is Finding.CONTRADICTED:
        assert before.finding is Finding.CONTRADICTED


def test_wrong_decisions_are_as_rare_as_promised():
    """Planted truth at delta itself and at no effect: support may be claimed in 2.5 % of cases."""
    import numpy as np

    from verifier.statistics.effect import paired_effect

    generator = np.random.default_rng(3)
    wrong = 0
    for _ in range(800):
        differences = DELTA + generator.normal(0, 0.02, 6)
        effect = paired_effect(differences, np.zeros((6, 10)), n_patients=100)
        asked = question("a − b", effect, threshold=DELTA, scale=DELTA, unit="")
        wrong += decided(asked.estimate).finding is Finding.SUPPORTED
    assert wrong / 800 <= 0.045
