import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verifier.verdict import (
    Assessment,
    Certainty,
    Concern,
    Finding,
    Kind,
    Reason,
    Status,
    Witness,
    lowered,
    status,
    verdict,
)

S, C, U, N = (
    Finding.SUPPORTED,
    Finding.CONTRADICTED,
    Finding.INCONCLUSIVE,
    Finding.NOT_TESTABLE,
)


def said(witness: Witness, finding: Finding | None, **more) -> Assessment | None:
    if finding is None:
        return None
    return Assessment(claim_id="C", witness=witness, finding=finding, reason="", **more)


def read(finding: Finding | None, **more) -> Assessment | None:
    return said(Witness.LITERATURE, finding, **more)


def ran(finding: Finding | None, **more) -> Assessment | None:
    return said(Witness.EXPERIMENT, finding, **more)


@pytest.mark.parametrize(
    ("literature", "experiment", "expected"),
    [
        (None, None, Status.UNCHECKED),
        (S, S, Status.VERIFIED),
        (S, U, Status.SUPPORTED),
        (S, N, Status.SUPPORTED),
        (S, None, Status.SUPPORTED),
        (None, S, Status.SUPPORTED),
        (U, S, Status.SUPPORTED),
        (N, S, Status.SUPPORTED),
        (S, C, Status.CONTESTED),
        (C, S, Status.CONTESTED),
        (C, C, Status.REFUTED),
        (C, U, Status.REFUTED),
        (N, C, Status.REFUTED),
        (None, C, Status.REFUTED),
        (U, U, Status.INCONCLUSIVE),
        (U, N, Status.INCONCLUSIVE),
        (N, N, Status.INCONCLUSIVE),
        (None, N, Status.INCONCLUSIVE),
    ],
)
def test_the_status_of_an_empirical_claim_follows_the_table(literature, experiment, expected):
    assert status(Kind.EMPIRICAL, read(literature), ran(experiment)) is expected


@pytest.mark.parametrize(
    ("finding", "is_secondary_only", "expected"),
    [
        (None, False, Status.UNCHECKED),
        (S, False, Status.VERIFIED),
        (S, True, Status.SUPPORTED),
        (C, False, Status.REFUTED),
        (U, False, Status.INCONCLUSIVE),
        (N, False, Status.INCONCLUSIVE),
    ],
)
def test_a_descriptive_claim_rests_on_the_literature_alone(finding, is_secondary_only, expected):
    literature = read(finding, is_secondary_only=is_secondary_only)
    assert status(Kind.DESCRIPTIVE, literature, None) is expected


@pytest.mark.parametrize("experiment", [S, C])
def test_our_own_runs_never_decide_a_descriptive_claim(experiment):
    assert status(Kind.DESCRIPTIVE, read(U), ran(experiment)) is Status.INCONCLUSIVE


def test_a_stress_arm_that_turns_the_finding_round_makes_a_claim_contested():
    turned = ran(S, is_turned_by_stress=True)
    assert status(Kind.EMPIRICAL, read(S), turned) is Status.CONTESTED


def test_where_both_support_the_weaker_confidence_is_the_headline():
    found = verdict(Kind.EMPIRICAL, read(S, confidence=0.9), ran(S, confidence=0.97))
    assert (found.confidence, found.rests_on) == (0.9, Witness.LITERATURE)


def test_a_contested_claim_has_no_headline_confidence():
    """0.97 beside "contested" would read as certainty about the dispute."""
    against = verdict(Kind.EMPIRICAL, read(S, confidence=0.99), ran(C, confidence=0.97))
    turned = ran(S, confidence=0.97, is_turned_by_stress=True)
    round_by_stress = verdict(Kind.EMPIRICAL, read(S, confidence=0.99), turned)
    for found in (against, round_by_stress):
        assert found.status is Status.CONTESTED
        assert (found.confidence, found.rests_on) == (None, None)


def test_a_witness_that_decides_nothing_lends_no_confidence():
    found = verdict(Kind.EMPIRICAL, read(U, confidence=0.2), ran(S, confidence=0.97))
    assert (found.confidence, found.rests_on) == (0.97, Witness.EXPERIMENT)


def test_an_undecided_claim_has_no_headline_confidence():
    assert verdict(Kind.EMPIRICAL, read(U, confidence=0.5), None).confidence is None


def test_a_deciding_witness_without_a_number_leaves_the_headline_without_one():
    """Taking the other's number would claim more than is known of the weaker."""
    found = verdict(Kind.EMPIRICAL, read(S), ran(S, confidence=0.97))
    assert found.status is Status.VERIFIED
    assert found.confidence is None


GAIN = {C: 0, N: 1, U: 1, None: 1, S: 2}
WORTH = {Status.REFUTED: 0, Status.CONTESTED: 1, Status.UNCHECKED: 1, Status.INCONCLUSIVE: 1}
WORTH |= {Status.SUPPORTED: 2, Status.VERIFIED: 3}
FINDINGS = st.sampled_from([S, C, U, N, None])


@given(FINDINGS, FINDINGS, FINDINGS)
def test_a_better_finding_never_worsens_the_status(one, other, experiment):
    better, worse = sorted((one, other), key=GAIN.__getitem__, reverse=True)
    up = status(Kind.EMPIRICAL, read(better), ran(experiment))
    down = status(Kind.EMPIRICAL, read(worse), ran(experiment))
    assert WORTH[up] >= WORTH[down]


def test_the_two_witnesses_count_alike_for_an_empirical_claim():
    for one, other in itertools.product([S, C, U, N, None], repeat=2):
        assert status(Kind.EMPIRICAL, read(one), ran(other)) is status(
            Kind.EMPIRICAL, read(other), ran(one)
        )


def test_certainty_falls_by_each_reason_and_stops_at_very_low():
    one = Reason(concern=Concern.IMPRECISION, text="few seeds")
    two = Reason(concern=Concern.INDIRECTNESS, text="synthetic", levels=2)
    assert lowered(()) is Certainty.HIGH
    assert lowered((one,)) is Certainty.MODERATE
    assert lowered((one, two)) is Certainty.VERY_LOW
    assert lowered((two, two, one)) is Certainty.VERY_LOW
