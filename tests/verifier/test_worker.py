"""The supervisor with real child processes; the children are small scripts, not trainings."""

import sys
import time

import pytest
from sqlalchemy import text

from tests.verifier.scripted import GROUP, LONG, STUBBORN, WELL, is_alive, pid_of, put, state, until
from verifier.attempt import Limits, folder_of, job_for
from verifier.bench._world import once_more
from verifier.executors import EXECUTORS, ExecutorError, Job


def test_a_run_is_carried_out_and_what_it_left_is_stored(worker, workspace, child):
    child(WELL)
    (run_id,) = put(workspace, "a")
    until(worker, lambda: state(workspace, run_id) == "succeeded")
    assert [p.step for p in workspace.queue.progress(run_id)] == [3, 9], "the torn line waits"
    assert workspace.queue.predictions(run_id) == b"scores"
    assert workspace.queue.measurements([run_id])[run_id][0].value == 0.8


def test_two_runs_go_side_by_side_and_the_third_waits(worker, workspace, child):
    child(LONG)
    ids = put(workspace, "a", "b", "c")
    worker.tick()
    assert [state(workspace, i) for i in ids] == ["running", "running", "queued"]


def test_a_child_that_fails_says_why(worker, workspace, child):
    child("print('no such recipe'); sys.exit(2)")
    (run_id,) = put(workspace, "a")
    until(worker, lambda: state(workspace, run_id) == "failed")
    error = workspace.queue.run(run_id).error
    assert "exit status 2" in error
    assert "no such recipe" in error


def test_a_killed_child_is_tried_again(worker, workspace, child):
    child("os.kill(os.getpid(), signal.SIGKILL)")
    (run_id,) = put(workspace, "a")
    until(worker, lambda: "failed" in [e.kind for e in workspace.queue.events(run_id)])
    run = workspace.queue.run(run_id)
    assert run.state == "queued"
    assert run.not_before is not None
    assert "signal 9" in run.error


def test_cancelling_ends_the_child_and_its_whole_group(worker, workspace, child):
    child(GROUP)
    (run_id,) = put(workspace, "a")
    until(worker, lambda: pid_of(workspace, run_id) is not None)
    grandchild = pid_of(workspace, run_id)
    workspace.queue.request_cancel(run_id, actor="me")
    until(worker, lambda: state(workspace, run_id) == "cancelled")
    until(worker, lambda: not is_alive(grandchild))


def test_a_run_is_cancelled_while_torch_is_loading_and_never_begins(worker, workspace):
    began = time.monotonic()
    (run_id,) = workspace.queue.enqueue([once_more(1, "early", n_updates=100_000)], actor="test")
    worker.tick()
    workspace.queue.request_cancel(run_id, actor="me")
    until(worker, lambda: state(workspace, run_id) == "cancelled")
    assert not worker.here.nursery.was_ready, f"torch took {time.monotonic() - began:.1f} s to load"
    until(worker, lambda: worker.here.nursery.is_alive() and worker.here.nursery.was_ready)
    assert worker.here.nursery.pids == {}


def test_a_result_from_other_data_than_were_asked_for_is_refused(worker, workspace, child):
    child('Path(\'result.json\').write_text(\'{"schema": 1, "fingerprint": "of other data"}\')')
    (run_id,) = workspace.queue.enqueue([once_more(1, "data", n_updates=5)], actor="test")
    until(worker, lambda: state(workspace, run_id) == "failed")
    assert "were not those that the run was asked for" in workspace.queue.run(run_id).error


def test_a_child_that_ignores_the_asking_is_killed(worker, workspace, child):
    child(STUBBORN)
    (run_id,) = put(workspace, "a")
    until(worker, lambda: pid_of(workspace, run_id) is not None)
    workspace.queue.request_cancel(run_id, actor="me")
    until(worker, lambda: state(workspace, run_id) == "cancelled")
    assert not is_alive(pid_of(workspace, run_id))


def test_a_worker_that_lost_its_lease_ends_its_child_and_writes_nothing(worker, workspace, child):
    child(LONG)
    (run_id,) = put(workspace, "a")
    until(worker, lambda: pid_of(workspace, run_id) is not None)
    until(worker, lambda: pid_of(workspace, run_id) is not None)
    with workspace.database.writing() as session:
        session.execute(text("UPDATE run SET owner = 'another', attempt = 2"))
    until(worker, lambda: not worker.children)
    assert not is_alive(pid_of(workspace, run_id))
    assert state(workspace, run_id) == "running", "it is the other worker's now"
    assert workspace.queue.run(run_id).owner == "another"


def test_stopping_leaves_nothing_running_and_gives_the_run_back(worker, workspace, child):
    child(LONG)
    (run_id,) = put(workspace, "a")
    until(worker, lambda: pid_of(workspace, run_id) is not None)
    worker._put_down()
    assert not is_alive(pid_of(workspace, run_id))
    assert (state(workspace, run_id), workspace.queue.run(run_id).attempt) == ("queued", 0)


def test_a_result_left_by_a_dead_supervisor_is_taken_and_not_computed_again(
    worker, workspace, child
):
    child("sys.exit(1)")
    (run_id,) = put(workspace, "a")
    folder = folder_of(workspace, workspace.queue.run(run_id))
    folder.mkdir(parents=True)
    (folder / "result.json").write_text('{"schema": 1, "measurements": []}')
    until(worker, lambda: state(workspace, run_id) != "queued")
    worker.tick()
    assert state(workspace, run_id) == "succeeded"


def test_a_result_file_cut_short_is_no_result(worker, workspace, child):
    child("Path('result.json').write_text('{\"schema\": 1, '); sys.exit(1)")
    (run_id,) = put(workspace, "a")
    until(worker, lambda: "failed" in [e.kind for e in workspace.queue.events(run_id)])
    assert state(workspace, run_id) != "succeeded"


def test_a_tender_that_breaks_fails_its_verification_with_its_last_words(worker, workspace):
    request_id = workspace.verifications.request(["C03"], preset="gone", data="synthetic")
    until(worker, lambda: not workspace.verifications.get(request_id).is_open, seconds=300)
    found = workspace.verifications.get(request_id)
    assert found.state == "failed"
    assert "There is no preset 'gone'" in found.message


@pytest.mark.parametrize("name", EXECUTORS.names())
def test_every_executor_runs_a_job_to_its_end(name, tmp_path):
    command = [sys.executable, "-c", "print('done'); raise SystemExit(3)"]
    job = Job(command=command, folder=tmp_path, log=tmp_path / "log.txt")
    try:
        executor = EXECUTORS.load(name).connect()
    except ExecutorError as error:
        pytest.skip(str(error))
    attempt = executor.start(job)
    end = time.monotonic() + 300
    while (status := attempt.exit_status()) is None:
        time.sleep(0.02)
        assert time.monotonic() < end
    assert status == 3
    assert job.log.read_text().strip() == "done"
    executor.close()


def test_a_run_on_a_card_sees_that_card_alone(workspace):
    (run_id,) = put(workspace, "a")
    workspace.queue.move(run_id, device="cuda", actor="me")
    job = job_for(workspace, workspace.queue.run(run_id), Limits(), gpu=3)
    assert job.environment == {"CUDA_VISIBLE_DEVICES": "3"}
    assert job.n_gpus == 1
    assert list(job.command)[list(job.command).index("--device") + 1] == "cuda"
