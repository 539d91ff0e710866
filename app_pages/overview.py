"""What was checked and what it came to; what is going on; what to do next."""

import streamlit as st

from app_pages._cache import workspace
from app_pages._parts import claim_card
from app_pages._verify import verify_form
from app_pages._words import ago, literal, plural
from app_pages._work import EVERY, is_moving, run_progress
from verifier import charts, looks
from verifier.archive import ClaimFilter
from verifier.verdict import Status

N_RECENT = 6

opened = workspace()
counts = opened.archive.counts()
reports = opened.archive.reports()
n_claims = sum(counts.values())
n_checked = n_claims - counts[Status.UNCHECKED]


def first_steps() -> None:
    """Nothing was asked yet: what is there, and the two ways on."""
    with st.container(border=True, key="first_steps"):
        if n_claims:
            st.markdown(
                f"**{plural(n_claims, 'claim')} wait to be checked.** Each is put to two "
                "witnesses: the literature, and trainings of our own. Choose how thorough to be."
            )
            verify_form(list(opened.archive.statements()), key="overview")
        else:
            st.markdown("**No claim is known yet.** Import a report to begin.")
        if not reports:
            st.page_link(
                "app_pages/importing.py",
                label="No report is imported yet: import one",
                icon=":material/upload_file:",
            )


def what_it_came_to() -> None:
    left, right = st.columns([3, 2], gap="large")
    with left:
        st.subheader("What it came to")
        st.altair_chart(
            charts.status_counts(counts), key="status_counts", alt=charts.describe_counts(counts)
        )
        st.caption(literal(charts.describe_counts(counts)))
    with right:
        st.subheader("What next")
        next_steps()


def next_steps() -> None:
    for status, words in (
        (Status.CONTESTED, "Look where the witnesses disagree"),
        (Status.INCONCLUSIVE, "More seeds or documents may decide"),
        (Status.UNCHECKED, "Ask about what nobody has checked"),
    ):
        if counts[status]:
            st.page_link(
                "app_pages/claims.py",
                label=f"{words}: {counts[status]} {status.value}",
                icon=looks.STATUS_LOOKS[status].material,
                query_params={"status": status.value},
            )
    st.page_link(
        "app_pages/importing.py",
        label="Import another report" if reports else "Import a report",
        icon=":material/upload_file:",
    )
    st.page_link("app_pages/export.py", label="Export the whole answer", icon=":material/download:")


def going_on() -> None:
    """One look at the queue; repeated only while something moves."""
    if was_moving and not is_moving():
        st.rerun()  # the whole screen: there may be new verdicts
    asked = opened.verifications.latest(limit=5, only_open=True)
    running = opened.queue.runs(states=("running",), limit=4)
    n_queued = opened.queue.counts().get("queued", 0)
    if not (asked or running or n_queued):
        st.markdown("Nothing is running or waiting.")
        return
    for one in asked:
        st.markdown(
            f"**Verification {one.id}** ({plural(len(one.claim_ids), 'claim')}, "
            f"{literal(one.preset)}): {literal(one.message)}"
        )
    for run in running:
        st.markdown(literal(run.label))
        run_progress(run)
    if n_queued:
        st.caption(f"{plural(n_queued, 'run')} queued.")
    st.page_link("app_pages/runs.py", label="All runs", icon=":material/directions_run:")


st.title("Do these claims hold?")
st.caption(
    "Every claim is put to two witnesses: the literature, and trainings of our own. "
    "Nothing is blended into one number."
)
with st.grid(4, key="figures", min_column_width=130):
    st.metric("Claims", f"{n_claims:,}", border=True)
    st.metric("Checked", f"{n_checked:,}", border=True)
    st.metric("Reports", f"{len(reports):,}", border=True)
    st.metric("Workers alive", f"{len(opened.queue.workers()):,}", border=True)

if not n_checked:
    first_steps()
else:
    what_it_came_to()

st.subheader("Going on now")
was_moving = is_moving()
st.fragment(going_on, run_every=EVERY if was_moving else None)()

if n_checked:
    st.subheader("Latest verdicts")
    latest = opened.archive.claims(ClaimFilter(sort="checked", descending=True), limit=N_RECENT)
    with st.grid(2, key="recent", min_column_width=340):
        for found in latest.claims:
            if found.checked_at is not None:
                claim_card(found, when=ago(found.checked_at, opened.archive.clock()))
