"""How good a report is: eight rubrics, what would help most, and what a language model says."""

import pandas as pd
import streamlit as st

from app_pages._asked import ended_badly, may
from app_pages._cache import workspace
from app_pages._parts import report_label, told
from app_pages._words import literal, plural
from verifier import llm, quality
from verifier.access import Role
from verifier.dossier import gather


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
