"""Papers that are stored: a table of them, what is flagged, and what people took out of reading."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from app_pages._cache import workspace
from app_pages._citing import cite
from app_pages._words import NONE, plural
from verifier.bibliography import FoundPaper
from verifier.document import Document
from verifier.sources import SOURCES

PAPER_PAGE = "app_pages/paper.py"
LABELS = {name: SOURCES.load(name).LABEL for name in SOURCES}
FLAG = "⚠"
OF_ANOTHER = {True: "itself a notice", False: NONE}


def papers_section() -> None:
    stored_papers()
    removed_papers()


def stored_papers() -> None:
    stored = workspace().archive.documents()
    flagged = [document for document in stored if document.retraction]
    if flagged:
        st.error(
            f"{plural(len(flagged), 'paper')} withdrawn, retracted or under concern: nothing in "
            "them settles a claim.",
            icon=":material/report:",
        )
    if not stored:
        st.info("No paper is stored yet: search, or add files.", icon=":material/menu_book:")
        st.page_link("app_pages/importing.py", label="Add files", icon=":material/upload_file:")
        return
    waiting = {d for d, by in workspace().candidates.counts().items() if by.get("candidate")}
    only = st.checkbox("Only papers with claims that wait for a decision", key="only_waiting")
    shown = [d for d in stored if not only or d.id in waiting]
    st.caption(f"{plural(len(shown), 'paper')} of {len(stored)}")
    if shown:
        papers_table(shown, key="papers", alt="The papers that are stored")
        cite(shown, stem="papers", key="papers")


def removed_papers() -> None:
    """What people took out of reading, and a way to each."""
    removed = workspace().removals.removed()
    if removed:
        with st.expander(f"Removed from reading: {len(removed)}", icon=":material/delete:"):
            papers_table(removed, key="removed_papers", alt="Papers that were removed from reading")


def open_paper(document_id: int) -> None:
    st.switch_page(PAPER_PAGE, query_params={"id": str(document_id)})


def open_row(key: str, document_ids: Sequence[int]) -> None:
    click = st.session_state.get(key)
    if click is not None and 0 <= click["row"] < len(document_ids):
        open_paper(document_ids[click["row"]])


def papers_table(
    documents: Sequence[Document], *, key: str, alt: str, found: Sequence[FoundPaper] = ()
) -> None:
    """Papers with a button that opens each; a flag stands before the title."""
    counts = workspace().candidates.counts()
    shown: Sequence[FoundPaper | None] = found or [None] * len(documents)
    ids = [document.id for document in documents if document.id is not None]
    rows = pd.DataFrame(
        [
            {
                "open": "Read",
                "Title": document.title or document.short_key,
                "Notices": notice_words(document),
                "Claims waiting": counts.get(document.id or 0, {}).get("candidate", 0),
                "Extent": extent_words(document),
                "Published": document.published[:10] or NONE,
                "Sources": ", ".join(LABELS.get(n, n) for n in paper.sources)
                if paper
                else LABELS.get(document.source, document.source),
                "Key": document.short_key,
            }
            for document, paper in zip(documents, shown, strict=True)
        ]
    )
    st.dataframe(
        rows,
        hide_index=True,
        key=key,
        alt=alt,
        column_config={
            "open": st.column_config.ButtonColumn(
                "", key=f"{key}_open", on_click=open_row, args=(f"{key}_open", ids), width=80
            ),
            "Title": st.column_config.TextColumn("Title", width="large"),
        },
    )


def notice_words(document: Document) -> str:
    if document.removal is not None:
        return "removed from reading"
    return f"{FLAG} {document.standing}" if document.standing else OF_ANOTHER[document.is_notice]


def extent_words(document: Document) -> str:
    if document.removal is not None and document.removal.is_erased:
        return "erased"
    return document.extent if document.text.strip() else "title alone"
