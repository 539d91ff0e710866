"""Asking and deciding, with the answer in words: what was refused is said, never thrown."""

from collections.abc import Callable

import streamlit as st

from app_pages._cache import workspace
from app_pages._looks import state_badge
from app_pages._parts import told
from app_pages._words import literal
from verifier.access import Role
from verifier.inquiries import Inquiry
from verifier.verifications import Verification

KINDS = {
    "search": "Search",
    "read": "Full text",
    "extract": "Claims of a paper",
    "review": "Review",
}


def may(role: Role) -> bool:
    return workspace().access.allows(role)


def inquiry_cards(found: list[Inquiry]) -> None:
    """What is being asked of the literature now, each with a way to stop it."""
    for asked in found:
        request_card(
            asked,
            key=f"inquiry_{asked.id}",
            title=f"**{KINDS[asked.kind]} {asked.id}** · {literal(asked.subject)}",
            cancel=_cancel,
        )


def request_card(
    asked: Verification | Inquiry, *, key: str, title: str, cancel: Callable[[int], None]
) -> None:
    """An open request: what it is, in Markdown, where it stands, and the button that stops it.

    Who may not press it is told why.
    """
    with st.container(border=True, key=key):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(title, width="stretch")
            state_badge(asked.state)
            st.button(
                "Cancel",
                icon=":material/cancel:",
                key=f"cancel_{key}",
                on_click=cancel,
                args=(asked.id,),
            )
        st.text(asked.message)


def _cancel(inquiry_id: int) -> None:
    with told(f"Request {inquiry_id} is cancelled; what was found stays."):
        workspace().inquiries.cancel(inquiry_id)


def ended_badly(found: Inquiry | None) -> None:
    """Say so where the newest request of a kind failed."""
    if found is not None and found.state == "failed":
        st.error(literal(found.message), icon=":material/error:")
