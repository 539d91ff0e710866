"""Every claim: search, facets, order and pages in the address; the database does the work."""

from collections.abc import Sequence
from math import ceil
from typing import Any

import streamlit as st

from app_pages import _tables
from app_pages._cache import choices, facets, workspace
from app_pages._parts import BOUND, claim_card, open_claim, report_label
from app_pages._tables import EARLIER_PROTOCOL
from app_pages._verify import verify_form
from app_pages._views import saved_views
from app_pages._words import plural
from verifier.archive import ClaimFilter, ClaimPage, Facets
from verifier.dossier import gather
from verifier.exports import EXPORTS
from verifier.looks import FINDING_LOOKS, STATUS_LOOKS
from verifier.verdict import CERTAINTIES, Certainty, Finding, Kind, Status

PER_PAGE = 50
MOST_EXPORTED = 2000  # claims in one file made while a person waits
ANY = "any"
TABLE, CARDS = "table", "cards"
ORDERS = {
    "order of arrival": "position",
    "wording": "statement",
    "status": "status",
    "confidence": "confidence",
    "last checked": "checked",
}
FRAGILE, CUT, OVERRULED = "fragile", "cut off", "overruled"
REMARKS = {  # what one can ask for, and the facet that counts it
    FRAGILE: "is_fragile",
    CUT: "is_cut",
    OVERRULED: "is_overruled",
    EARLIER_PROTOCOL: "is_outdated",
}
SAID = {EARLIER_PROTOCOL: "decided by an earlier protocol"}
# the filters by their key in the address, with what they are where nobody chose
DEFAULTS: dict[str, Any] = {
    "q": "",
    **{key: [] for key in ("status", "finding", "certainty", "kind", "only", "topic", "study")},
    "report": ANY,
    "sort": next(iter(ORDERS)),
    "descending": False,
    "view": TABLE,
}

archive = workspace().archive


def chosen_filter() -> ClaimFilter:
    """The filter the widgets show; what the address holds of unknown words is ignored."""
    words = st.text_input(
        "Search", key="q", bind=BOUND, type="search", max_chars=200, icon=":material/search:",
        placeholder="beginnings of words of the statement, its reported wording or its id",
    )  # fmt: skip
    offered = choices()
    with st.grid(4, key="facets", min_column_width=150, vertical_alignment="bottom"):
        statuses = chosen("Status", [s.value for s in STATUS_LOOKS], key="status")
        findings = chosen(
            "Finding of either witness", [f.value for f in FINDING_LOOKS], key="finding"
        )
        certainties = chosen("Certainty", [c.value for c in CERTAINTIES], key="certainty")
        kinds = chosen("Kind", [kind.value for kind in Kind], key="kind")
        only = chosen("Only those that are", list(REMARKS), key="only")
        report_id = chosen_report(offered.reports)
        topics = chosen("Topic", offered.topics, key="topic") if offered.topics else []
        studies = chosen("About the study", offered.studies, key="study") if offered.studies else []
        order = st.selectbox("Sort by", list(ORDERS), key="sort", bind=BOUND)
        is_descending = st.toggle("Descending", key="descending", bind=BOUND)
    return ClaimFilter(
        words=words or "",
        statuses=[Status(s) for s in statuses],
        findings=[Finding(f) for f in findings],
        certainties=[Certainty(c) for c in certainties],
        kinds=[Kind(k) for k in kinds],
        topics=topics,
        studies=studies,
        report_id=report_id,
        is_fragile=True if FRAGILE in only else None,
        is_cut=True if CUT in only else None,
        is_overruled=True if OVERRULED in only else None,
        is_outdated=True if EARLIER_PROTOCOL in only else None,
        sort=ORDERS.get(order, "position"),
        descending=is_descending,
    )


def chosen(label: str, options: Sequence[str], *, key: str) -> list[str]:
    return st.multiselect(label, options, key=key, bind=BOUND, placeholder=ANY)


def chosen_report(titles: dict[int, str]) -> int | None:
    ids = {report_label(id, title): id for id, title in titles.items()}
    return ids.get(st.selectbox("Report", [ANY, *ids], key="report", bind=BOUND))


def counted(found: Facets) -> None:
    """How many claims pass, by status; a press narrows the list, or widens it again."""
    with st.container(horizontal=True, key="by_status", gap="small"):
        for status, look in STATUS_LOOKS.items():
            n = found.by["status"].get(status.value, 0)
            if n:
                st.button(
                    f"{n:,} {look.word}",
                    icon=look.material,
                    type="tertiary",
                    key=f"narrow_{status.value}",
                    help="Show only these, or all again",
                    on_click=narrow,
                    args=(status.value,),
                )
    also = [
        f"{found.by[name].get(True, 0):,} {SAID.get(word, word)}"
        for word, name in REMARKS.items()
        if found.by[name].get(True)
    ]
    if also:
        st.caption("Of these: " + ", ".join(also) + ".")


def narrow(status: str) -> None:
    now = st.session_state.get("status", [])
    st.session_state["status"] = [] if now == [status] else [status]


def as_table(page: ClaimPage, report_id: int | None) -> list[str]:
    """The page as a table; returns the ids of the rows a person selected."""
    ids = [summary.claim.id for summary in page.claims]
    asked = workspace().verifications.claims_asked()
    rows = _tables.claims(page.claims, report_id=report_id, asked=asked)
    picked = st.dataframe(
        rows if any(s.mentions for s in page.claims) else rows.drop(columns=["reported"]),
        hide_index=True,
        row_height=66,
        height="content",
        key="claims_table",
        on_select="rerun",
        selection_mode="multi-row",
        alt="Claims with their status, confidence and the finding of each witness",
        column_config={
            "id": st.column_config.ButtonColumn(
                "Claim", type="tertiary", key="open_claim", on_click=open_row, args=(ids,),
                pinned=True, alignment="left",
            ),
            "statement": st.column_config.TextColumn("Statement", width=330),
            "status": st.column_config.TextColumn("Status", width=115),
            "confidence": st.column_config.ProgressColumn(
                "Confidence", format="percent", min_value=0, max_value=1, width=120,
                help="That of the witness the status rests on; 99 % is 99 % or more",
            ),
            "certainty": st.column_config.TextColumn("Certainty", width=125),
            "reported": st.column_config.TextColumn("The report says", width=120),
            "literature": st.column_config.TextColumn("Literature", width=115),
            "experiment": st.column_config.TextColumn("Experiment", width=115),
            "remarks": st.column_config.TextColumn("Remarks", width=160),
        },
    )  # fmt: skip
    return [ids[row] for row in picked["selection"]["rows"] if row < len(ids)]


def open_row(ids: list[str]) -> None:
    click = st.session_state.get("open_claim")
    if click is not None and 0 <= click["row"] < len(ids):
        open_claim(ids[click["row"]])


def as_cards(page: ClaimPage) -> None:
    asked = workspace().verifications.claims_asked()
    for summary in page.claims:
        claim_card(summary, is_asked=summary.claim.id in asked)


def bulk(wanted: ClaimFilter, n_found: int, selected: list[str]) -> None:
    """Verify or export the selected rows, or else all that the filter found, on every page."""
    n_claims = len(selected) or n_found
    label = f"Verify or export {plural(n_claims, 'selected claim' if selected else 'claim')}"
    with st.expander(label, icon=":material/checklist:", key="bulk"):
        st.caption(
            "The rows you selected in the table."
            if selected
            else "All claims that the filters let through, on every page of the list. Select rows "
            "of the table to take only those."
        )
        verify, export = st.columns(2, gap="large")
        with verify:
            verify_form(
                lambda: selected or archive.claim_ids(wanted), key="bulk_form", n_claims=n_claims
            )
        with export:
            bulk_export(wanted, n_claims, selected)


def bulk_export(wanted: ClaimFilter, n_claims: int, selected: list[str]) -> None:
    export = EXPORTS.load(st.selectbox("Format", list(EXPORTS), key="bulk_format"))

    def made() -> bytes:
        ids = selected or archive.claim_ids(wanted)
        rendered: bytes = export.render(gather(workspace(), claim_ids=ids))
        return rendered

    st.download_button(
        f"Export {plural(n_claims, 'claim')}",
        data=made,
        file_name=f"replicheck-selection{export.SUFFIX}",
        mime=export.MEDIA_TYPE,
        icon=":material/download:",
        key="bulk_export",
        disabled=n_claims > MOST_EXPORTED,
        on_click="ignore",
    )
    if n_claims > MOST_EXPORTED:
        st.caption(
            f"At most {MOST_EXPORTED:,} claims at once here. All of them: "
            "`python -m verifier export --format csv --output claims.csv`"
        )


def nothing_found() -> None:
    st.info("No claim passes these filters.", icon=":material/filter_alt_off:")
    with st.container(horizontal=True):
        st.button(
            "Clear all filters", key="clear", icon=":material/filter_alt_off:", on_click=clear
        )
        st.page_link(
            "app_pages/importing.py", label="Import a report", icon=":material/upload_file:"
        )


def clear() -> None:
    st.session_state.update(DEFAULTS)


st.title("Claims")
wanted = chosen_filter()
found = facets(wanted)
with st.container(horizontal=True, vertical_alignment="center"):
    st.markdown(f"**{plural(found.n_found, 'claim')}**", width="content")
    saved_views("claims", DEFAULTS)
    view = st.radio(
        "View", [TABLE, CARDS], horizontal=True, key="view", bind=BOUND,
        label_visibility="collapsed", width="content",
    )  # fmt: skip
if not found.n_found:
    nothing_found()
else:
    counted(found)
    above, listing = st.container(), st.container()
    n_pages = ceil(found.n_found / PER_PAGE)
    number = st.pagination(n_pages, key="page", bind=BOUND) if n_pages > 1 else 1
    shown = archive.claims(wanted, limit=PER_PAGE, offset=(number - 1) * PER_PAGE)
    with listing:
        selected = [] if view == CARDS else as_table(shown, wanted.report_id)
        if view == CARDS:
            as_cards(shown)
    with above:
        bulk(wanted, found.n_found, selected)
