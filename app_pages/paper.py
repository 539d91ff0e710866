"""One paper: its text with claims and passages marked, and what becomes of the claims."""

from collections.abc import Sequence

import streamlit as st

from app_pages._asked import ended_badly, inquiry_cards, may
from app_pages._cache import workspace
from app_pages._citing import cite
from app_pages._marks import Mark, marked_text
from app_pages._parts import asked_id, claim_link, not_found, repeated, told
from app_pages._passages import is_web_address
from app_pages._removal import removal_banner, removal_form
from app_pages._who import person
from app_pages._words import literal, percent, plural
from app_pages._work import EVERY
from verifier import extracting
from verifier.access import Role
from verifier.candidates import Candidate
from verifier.document import Document
from verifier.literature.sections import Section, page_words, sections
from verifier.looks import FINDING_LOOKS

MOST_SHOWN = 30_000  # characters of a text at once
STATE_ICONS = {
    "candidate": ":material/pending:",
    "accepted": ":material/check_circle:",
    "rejected": ":material/block:",
}
STATE_COLOURS = {"candidate": "gray", "accepted": "green", "rejected": "orange"}


def head(document: Document) -> None:
    st.title("Paper")
    st.text(document.title or document.short_key)
    about = [", ".join(document.authors[:4]), document.published[:10], document.extent]
    about += [f"version {document.version}" if document.version else "", *document.notes]
    about += [document.short_key, *document.other_keys]
    about += [f"doi:{document.doi}" if document.doi else ""]
    st.caption(literal(" · ".join(part for part in dict.fromkeys(about) if part)))
    removal_banner(document)
    if document.retraction:
        st.error(
            f"{document.standing.capitalize()}: {literal(document.retraction)}. Nothing in it "
            "settles a claim.",
            icon=":material/report:",
        )
    is_read = document.removal is None
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            "Read the claims in it",
            type="primary",
            icon=":material/manage_search:",
            key="extract",
            on_click=ask,
            args=("extract", document.key),
            disabled=not document.text.strip() or not is_read or not may(Role.OPERATOR),
        )
        st.button(
            "Get the full text",
            icon=":material/download:",
            key="full_text",
            on_click=ask,
            args=("read", document.key),
            disabled=document.extent != "abstract" or not is_read or not may(Role.OPERATOR),
        )
        if is_read:
            cite([document], stem=f"paper-{document.id}", key="paper")
            removal_form(document)
        if is_web_address(document.url):
            st.link_button("Source", document.url, icon=":material/open_in_new:", type="tertiary")
        st.page_link(
            "app_pages/literature.py",
            label="All papers",
            icon=":material/arrow_back:",
            query_params={"part": "Papers"},
        )
    for kind in ("read", "extract"):
        newest = workspace().inquiries.about(kind, document.key, limit=1)
        ended_badly(newest[0] if newest else None)


def ask(kind: str, key: str) -> None:
    with told("Requested; a worker carries it out."):
        workspace().inquiries.request(kind, key)


def going_on(document: Document) -> None:
    open_now = [
        one
        for one in workspace().inquiries.latest(limit=20, only_open=True)
        if one.subject == document.key
    ]
    if st.session_state.get("paper_was_open") and not open_now:
        st.session_state["paper_was_open"] = False
        st.rerun()
    st.session_state["paper_was_open"] = bool(open_now)
    inquiry_cards(open_now)


def text_section(document: Document, candidates: Sequence[Candidate]) -> None:
    if document.removal is not None and document.removal.is_erased:
        st.info("Its text is erased.", icon=":material/delete:")
        return
    if not document.text.strip():
        st.info("Only its title is known; there is nothing to read.", icon=":material/menu_book:")
        return
    parts = sections(document.text)
    start, end = 0, len(document.text)
    marks = [
        Mark(c.start, c.end, f"{c.kind} {c.id}", is_claim=True)
        for c in candidates
        if c.state != "rejected"
    ]
    quotations = workspace().bibliography.quotations(document.id or 0)
    judged = {(said.claim_id, said.start) for said in quotations if said.stance}
    for said in quotations:
        if said.stance is None and (said.claim_id, said.start) in judged:
            continue
        look = FINDING_LOOKS[said.stance] if said.stance else None
        stance = f" {look.icon} {look.word}" if look else ""
        label = f"{said.claim_id}{stance}"
        marks.append(Mark(said.start, said.end, label, is_claim=False, is_judged=look is not None))
    if len(parts) > 1:
        labels: dict[str, Section] = {}
        for part in parts:
            title = part.title or "Beginning"
            labels[f"{title} ({len(labels) + 1})" if title in labels else title] = part
        first = next((i for i, part in enumerate(parts) if _is_marked(part, marks)), 0)
        picked = st.selectbox("Part", list(labels), index=first, key="paper_part")
        start, end = labels[picked].start, labels[picked].end
    shown = min(end, start + MOST_SHOWN)
    st.html(marked_text(document.text, marks, start, shown))
    if shown < end:
        st.caption(f"The first {MOST_SHOWN:,} of {end - start:,} characters of this part.")
    st.caption(
        "Highlighted: candidate claims. Underlined: passages quoted for claims; not judged is one "
        "that was near a claim and settled nothing."
    )


def _is_marked(part: Section, marks: Sequence[Mark]) -> bool:
    return any(part.start <= mark.start < part.end for mark in marks)


def candidates_section(candidates: Sequence[Candidate], text: str) -> None:
    if not candidates:
        st.markdown("No claim was read in it yet. Press **Read the claims in it**.")
        return
    st.caption(
        "Sentences that look like claims, the likeliest first: a list to go through, not a list "
        "of facts. None counts before somebody accepts it."
    )
    for candidate in candidates:
        candidate_card(candidate, text)


def candidate_card(candidate: Candidate, text: str) -> None:
    with st.container(border=True, key=f"candidate_{candidate.id}"):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.badge(candidate.kind, color="blue")
            st.badge(
                candidate.state,
                icon=STATE_ICONS[candidate.state],
                color=STATE_COLOURS[candidate.state],  # type: ignore[arg-type]
            )
            st.caption(literal(_where(candidate, text)), width="content")
        st.text(candidate.statement)
        if candidate.context_needed:
            st.caption(f":material/help: Needs {literal(candidate.context_needed)}.")
        if candidate.statement != candidate.quote:
            with st.expander("The sentence itself"):
                st.text(candidate.quote)
        if candidate.state == "candidate":
            decide_form(candidate)
        else:
            why = f": {literal(candidate.reason)}" if candidate.reason else ""
            st.caption(f"{candidate.state} by {literal(candidate.decided_by)}{why}")
            if candidate.claim_id:
                claim_link(candidate.claim_id)


def _where(candidate: Candidate, text: str) -> str:
    parts = [candidate.section, page_words(text, candidate.start)]
    parts += [f"score {percent(candidate.score)}", candidate.extractor]
    return " · ".join(part for part in parts if part)


def decide_form(candidate: Candidate) -> None:
    key = f"decide_{candidate.id}"
    with st.form(key, border=False):
        st.text_area(
            "Claim, in your words if need be",
            value=candidate.statement,
            key=f"{key}_statement",
            max_chars=2000,
            height="content",
        )
        st.text_input("Reason (needed to reject)", key=f"{key}_reason", max_chars=500)
        with st.container(horizontal=True):
            st.form_submit_button(
                "Accept",
                key=f"{key}_accept",
                icon=":material/check:",
                on_click=accept,
                args=(candidate.id,),
                disabled=not may(Role.REVIEWER),
            )
            st.form_submit_button(
                "Reject",
                key=f"{key}_reject",
                icon=":material/block:",
                on_click=reject,
                args=(candidate.id,),
                disabled=not may(Role.REVIEWER),
            )


def accept(candidate_id: int) -> None:
    said = st.session_state
    with told("Accepted: it is a claim now, and can be verified."):
        extracting.accept(
            workspace(),
            candidate_id,
            author=person().name,
            statement=said[f"decide_{candidate_id}_statement"] or "",
            reason=said[f"decide_{candidate_id}_reason"] or "",
        )


def reject(candidate_id: int) -> None:
    with told("Rejected; the reason is kept."):
        workspace().candidates.reject(
            candidate_id,
            author=person().name,
            reason=st.session_state[f"decide_{candidate_id}_reason"] or "",
        )


def newer_text(document: Document) -> None:
    """A text never changes: a fuller one of the same paper is a document of its own."""
    newest = workspace().archive.document_of_key(document.key)
    if newest is None or (newest.id or 0) <= (document.id or 0):
        return  # an older one stands again where this was removed
    st.info(
        f"There is a newer text of this paper ({literal(newest.extent)}, "
        f"{len(newest.text):,} characters). What is quoted from this one stays here.",
        icon=":material/update:",
    )
    st.page_link(
        "app_pages/paper.py",
        label="Open the newer text",
        icon=":material/open_in_full:",
        query_params={"id": str(newest.id)},
    )


def show(document: Document) -> None:
    head(document)
    newer_text(document)
    is_moving = any(
        one.subject == document.key
        for one in workspace().inquiries.latest(limit=20, only_open=True)
    )
    repeated(going_on, every=EVERY if is_moving else None)(document)
    candidates = workspace().candidates.of(document.id or 0)
    waiting = sum(candidate.state == "candidate" for candidate in candidates)
    text, claims = st.columns([3, 2], gap="large")
    with text:
        st.subheader("Text")
        text_section(document, candidates)
    with claims:
        st.subheader("Claims in it")
        if candidates:
            st.caption(f"{plural(waiting, 'claim')} waiting of {len(candidates)}")
        candidates_section(candidates, document.text)


asked = asked_id()
is_number = asked.isascii() and asked.isdigit() and len(asked) < 16
known = workspace().archive.document(int(asked)) if is_number else None
if known is None:
    not_found("paper", asked, back_to="app_pages/literature.py", label="All papers")
else:
    show(known)
