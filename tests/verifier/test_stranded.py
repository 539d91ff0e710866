"""A `verify` in a terminal whose training code changes under it waits for nobody."""

import pytest

from tests.verifier.made import request
from verifier import worker as supervising
from verifier.commands.working import is_stranded
from verifier.worker import Settings, Worker


@pytest.fixture
def worker(workspace, monkeypatch):
    made = Worker(workspace, Settings(slots=1))
    made.register()
    monkeypatch.setattr(supervising, "code_digest", lambda: "changed")
    yield made
    made.here.close()


@pytest.fixture
def asked(workspace, worker):
    (run_id,) = workspace.queue.enqueue([request("a" * 64, code=worker.code)], actor="test")
    asked_id = workspace.verifications.request(["C03"], preset="quick", data="synthetic")
    workspace.verifications.link(asked_id, {"C03": [run_id]})
    return asked_id


def test_it_ends_with_what_to_do_once_nobody_takes_its_runs(workspace, worker, asked, capsys):
    assert not is_stranded(workspace, worker, asked), "the code is still ours"
    worker.is_code_changed = True
    workspace.queue.close(worker.id)

    assert is_stranded(workspace, worker, asked)
    said = " ".join("".join(capsys.readouterr()).split())
    assert f"nothing works on verification {asked} any more" in said
    assert "(1 run)" in said
    assert "Give the same command again" in said


def test_it_waits_while_another_takes_runs_of_that_code(workspace, worker, asked):
    worker.is_code_changed = True
    workspace.queue.close(worker.id)
    told = {"host": "h", "pid": 1, "slots": 1, "executor": "local", "gpus": 0}
    workspace.queue.register("new", code="changed", **told)
    assert is_stranded(workspace, worker, asked), "that one takes runs of another code"
    workspace.queue.register("old", code=worker.code, **told)
    assert not is_stranded(workspace, worker, asked)


def test_it_waits_for_a_run_that_is_at_work(workspace, worker, asked):
    worker.is_code_changed = True
    workspace.queue.close(worker.id)
    workspace.queue.claim_many("other", n=1)
    assert not is_stranded(workspace, worker, asked)
