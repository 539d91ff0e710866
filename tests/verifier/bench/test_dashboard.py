"""The benchmark of the dashboard, on a small database and the real server."""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from verifier.bench import _server, _visitor, dashboard
from verifier.bench._crowd import Size, claim_id
from verifier.bench._trainings import long_runs
from verifier.bench.dashboard import PAGES, Plan
from verifier.claim import InputError
from verifier.workspace import Workspace, open_workspace

SMALL = Size(n_claims=400, n_runs=150, n_metric_rows=4_000)
PLAN = Plan(
    size=SMALL, n_visits=1, n_searches=2, n_people=2, n_rounds=1,
    with_browser=False, with_training=False,
)  # fmt: skip


def test_every_page_of_a_crowded_database_is_served_and_timed(tmp_path: Path) -> None:
    said: list[str] = []

    found = dashboard.measure(tmp_path, PLAN, say=said.append)

    assert set(found["pages"]) == {name for name, _ in PAGES}
    for spread in (*found["pages"].values(), found["search"], found["ten_users"]):
        assert 0 < spread["p50_s"] <= spread["p95_s"]
    assert found["ten_users"]["n"] == 2
    assert found["memory_mb"] > 50, "a Streamlit server holds more than that"
    assert found["first_paint_s"] is None
    assert found["first_paint_reason"] == "not asked for"
    rows = found["rows"]
    assert (rows["claim"], rows["run"]) == (400, 150)
    assert abs(rows["measurement"] + rows["run_progress"] - 4_000) < 150
    again = open_workspace({"VERIFIER_HOME": str(tmp_path)})
    summary = again.archive.claim(claim_id(7))
    assert summary is not None
    assert summary.mentions[0].statement == summary.claim.statement


def test_a_folder_with_other_work_in_it_is_refused(tmp_path: Path) -> None:
    workspace = open_workspace({"VERIFIER_HOME": str(tmp_path)})
    workspace.queue.enqueue(long_runs(1), actor="somebody")

    with pytest.raises(InputError, match="not this benchmark's"):
        dashboard.measure(tmp_path, PLAN, say=lambda _: None)


def test_a_port_that_is_taken_meanwhile_is_left_for_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        taken = int(holder.getsockname()[1])
        free = _server._free_port
        offered = iter([taken])
        monkeypatch.setattr(_server, "_free_port", lambda: next(offered, None) or free())
        environment = {**os.environ, "VERIFIER_HOME": str(tmp_path), "VERIFIER_DATABASE_URL": ""}

        with _server.served(environment) as (port, server):
            assert port != taken
            assert server.poll() is None

    assert server.poll() is not None, "it ends with the block"


def test_what_misses_its_goal_is_named_with_the_figure() -> None:
    fast = {"p50_s": 0.1, "p95_s": 0.15}
    found = {
        "pages": {"claims": {"p50_s": 0.2, "p95_s": 0.61}, "about": fast},
        "search": fast, "ten_users": fast, "while_training": {"p50_s": None, "p95_s": None},
        "first_paint_s": 2.4, "memory_mb": 400,
    }  # fmt: skip

    assert dashboard.missed(found) == [
        "pages p95 (claims): 0.61, wanted 0.5",
        "first paint: 2.4, wanted 2",
    ]


def test_a_page_that_fails_in_the_crowd_ends_it_and_is_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def visit(port: int, page: str, query: str) -> float:
        if page == "claims":
            raise _visitor.PageError("'claims' did not finish in 60 s.")
        return 0.1

    monkeypatch.setattr(dashboard, "visit", visit)

    with pytest.raises(_visitor.PageError, match="'claims' did not finish"):
        dashboard._crowd(0, replace(PLAN, n_people=4, n_rounds=3))


def test_trainings_that_do_not_start_are_said_and_take_no_other_figure_along(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    @contextmanager
    def never(*_: object) -> Iterator[None]:
        raise InputError("The trainings did not start.")
        yield

    monkeypatch.setattr(dashboard, "training", never)
    plan = replace(PLAN, with_training=True)
    busy = dashboard._while_training(workspace, {}, 0, plan, lambda _: None)
    fast = {"p50_s": 0.1, "p95_s": 0.15}
    found = {
        "pages": {"about": fast}, "search": fast, "ten_users": fast, "while_training": busy,
        "first_paint_s": 1.0, "memory_mb": 400,
    }  # fmt: skip

    assert dashboard.missed(found) == ["while training: not measured: The trainings did not start."]


def test_an_exception_on_a_page_is_not_taken_for_a_fast_page() -> None:
    field, text = _visitor._field, _visitor._text
    exception = text(_visitor.TYPE, "ValueError") + text(_visitor.MESSAGE, "no such thing")
    element = field(_visitor.EXCEPTION, exception)
    message = field(_visitor.DELTA, field(_visitor.NEW_ELEMENT, element))

    with pytest.raises(_visitor.PageError, match="'runs' shows ValueError: no such thing"):
        _visitor._status(message, "runs")


def test_the_wire_format_is_read_as_streamlit_writes_it() -> None:
    from streamlit.proto.BackMsg_pb2 import BackMsg
    from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

    sent = _visitor._field(
        _visitor.RERUN_SCRIPT,
        _visitor._text(_visitor.QUERY_STRING, "q=ä") + _visitor._text(_visitor.PAGE_NAME, "claims"),
    )
    asked = BackMsg.FromString(sent).rerun_script
    assert (asked.query_string, asked.page_name) == ("q=ä", "claims")
    done = ForwardMsg(script_finished=ForwardMsg.FINISHED_WITH_COMPILE_ERROR)
    assert _visitor._status(done.SerializeToString(), "claims") == 1
    broken = ForwardMsg()
    broken.delta.new_element.exception.type = "KeyError"
    with pytest.raises(_visitor.PageError, match="KeyError"):
        _visitor._status(broken.SerializeToString(), "claims")
    missing = ForwardMsg()
    missing.page_not_found.page_name = "claimz"
    with pytest.raises(_visitor.PageError, match="no page"):
        _visitor._status(missing.SerializeToString(), "claimz")
