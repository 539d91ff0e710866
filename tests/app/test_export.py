"""Exports: every format can be chosen, and only what was asked for is rendered."""

from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from verifier.exports import EXPORTS

Visit = Callable[..., AppTest]


@pytest.mark.parametrize("name", list(EXPORTS))
def test_every_format_can_be_chosen_and_looked_at(name: str, visit: Visit, demo_home: Path) -> None:
    at = visit(demo_home, "export", format=name, preview="true")

    assert not at.exception
    assert at.get("download_button")
    assert at.code or at.get("iframe") or at.caption


def test_a_format_nobody_knows_is_ignored(visit: Visit, demo_home: Path) -> None:
    assert not visit(demo_home, "export", format="exe").exception
