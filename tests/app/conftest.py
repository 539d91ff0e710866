"""The app opened on a workspace with a bit of everything (tests/demo)."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from tests.demo.workspace import build_demo
from verifier.workspace import Workspace, open_workspace

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def demo_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("demo")
    build_demo(home).database.close()
    return home


@pytest.fixture
def demo_home(demo_template: Path, tmp_path: Path) -> Path:
    """A copy of the demo's folder, for one test to change."""
    home = tmp_path / "home"
    shutil.copytree(demo_template, home)
    return home


@pytest.fixture
def demo(demo_home: Path) -> Iterator[Workspace]:
    """The test's own eyes on the database that the app writes to."""
    workspace = open_workspace({"VERIFIER_HOME": str(demo_home)})
    yield workspace
    workspace.database.close()


@pytest.fixture
def empty_home(tmp_path: Path) -> Path:
    """A folder nobody has used: the program makes its database there."""
    return tmp_path / "empty"


@pytest.fixture
def visit(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., AppTest]]:
    """Open a screen of the app on a folder, with an address: `visit(home, "claim", id="C03")`."""
    monkeypatch.delenv("VERIFIER_DATABASE_URL", raising=False)
    monkeypatch.chdir(ROOT)

    def go(home: Path, page: str = "overview", /, **query: str | list[str]) -> AppTest:
        monkeypatch.setenv("VERIFIER_HOME", str(home))
        at = AppTest.from_file(str(ROOT / "app.py"), default_timeout=300)
        at.run()
        at.switch_page(f"app_pages/{page}.py")
        for name, value in query.items():
            at.query_params[name] = value
        return at.run()

    yield go
    st.cache_resource.clear()  # closes the databases that the app opened


@pytest.fixture
def turn_to() -> Callable[[AppTest, str], AppTest]:
    """Turn to another part of a screen, as a click on its tab does: here and in the address."""

    def turned(at: AppTest, part: str) -> AppTest:
        at.session_state["part"] = at.query_params["part"] = part
        return at.run()

    return turned


@pytest.fixture
def read() -> Callable[[AppTest], str]:
    """Every word a screen shows, for tests that ask what a person would read."""

    def words(at: AppTest) -> str:
        kinds = ("title", "header", "subheader", "markdown", "caption", "text", "info")
        kinds += ("warning", "error", "success", "html", "code", "button", "metric")
        found = [str(each.value) for kind in kinds for each in at.get(kind)]
        found += [str(each.label) for kind in ("button", "page_link") for each in at.get(kind)]
        found += [each.value.to_string() for each in at.dataframe]
        return "\n".join(found).replace("\u2060", "").replace("\\", "")

    return words
