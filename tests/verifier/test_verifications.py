import pytest

from tests.verifier.made import request
from verifier.verifications import Verifications


@pytest.fixture
def workspace(workspace_on_either):
    return workspace_on_either


@pytest.fixture
def asked(workspace, clock):
    return Verifications(workspace.database, clock=clock)


def ask(asked, *claims: str) -> int:
    return asked.request(list(claims), preset="quick", data="synthetic")


def test_pressing_the_button_twice_asks_once(asked):
    assert ask(asked, "C03") == ask(asked, "C03")
    assert ask(asked, "C04") != ask(asked, "C03")


def test_a_finished_request_may_be_made_again(asked):
    first = ask(asked, "C03")
    asked.end(asked.claim("w"), state="finished", message="done")
    assert ask(asked, "C03") != first


def test_each_request_is_tended_by_one(asked):
    ask(asked, "C03")
    assert asked.claim("one") is not None
    assert asked.claim("two") is None


def test_one_whose_tender_fell_silent_is_taken_over(asked, clock):
    request_id = ask(asked, "C03")
    silent = asked.claim("one")
    clock.advance(61)
    assert asked.claim("two").id == request_id
    assert not asked.renew(silent)
    assert not asked.end(silent, state="finished", message="late")


def test_a_tender_that_gives_back_is_followed_at_once(asked):
    ask(asked, "C03")
    asked.give_back(asked.claim("one"))
    assert asked.claim("two") is not None


def test_cancelling_ends_it_for_its_tender(asked):
    request_id = ask(asked, "C03")
    tended = asked.claim("one")
    asked.cancel(request_id)
    assert not asked.renew(tended, message="still at it")
    assert asked.get(request_id).state == "cancelled"


def test_the_runs_it_waits_for_are_said_by_claim(asked, workspace):
    request_id = ask(asked, "C03", "C04")
    runs = workspace.queue.enqueue([request(f) for f in "ab"], actor="test")
    asked.link(request_id, {"C03": runs, "C04": runs[:1]})
    asked.link(request_id, {"C03": runs, "C04": runs[:1]})
    assert asked.runs(request_id) == {"C03": runs, "C04": runs[:1]}
    assert asked.claims_of_run(runs[0]) == ["C03", "C04"]
    assert asked.claims_of_run(runs[1]) == ["C03"]


def test_data_used_before_is_offered_newest_first(asked):
    asked.request(["C03"], preset="quick", data="synthetic")
    asked.request(["C03"], preset="quick", data="ptb_xl:/data/ptb-xl")
    asked.request(["C04"], preset="quick", data="synthetic")
    assert asked.data_used() == ["synthetic", "ptb_xl:/data/ptb-xl"]


def test_a_claim_is_being_asked_until_its_own_runs_have_ended(asked, workspace):
    first, second = workspace.queue.enqueue([request("a" * 64), request("b" * 64)], actor="test")
    asked_id = ask(asked, "C03", "C04", "C05")
    assert asked.claims_asked() == {"C03", "C04", "C05"}, "nothing is planned yet"

    asked.link(asked_id, {"C03": [first], "C04": [first, second]})
    assert asked.claims_asked() == {"C03", "C04"}

    workspace.queue.request_cancel(first, actor="test")
    assert asked.claims_asked() == {"C04"}

    asked.cancel(asked_id)
    assert asked.claims_asked() == set()
