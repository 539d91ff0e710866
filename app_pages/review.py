"""Judge claims one after another, with keys: what is quoted and measured, then your word."""

import streamlit as st

from app_pages._cache import workspace
from app_pages._looks import WITNESS_WORDS, finding_badge
from app_pages._parts import BOUND, WITNESS_ICONS, asked_id, claim_link, not_found
from app_pages._passages import mention, passage
from app_pages._review import agreement_line, review_section
from app_pages._words import literal, plural
from verifier import charts
from verifier.archive import ClaimFilter
from verifier.dossier import ClaimDossier, claim_dossier
from verifier.verdict import Status, Witness

MINE, SECOND, DISPUTED = "not judged by me", "waiting for a second", "judged differently"
MOST_PASSAGES = 4

opened = workspace()


def waiting(which: str) -> list[str]:
    """Ids of the claims to go through, in order."""
    me = st.session_state.get("my_name", "")
    if which == SECOND:
        return opened.people.wants_second(me)
    if which == DISPUTED:
        return opened.people.disputed()
    return opened.people.wants_first(me)


def go(claim_id: str) -> None:
    st.query_params["id"] = claim_id


def steps(ids: list[str], at: str) -> None:
    place = ids.index(at) if at in ids else -1
    before, after = ids[max(place - 1, 0)], ids[min(place + 1, len(ids) - 1)]
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            "Previous", icon=":material/arrow_back:", shortcut="K", key="previous",
            disabled=place <= 0, on_click=go, args=(before,),
        )  # fmt: skip
        st.button(
            "Next", icon=":material/arrow_forward:", shortcut="J", key="next",
            disabled=place == len(ids) - 1, on_click=go, args=(after,),
        )  # fmt: skip
        st.caption(
            f"{place + 1} of {plural(len(ids), 'claim')}" if place >= 0 else "", width="content"
        )


def what_is_known(known: ClaimDossier) -> None:
    """What the witnesses lay on the table, without the status it came to."""
    claim = known.summary.claim
    st.header(literal(claim.statement))
    with st.container(horizontal=True, vertical_alignment="center"):
        claim_link(claim.id, label=f"All about {claim.id}")
        st.caption(literal(" · ".join(filter(None, [claim.kind.value, claim.topic]))))
    if claim.context_needed:
        st.caption(f"To test it one must know: {literal(claim.context_needed)}")
    read, ran = st.columns(2, gap="large")
    with read:
        _passages(known)
    with ran:
        _measured(known)
    if known.summary.mentions:
        with st.expander("In the report", icon=":material/article:", key="in_report"):
            for said in known.summary.mentions[:3]:
                mention(said, opened.archive.report(said.report_id))


def _title(witness: Witness) -> None:
    st.markdown(f"**{WITNESS_ICONS[witness]} {WITNESS_WORDS[witness]}**")


def _passages(known: ClaimDossier) -> None:
    _title(Witness.LITERATURE)
    found = known.literature.assessment.evidence if known.literature else ()
    if not found:
        st.markdown("No passage is quoted.")
    for place, each in enumerate(found[:MOST_PASSAGES]):
        passage(opened.archive.document(each.document_id), each, key=f"passage_{place}")


def _measured(known: ClaimDossier) -> None:
    _title(Witness.EXPERIMENT)
    if known.experiment is None:
        st.markdown("Nothing was measured.")
        return
    said = known.experiment.assessment
    finding_badge(said.finding)
    st.text(said.reason)
    protocol = known.protocol.protocol if known.protocol else None
    delta = protocol.delta if protocol else None
    for place, panel in enumerate(charts.forest_panels(said.estimates, delta=delta)):
        alt = charts.describe_forest(said.estimates, delta)
        st.altair_chart(panel, key=f"review_forest_{place}", alt=alt)


def nobody_waits() -> None:
    n_unchecked = opened.archive.facets(ClaimFilter(statuses=[Status.UNCHECKED])).n_found
    if which == MINE and n_unchecked:
        st.info(
            f"No checked claim waits here. {plural(n_unchecked, 'claim')} must be verified first: "
            "a review judges what the witnesses laid on the table.",
            icon=":material/hourglass_empty:",
        )
    else:
        st.info("No claim waits here.", icon=":material/done_all:")
    st.page_link("app_pages/claims.py", label="All claims", icon=":material/fact_check:")


st.title("Review")
st.caption(
    "Your own judgement beside the program's. What other reviewers judged stays hidden until you "
    "have judged; two blind judgements of a claim make the agreement below."
)
which = st.radio(
    "Claims", [MINE, SECOND, DISPUTED], horizontal=True, key="which", bind=BOUND,
)  # fmt: skip
ids = waiting(which)
asked = asked_id() or (ids[0] if ids else "")
summary = opened.archive.claim(asked) if asked else None
if summary is None and asked:
    not_found("claim", asked, back_to="app_pages/claims.py", label="All claims")
elif summary is None:
    nobody_waits()
else:
    if ids:
        steps(ids, summary.claim.id)
    what_is_known(claim_dossier(opened, summary))
    with st.container(border=True, key="your_word"):
        review_section(summary.claim.id)
agreement_line(opened.people.agreement())
