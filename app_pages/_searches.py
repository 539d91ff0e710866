"""Questions to the sources of literature: asking, what came, and the chain of every query."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from app_pages._asked import ended_badly, may
from app_pages._cache import workspace
from app_pages._citing import cite
from app_pages._papers import LABELS, papers_table
from app_pages._parts import told
from app_pages._words import NONE, literal, local, moment, plural, shortened
from verifier import inquiring
from verifier.access import Role
from verifier.bibliography import Link
from verifier.inquiries import Inquiry
from verifier.searching import switched_off
from verifier.sources import SOURCES

TIME = "D MMM YYYY, HH:mm"


def ask_form() -> None:
    ready = [name for name in SOURCES if not SOURCES.load(name).needs()]
    with st.form("search", border=True):
        st.text_input(
            "Research question",
            key="question",
            max_chars=500,
            placeholder="How does contrastive pretraining affect ECG foundation models?",
        )
        st.multiselect(
            "Sources", ready, default=ready, key="sources", format_func=lambda name: LABELS[name]
        )
        st.form_submit_button(
            "Search",
            key="search_go",
            type="primary",
            icon=":material/search:",
            on_click=ask,
            disabled=not may(Role.OPERATOR),
        )
    for label, lacking in switched_off().items():
        st.caption(f"{label} is switched off: it needs {literal(lacking)} in the environment.")


def ask() -> None:
    question, sources = st.session_state["question"] or "", tuple(st.session_state["sources"])
    with told("The search is requested; a worker carries it out."):
        inquiring.request_search(workspace(), question, sources=sources)


def ask_again(inquiry_id: int) -> None:
    with told("The same queries are asked once more."):
        inquiring.request_again(workspace(), inquiry_id)


def search_section() -> None:
    ask_form()
    past = [one for one in workspace().inquiries.about("search") if not one.is_open]
    if not past:
        st.info("Nothing was searched for yet.", icon=":material/search:")
        return
    labels = {f"{one.id}: {shortened(one.subject, 70)}": one for one in past}
    chosen = st.selectbox("Searches, newest first", list(labels), key="past_search")
    show_search(labels[chosen])


def show_search(found: Inquiry) -> None:
    ended_badly(found)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.text(found.subject, width="stretch")
        st.button(
            "Ask again",
            icon=":material/replay:",
            key="ask_again",
            on_click=ask_again,
            args=(found.id,),
            disabled=not may(Role.OPERATOR),
        )
    troubles = (found.result or {}).get("troubles", [])
    said, *_ = found.message.split("; " + troubles[0]) if troubles else [found.message]
    st.caption(f"{moment(found.finished_at)} · {literal(said)}")
    chain = workspace().bibliography.chain(found.id)
    if troubles:
        none = bool(chain) and all(link.trouble for link in chain)
        listed = "\n".join(f"- {literal(trouble)}" for trouble in troubles)
        (st.error if none else st.warning)(
            f"{'No' if none else 'Not every'} query was answered:\n\n{listed}",
            icon=":material/cloud_off:",
        )
    archive = workspace().archive
    papers = workspace().bibliography.papers(found.id)
    read = [(paper, archive.document(paper.document_id)) for paper in papers]
    known = [(paper, document) for paper, document in read if document is not None]
    if known:
        papers_table(
            [document for _, document in known],
            found=[paper for paper, _ in known],
            key="found_papers",
            alt="The papers of this search, the likeliest first",
        )
        cite([document for _, document in known], stem=f"search-{found.id}", key="search")
    with st.expander(f"Chain of search: {plural(len(chain), 'query', 'queries')}"):
        st.caption(
            "Which query went to which source, when, and what came; kept for ever. An answer that "
            "was on disk already names its own time."
        )
        if chain:
            st.dataframe(
                chain_rows(chain),
                hide_index=True,
                key="chain",
                alt="Each query of this search with its source, time and number of papers",
                column_config={
                    "At": st.column_config.DatetimeColumn("At", format=TIME),
                    "Answer of": st.column_config.DatetimeColumn("Answer of", format=TIME),
                    "Query": st.column_config.TextColumn("Query", width="large"),
                },
            )


def chain_rows(chain: Sequence[Link]) -> pd.DataFrame:
    rows = pd.DataFrame(
        [
            {
                "Source": LABELS.get(link.source, link.source),
                "Query": link.query,
                "At": local(link.at),
                "Answer of": None if link.kept_from is None else local(link.kept_from),
                "Found": link.n_found,
                "Trouble": link.trouble or NONE,
            }
            for link in chain
        ]
    )
    return rows if any(link.kept_from for link in chain) else rows.drop(columns="Answer of")
