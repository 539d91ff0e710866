"""Every claim: search, facets, order and pages in the address; the database does the work."""

from math import ceil

import streamlit as st

from app_pages import _tables
from app_pages._cache import workspace
from app_pages._parts import BOUND, claim_card, open_claim, report_label
from app_pages._verify import verify_form
from app_pages._words import plural
from verifier.archive import SORTS, ClaimFilter, ClaimPage
from verifier.looks import FINDING_LOOKS, STATUS_LOOKS
from verifier.verdict import Finding, Kind, Status

PER_PAGE = 50
ANY = "any"
TABLE, CARDS = "table", "cards"
SORT_WORDS = {
    "position": "order of arrival",
    "statement": "wording",
    "status": "status",
    "confidence": "confidence",
    "checked": "last checked",
}

archive = workspace().archive


def chosen_filter() -> ClaimFilter:
    """The filter the widgets show; what the address holds of unknown words is ignored."""
    words = st.text_input(
        "Search", key="q", bind=BOUND, type="search", max_chars=200, icon=":material/search:",
        placeholder="words of the statement, its reported wording or its id",
    )  # fmt: skip
    with st.grid(4, key="facets", min_column_width=150, vertical_alignment="bottom"):
        statuses = st.multiselect(
            "Status", [s.value for s in STATUS_LOOKS], key="status", bind=BOUND
        )
        findings = st.multiselect(
            "Finding of either witness", [f.value for f in FINDING_LOOKS], key="finding", bind=BOUND
        )
        kinds = st.multiselect("Kind", [kind.value for kind in Kind], key="kind", bind=BOUND)
        topics = st.multiselect("Topic", archive.topics(), key="topic", bind=BOUND)
        report_id = chosen_report()
        sort = st.selectbox(
            "Sort by", SORTS, key="sort", bind=BOUND, format_func=SORT_WORDS.__getitem__
        )
        is_descending = st.toggle("Descending", key="descending", bind=BOUND)
    return ClaimFilter(
        words=words or "",
        statuses=[Status(s) for s in statuses],
        findings=[Finding(f) for f in findings],
        kinds=[Kind(k) for k in kinds],
        topics=topics,
        report_id=report_id,
        sort=sort or SORTS[0],
        descending=is_descending,
    )


def chosen_report() -> int | None:
    ids = {report_label(report): report.id for report in archive.reports()}
    chosen = st.selectbox("Report", [ANY, *ids], key="report", bind=BOUND)
    return ids.get(chosen)


def as_table(page: ClaimPage, report_id: int | None) -> None:
    ids = [summary.claim.id for summary in page.claims]
    st.dataframe(
        _tables.claims(page.claims, report_id=report_id),
        hide_index=True,
        row_height=66,
        height="content",
        key="claims_table",
        alt="Claims with their status, confidence and the finding of each witness",
        column_config={
            "id": st.column_config.ButtonColumn(
                "Claim", type="tertiary", key="open_claim", on_click=open_row, args=(ids,),
                pinned=True, alignment="left",
            ),
            "statement": st.column_config.TextColumn("Statement", width="large"),
            "status": st.column_config.TextColumn("Status"),
            "confidence": st.column_config.ProgressColumn(
                "Confidence", format="percent", min_value=0, max_value=1, width=120,
                help="That of the witness the status rests on",
            ),
            "certainty": st.column_config.TextColumn("Certainty"),
            "reported": st.column_config.TextColumn("The report says"),
            "literature": st.column_config.TextColumn("Literature"),
            "experiment": st.column_config.TextColumn("Experiment"),
        },
    )  # fmt: skip


def open_row(ids: list[str]) -> None:
    click = st.session_state.get("open_claim")
    if click is not None and 0 <= click["row"] < len(ids):
        open_claim(ids[click["row"]])


def as_cards(page: ClaimPage) -> None:
    for summary in page.claims:
        claim_card(summary)


def bulk(wanted: ClaimFilter, n_found: int) -> None:
    """Ask about all that the filter found, on whatever page."""
    label = f"Verify {plural(n_found, 'claim')}"
    with st.expander(label, icon=":material/play_arrow:", key="bulk"):
        st.caption("All claims that the filters above let through, on every page of the list.")
        ids = [summary.claim.id for summary in archive.claims(wanted).claims]
        verify_form(ids, key="bulk_form")


def nothing_found() -> None:
    st.info("No claim passes these filters.", icon=":material/filter_alt_off:")
    st.page_link("app_pages/importing.py", label="Import a report", icon=":material/upload_file:")


st.title("Claims")
wanted = chosen_filter()
n_found = archive.claims(wanted, limit=0).n_found
with st.container(horizontal=True, vertical_alignment="center"):
    st.markdown(f"**{plural(n_found, 'claim')}**", width="stretch")
    view = st.radio(
        "View", [TABLE, CARDS], horizontal=True, key="view", bind=BOUND,
        label_visibility="collapsed", width="content",
    )  # fmt: skip
if not n_found:
    nothing_found()
else:
    bulk(wanted, n_found)
    listing = st.container()
    n_pages = ceil(n_found / PER_PAGE)
    number = st.pagination(n_pages, key="page", bind=BOUND) if n_pages > 1 else 1
    shown = archive.claims(wanted, limit=PER_PAGE, offset=(number - 1) * PER_PAGE)
    with listing:
        if view == CARDS:
            as_cards(shown)
        else:
            as_table(shown, wanted.report_id)
