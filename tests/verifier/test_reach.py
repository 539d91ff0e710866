from dataclasses import replace

import pytest

from verifier.checks import Decision
from verifier.protocol import bundled
from verifier.reach import limits, regime, within_reach
from verifier.verdict import Finding

AGAINST = Decision(
    finding=Finding.CONTRADICTED, reason="It falls by 0.1.", confidence=0.999, probability=0.001
)
ABOUT_ALL, ELSEWHERE = bundled()["C05"].protocol, bundled()["C13"].protocol


def test_a_contradiction_of_a_claim_about_all_stands_inside_the_regime_of_the_runs():
    assert within_reach(AGAINST, ABOUT_ALL) is AGAINST
    assert "inside the regime of these runs" in regime(AGAINST)[0]
    assert limits(ABOUT_ALL) == ABOUT_ALL.limits


def test_a_claim_about_what_no_run_reaches_stays_open_with_what_was_measured():
    found = within_reach(AGAINST, ELSEWHERE)
    assert found.finding is Finding.INCONCLUSIVE
    assert found.confidence is None
    assert found.probability is None
    assert found.reason.startswith("It falls by 0.1. ")
    assert "widths of 512 to 1,024" in found.reason
    assert regime(found) == []
    assert limits(ELSEWHERE)[:-1] == ELSEWHERE.limits
    assert "not contradict it" in limits(ELSEWHERE)[-1]


@pytest.mark.parametrize("finding", [Finding.SUPPORTED, Finding.INCONCLUSIVE])
def test_such_a_claim_may_be_supported_or_undecided_at_our_scale(finding):
    decision = replace(AGAINST, finding=finding)
    assert within_reach(decision, ELSEWHERE) is decision


def test_claims_whose_words_name_a_scale_of_their_own_say_what_is_out_of_reach():
    assert [id for id, entry in bundled().items() if entry.protocol and entry.protocol.beyond] == [
        "C09",
        "C13",
    ]
