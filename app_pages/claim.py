"""One claim: what it says, what each witness says of it, why, and how to reproduce it."""

import streamlit as st

from app_pages import _tables
from app_pages._cache import workspace
from app_pages._history import history_section, overrule_form, withdraw_form
from app_pages._looks import certainty_words, headline, status_badge
from app_pages._parts import BOUND, asked_id, not_found, permalink, repeated, witness_card
from app_pages._passages import mention, passage
from app_pages._protocols import protocol_choice, protocol_section
from app_pages._review import review_section
from app_pages._verify import verify_form
from app_pages._words import NONE, literal, moment
from app_pages._work import EVERY, compare_button, runs_table, verification_cards
from verifier import charts
from verifier.archive import ClaimSummary, StoredAssessment
from verifier.dossier import ClaimDossier, claim_dossier, has_new_protocol
from verifier.fragility import fragility
from verifier.protocol import Protocol
from verifier.verdict import Assessment, Witness
from verifier.verifications import Verification

MOST_OPEN = 20  # verifications at work that are looked through for the claim

archive = workspace().archive


def head(known: ClaimDossier) -> None:
    """The sentence, its status, and the two ways on."""
    claim = known.summary.claim
    with st.container(horizontal=True, vertical_alignment="center"):
        st.page_link("app_pages/claims.py", label="Claims", icon=":material/arrow_back:")
        about = [claim.id, claim.kind.value, claim.topic, claim.origin]
        st.caption(literal(" · ".join(part for part in about if part)), width="content")
    st.header(literal(claim.statement))
    if claim.is_cut:
        st.badge("cut off in its report", icon=":material/content_cut:", color="orange")
    if claim.context_needed:
        st.caption(f"To test it one must know: {literal(claim.context_needed)}")
    verdict_line(known)
    with st.container(horizontal=True):
        with st.popover("Verify", icon=":material/play_arrow:", type="primary", key="verify_claim"):
            verify_form([claim.id], key="claim_form")
        permalink("claim", {"id": claim.id})


def verdict_line(known: ClaimDossier) -> None:
    summary = known.summary
    with st.container(horizontal=True, vertical_alignment="center", key="verdict_line"):
        status_badge(summary.verdict.status, help="What the two witnesses together come to")
        st.markdown(headline(summary.verdict, author=summary.author), width="content")
        if summary.certainty is not None:
            st.caption(f"Certainty {certainty_words(summary.certainty)}", width="content")
        if summary.checked_at is not None:
            st.caption(moment(summary.checked_at), width="content")
    overruling = summary.overruling
    if overruling is not None:
        st.info(
            f"Overruled by {literal(overruling.author)}: {literal(overruling.reason)} This stands "
            f"until it is withdrawn; ours is **{summary.decided.status.value}**.",
            icon=":material/gavel:",
        )
    if has_new_protocol(summary):
        st.warning(
            "The experiment was decided by an earlier protocol than the one that tests this claim "
            "now, and today's may come to something else. Verify it again; runs that still fit "
            "are not computed anew.",
            icon=":material/update:",
        )
    because = fragile_because(known)
    if because:
        st.markdown(f":material/balance: **Fragile.** {literal(because)}")


def fragile_because(known: ClaimDossier) -> str:
    said = [one.assessment for one in (known.literature, known.experiment) if one is not None]
    return " ".join(filter(None, (fragility(one) for one in said)))


def evidence_section(stored: StoredAssessment | None) -> None:
    found = stored.assessment.evidence if stored else ()
    if not found:
        st.markdown(
            "No passage is quoted. Verify the claim to have documents searched, or add documents "
            "under Import."
        )
    documents = {id: archive.document(id) for id in {each.document_id for each in found}}
    for place, each in enumerate(found):
        passage(documents[each.document_id], each, key=f"passage_{place}")


def estimates_section(said: Assessment, protocol: Protocol | None) -> None:
    """A panel for each unit, what would change the finding, and every number in a table."""
    delta = protocol.delta if protocol else None
    for place, panel in enumerate(charts.forest_panels(said.estimates, delta=delta)):
        st.altair_chart(
            panel, key=f"forest_{place}", alt=charts.describe_forest(said.estimates, delta)
        )
    if said.would_change:
        st.markdown("**What would change this**")
        st.markdown("\n".join(f"- {literal(sentence)}" for sentence in said.would_change))
    st.dataframe(
        _tables.filled(_tables.estimates(said.estimates)),
        hide_index=True,
        height="content",
        placeholder=NONE,
        key="estimates",
        alt="Every estimate with its interval and the number of units behind it",
        column_config={
            name: st.column_config.NumberColumn(format="%.4f")
            for name in ("Estimate", "From", "To")
        },
    )


def measured_section(known: ClaimDossier) -> None:
    """Estimates as a chart and a table, conformity, runs."""
    said = known.experiment.assessment if known.experiment else None
    if said is None or not (said.estimates or said.conformity or said.run_ids):
        st.markdown("Nothing was measured for this claim yet.")
        return
    if said.estimates:
        estimates_section(said, known.protocol.protocol if known.protocol else None)
    if said.nuisances:
        st.markdown(
            "**Does a nuisance explain it?** The same comparison with the arms that the nuisance "
            "changes, and without it, of the same seeds and sizes."
        )
        st.dataframe(
            _tables.nuisances(said.nuisances),
            hide_index=True,
            height="content",
            key="nuisances",
            alt="What each nuisance made of the finding, and which were not tried to the end",
        )
    if said.conformity:
        st.markdown("**Is the bundled module built as described?** Shown, never evidence.")
        st.dataframe(
            _tables.filled(_tables.conformity(said.conformity)),
            hide_index=True,
            key="conformity",
            alt="What the study describes beside what the bundled module builds",
        )
    if said.run_ids:
        st.markdown("**Runs behind it**")
        found = workspace().queue.runs(ids=said.run_ids)
        buttons = st.container()
        picked = runs_table(found, key="claim_runs", alt="The runs behind the estimates")
        with buttons:
            compare_button(picked, key="compare")


def reported_section(summary: ClaimSummary) -> None:
    if not summary.mentions:
        st.markdown("No imported report makes this claim; it came with the program.")
    reports = {report.id: report for report in archive.reports()}
    for said in summary.mentions:
        mention(said, reports.get(said.report_id))


def asked_now(claim_id: str) -> list[Verification]:
    """Verifications at work on this claim."""
    found = workspace().verifications.latest(limit=MOST_OPEN, only_open=True)
    return [each for each in found if claim_id in each.claim_ids]


def going_on(shown: ClaimSummary) -> None:
    """What is asked about the claim; the screen is drawn anew when a witness has answered."""
    now = archive.claim(shown.claim.id)
    asked = asked_now(shown.claim.id)
    has_answered = now is not None and (now.literature, now.experiment) != (
        shown.literature,
        shown.experiment,
    )
    if has_answered or (was_asked and not asked):
        st.rerun()
    verification_cards(asked)


def show(known: ClaimDossier) -> None:
    head(known)
    repeated(going_on, every=EVERY if was_asked else None)(known.summary)
    left, right = st.columns(2)
    with left:
        witness_card(Witness.LITERATURE, known.literature, is_asked=was_asked)
    with right:
        witness_card(Witness.EXPERIMENT, known.experiment, is_asked=was_asked)
    parts(known)


def parts(known: ClaimDossier) -> None:
    """What is only read is drawn when somebody turns to it, which takes most of the page's time.

    Forms stay: Streamlit forgets what was typed into one that is not drawn.
    """
    claim = known.summary.claim
    names = ("Evidence", "Measurements", "Protocol", "In the report", "Review", "History")
    evidence, measured, protocol, reported, review, history = st.tabs(
        names, key="part", on_change="rerun", bind=BOUND
    )
    with evidence:
        if evidence.open:
            evidence_section(known.literature)
    with measured:
        if measured.open:
            measured_section(known)
    with protocol:
        if protocol.open:
            protocol_section(claim)
        protocol_choice(claim)
    with reported:
        if reported.open:
            reported_section(known.summary)
    with review:
        if review.open:
            review_section(claim.id)
    with history:
        if history.open:
            history_section(claim.id)
        if known.summary.overruling is not None:
            withdraw_form(known.summary)
        overrule_form(claim.id)


asked = asked_id()
found = archive.claim(asked) if asked else None
if found is None:
    not_found("claim", asked, back_to="app_pages/claims.py", label="All claims")
else:
    was_asked = bool(asked_now(found.claim.id))
    show(claim_dossier(workspace(), found))
