"""What holds for every screen: it opens, on much and on nothing, and never shows an exception."""

from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from app_pages._looks import STATE_LOOKS
from verifier.workspace import Workspace

PAGES = tuple(
    "overview claims review runs scaling calibration ecgs datasets literature importing export "
    "about claim run paper compare".split()
)
DRAWN = ("dataframe", "vega_lite_chart", "table")
NOWHERE = (
    "no-such-thing",
    "-1",
    "999999999999999999999999",
    "٩٩٩٩٩",  # digits, in another script
    "²",
    "1; DROP TABLE claim",
    "<script>alert(1)</script>",
    "../../etc/passwd",
    "%00",
    "\x00",
    "x" * 5000,
)

Visit = Callable[..., AppTest]
Read = Callable[[AppTest], str]
TurnTo = Callable[[AppTest, str], AppTest]


@pytest.mark.parametrize("page", PAGES)
def test_opens_on_a_database_with_a_bit_of_everything(
    page: str, visit: Visit, demo_home: Path
) -> None:
    asked = {"claim": "demo-best", "run": "1", "review": "demo-best", "paper": "1"}.get(page, "")
    part = "Measurements" if page == "claim" else ""
    at = visit(demo_home, page, id=asked, runs="1,2,3", part=part)

    assert not at.exception
    shown = [each for kind in DRAWN for each in at.get(kind)]
    for each in shown:
        assert each.proto.alt, "a name for those who do not see it"
    assert shown or page in ("export", "paper", "datasets")


@pytest.mark.parametrize("page", PAGES)
def test_opens_on_a_database_that_was_just_made(page: str, visit: Visit, empty_home: Path) -> None:
    at = visit(empty_home, page)

    assert not at.exception


def test_every_claim_opens_with_all_its_parts(
    visit: Visit, turn_to: TurnTo, demo_home: Path, demo: Workspace
) -> None:
    at = visit(demo_home, "claim")

    for claim_id in demo.archive.statements():
        at.query_params["id"] = claim_id
        assert not at.run().exception
        for part in [tab.label for tab in at.tabs]:
            assert not turn_to(at, part).exception


def test_every_run_opens(visit: Visit, demo_home: Path, demo: Workspace) -> None:
    one_of_each = {run.state: run.id for run in demo.queue.runs()}
    at = visit(demo_home, "run")

    for run_id in one_of_each.values():
        at.query_params["id"] = str(run_id)
        assert not at.run().exception
    assert set(one_of_each) == {"queued", "running", "succeeded", "failed", "cancelled"}


@pytest.mark.parametrize("page", ["claim", "run"])
def test_an_address_that_leads_nowhere_says_so(page: str, visit: Visit, demo_home: Path) -> None:
    at = visit(demo_home, page)

    for asked in NOWHERE:
        at.query_params["id"] = asked
        at.run()
        assert not at.exception
        assert f"There is no {page}" in at.warning[0].value


def test_an_address_without_an_id_says_what_is_missing(visit: Visit, demo_home: Path) -> None:
    assert "ends with ?id=" in visit(demo_home, "claim").info[0].value


def test_the_banner_stands_while_work_waits_and_no_worker_lives(
    visit: Visit, read: Read, demo_home: Path, demo: Workspace
) -> None:
    assert "python -m verifier worker" in read(visit(demo_home, "about"))

    demo.queue.register("w", host="here", pid=1, slots=2)

    assert "python -m verifier worker" not in read(visit(demo_home, "about"))


def test_a_worker_that_the_program_has_changed_under_is_said_to_take_no_runs(
    visit: Visit, read: Read, demo_home: Path, demo: Workspace
) -> None:
    for worker in demo.queue.workers():
        demo.queue.sign_off(worker.id)
    demo.queue.register("old", host="here", pid=1, slots=2)
    assert "Nothing is working" not in read(visit(demo_home, "about"))
    demo.queue.close("old")
    assert "no worker takes runs: the program has changed" in read(visit(demo_home, "about"))
    assert "1 worker alive, but none takes runs" in read(visit(demo_home, "runs"))


def test_no_banner_where_nothing_waits(visit: Visit, read: Read, empty_home: Path) -> None:
    assert "no worker is alive" not in read(visit(empty_home, "about"))


@pytest.mark.parametrize("page", PAGES)
def test_opens_for_people_who_may_only_look(
    page: str, visit: Visit, demo_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VERIFIER_READ_ONLY", "1")
    at = visit(demo_home, page, id={"claim": "demo-best", "run": "1"}.get(page, ""))
    assert not at.exception


def test_who_may_only_look_is_told_why_a_run_goes_on(
    visit: Visit, demo_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VERIFIER_READ_ONLY", "1")
    at = visit(demo_home, "runs")
    cancel = next(b for b in at.button if b.key and b.key.startswith("cancel_verification_"))
    cancel.click().run()
    assert not at.exception
    assert "takes the role operator; anybody is reader here" in at.toast[0].value


def test_every_state_that_a_run_can_be_in_is_explained(
    visit: Visit, demo_home: Path, read: Read
) -> None:
    words = read(visit(demo_home, "about"))
    of_requests = {"requested", "finished"}
    assert [s for s in STATE_LOOKS if s not in of_requests and f"**{s}**" not in words] == []
