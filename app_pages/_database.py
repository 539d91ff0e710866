"""A database that cannot be used is told in words, not as a fault of the program."""

from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from verifier.workspace import DatabaseTrouble, trouble_in_words


@contextmanager
def database_in_words() -> Iterator[None]:
    """Whatever the block would show."""
    try:
        yield
    except DatabaseTrouble as error:
        words = trouble_in_words(error)
        if words is None:
            raise
        st.error(f"{words[0].upper()}{words[1:]}", icon=":material/database_off:")
        st.button("Look again", type="primary")  # any press runs the page once more
