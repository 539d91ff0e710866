"""How a claim is tested: its protocol in words, its limits, its arms; and choosing another."""

import streamlit as st

from app_pages import _tables
from app_pages._cache import workspace
from app_pages._parts import tell
from app_pages._words import literal, shortened
from verifier.claim import Claim, InputError
from verifier.protocol import BundledClaim, Protocol, bundled
from verifier.reach import limits
from verifier.verdict import Kind

NO_PROTOCOL = "none"


def protocol_section(claim: Claim) -> None:
    entry = bundled().get(claim.protocol_id or "")
    st.caption(_how_chosen(claim))
    if entry is None:
        st.info(_why_none(claim), icon=":material/rule:")
    elif entry.protocol is None:
        st.info(_conformity_only(entry), icon=":material/rule:")
    else:
        _protocol(entry.protocol)
    if entry is not None:
        with st.expander("The file, as it stands", icon=":material/code:", key="protocol_toml"):
            st.code(entry.toml, language=None, wrap_lines=True)


def _how_chosen(claim: Claim) -> str:
    if claim.protocol_id is None:
        return "No protocol is chosen."
    name = literal(claim.protocol_id)
    if claim.protocol_score is not None:
        return f"Protocol **{name}**, matched by wording with {claim.protocol_score:.0f} of 100."
    if claim.protocol_id == claim.id:
        return f"Protocol **{name}**, written for this claim."
    return f"Protocol **{name}**, chosen by hand."


def _why_none(claim: Claim) -> str:
    known = bundled().get(claim.id)
    if known is not None and known.untested_because:
        return literal(f"No experiment tests this claim: {known.untested_because}")
    if claim.kind is Kind.DESCRIPTIVE:
        return "What a study did is read in its own text; no experiment can answer it."
    return "No experiment tests this claim yet. Choose a protocol below if one fits."


def _conformity_only(entry: BundledClaim) -> str:
    return (
        "No experiment tests this claim. Whether the bundled module builds what the study "
        f"describes is checked in {len(entry.expectations)} points; shown, never evidence."
    )


def _protocol(protocol: Protocol) -> None:
    st.markdown(f"**Hypothesis.** {literal(protocol.hypothesis)}")
    st.markdown(literal(protocol.words))
    st.markdown(
        f"**Decided by** the check `{protocol.check}` on {literal(protocol.metric)} of the "
        f"{literal(protocol.probe)} probe; the smallest effect that matters, delta, is "
        f"**{protocol.delta:g}**. {literal(protocol.why_delta)}"
    )
    if found := limits(protocol):
        st.markdown("**What the claim says that this does not test**")
        st.markdown("\n".join(f"- {literal(limit)}" for limit in found))
    rows = _tables.arms(protocol)
    st.dataframe(rows, hide_index=True, key="arms", alt="The arms that are compared")


def protocol_choice(claim: Claim) -> None:
    """A person says which protocol tests the claim."""
    known = {id: entry for id, entry in bundled().items() if entry.protocol or entry.expectations}
    options = [NO_PROTOCOL, *known]
    now = claim.protocol_id if claim.protocol_id in known else NO_PROTOCOL
    with st.form("protocol_choice", border=True):
        st.selectbox(
            "Test this claim with",
            options,
            index=options.index(now or NO_PROTOCOL),
            format_func=lambda id: _offer(known, id),
            key="protocol_chosen",
            help="The next verification follows it. What was decided before stays in the history.",
        )
        st.form_submit_button(
            "Use this protocol", key="protocol_save", on_click=_choose, args=(claim.id,)
        )


def _offer(known: dict[str, BundledClaim], id: str) -> str:
    return f"{id}: {shortened(known[id].claim.statement, 100)}" if id in known else "no protocol"


def _choose(claim_id: str) -> None:
    chosen = st.session_state["protocol_chosen"]
    try:
        workspace().archive.choose_protocol(claim_id, None if chosen == NO_PROTOCOL else chosen)
    except InputError as error:
        tell(literal(str(error)), icon=":material/error:")
    else:
        tell("The protocol is chosen. Press Verify to test the claim with it.")
