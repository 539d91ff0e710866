"""What pages keep of ended runs: read once, forgotten when a run is retried."""

from pathlib import Path

from tests.verifier.made import request
from verifier.ledger import Ledger
from verifier.workspace import Workspace, open_workspace


def ended(workspace: Workspace, name: str, *, auroc: float | None) -> int:
    task = {"objective": "cpc", "backbone": "s4d", "seed": 0, "n_records": 64, "n_updates": 9}
    [run_id] = workspace.queue.enqueue([request(name, label=name, task=task)], actor="test")
    run = workspace.queue.claim("worker")
    assert run is not None
    if auroc is None:
        workspace.queue.fail(run, error="broken", may_retry=False)
    else:
        measured = {"name": "macro_auroc", "probe": "linear", "split": "test", "value": auroc}
        result = {"is_valid": True, "measurements": [measured], "n_pretraining_records": 64}
        workspace.queue.succeed(run, result=result, predictions=None)
    return run_id


def test_only_what_ended_since_the_last_look_is_read(tmp_path: Path) -> None:
    workspace = open_workspace({"VERIFIER_HOME": str(tmp_path)})
    kept = Ledger(workspace.queue)
    first = ended(workspace, "first", auroc=0.8)
    before = kept.refreshed()
    assert [one.values for one in kept.trained()] == [{"linear": 0.8}]
    assert kept.refreshed() == before

    read: list[int] = []
    reading = workspace.queue.runs
    workspace.queue.runs = lambda **asked: read.extend(asked["ids"]) or reading(**asked)  # type: ignore[method-assign,func-returns-value]
    second = ended(workspace, "second", auroc=0.9)

    assert kept.refreshed() != before
    assert read == [second]
    assert {one.run_id for one in kept.trained()} == {first, second}


def test_a_run_that_is_retried_counts_no_longer(tmp_path: Path) -> None:
    workspace = open_workspace({"VERIFIER_HOME": str(tmp_path)})
    kept = Ledger(workspace.queue)
    failed = ended(workspace, "failed", auroc=None)
    ended(workspace, "fine", auroc=0.9)
    kept.refreshed()
    assert kept.left_out() == {"not finished": 1}

    workspace.queue.retry(failed, actor="test")

    kept.refreshed()
    assert kept.left_out() == {}
