"""What was ever decided about a claim, in order; and the form with which a person overrules it."""

import streamlit as st

from app_pages import _tables
from app_pages._cache import workspace
from app_pages._looks import status_words
from app_pages._words import literal
from verifier.claim import InputError
from verifier.looks import STATUS_LOOKS
from verifier.verdict import Status

AT = "D MMM YYYY, HH:mm"


def history_section(claim_id: str) -> None:
    archive = workspace().archive
    verdicts = archive.verdicts(claim_id)
    if not verdicts:
        st.markdown("Nothing was decided yet.")
        return
    at = st.column_config.DatetimeColumn("At", format=AT)
    reason = st.column_config.TextColumn("Reason", width="large")
    st.markdown("**Verdicts, newest first.** Nothing is ever overwritten.")
    st.dataframe(
        _tables.verdicts(verdicts),
        hide_index=True,
        key="verdict_history",
        alt="Every status this claim had, newest first",
        column_config={"At": at, "Reason": reason},
    )
    st.markdown("**What the witnesses said, newest first**")
    st.dataframe(
        _tables.assessments(archive.assessments(claim_id)),
        hide_index=True,
        key="assessment_history",
        alt="Every assessment by each witness, newest first",
        column_config={"At": at, "Reason": reason},
    )


def overrule_form(claim_id: str) -> None:
    """A person's own status; what it overrules stays in the history."""
    st.markdown("**Overrule.** Your status is shown in place of ours, with your name and reason.")
    with st.form("overrule", border=True):
        st.selectbox(
            "Status",
            [status.value for status in STATUS_LOOKS],
            format_func=lambda value: status_words(Status(value)),
            key="overrule_status",
        )
        st.text_input("Your name", key="overrule_author", max_chars=100)
        st.text_area("Reason", key="overrule_reason", max_chars=2000)
        st.form_submit_button("Overrule", key="overrule_save", on_click=_overrule, args=(claim_id,))
    error = st.session_state.pop("overrule_error", "")
    if error:
        st.error(literal(error), icon=":material/error:")


def _overrule(claim_id: str) -> None:
    state = st.session_state
    try:
        workspace().archive.overrule(
            claim_id,
            status=Status(state["overrule_status"]),
            author=state["overrule_author"] or "",
            reason=state["overrule_reason"] or "",
        )
    except InputError as error:
        state["overrule_error"] = str(error)
    else:
        st.toast("Overruled. Both verdicts stay in the history.")
