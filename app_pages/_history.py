"""What was ever decided about a claim, in order; and the form with which a person overrules it."""

import streamlit as st

from app_pages import _tables
from app_pages._cache import workspace
from app_pages._looks import status_words
from app_pages._parts import tell
from app_pages._who import has_login, person
from app_pages._words import literal
from verifier.access import Role
from verifier.archive import ClaimSummary
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
    st.markdown(
        "**Overrule.** Your status is shown in place of ours, with your name and reason, until "
        "somebody withdraws it."
    )
    with st.form("overrule", border=True):
        st.selectbox(
            "Status",
            [status.value for status in STATUS_LOOKS],
            index=None,
            placeholder="choose a status",
            format_func=lambda value: status_words(Status(value)),
            key="overrule_status",
        )
        _name_and_reason("overrule")
        _submit("Overrule", "overrule", claim_id)
    _say_error("overrule")


def withdraw_form(summary: ClaimSummary) -> None:
    """End an overruling; it stays in the history."""
    ours = summary.decided.status.value
    st.markdown(f"**Withdraw the overruling.** The status is then ours again: {ours}.")
    with st.form("withdraw", border=True):
        _name_and_reason("withdraw")
        _submit("Withdraw", "withdraw", summary.claim.id)
    _say_error("withdraw")


def _name_and_reason(form: str) -> None:
    if not has_login():
        kept = st.session_state.get("my_name", "")
        st.text_input("Your name", value=kept, key=f"{form}_author", max_chars=100)
    st.text_area("Reason", key=f"{form}_reason", max_chars=2000)


def _submit(label: str, form: str, claim_id: str) -> None:
    st.form_submit_button(
        label,
        key=f"{form}_save",
        disabled=not workspace().access.allows(Role.REVIEWER),
        on_click={"overrule": _overrule, "withdraw": _withdraw}[form],
        args=(claim_id,),
    )


def _say_error(form: str) -> None:
    error = st.session_state.pop(f"{form}_error", "")
    if error:
        st.error(literal(error), icon=":material/error:")


def _given(form: str) -> dict[str, str]:
    state = st.session_state
    author = person().name if has_login() else state[f"{form}_author"]
    return {"author": author or "", "reason": state[f"{form}_reason"] or ""}


def _overrule(claim_id: str) -> None:
    try:
        chosen = st.session_state["overrule_status"]
        if chosen is None:
            raise InputError("Overruling needs a status too: choose the one that is to be shown.")
        workspace().archive.overrule(claim_id, status=Status(chosen), **_given("overrule"))
    except InputError as error:
        st.session_state["overrule_error"] = str(error)
    else:
        tell("Overruled. Both verdicts stay in the history.")


def _withdraw(claim_id: str) -> None:
    try:
        workspace().archive.withdraw(claim_id, **_given("withdraw"))
    except InputError as error:
        st.session_state["withdraw_error"] = str(error)
    else:
        tell("Withdrawn. It stays in the history.")
