"""`python -m verifier.serve`: a worker and the dashboard side by side, ended together."""

import argparse
import os
import signal
import socket
import subprocess
import sys
import time
import webbrowser
from pathlib import Path
from types import FrameType

APP = Path(__file__).parents[1] / "app_pages" / "_asgi.py"  # app.py behind security headers
POLL_S = 0.5
GRACE_S = 10.0


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m verifier.serve", description=__doc__)
    parser.add_argument("--port", type=int, default=8501)
    port = parser.parse_args().port
    if _answers(port):
        print(
            f"Port {port} of this machine is in use, perhaps by another dashboard. End that, or "
            f"take another port: make run PORT={port + 1}",
            file=sys.stderr,
        )
        return 1
    streamlit = [sys.executable, "-m", "streamlit", "run", str(APP), "--server.port", str(port)]
    children = [
        subprocess.Popen([sys.executable, "-m", "verifier", "worker"]),
        subprocess.Popen(streamlit),
    ]
    signal.signal(signal.SIGTERM, _interrupt)
    is_shown = not _has_screen()
    try:
        while all(child.poll() is None for child in children):
            time.sleep(POLL_S)
            if not is_shown and _answers(port):
                is_shown = webbrowser.open(f"http://localhost:{port}") or True
    except KeyboardInterrupt:
        pass  # the children got it too, and end below
    return _end(children)


def _has_screen() -> bool:
    on_linux = sys.platform.startswith("linux")
    return not on_linux or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def _answers(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=POLL_S):
            return True
    except OSError:
        return False


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _end(children: list[subprocess.Popen[bytes]]) -> int:
    """End what still runs; the first status that is not 0 is ours."""
    failed = next((c.returncode for c in children if c.poll() not in (None, 0)), 0)
    for child in children:
        if child.poll() is None:
            child.terminate()
    for child in children:
        try:
            child.wait(GRACE_S)
        except subprocess.TimeoutExpired:
            child.kill()
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
