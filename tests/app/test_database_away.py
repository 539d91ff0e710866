"""A database that cannot be used is told in words, and looked at again when asked."""

from collections.abc import Callable
from pathlib import Path

from streamlit.testing.v1 import AppTest


def test_a_database_that_cannot_be_used_is_told_in_words_until_it_can(
    empty_home: Path, visit: Callable[..., AppTest]
) -> None:
    empty_home.mkdir()
    file = empty_home / "replicheck.sqlite"
    file.write_bytes(b"no database at all, but long enough " * 40)
    at = visit(empty_home)
    assert not at.exception
    assert at.error[0].value == (
        f"The database cannot be used: file is not a database ({file}). Bring back a backup "
        "(restore FILE); what is there now is kept aside."
    )
    file.unlink()
    at.button[0].click().run()
    assert not at.exception
    assert not at.error
    assert at.title[0].value == "Do these claims hold?"
