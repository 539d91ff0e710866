"""The real app in a process of its own, on a free port and a folder of its own; a real browser."""

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

ROOT = Path(__file__).parents[2]
CHROMIUM = Path("/usr/bin/chromium")
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
START_S = 120
WAIT_MS = 60_000  # a busy machine takes seconds for a page; nothing waits longer than it must


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def wait_until_healthy(address: str, server: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + START_S
    while time.monotonic() < until:
        assert server.poll() is None, "the app ended while starting"
        try:
            with urllib.request.urlopen(f"{address}/_stcore/health", timeout=2):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    raise AssertionError(f"the app was not there after {START_S} s")


@contextmanager
def serving(home: Path, *options: str) -> Iterator[str]:
    """The dashboard as people get it, behind its headers; gives its address."""
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "streamlit", "run", "app_pages/_asgi.py"]
    with (home / "app.log").open("wb") as log:
        server = subprocess.Popen(
            [*command, f"--server.port={port}", *options],
            cwd=ROOT,
            env={**os.environ, "VERIFIER_HOME": str(home), "VERIFIER_DATABASE_URL": ""},
            stdout=log,
            stderr=log,
        )
        try:
            wait_until_healthy(address, server)
            yield address
        finally:
            server.terminate()
            server.wait(timeout=20)


def filled(home: Path) -> Path:
    """The folder with a bit of everything in its database."""
    command = [sys.executable, "-m", "tests.demo", str(home)]
    subprocess.run(command, cwd=ROOT, check=True, timeout=60)
    return home


@pytest.fixture(scope="session")
def chromium() -> str:
    if not CHROMIUM.exists():
        pytest.skip(f"no browser: {CHROMIUM} is not installed (apt-get install chromium)")
    return str(CHROMIUM)


@pytest.fixture(scope="session")
def app(chromium: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a running app with a bit of everything in its database."""
    with serving(filled(tmp_path_factory.mktemp("browser"))) as address:
        yield address


@pytest.fixture(scope="session")
def browser(chromium: str) -> Iterator[Browser]:
    expect.set_options(timeout=WAIT_MS)
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium, args=list(QUIET))
        yield opened
        opened.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context()
    opened = context.new_page()
    opened.set_default_timeout(WAIT_MS)
    yield opened
    context.close()
