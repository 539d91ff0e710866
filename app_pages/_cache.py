"""Every st.cache_* wrapper. What they keep is shared by all sessions: never a database session."""

import streamlit as st

from app_pages._who import person
from verifier.workspace import (
    Workspace,
    database_url,
    home_folder,
    is_read_only,
    open_workspace,
)


def workspace() -> Workspace:
    """The one open workspace of this process, for the folder and database now in force."""
    return _opened(str(home_folder()), database_url(), is_closed=is_read_only())


@st.cache_resource(
    show_spinner="Opening the database …",
    max_entries=4,
    on_release=lambda opened: opened.database.close(),
)
def _opened(home: str, url: str, *, is_closed: bool) -> Workspace:
    """Opened once; the arguments are what open_workspace reads, here so that a change reopens."""
    environment = {"VERIFIER_HOME": home, "VERIFIER_DATABASE_URL": url}
    environment["VERIFIER_READ_ONLY"] = "1" if is_closed else ""
    return open_workspace(environment, who=person)
