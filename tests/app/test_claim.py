"""One claim: what stands on its screen, and what a person can do there."""

from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from verifier import intake
from verifier.protocol import bundled
from verifier.verdict import Status
from verifier.workspace import Workspace

Visit = Callable[..., AppTest]
Read = Callable[[AppTest], str]
TurnTo = Callable[[AppTest, str], AppTest]


def test_shows_status_confidence_and_both_witnesses(
    visit: Visit, read: Read, demo_home: Path
) -> None:
    words = read(visit(demo_home, "claim", id="demo-best"))

    assert "Confidence 91 %, that of the literature witness it rests on" in words
    assert "The study's own text says so" in words
    assert "CPC beats data2vec by 0.031" in words
    assert "lowered for indirectness: synthetic records" in words
    assert "python -m verifier verify demo-best --preset quick --data synthetic" in words


def test_a_witness_that_decides_nothing_has_no_certainty_to_be_lowered(
    visit: Visit, read: Read, demo_home: Path
) -> None:
    words = read(visit(demo_home, "claim", id="demo-width"))

    assert "Confidence **none** (nothing decisive was found)" in words
    assert "Certainty" not in words
    assert "lowered" not in words
    assert "reporting bias: 1 of 1 document is by its own authors" in words


def test_while_a_claim_is_asked_about_its_screen_says_so_and_can_cancel(
    visit: Visit, read: Read, demo_home: Path, demo: Workspace
) -> None:
    words = read(visit(demo_home, "claim", id="demo-five"))
    assert words.count("Press **Verify** to ask it") == 2
    asked = demo.verifications.request(["demo-five"], preset="quick", data="synthetic")

    at = visit(demo_home, "claim", id="demo-five")
    assert f"**Verification {asked}** · 1 claim, quick, on synthetic" in read(at)
    assert read(at).count("This witness is being asked") == 2
    assert f"Verification {asked}" not in read(visit(demo_home, "claim", id="demo-stem"))

    at.button(key=f"cancel_verification_{asked}").click().run()
    assert f"Verification {asked} is cancelled" in at.toast[0].value
    assert read(at).count("Press **Verify** to ask it") == 2


def test_finds_a_claim_whatever_the_case_of_its_id(visit: Visit, demo_home: Path) -> None:
    assert not visit(demo_home, "claim", id="DEMO-BEST").warning


def test_marks_the_quote_inside_the_text_around_it(visit: Visit, demo_home: Path) -> None:
    at = visit(demo_home, "claim", id="demo-best")

    html = at.html[0].value
    marked = html.split("<mark")[1].split(">", 1)[1].split("</mark>")[0]
    assert marked == "CPC gives the strongest representations over most clinical tasks"
    assert "closely followed by JEPA" in html


def test_other_peoples_text_is_never_markup(visit: Visit, demo_home: Path) -> None:
    at = visit(demo_home, "claim", id="demo-hostile")

    shown = "".join(each.value for each in at.html)  # with the frame's own script
    assert "<script>alert" not in shown
    assert "&lt;script&gt;alert(&quot;from a paper&quot;)&lt;/script&gt;" in shown
    for each in [*at.markdown, *at.caption, *at.header, *at.info]:
        assert "[link](javascript:" not in each.value
        assert "**bold**" not in each.value
        assert " $x^2$" not in each.value


def test_shows_what_was_remarked_when_the_report_was_imported(
    visit: Visit, read: Read, demo_home: Path, demo: Workspace
) -> None:
    data = "claim;verdict\nAlle *Zebras* schlafen – im Stehen.;Mixed\n".encode("cp1252")
    found = intake.preview(demo, data, name="r.csv")
    intake.store(demo, found)
    at = visit(demo_home, "claim", id=found.decisions[0].claim_id, part="In the report")
    words = read(at)
    assert "the report says 'Mixed', which is neither verified nor not" in words
    assert "The report: read as Windows-1252, since it is not UTF-8." in words


def test_shows_the_reported_wording_in_its_place(visit: Visit, read: Read, demo_home: Path) -> None:
    at = visit(demo_home, "claim", id="demo-new", part="In the report")

    assert "line 14 · claim 10 · the report's own verdict: not verified" in read(at)
    assert "cut off in its report" in read(at)


@pytest.mark.parametrize(
    ("part", "words"),
    [
        ("Evidence", "closely followed by JEPA"),
        ("Measurements", "Runs behind it"),
        ("Protocol", "**Hypothesis.**"),
        ("In the report", "the report's own verdict"),
        ("Review", "Keys 1 to 5 judge"),
        ("History", "Nothing is ever overwritten."),
    ],
)
def test_only_the_part_that_is_seen_is_drawn(
    part: str, words: str, visit: Visit, read: Read, turn_to: TurnTo, demo_home: Path
) -> None:
    at = visit(demo_home, "claim", id="demo-best", part=part)
    assert words in read(at)

    assert words not in read(turn_to(at, "Evidence" if part != "Evidence" else "Review"))


def test_a_reason_that_was_begun_stands_after_a_look_at_the_evidence(
    visit: Visit, turn_to: TurnTo, demo_home: Path
) -> None:
    at = visit(demo_home, "claim", id="demo-best", part="Review")
    at.text_area(key="review_reason_demo-best").set_value("The interval is wide.").run()

    assert "review_reason_demo-best" not in [each.key for each in turn_to(at, "Evidence").text_area]
    turn_to(at, "Review")

    assert at.text_area(key="review_reason_demo-best").value == "The interval is wide."


def test_shows_what_each_nuisance_did_and_which_was_not_tried_to_the_end(
    visit: Visit, demo_home: Path
) -> None:
    page = visit(demo_home, "claim", id="demo-best", part="Measurements")
    (table,) = [t.value for t in page.dataframe if "Nuisance" in t.value.columns]
    assert list(table["Tried"]) == ["5 seeds, 10 runs", "11 of 25 runs; not judged"]
    assert list(table["Finding without → with"]) == ["supported → inconclusive", "—"]
    assert "+0.031 [+0.019, +0.043] → +0.012 [−0.009, +0.033]" in table["Moved most"][0]


def test_says_that_an_earlier_protocol_decided_where_today_s_is_another(
    visit: Visit, demo_home: Path, demo: Workspace
) -> None:
    assert not visit(demo_home, "claim", id="demo-best").warning

    demo.archive.choose_protocol("demo-best", "C13")
    at = visit(demo_home, "claim", id="demo-best")

    assert "decided by an earlier protocol" in at.warning[0].value
    listed = visit(demo_home, "claims", q="demo-best").dataframe[0].value
    assert "earlier protocol" in listed["remarks"][0]


def test_shows_conformity_as_no_evidence(visit: Visit, read: Read, demo_home: Path) -> None:
    words = read(visit(demo_home, "claim", id="demo-best", part="Measurements"))

    assert "Shown, never evidence." in words
    assert "✘ differs" in words


def test_a_protocol_is_chosen_by_hand_and_kept(
    visit: Visit, read: Read, demo_home: Path, demo: Workspace
) -> None:
    chosen = next(id for id, entry in bundled().items() if entry.protocol is not None)
    at = visit(demo_home, "claim", id="demo-new", part="Protocol")

    at.selectbox(key="protocol_chosen").set_value(chosen)
    at.button(key="protocol_save").click().run()

    assert not at.exception
    kept = demo.archive.claim("demo-new")
    assert kept is not None
    assert kept.claim.protocol_id == chosen
    assert "chosen by hand" in read(at)


def test_no_protocol_can_be_chosen_too(visit: Visit, demo_home: Path, demo: Workspace) -> None:
    at = visit(demo_home, "claim", id="demo-best")

    at.selectbox(key="protocol_chosen").set_value("none")
    at.button(key="protocol_save").click().run()

    kept = demo.archive.claim("demo-best")
    assert kept is not None
    assert kept.claim.protocol_id is None


def overrule(at: AppTest, *, author: str, reason: str) -> None:
    at.selectbox(key="overrule_status").set_value("refuted")
    at.text_input(key="overrule_author").set_value(author)
    at.text_area(key="overrule_reason").set_value(reason)
    at.button(key="overrule_save").click().run()


def test_overruling_with_name_and_reason_stands_beside_what_it_overrules(
    visit: Visit, read: Read, demo_home: Path, demo: Workspace
) -> None:
    at = visit(demo_home, "claim", id="demo-best")

    overrule(at, author="Ada", reason="The seeds share a bug.")

    assert "Overruled by Ada: The seeds share a bug." in read(at)
    newest, before = demo.archive.verdicts("demo-best")[:2]
    assert (newest.verdict.status, newest.author) == (Status.REFUTED, "Ada")
    assert before.verdict.status is Status.VERIFIED


@pytest.mark.parametrize(("author", "reason"), [("Ada", "  "), ("", "Because.")])
def test_overruling_without_name_or_reason_is_refused(
    author: str, reason: str, visit: Visit, demo_home: Path, demo: Workspace
) -> None:
    at = visit(demo_home, "claim", id="demo-best")
    before = len(demo.archive.verdicts("demo-best"))

    overrule(at, author=author, reason=reason)

    assert "needs a name and a reason" in at.error[0].value
    assert len(demo.archive.verdicts("demo-best")) == before


def test_overruling_begins_with_no_status_and_is_refused_until_one_is_chosen(
    visit: Visit, demo_home: Path, demo: Workspace
) -> None:
    at = visit(demo_home, "claim", id="demo-best")
    before = len(demo.archive.verdicts("demo-best"))
    assert at.selectbox(key="overrule_status").value is None

    at.text_input(key="overrule_author").set_value("Ada")
    at.text_area(key="overrule_reason").set_value("Because.")
    at.button(key="overrule_save").click().run()

    assert "needs a status" in at.error[0].value
    assert len(demo.archive.verdicts("demo-best")) == before


def test_verify_writes_a_request_and_says_so(
    visit: Visit, demo_home: Path, demo: Workspace
) -> None:
    at = visit(demo_home, "claim", id="demo-loss")

    at.radio(key="claim_form_preset").set_value("standard")
    at.button(key="claim_form_verify").click().run()

    asked = demo.verifications.latest(limit=1)[0]
    assert (asked.claim_ids, asked.preset, asked.data) == (["demo-loss"], "standard", "synthetic")
    assert f"Verification {asked.id} is requested" in at.success[0].value


def test_verify_on_data_that_is_not_there_is_refused_in_words(
    visit: Visit, demo_home: Path, demo: Workspace
) -> None:
    before = len(demo.verifications.latest())
    at = visit(demo_home, "claim", id="demo-loss")

    at.selectbox(key="claim_form_data").set_value("another …").run()
    at.text_input(key="claim_form_reference").set_value("ptb_xl:/no/such/folder")
    at.button(key="claim_form_verify").click().run()

    assert not at.exception
    assert at.error
    assert len(demo.verifications.latest()) == before
