"""Facets, named views, news since the last visit, runs side by side."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from app_pages import _visitor
from app_pages._views import filters_of
from verifier.verdict import Status
from verifier.workspace import Workspace

Visit = Callable[..., AppTest]
Read = Callable[[AppTest], str]


def listed(at: AppTest) -> set[str]:
    return set(at.dataframe[0].value["id"]) if at.dataframe else set()


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"only": "overruled"}, {"demo-hostile"}),
        ({"only": "cut off"}, {"demo-new"}),
        ({"certainty": "low"}, {"demo-ssm", "demo-loss"}),
        ({"only": ["cut off", "overruled"]}, set()),
    ],
)
def test_each_new_facet_filters(
    query: dict[str, str | list[str]], expected: set[str], visit: Visit, demo_home: Path
) -> None:
    assert listed(visit(demo_home, "claims", **query)) == expected


def test_a_press_on_a_count_narrows_the_list_and_again_widens_it(
    visit: Visit, demo_home: Path
) -> None:
    at = visit(demo_home, "claims")
    every = listed(at)

    at.button(key="narrow_refuted").click().run()
    assert listed(at) == {"demo-loss"}

    at.button(key="narrow_refuted").click().run()
    assert listed(at) == every


def test_a_view_is_saved_applied_and_deleted(
    visit: Visit, demo_home: Path, demo: Workspace
) -> None:
    at = visit(demo_home, "claims", status=["refuted", "contested"], sort="confidence")
    at.text_input(key="view_name").set_value("To look at")
    at.button(key="save_view").click().run()
    [view] = demo.people.views("claims")
    assert view.query == "status=refuted&status=contested&sort=confidence"

    fresh = visit(demo_home, "claims", q="240")
    fresh.button(key=f"apply_view_{view.id}").click().run()
    assert not fresh.exception
    assert listed(fresh) == {"demo-lags", "demo-loss"}
    assert fresh.text_input(key="q").value == ""

    fresh.button(key=f"delete_view_{view.id}").click().run()
    assert demo.people.views("claims") == []


def test_a_query_is_read_by_its_known_keys_alone() -> None:
    plain = {"status": [], "q": "", "descending": False}

    assert filters_of("status=a&q=x%26y&descending=true&evil=1", plain) == {
        "status": ["a"],
        "q": "x&y",
        "descending": True,
    }


def test_says_what_changed_since_the_last_visit(
    visit: Visit, read: Read, demo_home: Path, demo: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_visitor, "visitor", lambda: "ada")
    assert "What changed" not in read(visit(demo_home, "overview"))
    now = demo.people.clock()
    demo.people.clock = lambda: now - timedelta(hours=2)
    demo.people.arrive("ada")
    demo.archive.overrule("demo-best", status=Status.REFUTED, author="Ada", reason="x")

    words = read(visit(demo_home, "overview"))

    assert "What changed" in words
    assert "1 claim has another status" in words


def test_the_cookies_secret_is_the_same_whatever_masks_it() -> None:
    secret, one, two = bytes(range(16)), bytes.fromhex("a1b2c3d4"), bytes.fromhex("0f0e0d0c")

    def masked(mask: bytes) -> str:
        return f"2|{mask.hex()}|{bytes(b ^ mask[n % 4] for n, b in enumerate(secret)).hex()}|1"

    assert _visitor.unmasked(masked(one)) == _visitor.unmasked(masked(two)) == secret
    assert _visitor.unmasked("2||zz|1") == b""


def test_runs_side_by_side_show_what_differs_and_means_over_seeds(
    visit: Visit, read: Read, demo_home: Path, demo: Workspace
) -> None:
    chosen = [
        run.id
        for run in sorted(demo.queue.runs(states=("succeeded",)), key=lambda run: run.id)
        if "· 64 records" in run.label
    ]
    at = visit(demo_home, "compare", runs=",".join(map(str, chosen)))

    assert not at.exception
    assert len(chosen) == 6
    words = read(at)
    assert "objective = cpc" in words
    assert "n_updates" not in words, "it is the same in all"
    seeds = at.dataframe[0].value
    assert list(seeds["Seeds"]) == [3, 3]


@pytest.mark.parametrize("asked", ["", "1", "abc,<b>", "999999999999999999999,-1", "1,1,1"])
def test_fewer_than_two_runs_are_no_comparison(asked: str, visit: Visit, demo_home: Path) -> None:
    at = visit(demo_home, "compare", runs=asked)

    assert not at.exception
    assert "Select 2 to 8 runs" in at.info[0].value


def test_a_run_says_how_long_it_will_take_and_what_it_printed(
    visit: Visit, read: Read, demo_home: Path, demo: Workspace
) -> None:
    running = demo.queue.runs(states=("running",))[0]
    folder = demo.runs_folder / running.fingerprint[:16]
    folder.mkdir(parents=True)
    (folder / "log.txt").write_text("first line\n<b>last</b> line\n", encoding="utf-8")

    at = visit(demo_home, "run", id=str(running.id))

    assert "left, judged by " in at.get("progress")[0].text
    assert "<b>last</b> line" in read(at)


def test_a_stopped_run_with_a_checkpoint_is_resumed(
    visit: Visit, demo_home: Path, demo: Workspace
) -> None:
    stopped = demo.queue.runs(states=("cancelled",))[0]
    assert visit(demo_home, "run", id=str(stopped.id)).button(key="retry").label == "Retry"
    folder = demo.runs_folder / stopped.fingerprint[:16]
    folder.mkdir(parents=True)
    (folder / "checkpoint.pt").write_bytes(b"")

    assert visit(demo_home, "run", id=str(stopped.id)).button(key="retry").label == "Resume"
