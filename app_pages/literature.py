"""The literature: ask it a question, see what came from where, and how good a report is."""

import streamlit as st

from app_pages._asked import inquiry_cards
from app_pages._cache import workspace
from app_pages._papers import papers_section
from app_pages._parts import BOUND, repeated
from app_pages._report_quality import review_section
from app_pages._searches import search_section
from app_pages._work import EVERY


def going_on() -> None:
    """What is asked just now; the whole screen is drawn anew when it has ended."""
    open_now = workspace().inquiries.latest(limit=5, only_open=True)
    if was_open and not open_now:
        st.rerun()
    inquiry_cards(open_now)


st.title("Literature")
st.caption(
    "Searches, the papers they bring, what these papers claim, and how good a report about them is."
)
was_open = bool(workspace().inquiries.latest(limit=1, only_open=True))
repeated(going_on, every=EVERY if was_open else None)()
names = ("Search", "Papers", "Quality of a report")
search, papers, report = st.tabs(names, key="part", on_change="rerun", bind=BOUND)
shown = {search: search_section, papers: papers_section, report: review_section}
for tab, section in shown.items():
    if tab.open:  # the others are drawn when somebody turns to them
        with tab:
            section()
