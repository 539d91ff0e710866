"""The dashboard's frame: which pages there are, and the banner each of them carries."""

from pathlib import Path

import streamlit as st

from app_pages._back import one_step_back
from app_pages._cache import workspace
from app_pages._database import database_in_words
from app_pages._parts import show_toasts, worker_banner
from app_pages._who import door
from app_pages._work import is_moving

# an icon of our own: Streamlit's icons and emoji would be fetched from somebody else's server
ICON = Path(__file__).with_name("app_pages") / "icon.svg"
st.set_page_config(page_title="Replicheck", page_icon=str(ICON), layout="wide")

if not door():
    st.stop()

page = st.navigation(
    [
        st.Page(
            "app_pages/overview.py",
            title="Overview",
            icon=":material/home:",
            default=True,
            help="What was checked, what it came to, and what is being worked on now.",
        ),
        st.Page(
            "app_pages/claims.py",
            title="Claims",
            icon=":material/fact_check:",
            help="Every claim with its status: search, filter, sort, verify.",
        ),
        st.Page(
            "app_pages/review.py",
            title="Review",
            icon=":material/rate_review:",
            help="Judge claims one after another, blind to what other reviewers judged.",
        ),
        st.Page(
            "app_pages/runs.py",
            title="Runs",
            icon=":material/directions_run:",
            help="Trainings that wait, run or have ended, with progress, cancel and retry.",
        ),
        st.Page(
            "app_pages/scaling.py",
            title="Scaling",
            icon=":material/show_chart:",
            help="How the error falls as the data set grows.",
        ),
        st.Page(
            "app_pages/literature.py",
            title="Literature",
            icon=":material/menu_book:",
            help="Search for papers, read what they claim, and see how good a report is.",
        ),
        st.Page(
            "app_pages/ecgs.py",
            title="ECGs",
            icon=":material/cardiology:",
            url_path="ecgs",
            help="Records on ECG paper, with their labels, reports and nearest reports.",
        ),
        st.Page(
            "app_pages/calibration.py",
            title="Calibration",
            icon=":material/balance:",
            help="How often each witness errs, and whether its probabilities mean what they say.",
        ),
        st.Page(
            "app_pages/datasets.py",
            title="Data sets",
            icon=":material/database:",
            url_path="datasets",
            help="Add, check and download records of ECGs.",
        ),
        st.Page(
            "app_pages/importing.py",
            title="Import",
            icon=":material/upload_file:",
            url_path="import",
            help="Bring in a report full of claims, or documents to check them against.",
        ),
        st.Page(
            "app_pages/export.py",
            title="Export",
            icon=":material/download:",
            help="The whole answer as a file, to read, to share or to compute with.",
        ),
        st.Page(
            "app_pages/about.py",
            title="About",
            icon=":material/info:",
            help="What every word means, and how verdicts are decided.",
        ),
        st.Page("app_pages/claim.py", title="Claim", visibility="hidden"),
        st.Page("app_pages/run.py", title="Run", visibility="hidden"),
        st.Page("app_pages/paper.py", title="Paper", visibility="hidden"),
        st.Page("app_pages/compare.py", title="Compare", visibility="hidden"),
    ],
    position="top",
)
with database_in_words():
    # looks again while work waits, so that it goes when a worker comes
    st.fragment(worker_banner, run_every="5s" if is_moving() else None)(workspace())
    page.run()
    show_toasts()
one_step_back()
