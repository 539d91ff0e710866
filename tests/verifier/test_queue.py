import threading
from datetime import timedelta

import pytest

from tests.verifier.made import request as wanted
from verifier.claim import InputError
from verifier.queue import ProgressPoint, Queue


@pytest.fixture
def workspace(workspace_on_either):
    return workspace_on_either


@pytest.fixture
def queue(workspace, clock):
    return Queue(workspace.database, clock=clock)


def put(queue, *fingerprints: str) -> list[int]:
    return queue.enqueue([wanted(f) for f in fingerprints], actor="test")


def lose_and_claim(queue, clock, owner: str):
    """Let the lease run out and the back-off pass, and claim again."""
    clock.advance(61)
    queue.return_lost()
    clock.advance(70)
    queue.return_lost()
    return queue.claim(owner)


def events(queue, run_id: int) -> list[str]:
    return [event.kind for event in queue.events(run_id)]


RESULT = {"schema": 1, "measurements": [{"name": "macro_auroc", "value": 0.8}]}


def test_the_same_run_asked_for_twice_is_one_run(queue):
    assert put(queue, "a", "b", "a") == [1, 2, 1]
    assert put(queue, "b") == [2]


def test_a_finished_run_is_never_queued_again(queue):
    (run_id,) = put(queue, "a")
    queue.succeed(queue.claim("w"), result=RESULT, predictions=b"npz")
    assert put(queue, "a") == [run_id]
    assert queue.claim("w") is None


def test_runs_are_claimed_in_order_of_priority_then_arrival(queue):
    queue.enqueue([wanted("a"), wanted("b", priority=1), wanted("c")], actor="test")
    assert [queue.claim("w").fingerprint for _ in range(3)] == ["b", "a", "c"]
    assert queue.claim("w") is None


def test_how_runs_stand_is_told_of_those_asked_for(queue):
    a, b, _ = put(queue, "a", "b", "c")
    queue.claim("w")
    assert queue.states([a, b, 99]) == {a: "running", b: "queued"}


def test_each_claim_is_in_the_history_with_its_attempt_and_owner(queue, clock):
    first, second = put(queue, "a", "b")
    queue.claim_many("w", n=5)
    for run_id in (first, second):
        event = queue.events(run_id)[-1]
        assert (event.kind, event.attempt, event.actor) == ("started", 1, "w")
        assert (event.at, event.detail) == (clock(), "")


def test_what_a_run_measured_is_kept_with_its_scores(queue):
    (run_id,) = put(queue, "a")
    assert queue.succeed(queue.claim("w"), result=RESULT, predictions=b"npz")
    assert queue.run(run_id).state == "succeeded"
    assert [m.value for m in queue.measurements([run_id])[run_id]] == [0.8]
    assert queue.predictions(run_id) == b"npz"


def test_an_invalid_run_is_kept_and_marked(queue):
    (run_id,) = put(queue, "a")
    bad = {**RESULT, "is_valid": False, "invalid_reason": "collapsed"}
    queue.succeed(queue.claim("w"), result=bad, predictions=None)
    run = queue.run(run_id)
    assert (run.state, run.is_valid, run.error) == ("succeeded", False, "collapsed")


def test_a_lease_that_ran_out_returns_the_run_visibly(queue, clock):
    (run_id,) = put(queue, "a")
    queue.claim("first")
    clock.advance(61)
    assert queue.return_lost() == 1
    assert queue.run(run_id).state == "lost"
    assert queue.claim("second") is None, "there is a pause before the next attempt"
    clock.advance(3)
    queue.return_lost()
    again = queue.claim("second")
    assert (again.id, again.attempt) == (run_id, 2)
    assert "lost" in events(queue, run_id)


def test_a_heartbeat_keeps_the_lease(queue, clock):
    put(queue, "a")
    run = queue.claim("w")
    for _ in range(5):
        clock.advance(50)
        assert queue.renew(run)
    assert not queue.is_anything_lost()
    assert queue.return_lost() == 0


def test_a_lost_worker_that_comes_back_changes_nothing(queue, clock):
    (run_id,) = put(queue, "a")
    zombie = queue.claim("first")
    current = lose_and_claim(queue, clock, "second")
    point = ProgressPoint(at=clock(), phase="pretraining", step=5, n_steps=9)
    assert not queue.renew(zombie)
    assert not queue.record(zombie, [point])
    assert not queue.succeed(zombie, result=RESULT, predictions=None)
    assert not queue.fail(zombie, error="late", may_retry=False)
    assert not queue.give_back(zombie)
    assert queue.run(run_id).state == "running"
    assert queue.progress(run_id) == []
    assert queue.succeed(current, result=RESULT, predictions=None)


def test_after_the_last_attempt_a_lost_run_has_failed(queue, clock):
    (run_id,) = put(queue, "a")
    for _ in range(3):
        assert queue.claim("w") is not None
        clock.advance(200)
        queue.return_lost()
        clock.advance(200)
        queue.return_lost()
    run = queue.run(run_id)
    assert (run.state, run.attempt) == ("failed", 3)


def test_a_failure_that_would_repeat_is_not_tried_again(queue):
    (run_id,) = put(queue, "a")
    queue.fail(queue.claim("w"), error="wrong recipe", may_retry=False)
    run = queue.run(run_id)
    assert (run.state, run.error) == ("failed", "wrong recipe")


def test_a_failure_that_may_pass_is_tried_again_after_a_pause(queue, clock):
    (run_id,) = put(queue, "a")
    queue.fail(queue.claim("w"), error="killed", may_retry=True)
    assert queue.run(run_id).state == "queued"
    assert queue.claim("w") is None
    clock.advance(3)
    assert queue.claim("w").attempt == 2


def test_pauses_between_attempts_grow_and_begin_anew_when_a_person_asks_again(queue, clock):
    (run_id,) = put(queue, "a")

    def pauses() -> list[float]:
        found = []
        while (run := queue.claim("w")) is not None:
            queue.fail(run, error="killed", may_retry=True)
            waits_until = queue.run(run_id).not_before
            if queue.run(run_id).state == "queued":
                found.append((waits_until - clock()).total_seconds())
                clock.advance(found[-1])
        return found

    assert pauses() == [2, 15], "three attempts, two pauses"
    assert queue.run(run_id).state == "failed"
    queue.retry(run_id, actor="me")
    assert pauses() == [2, 15]
    assert (queue.run(run_id).state, queue.run(run_id).attempt) == ("failed", 6)


def test_a_waiting_run_is_cancelled_at_once(queue):
    (run_id,) = put(queue, "a")
    queue.request_cancel(run_id, actor="me")
    assert queue.run(run_id).state == "cancelled"
    assert queue.claim("w") is None


def test_a_running_run_is_cancelled_through_its_worker(queue):
    (run_id,) = put(queue, "a")
    run = queue.claim("w")
    queue.request_cancel(run_id, actor="me")
    assert queue.wishes("w")[run.id, run.attempt].cancel
    queue.fail(run, error="Cancelled.", may_retry=False)
    assert queue.run(run_id).state == "cancelled"


def test_a_run_whose_worker_died_while_cancelling_ends_cancelled(queue, clock):
    (run_id,) = put(queue, "a")
    queue.claim("w")
    queue.request_cancel(run_id, actor="me")
    clock.advance(61)
    queue.return_lost()
    assert queue.run(run_id).state == "cancelled"


def test_a_cancelled_or_failed_run_can_be_retried_with_fresh_attempts(queue):
    (run_id,) = put(queue, "a")
    queue.request_cancel(run_id, actor="me")
    queue.retry(run_id, actor="me")
    assert queue.claim("w").id == run_id


def test_a_run_that_goes_well_cannot_be_retried(queue):
    (run_id,) = put(queue, "a")
    with pytest.raises(InputError, match="is queued; only a failed or cancelled run"):
        queue.retry(run_id, actor="me")


def test_cancelling_a_run_that_does_not_exist_says_so(queue):
    with pytest.raises(InputError, match="There is no run 99"):
        queue.request_cancel(99, actor="me")


def test_a_worker_that_stops_in_good_order_uses_up_no_attempt(queue):
    (run_id,) = put(queue, "a")
    queue.give_back(queue.claim("w"))
    again = queue.claim("other")
    assert (again.id, again.attempt) == (run_id, 1)


def test_progress_is_copied_once_however_often_it_is_reported(queue, clock):
    (run_id,) = put(queue, "a")
    run = queue.claim("w")
    points = [
        ProgressPoint(at=clock(), phase="pretraining", step=s, n_steps=9, loss=1.0 / s)
        for s in (1, 2, 3)
    ]
    queue.record(run, points)
    queue.record(run, points[1:])
    assert [point.step for point in queue.progress(run_id)] == [1, 2, 3]
    shown = queue.run(run_id)
    assert (shown.phase, shown.step, shown.n_steps) == ("pretraining", 3, 9)


def test_many_workers_claim_each_run_once(workspace):
    queue = Queue(workspace.database)
    put(queue, *[str(n) for n in range(60)])
    claimed: list[int] = []

    def take(owner: str) -> None:
        while (run := queue.claim(owner)) is not None:
            claimed.append(run.id)

    threads = [threading.Thread(target=take, args=(f"w{n}",)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(claimed) == sorted(set(claimed))
    assert len(claimed) == 60


def test_only_workers_heard_of_lately_are_alive(queue, clock):
    queue.register("w1", host="here", pid=1, slots=2)
    queue.register("w2", host="here", pid=2, slots=2)
    queue.sign_off("w2")
    assert [worker.id for worker in queue.workers()] == ["w1"]
    clock.advance(30)
    queue.beat("w1")
    clock.advance(59)
    assert len(queue.workers()) == 1
    clock.advance(2)
    assert queue.workers() == []


def test_the_wall_time_of_a_run_is_none_before_it_ended(queue, clock):
    (run_id,) = put(queue, "a")
    run = queue.claim("w")
    assert queue.run(run_id).seconds is None
    clock.advance(7)
    queue.succeed(run, result=RESULT, predictions=None)
    assert queue.run(run_id).seconds == 7
    assert queue.run(run_id).started_at + timedelta(seconds=7) == queue.run(run_id).finished_at


def test_a_paused_run_waits_until_it_is_resumed(queue):
    (run_id,) = put(queue, "a")
    queue.request_pause(run_id, actor="me")
    assert (queue.run(run_id).state, queue.claim("w")) == ("paused", None)
    queue.resume(run_id, actor="me")
    assert queue.claim("w").id == run_id


def test_a_running_run_is_paused_through_its_worker_and_loses_no_attempt(queue):
    (run_id,) = put(queue, "a")
    run = queue.claim("w")
    queue.request_pause(run_id, actor="me")
    assert queue.wishes("w")[run.id, run.attempt].pause
    queue.give_back(run)
    assert (queue.run(run_id).state, queue.run(run_id).attempt) == ("paused", 0)


def test_a_run_lost_while_it_was_to_be_paused_is_paused(queue, clock):
    (run_id,) = put(queue, "a")
    queue.claim("w")
    queue.request_pause(run_id, actor="me")
    clock.advance(61)
    queue.return_lost()
    assert queue.run(run_id).state == "paused"


def test_only_what_is_open_can_be_paused_and_only_what_is_paused_resumed(queue):
    (run_id,) = put(queue, "a")
    with pytest.raises(InputError, match="only a paused run can be resumed"):
        queue.resume(run_id, actor="me")
    queue.request_cancel(run_id, actor="me")
    with pytest.raises(InputError, match="is cancelled; there is nothing left to pause"):
        queue.request_pause(run_id, actor="me")


@pytest.mark.parametrize("state", ["paused", "lost"])
def test_what_waits_paused_or_lost_can_be_cancelled(queue, clock, state):
    (run_id,) = put(queue, "a")
    if state == "paused":
        queue.request_pause(run_id, actor="me")
    else:
        queue.claim("w")
        clock.advance(61)
        queue.return_lost()
    assert queue.run(run_id).state == state
    queue.request_cancel(run_id, actor="me")
    assert queue.run(run_id).state == "cancelled"


def test_a_worker_takes_only_runs_of_its_code_and_device(queue):
    queue.enqueue(
        [
            wanted("old", code="1"),
            wanted("new", code="2"),
            wanted("any"),
            wanted("card", code="2", device="cuda"),
        ],
        actor="test",
    )
    taken = queue.claim_many("w", n=9, device="cpu", code="2")
    assert [run.fingerprint for run in taken] == ["new", "any"]
    assert [r.fingerprint for r in queue.claim_many("w", n=9, device="cuda", code="2")] == ["card"]
    assert [r.fingerprint for r in queue.claim_many("w", n=9, device="cpu", code="1")] == ["old"]


def test_a_clock_that_went_back_leaves_no_run_with_a_lease_without_end(queue, clock):
    (run_id,) = put(queue, "a")
    queue.claim("dead")
    clock.advance(-7200)
    assert queue.is_anything_lost()
    queue.return_lost()
    assert queue.run(run_id).state == "lost"


def test_a_bar_never_goes_back_within_an_attempt_and_ends_full(queue, clock):
    (run_id,) = put(queue, "a")
    run = queue.claim("w")
    seen = [queue.run(run_id).fraction]
    steps = [("data", 0), ("data", 9), ("pretraining", 1), ("pretraining", 9), ("probe", 0)]
    for phase, step in [*steps, ("probe", 9)]:
        point = ProgressPoint(at=clock(), phase=phase, step=step, n_steps=9)
        queue.record(run, [point])
        seen.append(queue.run(run_id).fraction)
    queue.succeed(run, result=RESULT, predictions=None)
    seen.append(queue.run(run_id).fraction)
    assert seen == sorted(seen)
    assert (seen[0], seen[-1]) == (0.0, 1.0)


def test_a_training_that_waits_can_be_moved_to_a_card_and_stays_the_same_run(queue):
    ids = put(queue, "a", "b")
    queue.move(ids[0], device="cuda", actor="me")
    assert put(queue, "a") == ids[:1], "asked for again, it is the run that waits for a card"
    assert [r.id for r in queue.claim_many("w", n=9, device="cpu")] == ids[1:]
    (on_card,) = queue.claim_many("w", n=9, device="cuda")
    assert (on_card.id, on_card.device) == (ids[0], "cuda")
    assert events(queue, ids[0]) == ["queued", "moved", "started"]
    with pytest.raises(InputError, match="only a training that waits"):
        queue.move(ids[0], device="cpu", actor="me")
