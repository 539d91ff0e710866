"""Nodes of a Ray cluster, one that is there or one started on this machine.

A run takes a berth: an actor that asks Ray for one core, or a core and a card, and that stays for
the next run, so that torch is loaded once a berth. Ray itself repeats nothing: whatever becomes
of an actor or its node ends the attempt, and the queue decides on another. Nodes need no
database, no disk in common and no copy of this project; files go and come through the supervisor.
"""

import contextlib
import io
import os
import signal
import socket
import time
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module
from importlib.metadata import version
from importlib.util import find_spec
from platform import python_version_tuple
from typing import Any

from models.whole_file import replacing
from verifier.executors import Attempt, Capacity, ExecutorError, Job, Where, _ray_node
from verifier.executors.local import ROOT

LABEL = "a Ray cluster"
DECIDE = ("torch", "numpy", "scipy", "scikit-learn")  # packages whose version decides bits
IDLE_S = 30.0  # a berth waits so long for the next run before it gives its core back
PATIENCE_S = 3.0  # for a berth that is told to kill its run
SILENT_S = 60.0  # a berth that has not answered for so long is lost, whatever Ray thinks of it
KNOCK_S = 5.0
CRASHED, REFUSED, LOST = 1, 2, -signal.SIGKILL
QUIET = {
    "RAY_USAGE_STATS_ENABLED": "0",  # nothing is told to anybody
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",
}


class Ray:
    """The connection, the berths that are free, and the nodes that cannot be used."""

    def __init__(self, ray: Any, where: Where) -> None:
        self.ray = ray
        self.free: list[Berth] = []
        self.waiting: list[RayAttempt] = []  # for a berth of their own, first come first served
        self.refusals: dict[tuple[str, str], str] = {}  # by node and data; "": whatever the data
        _connect(ray, where)
        ray.cloudpickle.register_pickle_by_value(_ray_node)
        self.code = ray.put(packed())
        self.wanted = {"python": ".".join(python_version_tuple()[:2])}
        self.wanted |= {name: version(name).partition("+")[0] for name in DECIDE}

    def capacity(self) -> Capacity:
        there = self.ray.cluster_resources()
        gpus = tuple(range(int(there.get("GPU", 0))))
        return Capacity(slots=max(int(there.get("CPU", 0)) - len(gpus), 1), gpus=gpus)

    def start(self, job: Job) -> Attempt:
        return RayAttempt(self, job)

    def berth(self, needs: Mapping[str, float], data: str) -> "Berth":
        """One that is free, or a new one, for which Ray finds room as soon as there is some."""
        for berth in self.free:
            if berth.needs == needs and berth.node not in self.unfit(data):
                self.free.remove(berth)
                return berth
        options: dict[str, Any] = {"max_restarts": 0, "max_task_retries": 0, **needs}
        if unfit := self.unfit(data):
            strategies: Any = import_module("ray.util.scheduling_strategies")
            options["scheduling_strategy"] = strategies.NodeLabelSchedulingStrategy(
                hard={"ray.io/node-id": strategies.NotIn(*unfit)}
            )
        actor = self.ray.remote(**options)(_ray_node.Berth).remote(self.code, self.wanted)
        return Berth(actor=actor, needs=dict(needs))

    def unfit(self, data: str) -> list[str]:
        return sorted({node for node, what in self.refusals if what in ("", data)})

    def is_any_fit(self, data: str) -> bool:
        unfit = self.unfit(data)
        return any(
            node["Alive"] and node["Resources"].get("CPU") and node["NodeID"] not in unfit
            for node in self.ray.nodes()
        )

    def keep(self, berth: "Berth") -> None:
        """Hand on a berth whose run has ended; it gives its core back if others need it more."""
        for attempt in self.waiting:
            if attempt.needs == berth.needs and berth.node not in self.unfit(attempt.data):
                self.end(attempt.berth)  # the one that Ray has not found room for yet
                attempt.take(berth)
                return
        if self.waiting:
            self.end(berth)
            return
        berth.idle_since = time.monotonic()
        self.free.append(berth)

    def end(self, berth: "Berth") -> None:
        with contextlib.suppress(self.ray.exceptions.RayError, ValueError):
            self.ray.kill(berth.actor, no_restart=True)

    def wait(self, seconds: float) -> None:
        """Also lets go of berths that nobody has needed for a while."""
        now = time.monotonic()
        for berth in [b for b in self.free if now - b.idle_since > IDLE_S]:
            self.free.remove(berth)
            self.end(berth)
        time.sleep(seconds)

    def close(self) -> None:
        """Everything we started on the cluster ends with our connection."""
        self.ray.shutdown()


def connect(where: Where | None = None) -> Ray:
    where = where or Where()
    if find_spec("ray") is None:
        raise ExecutorError(
            "--executor ray needs the package ray, which is not installed here: "
            "pip install -r requirements-cluster.txt."
        )
    if where.options:
        raise ExecutorError(f"--option {next(iter(where.options))}: Ray has no options here.")
    os.environ.update({name: os.environ.get(name, value) for name, value in QUIET.items()})
    return Ray(import_module("ray"), where)


def _connect(ray: Any, where: Where) -> None:
    settings: dict[str, Any] = {"log_to_driver": False, "logging_level": "ERROR"}
    if where.address is None:
        settings["include_dashboard"] = False
    try:
        _knock(where.address)  # Ray itself would try for two minutes
        ray.init(address=where.address or "local", namespace="replicheck", **settings)
    except (ray.exceptions.RayError, RuntimeError, ValueError, OSError) as error:
        said = " ".join(str(error).split())[:300]
        raise ExecutorError(
            f"There is no way to the Ray cluster {where.address or 'on this machine'}: {said} "
            "This machine must itself belong to the cluster; if only to hand out runs: "
            "ray start --address=HEAD:6379 --num-cpus=0."
        ) from None


def _knock(address: str | None) -> None:
    host, _, port = (address or "").rpartition(":")
    if host and "/" not in host and port.isdigit():
        socket.create_connection((host, int(port)), timeout=KNOCK_S).close()


def packed() -> bytes:
    """The code that runs need, and what starts them, as a zip archive: the same for the same."""
    files = [*(ROOT / "models").rglob("*.py"), *(ROOT / "models").rglob("*.toml")]
    files += [ROOT / "verifier" / "__init__.py", *(ROOT / "verifier" / "executors").glob("*.py")]
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as made:
        for path in sorted(files):
            entry = zipfile.ZipInfo(path.relative_to(ROOT).as_posix())
            made.writestr(entry, path.read_bytes(), zipfile.ZIP_DEFLATED)
    return archive.getvalue()


@dataclass
class Berth:
    """Our end of an actor."""

    actor: Any
    needs: dict[str, float]
    node: str = ""  # known once it has answered
    idle_since: float = field(default=0.0)


class RayAttempt:
    """A run in a berth. What the node says is copied into the run's own folder here."""

    def __init__(self, executor: Ray, job: Job) -> None:
        self.executor = executor
        self.job = job
        self.data = _after(job.command, "--data")
        self.needs: dict[str, float] = {"num_cpus": 1, "num_gpus": job.n_gpus}
        if job.memory_bytes is not None:
            self.needs["memory"] = job.memory_bytes
        self.status: int | None = None
        self.memory: int | None = None
        self.give_up_at: float | None = None
        self._find_berth()

    def _find_berth(self) -> None:
        self.take(self.executor.berth(self.needs, self.data))
        self.executor.waiting.append(self)

    def take(self, berth: "Berth") -> None:
        self.has_begun, self.asked_at = False, time.monotonic()
        self.berth = berth
        self.reply = berth.actor.start.remote(self._order())

    def _order(self) -> dict[str, Any]:
        """The command with its paths left open, and the files that it reads or goes on from."""
        places = {str(self.job.folder): "{folder}"}
        if self.job.cache is not None:
            places[str(self.job.cache)] = "{cache}"
        kept = [
            path
            for path in self.job.folder.iterdir()
            if path.suffix in (".json", ".pt") and not path.name.startswith(".")
        ]
        return {
            "arguments": [_opened(part, places) for part in self.job.command[1:]],
            "files": {path.name: path.read_bytes() for path in kept},
            "data": self.data,
            "n_gpus": self.job.n_gpus,
        }

    def exit_status(self) -> int | None:
        if self.status is None:
            self._listen()
        return self.status

    def _listen(self) -> None:
        ready, _ = self.executor.ray.wait([self.reply], timeout=0)
        if not ready:
            now = time.monotonic()
            if self.give_up_at is not None and now > self.give_up_at:
                self._lose("It did not answer when it was told to end.", LOST)
            elif self.has_begun and now - self.asked_at > SILENT_S:
                self._lose(f"The Ray node has not answered for {SILENT_S:g} s.", LOST)
            return
        exceptions = self.executor.ray.exceptions
        try:
            said = self.executor.ray.get(self.reply)
        except exceptions.RayTaskError as error:
            self._lose(f"The Ray node could not carry it out: {error.cause!r}", CRASHED)
        except exceptions.RayError as error:
            self._lose(f"The Ray node that carried it out was lost. {_first_line(error)}", LOST)
        else:
            self._take(said)

    def _take(self, said: Mapping[str, Any]) -> None:
        self.berth.node = said["node"]
        self._wait_no_longer()
        if "why_not" in said:
            self._look_elsewhere(said)
            return
        self.has_begun = True
        self.memory = said["memory"]
        for name, grown in said["grown"].items():
            if grown:
                with (self.job.folder / name).open("ab") as file:
                    file.write(grown)
        for name in sorted(said["files"], key=lambda name: name == "result.json"):
            with replacing(self.job.folder / name) as half_made:
                half_made.write_bytes(said["files"][name])
        if said["status"] is None:
            self.reply = self.berth.actor.poll.remote()
            self.asked_at = time.monotonic()
        else:
            self.status = said["status"]
            self.executor.keep(self.berth)

    def _look_elsewhere(self, said: Mapping[str, Any]) -> None:
        """Do without this node from now on; where none is left, that is the end of the run."""
        self.executor.refusals[self.berth.node, said["of"]] = said["why_not"]
        if self.executor.is_any_fit(self.data):
            self.executor.end(self.berth)
            self._find_berth()
        else:
            self._lose(said["why_not"], REFUSED)

    def send(self, number: signal.Signals) -> None:
        if self.status is not None:
            return
        if not self.has_begun:  # nothing that could be asked, and nothing to be kept
            self.status = -number
            self._wait_no_longer()
            self.executor.end(self.berth)
            return
        self.berth.actor.send.remote(int(number))
        if number == signal.SIGKILL and self.give_up_at is None:
            self.give_up_at = time.monotonic() + PATIENCE_S

    def memory_bytes(self) -> int | None:
        return self.memory

    def is_waiting(self) -> bool:
        return self.status is None and not self.has_begun

    def _wait_no_longer(self) -> None:
        if self in self.executor.waiting:
            self.executor.waiting.remove(self)

    def _lose(self, words: str, status: int) -> None:
        self.status = status
        self._wait_no_longer()
        self.executor.end(self.berth)
        with self.job.log.open("a", encoding="utf-8") as log:
            log.write(words + "\n")


def _after(command: Any, name: str) -> str:
    parts = list(command)
    return parts[parts.index(name) + 1] if name in parts else ""


def _opened(part: str, places: Mapping[str, str]) -> str:
    for path, mark in places.items():
        if part.startswith(path):
            return mark + part.removeprefix(path)
    return part


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0]
