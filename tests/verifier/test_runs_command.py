"""The list of runs on the command line."""

import json
from datetime import timedelta

from tests.verifier.made import request
from verifier.__main__ import main
from verifier.archive import utc_now
from verifier.queue import ProgressPoint


def test_the_list_of_runs_says_how_far_each_is_and_what_was_asked_of_it(workspace, capsys):
    queue = workspace.queue
    queue.enqueue([request(f, label=f) for f in "abc"], actor="test")
    queue.clock = lambda: utc_now() - timedelta(seconds=1000)
    done = queue.claim("w")
    queue.clock = utc_now
    queue.succeed(done, result={"measurements": []}, predictions=None)
    run = queue.claim("w")
    point = ProgressPoint(at=run.queued_at, phase="pretraining", step=20, n_steps=60)
    queue.record(run, [point])
    assert main(["runs", "pause", str(run.id)]) == 0
    number, state, percent, seconds, *_ = capsys.readouterr().out.split()
    assert (number, state, percent) == (str(run.id), "pausing", "30%,")
    assert 500 < int(seconds) <= 700, "seven tenths of what the run like it took"
    assert main(["runs", "--json"]) == 0
    listed = {each["label"]: each for each in json.loads(capsys.readouterr().out)}
    assert (listed["b"]["asked"], listed["b"]["fraction"]) == ("pause", 0.3)
    assert listed["b"]["judged_by"].startswith("1 earlier run like it but for the seed")
    assert 990 < listed["c"]["seconds_left"] < 1010
    assert listed["a"]["seconds_left"] is None
    assert listed["a"]["seconds"] > 990


def test_a_run_that_waits_is_said_to_take_its_time_and_not_to_have_it_left(workspace, capsys):
    queue = workspace.queue
    queue.enqueue([request(f, label=f) for f in "abc"], actor="test")
    queue.clock = lambda: utc_now() - timedelta(seconds=100)
    first, second = queue.claim("w"), queue.claim("w")
    queue.clock = lambda: utc_now() - timedelta(seconds=60)
    queue.succeed(first, result={"measurements": []}, predictions=None)
    queue.clock = utc_now
    last = ProgressPoint(at=second.queued_at, phase="probe", step=1999, n_steps=2000)
    queue.record(second, [last])

    assert main(["runs"]) == 0
    lines = {line.split()[-1]: line for line in capsys.readouterr().out.splitlines()}

    assert "takes 40 s" in lines["c"]
    assert "left" not in lines["c"]
    assert "100%, nearly done" in lines["b"]


def test_of_several_runs_none_is_changed_where_one_is_unknown(workspace, capsys):
    workspace.queue.enqueue([request(f, label=f) for f in "ab"], actor="test")
    (first, second) = (run.id for run in workspace.queue.runs())
    assert main(["runs", "cancel", str(first), "999", str(second)]) == 2
    assert "There is no run 999; no run was changed." in capsys.readouterr().err
    assert {run.state for run in workspace.queue.runs()} == {"queued"}
