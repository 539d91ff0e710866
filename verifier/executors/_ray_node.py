"""What stays on a node of a Ray cluster: a berth, in which one run after another is carried out.

Ray brings this module to the node by value, and with it the code that runs need, so a node has
the packages of requirements.txt and nothing of ours. Until that code is unpacked only the
standard library may be imported. A run has a folder of its own on the node's disk; what it
leaves there goes back with the answers.
"""

import importlib
import io
import os
import shutil
import signal
import sys
import tempfile
import zipfile
from collections.abc import Mapping
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

SHIP_EVERY_S = 10.0  # between two looks at a checkpoint that is brought away
WHERE = "VERIFIER_NODE_FOLDER"  # on a node: a folder on a disk with room for prepared records


class Berth:
    """An actor: every method returns at once."""

    def __init__(self, code: bytes, wanted: Mapping[str, str]) -> None:
        """`wanted`: versions that the results depend on, by package."""
        ray: Any = importlib.import_module("ray")
        self.node: str = ray.get_runtime_context().get_node_id()
        self.name = os.uname().nodename
        self.why_not = _why_not(self.name, wanted)
        self.folder = Path()
        self.kept: dict[str, Any] = {}  # of the run that is carried out now
        if not self.why_not:
            self.root = _own_folder()
            sys.path.insert(0, str(_unpacked(self.root / "code", code)))
            local: Any = importlib.import_module("verifier.executors.local")
            self.executors: Any = importlib.import_module("verifier.executors")
            self.place = local.connect()

    def start(self, order: Mapping[str, Any]) -> dict[str, Any]:
        """Begin a run: the files it goes on from, and its command with our paths left open."""
        if self.why_not:
            return {"node": self.node, "why_not": self.why_not, "of": ""}
        if lack := self._lacks(order["data"]):
            return {"node": self.node, "why_not": lack, "of": order["data"]}
        runs = self.root / "runs"
        runs.mkdir(exist_ok=True)
        _clear(runs)
        self.folder = Path(tempfile.mkdtemp(prefix=f"{os.getpid()}-", dir=runs))
        for name, content in order["files"].items():
            (self.folder / name).write_bytes(content)
        places = {"{folder}": self.folder, "{cache}": self.root / "cache"}
        command = [sys.executable, *(_placed(part, places) for part in order["arguments"])]
        job = self.executors.Job(
            command=command,
            folder=self.folder,
            log=self.folder / "log.txt",
            n_gpus=order["n_gpus"],
        )
        self.kept = {"attempt": self.place.start(job), "read": {}, "sent": self._stamps()}
        return self.poll()

    def _lacks(self, reference: str) -> str:
        """Why the data cannot be read here; "" where they can."""
        if not reference:
            return ""
        data: Any = importlib.import_module("models.data")
        folder = data.parse_reference(reference).folder
        if folder is None or os.access(folder, os.R_OK):
            return ""
        return (
            f"Node {self.name} cannot read {folder}. A data set must lie in the same folder on "
            "every node: on a shared disk, or copied there."
        )

    def poll(self) -> dict[str, Any]:
        """What there is since the last answer; with the end come the files the run leaves."""
        attempt = self.kept["attempt"]
        status = attempt.exit_status()
        said = {
            "node": self.node,
            "status": status,
            "memory": attempt.memory_bytes(),
            "grown": {name: self._fresh(name) for name in ("progress.jsonl", "log.txt")},
            "files": self._changed(is_over=status is not None),
        }
        if status is not None:
            shutil.rmtree(self.folder, ignore_errors=True)
            self.kept = {}
        return said

    def _fresh(self, name: str) -> bytes:
        try:
            with (self.folder / name).open("rb") as file:
                file.seek(self.kept["read"].get(name, 0))
                fresh = file.read()
                self.kept["read"][name] = file.tell()
        except OSError:
            return b""
        return fresh

    def _stamps(self) -> dict[str, tuple[int, int]]:
        """When each file that is brought away was last written, and its size."""
        found = {}
        for path in self.folder.iterdir():
            if path.is_file() and not path.name.startswith(".") and path.suffix != ".lock":
                about = path.stat()
                found[path.name] = (about.st_mtime_ns, about.st_size)
        return found

    def _changed(self, *, is_over: bool) -> dict[str, bytes]:
        """Checkpoints now and then, everything at the end."""
        sent = self.kept["sent"]
        files = {}
        for name, stamp in self._stamps().items():
            if name in ("progress.jsonl", "log.txt") or sent.get(name) == stamp:
                continue
            before = sent.get(name, (0, 0))[0]
            is_due = name.endswith(".pt") and (stamp[0] - before) / 1e9 >= SHIP_EVERY_S
            if is_over or is_due:
                files[name] = (self.folder / name).read_bytes()
                sent[name] = stamp
        return files

    def send(self, number: int) -> None:
        if self.kept:
            self.kept["attempt"].send(signal.Signals(number))


def _why_not(name: str, wanted: Mapping[str, str]) -> str:
    """Why results from here would not be those of the worker's own machine; "" where they are."""
    other = []
    for package, theirs in wanted.items():
        found = ".".join(map(str, sys.version_info[:2])) if package == "python" else _found(package)
        if found != theirs:
            other.append(f"{package} {found or 'is missing'} instead of {theirs}")
    if not other:
        return ""
    return (
        f"Node {name} has {', '.join(other)}, so its results could differ. Install there what "
        "the worker has: pip install -r requirements.txt -r requirements-cluster.txt."
    )


def _found(package: str) -> str | None:
    try:
        return version(package).partition("+")[0]  # +cpu and +cu130 are one version
    except PackageNotFoundError:
        return None


def _own_folder() -> Path:
    """A folder that nobody else may write to: code is run from it."""
    told = os.environ.get(WHERE)
    root = Path(told) if told else Path(tempfile.gettempdir()) / f"replicheck-{os.getuid()}"
    root.mkdir(mode=0o700, parents=True, exist_ok=True)
    if root.stat().st_uid != os.getuid():
        raise PermissionError(f"{root} belongs to somebody else; set {WHERE} to another folder.")
    return root


def _unpacked(shelf: Path, code: bytes) -> Path:
    """Code of this very content, unpacked once a node however many berths ask for it."""
    folder = shelf / sha256(code).hexdigest()[:16]
    if not folder.exists():
        shelf.mkdir(exist_ok=True)
        fresh = Path(tempfile.mkdtemp(prefix=".", dir=shelf))
        zipfile.ZipFile(io.BytesIO(code)).extractall(fresh)
        try:
            fresh.rename(folder)
        except OSError:  # another berth was first
            shutil.rmtree(fresh)
    return folder


def _placed(part: str, places: Mapping[str, Path]) -> str:
    for mark, path in places.items():
        if part.startswith(mark):
            return str(path) + part.removeprefix(mark)
    return part


def _clear(runs: Path) -> None:
    """Remove what berths that were killed have left."""
    for folder in runs.iterdir():
        pid = folder.name.partition("-")[0]
        if not Path(f"/proc/{pid}").exists() and Path("/proc/self").exists():
            shutil.rmtree(folder, ignore_errors=True)
