"""Taking a wrong text out of reading, from its page, and giving it back."""

import streamlit as st

from app_pages._asked import may
from app_pages._cache import workspace
from app_pages._parts import told
from app_pages._who import person
from app_pages._words import literal, moment
from verifier import removing
from verifier.access import Role
from verifier.document import Document

SAID = "removal_said"


def removal_form(document: Document) -> None:
    """A button that asks why first."""
    with st.popover(
        "Remove", icon=":material/delete:", key="remove", disabled=not may(Role.OPERATOR)
    ):
        st.markdown(
            "No claim is checked against it any more. Its text is erased, unless a verdict or a "
            "person's decision quotes it: then it is kept for that history and read by nobody "
            "else."
        )
        with st.form("removal", border=False):
            st.text_input("Why? Kept with your name.", key="removal_reason", max_chars=500)
            st.form_submit_button(
                "Remove from reading",
                key="remove_go",
                icon=":material/delete:",
                on_click=_remove,
                args=(document,),
                disabled=not may(Role.OPERATOR),
            )


def removal_banner(document: Document) -> None:
    """What was just done; and of a removed text who removed it, and the way back."""
    if said := st.session_state.pop(SAID, None):
        st.success(literal(said), icon=":material/check_circle:")
    removal = document.removal
    if removal is None:
        return
    left = (
        "Its text is erased; add the file again to have it read."
        if removal.is_erased
        else "What is quoted from it is history, so its text is kept, and no claim is checked "
        "against it."
    )
    st.warning(
        f"Removed from reading by {literal(removal.author)}, {moment(removal.at)}: "
        f"{literal(removal.reason)}. {left}",
        icon=":material/delete:",
    )
    if not removal.is_erased:
        st.button(
            "Read it again",
            icon=":material/undo:",
            key="give_back",
            on_click=_give_back,
            args=(document,),
            disabled=not may(Role.OPERATOR),
        )


def _remove(document: Document) -> None:
    with told():
        done = removing.remove(
            workspace(),
            document,
            author=person().name,
            reason=st.session_state["removal_reason"] or "",
        )
        st.session_state[SAID] = done.words


def _give_back(document: Document) -> None:
    with told("It is read again."):
        removing.give_back(workspace(), document)
