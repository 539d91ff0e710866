"""Judging claims: a name, a reason, blind to others until one's own judgement is given."""

from collections.abc import Callable
from pathlib import Path

from streamlit.testing.v1 import AppTest

from verifier.verdict import Status
from verifier.workspace import Workspace

Visit = Callable[..., AppTest]
Read = Callable[[AppTest], str]


def judge(at: AppTest, name: str, reason: str, word: str = "refuted") -> AppTest:
    at.text_input(key="reviewer").set_value(name).run()
    at.text_area(key="review_reason_demo-best").set_value(reason)
    return at.button(key=f"judge_{word}").click().run()


def test_a_judgement_is_kept_with_its_reason(
    visit: Visit, read: Read, demo_home: Path, demo: Workspace
) -> None:
    at = judge(visit(demo_home, "review", id="demo-best"), "Ada", "The interval is wide.")

    assert not at.exception
    [kept] = demo.people.reviews("demo-best")
    assert (kept.reviewer, kept.status, kept.reason) == (
        "Ada",
        Status.REFUTED,
        "The interval is wide.",
    )
    assert "The interval is wide." in read(at)


def test_a_judgement_counts_the_name_typed_just_before_the_button(
    visit: Visit, demo_home: Path, demo: Workspace
) -> None:
    at = visit(demo_home, "review", id="demo-best")
    at.text_input(key="reviewer").set_value("Ada")
    at.text_area(key="review_reason_demo-best").set_value("The interval is wide.")

    at.button(key="judge_refuted").click().run()

    assert [kept.reviewer for kept in demo.people.reviews("demo-best")] == ["Ada"]


def test_a_judgement_without_a_reason_is_refused(
    visit: Visit, demo_home: Path, demo: Workspace
) -> None:
    at = judge(visit(demo_home, "review", id="demo-best"), "Ada", "  ")

    assert "needs a reason" in at.error[0].value
    assert demo.people.reviews("demo-best") == []


def test_the_second_reviewer_sees_the_first_only_afterwards_and_then_the_agreement(
    visit: Visit, read: Read, demo_home: Path, demo: Workspace
) -> None:
    demo.people.judge("demo-best", status=Status.VERIFIED, reviewer="Ada", reason="Adas reason.")

    at = visit(demo_home, "review", id="demo-best")
    at.text_input(key="reviewer").set_value("Ben").run()
    assert "Adas reason" not in read(at)
    assert "1 judgement by others" in read(at)

    at = judge(at, "Ben", "Bens reason.")
    assert "Adas reason." in read(at)
    assert "The first judgements differ." in read(at)
    assert "1 claim judged twice" in read(at)


def test_the_page_leads_from_claim_to_claim(visit: Visit, read: Read, demo_home: Path) -> None:
    at = visit(demo_home, "review")
    first = at.header[0].value

    at.button(key="next").click().run()

    assert at.header[0].value != first
    at.button(key="previous").click().run()
    assert at.header[0].value == first


def test_the_status_it_came_to_is_not_shown_while_judging(
    visit: Visit, read: Read, demo_home: Path
) -> None:
    words = read(visit(demo_home, "review", id="demo-best"))

    assert "Confidence 91 %" not in words
    assert "CPC gives the strongest representations" in words


def test_an_overruling_is_withdrawn_with_a_name_and_a_reason(
    visit: Visit, read: Read, demo_home: Path, demo: Workspace
) -> None:
    at = visit(demo_home, "claim", id="demo-hostile", part="History")
    assert "ours is **supported**" in read(at)

    at.text_input(key="withdraw_author").set_value("Ada")
    at.text_area(key="withdraw_reason").set_value("It made sense after all.")
    at.button(key="withdraw_save").click().run()

    summary = demo.archive.claim("demo-hostile")
    assert summary is not None
    assert summary.overruling is None
    assert summary.verdict.status is Status.SUPPORTED
    assert "withdrew that" in read(at)


def test_before_anything_was_verified_the_page_says_what_must_come_first(
    visit: Visit, read: Read, empty_home: Path
) -> None:
    words = read(visit(empty_home, "review"))

    assert "18 claims must be verified first" in words
    assert "No claim waits here." not in words


def test_a_claim_that_is_not_there_is_named(visit: Visit, read: Read, demo_home: Path) -> None:
    assert "There is no claim “nobody”." in read(visit(demo_home, "review", id="nobody"))
