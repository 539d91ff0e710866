"""What befalls a supervisor and its children, a fault a test; `bench faults` does it at random."""

import json
import os
import signal
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import make_url, text
from sqlalchemy.exc import OperationalError

from db import session as sessions
from db.clock import ServerClock
from db.session import open_database
from models.recipe import Recipe
from tests.verifier.made import request
from tests.verifier.scripted import LONG, WELL, is_alive, pid_of, put, state, until
from verifier import verify as verifying
from verifier import worker as supervising
from verifier.__main__ import main
from verifier.attempt import Limits, folder_of
from verifier.commands import children
from verifier.executors import local
from verifier.queue import RunRequest
from verifier.worker import TICK_S, Settings, Worker
from verifier.workspace import home_folder, open_workspace


def errors(workspace, run_id: int) -> list[str]:
    return [e.detail for e in workspace.queue.events(run_id) if e.kind == "failed"]


# cancelling


class Stubborn:
    """A child that heeds no asking, on a clock of the test's own."""

    def __init__(self, now) -> None:
        self.now = now
        self.heard: list[tuple[float, int]] = []

    def exit_status(self):
        return -9 if any(number == signal.SIGKILL for _, number in self.heard) else None

    def send(self, number) -> None:
        self.heard.append((self.now(), number))

    def memory_bytes(self):
        return None

    def is_waiting(self):
        return False


def test_cancelling_takes_effect_within_two_seconds_even_of_a_child_that_ignores_it(
    workspace, child, monkeypatch
):
    now = [0.0]
    stubborn = Stubborn(lambda: now[0])
    child(LONG)
    made = Worker(workspace, Settings(slots=1), monotonic=lambda: now[0])
    monkeypatch.setattr(made.here, "start", lambda job: stubborn)
    (run_id,) = put(workspace, "a")
    made.tick()
    workspace.queue.request_cancel(run_id, actor="me")
    while state(workspace, run_id) == "running":
        now[0] += TICK_S
        made.tick()
    asked, killed = stubborn.heard
    assert (asked[1], killed[1]) == (signal.SIGTERM, signal.SIGKILL)
    assert asked[0] <= TICK_S
    assert now[0] <= 2.0, "seconds from the wish to the state"
    assert state(workspace, run_id) == "cancelled"
    made.here.close()


# limits


def limited(workspace, **limits):
    return Worker(workspace, Settings(slots=1, limits=Limits(**limits)))


def test_a_run_that_uses_too_much_memory_is_ended_and_says_how_much(workspace, child):
    child("held = bytearray(150 * 2**20); " + LONG)
    made = limited(workspace, memory_bytes=100 * 2**20)
    (run_id,) = put(workspace, "a")
    until(made, lambda: state(workspace, run_id) == "failed")
    assert "MiB of memory; its limit is 100 MiB" in workspace.queue.run(run_id).error
    assert workspace.queue.run(run_id).attempt == 1, "another attempt would need as much"
    made.here.close()


def test_a_run_that_takes_too_long_is_ended_and_says_so(workspace, child):
    child(LONG)
    made = limited(workspace, seconds=1.0)
    (run_id,) = put(workspace, "a")
    until(made, lambda: pid_of(workspace, run_id) is not None)
    until(made, lambda: state(workspace, run_id) == "failed")
    assert workspace.queue.run(run_id).error == "It took longer than its limit of 1 s."
    assert not is_alive(pid_of(workspace, run_id))
    made.here.close()


def test_a_run_within_its_limits_is_left_alone(workspace, child):
    child(WELL)
    made = limited(workspace, memory_bytes=2**30, seconds=600.0)
    (run_id,) = put(workspace, "a")
    until(made, lambda: state(workspace, run_id) == "succeeded")
    made.here.close()


# the warm process


def training(seed: int) -> RunRequest:
    # long enough that nobody is done before what befalls it
    recipe = Recipe.bundled("tiny").with_changes({"seed": seed, "n_updates": 60})
    return request(f"{seed:064x}", label="tiny", task=recipe.to_dict())


def test_when_the_warm_process_dies_its_run_is_tried_again_in_another(workspace):
    made = Worker(workspace, Settings(slots=1))
    (run_id,) = workspace.queue.enqueue([training(1)], actor="test")
    folder = folder_of(workspace, workspace.queue.run(run_id))
    with closing(made.here):
        until(made, lambda: (folder / "progress.jsonl").exists(), seconds=300)
        first = made.here.nursery.process.pid
        os.kill(first, signal.SIGKILL)
        until(made, lambda: errors(workspace, run_id) != [], seconds=300)
        assert "signal 9" in errors(workspace, run_id)[0]
        assert workspace.queue.run(run_id).state == "queued"
        until(made, lambda: state(workspace, run_id) == "succeeded", seconds=300)
        assert made.here.nursery.process.pid != first
        assert workspace.queue.run(run_id).attempt == 2


def test_where_no_warm_process_comes_up_children_start_cold(workspace, child, monkeypatch):
    child(WELL)
    monkeypatch.setattr(local.Local, "_has_nursery", lambda self: False)
    made = Worker(workspace, Settings(slots=1))
    (run_id,) = put(workspace, "a")
    until(made, lambda: state(workspace, run_id) == "succeeded")
    made.here.close()


# clocks


@pytest.mark.parametrize("jump_s", [3600, -3600])
def test_a_clock_that_jumps_loses_no_run_of_a_supervisor_that_is_there(
    worker, workspace, child, clock, jump_s
):
    child(LONG)
    workspace.queue.clock = clock
    (run_id,) = put(workspace, "a")
    until(worker, lambda: pid_of(workspace, run_id) is not None)
    clock.advance(jump_s)
    for _ in range(3):
        worker.tick()
    run = workspace.queue.run(run_id)
    assert (run.state, run.attempt) == ("running", 1)
    assert run.lease_until == clock() + workspace.queue.lease
    assert "lost" not in [e.kind for e in workspace.queue.events(run_id)]


def test_after_a_jump_the_lease_of_a_dead_worker_still_ends(worker, workspace, clock):
    workspace.queue.clock = clock
    (run_id,) = put(workspace, "a")
    workspace.queue.claim("dead")
    clock.advance(-3600)
    for _ in range(2):  # the first look notes the clock, the second can judge
        worker._trusts_clock_from = 0.0  # as after a time in which others could renew theirs
        worker.tick()
    assert state(workspace, run_id) == "lost"


def test_machines_whose_own_clocks_differ_measure_leases_by_the_server(postgresql):
    database = open_database(postgresql.migrated())
    rested = [0.0]
    clock = ServerClock(database, monotonic=lambda: rested[0])
    slack = timedelta(seconds=1)
    began = datetime.now(UTC)
    before = clock()
    assert began - slack < before < datetime.now(UTC) + slack
    rested[0] += 29.0  # carried on without asking, by a clock that never jumps
    assert clock() - before == timedelta(seconds=29)
    rested[0] += 2.0  # asked again: the server says how late it really is
    assert before <= clock() < datetime.now(UTC) + slack
    database.close()


# the home folder


def test_a_home_that_is_moved_ends_its_worker_and_gives_its_runs_back(
    worker, workspace, child, tmp_path
):
    child(LONG)
    (run_id,) = put(workspace, "a")
    until(worker, lambda: state(workspace, run_id) == "running")
    said = []
    worker.say = said.append
    home, elsewhere = home_folder(), tmp_path / "elsewhere"
    home.rename(elsewhere)
    worker.work()
    assert not home.exists(), "nothing is begun where nobody looks"
    assert "was moved, removed or replaced" in said[0]
    with closing(sqlite3.connect(elsewhere / "replicheck.sqlite")) as moved:
        assert moved.execute("SELECT state, attempt FROM run").fetchall() == [("queued", 0)]


# the disk


FULL = """
import resource
resource.setrlimit(resource.RLIMIT_FSIZE, (2000, resource.RLIM_INFINITY))
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
sys.path.insert(0, %r)
from models.whole_file import replacing
with replacing(Path("checkpoint.pt")) as half_made:
    half_made.write_bytes(bytes(5000))
"""


def test_a_disk_that_is_full_at_a_checkpoint_fails_the_attempt_and_keeps_the_last_one(
    worker, workspace, child
):
    (run_id,) = put(workspace, "a")
    folder = folder_of(workspace, workspace.queue.run(run_id))
    folder.mkdir(parents=True)
    (folder / "checkpoint.pt").write_bytes(b"the last whole one")
    child(FULL % str(local.ROOT))
    until(worker, lambda: errors(workspace, run_id) != [])
    assert "File too large" in errors(workspace, run_id)[0]
    run = workspace.queue.run(run_id)
    assert (run.state, run.not_before is not None) == ("queued", True), "tried again after a pause"
    assert (folder / "checkpoint.pt").read_bytes() == b"the last whole one"
    assert not list(folder.glob(".checkpoint*")), "nothing half-made keeps the disk full"


# the database


@pytest.fixture
def impatient(monkeypatch):
    """Writers wait a quarter of a second for others, not 45 s: the same, sooner."""
    short = tuple("busy_timeout=250" if "busy" in p else p for p in sessions.PRAGMAS)
    monkeypatch.setattr(sessions, "PRAGMAS", short)


def test_a_locked_database_ends_neither_supervisor_nor_run(impatient, workspace, child):
    said: list[str] = []
    made = Worker(workspace, Settings(slots=1), say=said.append)
    made.register()
    child(LONG)
    (run_id,) = put(workspace, "a")
    until(made, lambda: pid_of(workspace, run_id) is not None)
    holder = sqlite3.connect(home_folder() / "replicheck.sqlite", isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    made._last_beat = -1e9  # a heartbeat is due
    made._try(made.tick)
    assert any("is not to be had just now" in words and "locked" in words for words in said)
    assert is_alive(pid_of(workspace, run_id))
    holder.execute("ROLLBACK")
    holder.close()
    before = workspace.queue.run(run_id).lease_until
    made._try(made.tick)
    run = workspace.queue.run(run_id)
    assert (run.state, run.attempt) == ("running", 1)
    assert run.lease_until > before, "renewed as soon as it could be"
    made._put_down()
    made.here.close()


def test_nobody_is_declared_lost_by_one_that_could_not_look(impatient, workspace, child, clock):
    """While the database was away nobody could renew; that is no silence."""
    workspace.queue.clock = clock
    made = Worker(workspace, Settings(slots=1))
    made._trusts_clock_from = 0.0
    (run_id,) = put(workspace, "a")
    workspace.queue.claim("another worker")
    holder = sqlite3.connect(home_folder() / "replicheck.sqlite", isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    clock.advance(61)
    made._try(made.tick)
    holder.execute("ROLLBACK")
    holder.close()
    made.tick()
    assert state(workspace, run_id) == "running"
    made.here.close()


def away(*_, **__):
    raise OperationalError("", {}, Exception("nobody answers"))


def test_a_database_that_is_away_is_spoken_of_once_a_minute_and_when_it_is_back(
    workspace, monkeypatch
):
    now, said = [0.0], []
    made = Worker(workspace, Settings(slots=1), say=said.append, monotonic=lambda: now[0])
    with monkeypatch.context() as broken:
        broken.setattr(made, "tick", away)
        for _ in range(300):  # 75 s
            made._round()
            now[0] += TICK_S
    assert said == ["the database is not to be had just now: nobody answers"] * 2
    made._round()
    assert said[2:] == ["the database is back after 75 s"]
    made.here.close()


def test_a_worker_whose_database_is_away_rests_between_looks_though_a_child_has_ended(
    workspace, monkeypatch
):
    """The end of a child wakes a supervisor; one that cannot note it was woken again at once."""
    made = Worker(workspace, Settings(slots=1))
    rested, looks = [], iter([False] * 3 + [True])
    monkeypatch.setattr(made, "tick", away)
    monkeypatch.setattr(made.here, "wait", lambda _: pytest.fail("this wait would end at once"))
    monkeypatch.setattr(supervising.time, "sleep", rested.append)
    made.work(until=lambda: next(looks))
    assert rested == [TICK_S] * 3


def test_a_worker_that_could_not_say_that_it_is_there_says_so_later(workspace, monkeypatch):
    made = Worker(workspace, Settings(slots=1))
    with monkeypatch.context() as broken:
        broken.setattr(workspace.queue, "register", away)
        assert not made._round()
    assert workspace.queue.workers() == []
    assert made._round()
    assert [worker.id for worker in workspace.queue.workers()] == [made.id]
    made.here.close()


def test_what_was_asked_for_outlives_a_restart_of_the_server(
    planted_claims, postgresql, monkeypatch, capfd
):
    """All connections end in the middle of it; it begins again and comes to its end."""
    monkeypatch.setenv("VERIFIER_DATABASE_URL", postgresql.migrated())
    workspace = open_workspace()
    asked = verifying.request(workspace, ["T-TRUE"], preset="planted", data="synthetic")
    workspace.verifications.claim("me", id=asked)
    workspace.database.close()
    n_tended = []

    def tend(workspace, found, **_):
        n_tended.append(1)
        if len(n_tended) == 1:
            postgresql.tell(make_url(workspace.database.url), END_ALL)
        workspace.verifications.end(found, state="finished", message="as asked")

    monkeypatch.setattr(verifying, "tend", tend)
    monkeypatch.setattr(children.time, "sleep", lambda _: None)
    status = main(["tend", str(asked), "me"])
    workspace = open_workspace()
    found = workspace.verifications.get(asked)
    assert (status, found.state, found.message) == (0, "finished", "as asked")
    assert len(n_tended) == 2
    assert "is not to be had just now" in capfd.readouterr().err
    workspace.database.close()


END_ALL = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"


def test_what_the_database_refuses_for_long_is_given_up_in_the_end():
    rested = []
    with pytest.raises(OperationalError):
        children.patiently(away, pauses_s=(1.0, 2.0), sleep=rested.append)
    assert rested == [1.0, 2.0]


def test_troubles_that_lie_far_apart_are_not_counted_together():
    now, rested = [0.0], []

    def carry_out():
        now[0] += 1000.0
        return 0 if now[0] > 5000.0 else away()

    assert (
        children.patiently(carry_out, pauses_s=(1.0,), sleep=rested.append, clock=lambda: now[0])
        == 0
    )
    assert rested == [1.0] * 5


# versions


def test_a_worker_of_another_version_takes_no_run_of_this_one(worker, workspace, child):
    child(WELL)
    ours, theirs, anyones = workspace.queue.enqueue(
        [
            request("1" * 16, code=worker.code),
            request("2" * 16, code="another"),
            request("3" * 16),
        ],
        actor="test",
    )
    until(worker, lambda: state(workspace, anyones) == state(workspace, ours) == "succeeded")
    assert state(workspace, theirs) == "queued"


def test_a_worker_whose_code_changes_under_it_takes_no_more_and_says_so(
    workspace, child, monkeypatch
):
    said: list[str] = []
    made = Worker(workspace, Settings(slots=1), say=said.append)
    made.register()
    child(WELL)
    monkeypatch.setattr(supervising, "code_digest", lambda: "changed")
    made.tick()
    (run_id,) = put(workspace, "a")
    made.tick()
    assert state(workspace, run_id) == "queued"
    assert [worker.takes_runs for worker in workspace.queue.workers()] == [False]
    made._last_beat = -1e9
    made.tick()
    assert sum("restart this worker" in words for words in said) == 1, "once, not at every beat"
    made.here.close()


def test_a_result_of_other_code_than_was_asked_for_is_refused(worker, workspace, child):
    result = json.dumps({"schema": 1, "measurements": [], "code_digest": "b" * 64})
    child(f"Path('result.json').write_text({result!r})")
    (run_id,) = workspace.queue.enqueue([request("1" * 16, code=worker.code)], actor="test")
    until(worker, lambda: state(workspace, run_id) == "failed")
    assert "The training code changed while it ran" in workspace.queue.run(run_id).error
    child(WELL)
    workspace.queue.retry(run_id, actor="me")
    until(worker, lambda: state(workspace, run_id) in ("succeeded", "failed"))
    assert state(workspace, run_id) == "succeeded", "the refused result is not found again"


def test_the_remains_of_another_run_are_set_aside_and_the_run_begins_without_them(
    worker, workspace, child
):
    """As a supervisor leaves them whose code changed while the child was at work."""
    remains = "Path('of_another').exists() and os._exit(76); "
    child(f"{remains}{WELL}")
    (run_id,) = put(workspace, "a")
    folder = folder_of(workspace, workspace.queue.run(run_id))
    folder.mkdir(parents=True)
    (folder / "of_another").touch()
    until(worker, lambda: state(workspace, run_id) == "succeeded")
    assert (folder.with_name(f"{folder.name}-refused") / "of_another").exists()


# files


@pytest.mark.parametrize("file", ["result.json", "predictions.npz"])
def test_a_run_whose_files_were_cut_short_is_computed_again(worker, workspace, child, file):
    """The disk lost the end of a file between the child's end and the supervisor's look."""
    child(
        "from hashlib import sha256; import json; scores = b'scores' * 50; "
        "digest = sha256(scores).hexdigest(); "
        "Path('predictions.npz').write_bytes(scores); "
        "Path('result.json').write_text(json.dumps({'schema': 1, 'measurements': [], "
        "'predictions_sha256': digest})); "
        "first = not Path('seen').exists(); Path('seen').touch(); "
        f"os.truncate({file!r}, 40) if first else None"
    )
    (run_id,) = put(workspace, "a")
    until(worker, lambda: errors(workspace, run_id) != [])
    assert "exit status 0 and left no result" in errors(workspace, run_id)[0]
    with workspace.database.writing() as session:
        session.execute(text("UPDATE run SET not_before = NULL"))
    until(worker, lambda: state(workspace, run_id) == "succeeded")
    assert workspace.queue.predictions(run_id) == b"scores" * 50


def test_progress_cut_short_is_copied_once_all_the_same(worker, workspace, child):
    line = '{"at": "2026-06-09T12:00:00+00:00", "phase": "pretraining", "step": %d, "n_steps": 9}'
    child(LONG)
    (run_id,) = put(workspace, "a")
    until(worker, lambda: pid_of(workspace, run_id) is not None)
    path = folder_of(workspace, workspace.queue.run(run_id)) / "progress.jsonl"
    path.write_text("".join(line % step + "\n" for step in (1, 2, 3)))
    until(worker, lambda: len(workspace.queue.progress(run_id)) == 3)
    path.write_text(line % 1 + "\n" + (line % 2)[:30])  # cut in the middle of the second line
    worker.tick()
    with path.open("a") as file:
        file.write("\n" + line % 4 + "\n")
    until(worker, lambda: [p.step for p in workspace.queue.progress(run_id)] == [1, 2, 3, 4])
