"""A real Ray cluster of two nodes on this machine, with real trainings and a real supervisor."""

import json
import os
from functools import partial
from importlib.util import find_spec

import pytest

from tests.verifier import scripted
from tests.verifier.scripted import content, supervised
from verifier.attempt import Limits, folder_of
from verifier.bench._world import once_more
from verifier.executors import EXECUTORS, ExecutorError, Where
from verifier.worker import Settings, Worker

pytestmark = pytest.mark.skipif(
    find_spec("ray") is None, reason="Ray is not installed (requirements-cluster.txt)"
)
NODE = {"num_cpus": 1, "object_store_memory": 80 * 2**20}
LONG = 100_000  # updates: nobody waits for its end
SOON_S = 60.0  # two on a quiet machine

until = partial(scripted.until, seconds=300.0)


@pytest.fixture(scope="module")
def cluster():
    from verifier.bench._ray import WATCHFUL

    before = dict(os.environ)
    os.environ.update(WATCHFUL)
    from ray.cluster_utils import Cluster

    head = {**NODE, "num_cpus": 0, "include_dashboard": False}
    made = Cluster(initialize_head=True, head_node_args=head)
    made.nodes = [made.add_node(**NODE), made.add_node(**NODE)]
    yield made
    made.shutdown()
    os.environ.clear()
    os.environ.update(before)


@pytest.fixture
def worker(workspace, cluster):
    settings = Settings(executor="ray", address=cluster.address, limits=Limits(checkpoint_every=10))
    with supervised(workspace, settings) as made:
        yield made


def put(workspace, *names: str, n_updates: int) -> list[int]:
    wanted = [once_more(seed, name, n_updates=n_updates) for seed, name in enumerate(names)]
    return workspace.queue.enqueue(wanted, actor="test")


def run(workspace, run_id: int):
    return workspace.queue.run(run_id)


def n_beginnings(workspace, run_id: int) -> int:
    """How often pretraining began at its first step."""
    lines = (folder_of(workspace, run(workspace, run_id)) / "progress.jsonl").read_text()
    points = [json.loads(line) for line in lines.splitlines()]
    return sum((p["phase"], p["step"]) == ("pretraining", 1) for p in points)


def test_a_run_on_a_node_gives_the_same_bits_as_here(worker, workspace):
    here = Worker(workspace, Settings(slots=1))
    (far,) = put(workspace, "far", n_updates=20)
    until(worker, lambda: run(workspace, far).state == "succeeded")
    (near,) = put(workspace, "near", n_updates=20)
    until(here, lambda: run(workspace, near).state == "succeeded")
    here.here.close()
    assert content(workspace, far) == content(workspace, near)
    assert workspace.queue.progress(far)[-1].phase == "done", "progress came back"


def test_the_bits_are_the_same_when_the_node_dies_in_mid_run(
    worker, workspace, cluster, monkeypatch
):
    from verifier.bench._ray import kill_node
    from verifier.executors import _ray_node

    monkeypatch.setattr(_ray_node, "SHIP_EVERY_S", 0.0)  # what is shipped is gone on from
    first, second = put(workspace, "first", "second", n_updates=120)
    folders = [folder_of(workspace, run(workspace, i)) for i in (first, second)]
    until(worker, lambda: all((folder / "checkpoint.pt").exists() for folder in folders))
    kill_node(cluster, cluster.nodes.pop())
    ended = ("succeeded", "failed")
    until(worker, lambda: all(run(workspace, i).state in ended for i in (first, second)))
    cluster.nodes.append(cluster.add_node(**NODE))

    assert sorted(run(workspace, i).attempt for i in (first, second)) == [1, 2]
    (hit,) = (i for i in (first, second) if run(workspace, i).attempt == 2)
    said = [event for event in workspace.queue.events(hit) if event.kind == "failed"]
    assert "The Ray node that carried it out was lost" in said[0].detail
    assert n_beginnings(workspace, hit) == 1, "the second attempt went on from what was shipped"
    wanted = workspace.queue.enqueue(
        [once_more((first, second).index(hit), "undisturbed", n_updates=120)], actor="test"
    )
    until(worker, lambda: run(workspace, wanted[0]).state == "succeeded")
    assert content(workspace, hit) == content(workspace, wanted[0])


def test_cancelling_ends_a_run_on_a_node_long_before_its_end(worker, workspace):
    (run_id,) = put(workspace, "long", n_updates=LONG)
    until(worker, lambda: run(workspace, run_id).phase == "pretraining")
    workspace.queue.request_cancel(run_id, actor="me")
    assert until(worker, lambda: run(workspace, run_id).state == "cancelled") < SOON_S


def test_a_paused_run_brings_its_checkpoint_home_and_goes_on_from_it(worker, workspace):
    (run_id,) = put(workspace, "paused", n_updates=LONG)
    until(worker, lambda: run(workspace, run_id).step > 5)
    workspace.queue.request_pause(run_id, actor="me")
    until(worker, lambda: run(workspace, run_id).state == "paused")
    reached = run(workspace, run_id).step
    assert (folder_of(workspace, run(workspace, run_id)) / "checkpoint.pt").exists()
    workspace.queue.resume(run_id, actor="me")
    until(worker, lambda: run(workspace, run_id).step > reached + 1)
    assert n_beginnings(workspace, run_id) == 1
    workspace.queue.request_cancel(run_id, actor="me")
    until(worker, lambda: run(workspace, run_id).state == "cancelled")


def test_a_run_that_no_node_has_room_for_waits_and_can_be_cancelled(worker, workspace):
    worker.slots = 3
    ids = put(workspace, "a", "b", "c", n_updates=LONG)
    until(worker, lambda: [run(workspace, i).phase for i in ids].count("pretraining") == 2)
    (left,) = (i for i in ids if run(workspace, i).phase != "pretraining")
    assert (run(workspace, left).state, run(workspace, left).phase) == ("running", "waiting")
    for run_id in ids:
        workspace.queue.request_cancel(run_id, actor="me")
    assert until(worker, lambda: not worker.children) < SOON_S
    assert {run(workspace, i).state for i in ids} == {"cancelled"}


def test_nodes_with_other_packages_are_named_and_get_no_run(worker, workspace):
    worker.there.wanted = {**worker.there.wanted, "torch": "1.0"}
    (run_id,) = put(workspace, "other", n_updates=5)
    until(worker, lambda: run(workspace, run_id).state == "failed")
    assert "instead of 1.0, so its results could differ" in run(workspace, run_id).error
    assert len(worker.there.unfit("")) == 2, "both nodes were asked"


def test_a_node_that_cannot_read_the_data_says_so(worker, workspace, tmp_path):
    from dataclasses import replace

    request = replace(once_more(1, "data", n_updates=5), data=f"ptb_xl:{tmp_path / 'nowhere'}")
    (run_id,) = workspace.queue.enqueue([request], actor="test")
    until(worker, lambda: run(workspace, run_id).state == "failed")
    assert "must lie in the same folder on every node" in run(workspace, run_id).error
    assert worker.there.unfit("") == [], "with other data the nodes are as good as ever"


def test_an_address_where_no_cluster_is_says_what_to_do():
    with pytest.raises(ExecutorError, match="There is no way to the Ray cluster 127"):
        EXECUTORS.load("ray").connect(Where(address="127.0.0.1:1"))
