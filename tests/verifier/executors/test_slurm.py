"""A real Slurm where this machine has one that answers; skipped where it has not."""

import shutil
from functools import partial
from importlib.util import find_spec

import pytest

from tests.verifier import scripted
from tests.verifier.scripted import content, supervised
from verifier.attempt import Limits, folder_of
from verifier.bench._world import once_more
from verifier.executors import EXECUTORS, ExecutorError, Where
from verifier.executors.slurm import why_silent
from verifier.worker import Settings, Worker


def why_not() -> str:
    if find_spec("submitit") is None:
        return "submitit is not installed (requirements-cluster.txt)"
    if shutil.which("sbatch") is None:
        return "Slurm is not installed"
    return why_silent() and "no Slurm controller answers"


needs_slurm = pytest.mark.skipif(bool(why_not()), reason=why_not() or "-")

SOON_S = 60.0  # six on a quiet machine
until = partial(scripted.until, seconds=300.0)


@pytest.fixture
def worker(workspace):
    settings = Settings(executor="slurm", slots=1, limits=Limits(checkpoint_every=5))
    with supervised(workspace, settings) as made:
        yield made


def put(workspace, name: str, *, n_updates: int) -> int:
    request = once_more(1, name, n_updates=n_updates)
    return workspace.queue.enqueue([request], actor="test")[0]


@needs_slurm
def test_a_job_that_is_requeued_goes_on_and_gives_the_same_bits_as_here(worker, workspace):
    far = put(workspace, "far", n_updates=150)
    folder = folder_of(workspace, workspace.queue.run(far))
    until(worker, (folder / "checkpoint.pt").exists)
    (job,) = worker.there.jobs
    worker.there.signal(job.id, "USR2")  # what Slurm sends before it takes a node away
    until(worker, lambda: workspace.queue.run(far).state == "succeeded", seconds=300)
    assert workspace.queue.run(far).attempt == 1, "the attempt went on all the while"
    lines = (folder / "progress.jsonl").read_text().splitlines()
    assert sum('"pretraining", "step": 1,' in line for line in lines) == 1, "from its checkpoint"

    here = Worker(workspace, Settings(slots=1))
    near = put(workspace, "near", n_updates=150)
    until(here, lambda: workspace.queue.run(near).state == "succeeded")
    here.here.close()
    assert content(workspace, far) == content(workspace, near)


@needs_slurm
def test_cancelling_ends_a_running_job(worker, workspace):
    run_id = put(workspace, "long", n_updates=100_000)
    until(worker, lambda: workspace.queue.run(run_id).phase == "pretraining")
    workspace.queue.request_cancel(run_id, actor="me")
    assert until(worker, lambda: workspace.queue.run(run_id).state == "cancelled") < SOON_S


@needs_slurm
def test_a_job_that_waits_says_so_and_can_be_cancelled(worker, workspace):
    worker.there.options["begin"] = "now+1hour"
    run_id = put(workspace, "waiting", n_updates=5)
    until(worker, lambda: workspace.queue.run(run_id).phase == "waiting")
    workspace.queue.request_cancel(run_id, actor="me")
    assert until(worker, lambda: workspace.queue.run(run_id).state == "cancelled") < SOON_S


@needs_slurm
def test_what_sbatch_refuses_is_told(worker, workspace):
    worker.there.options["partition"] = "nowhere"
    run_id = put(workspace, "refused", n_updates=5)
    until(worker, lambda: workspace.queue.run(run_id).error)
    assert "Slurm did not take the job" in workspace.queue.run(run_id).error
    assert "nowhere" in workspace.queue.run(run_id).error or "partition" in (
        workspace.queue.run(run_id).error
    )


@pytest.mark.skipif(find_spec("submitit") is None, reason="submitit is not installed")
def test_without_slurm_the_person_is_told_where_to_start_the_worker(monkeypatch):
    monkeypatch.setenv("PATH", "")
    with pytest.raises(ExecutorError, match="start the worker on a login node"):
        EXECUTORS.load("slurm").connect(Where())


@pytest.mark.skipif(find_spec("submitit") is None, reason="submitit is not installed")
def test_a_controller_that_does_not_answer_is_told_at_the_start(monkeypatch, tmp_path):
    for name, script in (("sbatch", "exit 0"), ("sinfo", "echo no such controller >&2; exit 1")):
        (tmp_path / name).write_text(f"#!/bin/sh\n{script}\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin")
    with pytest.raises(ExecutorError, match="no controller answers"):
        EXECUTORS.load("slurm").connect()
