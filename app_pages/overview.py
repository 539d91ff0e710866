"""What was checked and what it came to; what is new and going on; what to do next."""

import streamlit as st

from app_pages._cache import choices, facets, workspace
from app_pages._looks import status_badge
from app_pages._parts import claim_card, claim_link, repeated
from app_pages._tables import EARLIER_PROTOCOL
from app_pages._verify import verify_form
from app_pages._visitor import last_visit
from app_pages._words import ago, literal, plural
from app_pages._work import EVERY, is_moving, run_progress
from verifier import charts, looks
from verifier.archive import ClaimFilter
from verifier.people import MOST_CHANGES, Change, News
from verifier.verdict import Status

N_RECENT = 6
N_CHANGES = 6

opened = workspace()
found = facets(ClaimFilter())
counts = {status: found.by["status"].get(status.value, 0) for status in Status}
reports = choices().reports
n_claims = found.n_found
n_checked = n_claims - counts[Status.UNCHECKED]
asked_now = opened.verifications.claims_asked()


def first_steps() -> None:
    """Nothing was asked yet: what is there, and the two ways on."""
    with st.container(border=True, key="first_steps"):
        if n_claims:
            st.markdown(
                f"**{plural(n_claims, 'claim')} wait to be checked.** Each is put to two "
                "witnesses: the literature, and trainings of our own. Choose how thorough to be."
            )
            verify_form(
                lambda: opened.archive.claim_ids(ClaimFilter()), key="overview", n_claims=n_claims
            )
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
            charts.status_by_certainty(found.by_certainty, found.outdated),
            key="status_by_certainty",
            alt=charts.describe_certainties(found.by_certainty, found.outdated),
        )
        outdated = {status: found.outdated_of(status) for status in Status}
        st.caption(literal(charts.describe_counts(counts, outdated)))
        if asked_now:
            are = plural(len(asked_now), "claim is", "claims are")
            st.caption(f":material/schedule: {are} still being asked: that may change.")
    with right:
        st.subheader("What next")
        next_steps()


def next_steps() -> None:
    n_fragile = found.by["is_fragile"].get(True, 0)
    n_outdated = found.by["is_outdated"].get(True, 0)
    steps = [
        (Status.CONTESTED, "Look where the witnesses disagree"),
        (Status.INCONCLUSIVE, "More seeds or documents may decide"),
        (Status.UNCHECKED, "Ask about what nobody has checked"),
    ]
    for status, words in steps:
        if counts[status]:
            st.page_link(
                "app_pages/claims.py",
                label=f"{words}: {counts[status]:,} {status.value}",
                icon=looks.STATUS_LOOKS[status].material,
                query_params={"status": status.value},
            )
    if n_outdated:
        st.page_link(
            "app_pages/claims.py",
            label=f"Verify again what an earlier protocol decided: {n_outdated:,}",
            icon=":material/update:",
            query_params={"only": EARLIER_PROTOCOL},
        )
    if n_fragile:
        st.page_link(
            "app_pages/claims.py",
            label=f"Check again what a small change would turn: {n_fragile:,} fragile",
            icon=":material/balance:",
            query_params={"only": "fragile"},
        )
    st.page_link(
        "app_pages/review.py",
        label="Judge claims yourself, blind to other reviewers",
        icon=":material/rate_review:",
    )
    st.page_link(
        "app_pages/importing.py",
        label="Import another report" if reports else "Import a report",
        icon=":material/upload_file:",
    )
    st.page_link("app_pages/export.py", label="Export the whole answer", icon=":material/download:")


def whats_new() -> None:
    """What changed since this visitor was last here; nothing on a first visit."""
    visit = last_visit()
    if visit.at is None:
        return
    news = opened.people.news(visit.at, limit=N_CHANGES)
    whose = "your last visit" if visit.is_own else "somebody was last here"
    st.subheader("What changed")
    st.caption(f"Since {whose}, {ago(visit.at, opened.people.clock())}.")
    if not news.is_any:
        st.markdown("Nothing changed.")
        return
    st.markdown(literal(_in_words(news)))
    for change in news.changes:
        _changed(change)
    if news.n_changed > len(news.changes):
        st.page_link(
            "app_pages/claims.py",
            label=f"And {news.n_changed - len(news.changes):,} more, newest first",
            icon=":material/more_horiz:",
            query_params={"sort": "last checked", "descending": "true"},
        )


def _in_words(news: News) -> str:
    changed = plural(news.n_changed, "claim has", "claims have")
    least = "At least " if news.n_changed >= MOST_CHANGES else ""
    parts = [f"{least}{changed} another status" if news.n_changed else ""]
    for n, word, words in (
        (news.n_new_claims, "new claim", "new claims"),
        (news.n_new_reports, "new report", "new reports"),
        (news.n_ended, "run ended", "runs ended"),
        (news.n_failed, "run failed", "runs failed"),
    ):
        parts.append(plural(n, word, words) if n else "")
    return ", ".join(part for part in parts if part) + "."


def _changed(change: Change) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        claim_link(change.claim_id)
        status_badge(change.before)
        st.markdown(":material/arrow_forward:", width="content")
        status_badge(change.after)
        st.caption(literal(change.statement), width="stretch")


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
whats_new()

st.subheader("Going on now")
was_moving = is_moving()
repeated(going_on, every=EVERY if was_moving else None)()

if n_checked:
    st.subheader("Latest verdicts")
    latest = opened.archive.claims(ClaimFilter(sort="checked", descending=True), limit=N_RECENT)
    with st.grid(2, key="recent", min_column_width=340):
        for summary in latest.claims:
            if summary.checked_at is not None:
                claim_card(
                    summary,
                    is_asked=summary.claim.id in asked_now,
                    when=ago(summary.checked_at, opened.archive.clock()),
                )
