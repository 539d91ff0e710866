"""The literature: ask it a question, see what came from where, and how good a report is."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from app_pages._asked import ended_badly, inquiry_cards, may
from app_pages._cache import workspace
from app_pages._citing import cite
from app_pages._parts import BOUND, report_label, told
from app_pages._words import NONE, literal, local, moment, plural, shortened
from app_pages._work import EVERY
from verifier import inquiring, llm, quality
from verifier.access import Role
from verifier.bibliography import FoundPaper, Link
from verifier.document import Document
from verifier.dossier import gather
from verifier.inquiries import Inquiry
from verifier.searching import switched_off
from verifier.sources import SOURCES

PAPER_PAGE = "app_pages/paper.py"
LABELS = {name: SOURCES.load(name).LABEL for name in SOURCES}
TIME = "D MMM YYYY, HH:mm"
FLAG = "⚠"
OF_ANOTHER = {True: "itself a notice", False: NONE}


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


def removed_papers() -> None:
    """What people took out of reading, and a way to each."""
    removed = workspace().removals.removed()
    if removed:
        with st.expander(f"Removed from reading: {len(removed)}", icon=":material/delete:"):
            papers_table(removed, key="removed_papers", alt="Papers that were removed from reading")


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
    if troubles:
        listed = "\n".join(f"- {literal(trouble)}" for trouble in troubles)
        st.warning(f"Not every query was answered:\n\n{listed}", icon=":material/cloud_off:")
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
    chain = workspace().bibliography.chain(found.id)
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


def review_section() -> None:
    reports = workspace().archive.reports()
    if not reports:
        st.info("No report is imported yet.", icon=":material/upload_file:")
        return
    labels = {report_label(report.id, report.title): report.id for report in reports}
    chosen = st.selectbox("Report", list(labels), key="reviewed_report")
    found = quality.review(gather(workspace(), report_id=labels[chosen]))
    st.markdown(f"**{literal(quality.headline(found))}**")
    st.dataframe(
        pd.DataFrame(
            [
                {
                    "Reviewer": o.label,
                    "Of ten": None if o.score is None else round(o.score, 1),  # as it is in words
                    "What it asks": o.asks,
                }
                for o in found.opinions
            ]
        ),
        hide_index=True,
        key="reviewers",
        alt="Each reviewer's score out of ten",
        column_config={
            "Of ten": st.column_config.ProgressColumn(
                "Of ten", min_value=0, max_value=10, format="%.1f", width=120
            ),
            "What it asks": st.column_config.TextColumn("What it asks", width="large"),
        },
    )
    if found.advice:
        st.markdown("**What would raise the mean most**")
        st.markdown(
            "\n".join(
                f"- {literal(one.text)} ({literal(one.reviewer)}, +{one.gain:.1f})"
                for one in found.advice
            )
        )
    for opinion in found.opinions:
        with st.expander(f"{opinion.label}: {quality.score_words(opinion.score)}"):
            for points, words in quality.lines(opinion):
                st.markdown(f"- **{points}** {literal(words)}")
    model_section(labels[chosen])


def model_section(report_id: int) -> None:
    """What a language model said of the report, if it was asked: beside the mean, never in it."""
    newest = workspace().inquiries.about("review", str(report_id), limit=1)
    told_by = newest[0] if newest else None
    st.button(
        "Ask the language model too",
        icon=":material/forum:",
        key="ask_model",
        on_click=ask_model,
        args=(report_id,),
        disabled=bool(llm.missing()) or not may(Role.OPERATOR),
        help=llm.missing() or None,
    )
    ended_badly(told_by)
    if told_by is None or not told_by.result:
        return
    said = told_by.result
    st.markdown(f"**{literal(said['model'])}**, not counted: {said['score']} of 10")
    for fault in said["faults"]:
        st.markdown(
            f"- “{literal(fault['quote'])}”: {literal(fault['fault'])} {literal(fault['remedy'])}"
        )
    st.caption(
        f"{plural(said['n_refused'], 'fault')} dropped, as the quotes are not in the report."
    )


def ask_model(report_id: int) -> None:
    with told("The language model is asked; a worker carries it out."):
        workspace().inquiries.request("review", str(report_id))


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
st.fragment(going_on, run_every=EVERY if was_open else None)()
names = ("Search", "Papers", "Quality of a report")
search, papers, report = st.tabs(names, key="part", on_change="rerun", bind=BOUND)
shown = {search: search_section, papers: papers_section, report: review_section}
for tab, section in shown.items():
    if tab.open:  # the others are drawn when somebody turns to them
        with tab:
            section()
