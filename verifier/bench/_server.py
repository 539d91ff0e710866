"""The dashboard as `make run` serves it, in a process of its own, and what that process takes."""

import contextlib
import os
import re
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from verifier.claim import InputError

ROOT = Path(__file__).parents[2]
APP = str(ROOT / "app_pages" / "_asgi.py")
START_S = 300.0
N_PORTS = 3  # tried one after the other


@contextlib.contextmanager
def served(
    environment: Mapping[str, str], *options: str
) -> Iterator[tuple[int, "subprocess.Popen[bytes]"]]:
    """Its port and its process, ended afterwards; `options` go to `streamlit run`.

    A port that was free is anybody's until the server has it, so where that ends another is tried.

    Raises:
        InputError: It did not start; the end of what it said is in the message.
    """
    log = Path(environment["VERIFIER_HOME"]) / "server.log"
    until = time.monotonic() + START_S
    for _ in range(N_PORTS):
        port = _free_port()
        command = [sys.executable, "-m", "streamlit", "run", APP, f"--server.port={port}", *options]
        with _running(command, environment, log) as server:
            while time.monotonic() < until and server.poll() is None:
                if _is_healthy(port):
                    yield port, server
                    return
                time.sleep(0.2)
    said = log.read_text(encoding="utf-8", errors="replace").strip()[-800:]
    raise InputError(f"The dashboard did not start within {START_S:g} s. {said}")


@contextlib.contextmanager
def _running(
    command: Sequence[str], environment: Mapping[str, str], log: Path
) -> Iterator["subprocess.Popen[bytes]"]:
    with log.open("wb") as out:
        server = subprocess.Popen(
            command, cwd=ROOT, env=dict(environment), stdout=out, stderr=subprocess.STDOUT
        )
    try:
        yield server
    finally:
        server.terminate()
        try:
            server.wait(timeout=20)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def _is_healthy(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=2):
            return True
    except OSError:
        return False


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def cpu_clock(pid: int) -> Callable[[], float | None]:
    """Reads how many seconds a process has computed, None where there is no /proc."""
    stat = Path(f"/proc/{pid}/stat")

    def read() -> float | None:
        if not stat.exists():
            return None
        after_name = stat.read_text().rpartition(")")[2].split()  # its name may hold anything
        ticks = int(after_name[11]) + int(after_name[12])  # utime and stime
        return ticks / os.sysconf("SC_CLK_TCK")

    return read


def memory_mb(pid: int) -> dict[str, Any]:
    """What the server holds now (`memory_mb`) and held at most, from Linux's own books."""
    status = Path(f"/proc/{pid}/status")
    if not status.exists():
        return {"memory_mb": None, "memory_peak_mb": None}
    found = dict(re.findall(r"^(VmRSS|VmHWM):\s+(\d+) kB", status.read_text(), re.MULTILINE))
    return {
        "memory_mb": round(int(found["VmRSS"]) / 1024),
        "memory_peak_mb": round(int(found["VmHWM"]) / 1024),
    }
