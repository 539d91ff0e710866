"""Runs on screen: live progress, and the buttons that stop one or start it again."""

from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from verifier.queue import RunRequest
from verifier.workspace import Workspace

ROOT = Path(__file__).parents[2]
Visit = Callable[..., AppTest]
Read = Callable[[AppTest], str]


def id_of(demo: Workspace, state: str, *, label: str = "") -> int:
    return next(run.id for run in demo.queue.runs(states=(state,)) if label in run.label)


def test_shows_how_far_each_running_run_is(visit: Visit, demo_home: Path) -> None:
    at = visit(demo_home, "runs")

    # pretraining is 5 to 80 of 100: 40 and 12 of 60 steps, cut
    assert [bar.value for bar in at.get("progress")] == [55, 20]
    assert "step 40 of 60" in at.get("progress")[0].text


def test_filters_by_state_from_the_address(visit: Visit, demo_home: Path) -> None:
    at = visit(demo_home, "runs", state="failed")

    assert list(at.dataframe[0].value["state"]) == ["✘ failed"]
    assert list(at.dataframe[0].value["act"]) == ["Retry"]


def test_cancelling_a_running_run_asks_its_worker(
    visit: Visit, demo_home: Path, demo: Workspace
) -> None:
    run_id = id_of(demo, "running")
    at = visit(demo_home, "run", id=str(run_id))

    at.button(key="cancel").click().run()

    run = demo.queue.run(run_id)
    assert run is not None
    assert run.cancel_requested_at is not None
    assert at.button(key="cancel").disabled


def test_cancelling_a_waiting_run_ends_it_at_once(
    visit: Visit, demo_home: Path, demo: Workspace
) -> None:
    run_id = id_of(demo, "queued")
    at = visit(demo_home, "run", id=str(run_id))

    at.button(key="cancel").click().run()

    run = demo.queue.run(run_id)
    assert run is not None
    assert run.state == "cancelled"


def test_a_running_run_is_paused_through_its_worker_and_the_wish_can_be_withdrawn(
    visit: Visit, read: Read, demo_home: Path, demo: Workspace
) -> None:
    run_id = id_of(demo, "running")
    at = visit(demo_home, "run", id=str(run_id))
    assert at.button(key="pause").label == "Pause"

    at.button(key="pause").click().run()

    asked = demo.queue.run(run_id)
    assert asked is not None
    assert asked.pause_requested_at is not None
    assert "asked to pause" in at.get("progress")[0].text
    at.button(key="pause").click().run()
    withdrawn = demo.queue.run(run_id)
    assert withdrawn is not None
    assert (withdrawn.state, withdrawn.pause_requested_at) == ("running", None)


def test_a_waiting_run_is_paused_at_once_and_goes_on_when_resumed(
    visit: Visit, demo_home: Path, demo: Workspace
) -> None:
    run_id = id_of(demo, "queued")
    at = visit(demo_home, "run", id=str(run_id))
    for label, state in (("Pause", "paused"), ("Resume", "queued")):
        assert at.button(key="pause").label == label
        at.button(key="pause").click().run()
        run = demo.queue.run(run_id)
        assert run is not None
        assert run.state == state


def test_a_failed_run_says_why_and_can_be_tried_again(
    visit: Visit, read: Read, demo_home: Path, demo: Workspace
) -> None:
    run_id = id_of(demo, "failed")
    at = visit(demo_home, "run", id=str(run_id))
    assert "RecipeError: the loss is nan." in read(at)

    at.button(key="retry").click().run()

    run = demo.queue.run(run_id)
    assert run is not None
    assert run.state == "queued"


def test_cancelling_a_verification_ends_it(visit: Visit, demo_home: Path, demo: Workspace) -> None:
    asked = demo.verifications.latest(only_open=True)[0]
    at = visit(demo_home, "runs")

    at.button(key=f"cancel_verification_{asked.id}").click().run()

    ended = demo.verifications.get(asked.id)
    assert ended is not None
    assert ended.state == "cancelled"


def test_an_ended_run_shows_what_it_measured_and_how_to_repeat_it(
    visit: Visit, read: Read, demo_home: Path
) -> None:
    words = read(visit(demo_home, "run", id="1"))

    assert "macro_auroc" in words
    assert "Effective rank 11.4 of 16 dimensions" in words
    assert "python -m models run run-1.json --out run-1 --data synthetic" in words
    assert "demo-best" in words


def test_an_invalid_run_is_shown_with_its_reason(
    visit: Visit, read: Read, demo_home: Path, demo: Workspace
) -> None:
    run_id = id_of(demo, "succeeded", label="invalid")

    words = read(visit(demo_home, "run", id=str(run_id)))

    assert "never averaged in" in words
    assert "the embedding collapsed: effective rank 1.00" in words


def test_scaling_shows_every_size_and_says_which_runs_count_for_nothing(
    visit: Visit, read: Read, demo_home: Path
) -> None:
    at = visit(demo_home, "scaling")

    points = next(table.value for table in at.dataframe if "n_records" in table.value)
    sizes = points.query("objective == 'cpc'")["n_records"]
    assert list(sizes) == [64, 181, 512, 1448, 4096]
    assert "1 invalid" in read(at)


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ({"wall_s": 245.2}, "carried out earlier or elsewhere, where it took 4 min 5 s"),
        ({}, "carried out earlier or elsewhere, how long it took is not known"),
    ],
)
def test_a_run_taken_over_from_elsewhere_says_how_long_it_took_there(
    visit: Visit,
    demo_home: Path,
    demo: Workspace,
    told: dict[str, float],
    words: str,
    read: Read,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Its result is stored within the same moment, which is not how long it took."""
    now = demo.queue.clock()
    monkeypatch.setattr(demo.queue, "clock", lambda: now)  # the moment is one on a busy machine too
    wanted = RunRequest(
        kind="training", fingerprint="t", label="t", task={}, data="synthetic", priority=99
    )
    [run_id] = demo.queue.enqueue([wanted], actor="test")
    taken = demo.queue.claim("elsewhere")
    assert taken is not None
    demo.queue.succeed(taken, result={"measurements": [], **told}, predictions=None)

    shown = read(visit(demo_home, "run", id=str(run_id)))
    assert words in shown
    assert "took 0 s" not in shown


def test_a_runs_embedding_is_told_in_figures_that_can_be_read(
    visit: Visit, demo_home: Path, demo: Workspace, read: Read
) -> None:
    wanted = RunRequest(
        kind="training", fingerprint="c", label="c", task={}, data="synthetic", priority=99
    )
    [run_id] = demo.queue.enqueue([wanted], actor="test")
    taken = demo.queue.claim("w")
    assert taken is not None
    spread = {"effective_rank": 3.1575571363971573, "n_dimensions": 32, "median_std": None}
    told = {"measurements": [], "is_valid": True, "collapse": spread}
    demo.queue.succeed(taken, result=told, predictions=None)

    shown = read(visit(demo_home, "run", id=str(run_id))).replace("\\", "")
    assert "Effective rank 3.16 of 32 dimensions" in shown
    assert "records not known" in shown


def test_toasts_are_shown_when_a_screen_is_drawn_never_by_a_callback() -> None:
    """Streamlit fills the terminal with warnings where a callback of a fragment draws."""
    pages = (ROOT / "app_pages").glob("*.py")
    assert [page.name for page in pages if "st.toast" in page.read_text()] == ["_parts.py"]
