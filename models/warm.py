"""`python -m models.warm`: a process that has torch loaded already and forks one child a command.

Importing torch takes seconds, most runs at reduced scale little more. This process imports it
once, starts no thread, and forks: each child has a process group of its own and shares
nothing of its siblings but the read-only code. Orders come as JSON lines on standard input, and
what became of them goes as JSON lines to standard output:

    {"start": 7, "arguments": ["run", …], "log": "…/log.txt", …} → {"started": 7, "pid": 4711}
    {"signal": 15, "of": 7}                                     → {"ended": 7, "status": -15}

When standard input ends, the supervisor is gone: the children are asked to end, then made to.
"""

import io
import json
import os
import selectors
import signal
import sys
import threading
import time
from contextlib import redirect_stdout, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from models.__main__ import main as carry_out
from models.backbones import BACKBONES
from models.objectives import OBJECTIVES
from models.probes import PROBES

_GRACE_S = 10.0
_CRASHED = 1
_NOTED = (signal.SIGTERM, signal.SIGINT)


class Nursery:
    """Children by the number their order gave them."""

    def __init__(self) -> None:
        self.children: dict[int, int] = {}  # order to pid
        self.left = b""

    def serve(self) -> None:
        woken, wake = os.pipe()
        os.set_blocking(wake, False)
        signal.set_wakeup_fd(wake)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        with selectors.DefaultSelector() as waiting:
            waiting.register(0, selectors.EVENT_READ)
            waiting.register(woken, selectors.EVENT_READ)
            while True:
                ready = {key.fd for key, _ in waiting.select()}
                if woken in ready:
                    os.read(woken, 4096)
                    self.bury()
                if 0 in ready and not self.listen():
                    return self.close()

    def listen(self) -> bool:
        """Carry out whole lines; False at the end of the input."""
        fresh = os.read(0, 65536)
        *lines, self.left = (self.left + fresh).split(b"\n")
        for line in lines:
            order = json.loads(line)
            if "start" in order:
                self.start(order)
            elif (pid := self.children.get(order["of"])) is not None:
                _send(pid, order["signal"])
        return bool(fresh)

    def start(self, order: dict[str, Any]) -> None:
        pid = os.fork()
        if pid == 0:
            _be(order)
        with suppress(PermissionError, ProcessLookupError):
            os.setpgid(pid, pid)  # as the child does itself: whoever is first, signals find it
        self.children[order["start"]] = pid
        _tell({"started": order["start"], "pid": pid})

    def bury(self) -> None:
        """Tell of those that have ended. Their pid stays theirs until here, so no signal errs."""
        for number, pid in list(self.children.items()):
            if os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None:
                _send(pid, signal.SIGKILL)  # whatever of its group outlived it
                _, status = os.waitpid(pid, 0)
                del self.children[number]
                _tell({"ended": number, "status": os.waitstatus_to_exitcode(status)})

    def close(self) -> None:
        for pid in self.children.values():
            _send(pid, signal.SIGTERM)
        end = time.monotonic() + _GRACE_S
        while self.children and time.monotonic() < end:
            self.bury()
            time.sleep(0.05)
        for pid in self.children.values():
            _send(pid, signal.SIGKILL)


def _send(pid: int, number: int) -> None:
    with suppress(ProcessLookupError):
        os.killpg(pid, number)


def _be(order: dict[str, Any]) -> None:
    """Become the child: its own session, its own log, no way back into the loop."""
    status = _CRASHED
    try:
        os.setpgid(0, 0)
        signal.set_wakeup_fd(-1)
        for number in (signal.SIGCHLD, *_NOTED):
            signal.signal(number, signal.SIG_DFL)
        log = os.open(order["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        nothing = os.open(os.devnull, os.O_RDONLY)
        for old, new in ((nothing, 0), (log, 1), (log, 2)):
            os.dup2(old, new)
        os.closerange(3, 64)
        os.environ.update(order.get("environment", {}))
        status = carry_out(order["arguments"])
    except SystemExit as ending:
        status = ending.code if isinstance(ending.code, int) else _CRASHED
    finally:
        try:
            sys.stdout.flush()
            sys.stderr.flush()
        finally:
            os._exit(status)


def _tell(what: dict[str, Any]) -> None:
    with suppress(BrokenPipeError):  # the supervisor is gone; the end of the input says so too
        os.write(1, json.dumps(what).encode() + b"\n")


def rehearse() -> None:
    """Import all that runs import, much of it only when first used, by doing a tiny one."""
    for catalog in (BACKBONES, OBJECTIVES, PROBES):
        for name in catalog:
            catalog.load(name)
    with TemporaryDirectory() as folder, redirect_stdout(io.StringIO()):
        out = Path(folder)
        carry_out(["run", "tiny", "--out", str(out / "run"), "--cache", str(out / "cache")])
        carry_out(["describe", "tiny", "--out", str(out / "description")])


def main() -> None:
    rehearse()
    for number in _NOTED:
        signal.signal(number, signal.SIG_IGN)  # a Ctrl-C is the supervisor's to act upon
    _tell({"ready": os.getpid(), "threads": threading.active_count()})
    Nursery().serve()


if __name__ == "__main__":
    main()
