"""Who is looking, as far as one can know: an account, or this browser; and when they last came."""

from datetime import datetime
from hashlib import sha256
from typing import NamedTuple

import streamlit as st

from app_pages._cache import workspace
from app_pages._who import has_login, person
from verifier.access import Role

COOKIE = "_streamlit_xsrf"  # Streamlit's own, one secret for each browser
ANYBODY = "this dashboard"  # where the browser gives none: one marker for all


def visitor() -> str:
    """A name for this visitor that says nothing about them; the same on every visit.

    Streamlit masks its cookie anew with each page; what lies under the mask stays until the
    browser is closed.
    """
    if has_login():
        return f"account {person().name}"
    token = unmasked(str(st.context.cookies.get(COOKIE, "")))
    return f"browser {sha256(token).hexdigest()[:24]}" if token else ANYBODY


def unmasked(cookie: str) -> bytes:
    """The secret in Streamlit's cookie, empty where there is none.

    >>> unmasked("2|01020304|00000000|1700000000").hex(), unmasked("nonsense")
    ('01020304', b'')
    """
    parts = cookie.strip('"').split("|")
    try:
        mask, masked = bytes.fromhex(parts[1]), bytes.fromhex(parts[2])
    except (IndexError, ValueError):
        return b""
    return (
        bytes(byte ^ mask[place % len(mask)] for place, byte in enumerate(masked)) if mask else b""
    )


class LastVisit(NamedTuple):
    at: datetime | None
    is_own: bool  # else somebody's: a browser that was closed and opened again is a new one


def last_visit() -> LastVisit:
    """The end of the visit before this one; noted once a session."""
    if "last_visit" not in st.session_state:
        st.session_state["last_visit"] = _arrive()
    found: LastVisit = st.session_state["last_visit"]
    return found


def _arrive() -> LastVisit:
    opened = workspace()
    if not opened.access.allows(Role.REVIEWER):
        return LastVisit(None, is_own=True)  # nobody else writes anything
    who = visitor()
    own = opened.people.arrive(who)
    if has_login() or who == ANYBODY:
        return LastVisit(own, is_own=who != ANYBODY)
    anybodys = opened.people.arrive(ANYBODY)
    return LastVisit(own or anybodys, is_own=own is not None)
