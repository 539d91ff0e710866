"""A person's own judgement of a claim: with keys, with a reason, blind to what others judged."""

import streamlit as st

from app_pages._cache import workspace
from app_pages._looks import status_badge
from app_pages._parts import told
from app_pages._who import has_login, person
from app_pages._words import literal, moment, percent, plural
from verifier.access import Role
from verifier.looks import STATUS_LOOKS
from verifier.people import Review, same_person
from verifier.statistics.agreement import Agreement
from verifier.verdict import Status

JUDGEMENTS = [status for status in STATUS_LOOKS if status is not Status.UNCHECKED]
ENOUGH = 10  # claims judged twice, below which an agreement says little


def reviewer() -> str:
    """The name a judgement is given under: the account's, or what a person types once."""
    if has_login():
        return person().name
    kept = st.session_state.get("my_name", "")
    typed = st.text_input(
        "Your name",
        value=kept,
        key="reviewer",
        max_chars=100,
        help="Your judgements stand under it. What others judged is shown once you have.",
    )
    st.session_state["my_name"] = (typed or "").strip()
    return str(st.session_state["my_name"])


def _name_now() -> str:
    """Asked when a button is pressed: what the page drew may be older than what was typed."""
    return person().name if has_login() else (st.session_state.get("reviewer") or "").strip()


def review_section(claim_id: str) -> None:
    """The form with its keys, and what was judged once this person has."""
    me = reviewer()
    seen = workspace().people.visible_to(claim_id, me) if me else []
    n_others = sum(
        not same_person(one.reviewer, me) for one in workspace().people.reviews(claim_id)
    )
    if seen:
        _given(seen)
    elif n_others:
        st.info(
            f"{plural(n_others, 'judgement')} by others, shown once you have given yours.",
            icon=":material/visibility_off:",
        )
    st.text_area(
        "Why do you judge so?",
        key=f"review_reason_{claim_id}",
        max_chars=2000,
        placeholder="The passage, the number or the flaw that decides it for you",
        persist_state="page",  # one looks at what is quoted before one judges
    )
    may = workspace().access.allows(Role.REVIEWER)
    with st.container(horizontal=True, key="judgements"):
        for place, status in enumerate(JUDGEMENTS, start=1):
            look = STATUS_LOOKS[status]
            st.button(
                look.word,
                icon=look.material,
                shortcut=str(place),
                key=f"judge_{status.value}",
                disabled=not may,
                on_click=_judge,
                args=(claim_id, status),
            )
    st.caption(
        "Keys 1 to 5 judge, once the reason is written and the cursor is out of it."
        + (" Judging again revises: your first judgement is the one that counts." if seen else "")
    )
    error = st.session_state.pop("review_error", "")
    if error:
        st.error(literal(error), icon=":material/error:")


def _judge(claim_id: str, status: Status) -> None:
    me = _name_now()
    reason = st.session_state.get(f"review_reason_{claim_id}") or ""
    if not me or not reason.strip():
        missing = "your name" if not me else "a reason"
        st.session_state["review_error"] = f"A judgement needs {missing}. Nothing was stored."
        return
    with told("Your judgement is kept."):
        workspace().people.judge(claim_id, status=status, reviewer=me, reason=reason)
        st.session_state[f"review_reason_{claim_id}"] = ""


def _given(found: list[Review]) -> None:
    st.markdown("**Judged so far**")
    for one in found:
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            status_badge(one.status)
            again = ", revised" if one.is_revision else ""
            st.markdown(f"**{literal(one.reviewer)}**{again}", width="content")
            st.caption(moment(one.at), width="content")
            st.text(one.reason, width="stretch")
    said = {one.status for one in found if not one.is_revision}
    n_people = sum(not one.is_revision for one in found)
    if n_people > 1:
        st.caption(
            "All first judgements agree. If ours differs, overrule it under History."
            if len(said) == 1
            else "The first judgements differ."
        )


def agreement_line(found: Agreement | None) -> None:
    """Cohen's kappa over every claim that two people judged."""
    st.subheader("Do reviewers agree?")
    if found is None:
        st.markdown("No claim was judged by two people yet.")
        return
    words = f"Of {plural(found.n, 'claim')} judged twice they agree on {percent(found.observed)}. "
    if found.kappa is None:
        st.markdown(f"{words}Cohen's kappa cannot be given: {found.reason}.")
        return
    st.markdown(
        f"{words}By chance it would be {percent(found.expected)}: **Cohen's kappa "
        f"{found.kappa:.2f}**, 95 % interval {found.low:.2f} to {found.high:.2f}.".replace("-", "−")
    )
    if found.n < ENOUGH:
        st.caption(f"Fewer than {ENOUGH} claims say little; the interval shows how little.")
