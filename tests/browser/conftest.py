"""The real app in a process of its own, on a free port and a folder of its own; a real browser."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from verifier.bench._server import served

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
WAIT_MS = 120_000  # a busy machine takes seconds for a page; nothing waits longer than it must


@contextmanager
def serving(home: Path, *options: str) -> Iterator[str]:
    """The dashboard as people get it, behind its headers; gives its address."""
    environment = {**os.environ, "VERIFIER_HOME": str(home), "VERIFIER_DATABASE_URL": ""}
    with served(environment, *options) as (port, _):
        yield f"http://127.0.0.1:{port}"


def filled(home: Path) -> Path:
    """The folder with a bit of everything in its database."""
    command = [sys.executable, "-m", "tests.demo", str(home)]
    subprocess.run(command, cwd=ROOT, check=True, timeout=300)
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
