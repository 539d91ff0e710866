"""How the words of the vocabulary look: badges on a screen, symbol and word in a table."""

from collections.abc import Mapping
from typing import Literal, NamedTuple, cast

import streamlit as st

from app_pages._words import percent
from verifier.archive import OURSELVES
from verifier.looks import FINDING_LOOKS, STATUS_LOOKS, Look
from verifier.verdict import Certainty, Finding, Status, Verdict, Witness

Colour = Literal["red", "orange", "blue", "green", "violet", "gray"]

CERTAINTY_MARKS = {
    Certainty.HIGH: "⊕⊕⊕⊕",
    Certainty.MODERATE: "⊕⊕⊕○",
    Certainty.LOW: "⊕⊕○○",
    Certainty.VERY_LOW: "⊕○○○",
}
WITNESS_WORDS = {Witness.LITERATURE: "Literature", Witness.EXPERIMENT: "Experiment"}


class StateLook(NamedTuple):
    symbol: str  # for tables, which show no icons
    material: str
    badge: Colour


STATE_LOOKS: Mapping[str, StateLook] = {
    "queued": StateLook("◌", ":material/schedule:", "gray"),
    "requested": StateLook("◌", ":material/schedule:", "gray"),
    "paused": StateLook("‖", ":material/pause_circle:", "gray"),
    "lost": StateLook("?", ":material/link_off:", "orange"),
    "running": StateLook("▶", ":material/play_circle:", "blue"),
    "succeeded": StateLook("✔", ":material/check_circle:", "green"),
    "finished": StateLook("✔", ":material/check_circle:", "green"),
    "failed": StateLook("✘", ":material/error:", "red"),
    "cancelled": StateLook("⊘", ":material/block:", "orange"),
}


def badge(look: Look, *, help: str | None = None) -> None:
    st.badge(look.word, icon=look.material, color=cast(Colour, look.badge), help=help)


def status_badge(status: Status, *, help: str | None = None) -> None:
    badge(STATUS_LOOKS[status], help=help)


def finding_badge(finding: Finding) -> None:
    badge(FINDING_LOOKS[finding])


def state_badge(state: str) -> None:
    """Where a run or a verification stands."""
    look = STATE_LOOKS[state]
    st.badge(state, icon=look.material, color=look.badge)


def state_words(state: str) -> str:
    """The same for a table."""
    return f"{STATE_LOOKS[state].symbol} {state}"


def status_words(status: Status) -> str:
    look = STATUS_LOOKS[status]
    return f"{look.icon} {look.word}"


def finding_words(finding: Finding | None, *, is_asked: bool = False) -> str:
    if finding is None:
        return "being asked" if is_asked else "not asked yet"
    look = FINDING_LOOKS[finding]
    return f"{look.icon} {look.word}"


def certainty_words(certainty: Certainty | None) -> str:
    return "–" if certainty is None else f"{CERTAINTY_MARKS[certainty]} {certainty.value}"


def reported_words(verified: bool | None, confidence: float | None) -> str:
    """What a report says of its own claim."""
    said = {True: "✓ verified", False: "× not verified", None: "no verdict"}[verified]
    return said if confidence is None else f"{said}, {percent(confidence)}"


def headline(verdict: Verdict, *, author: str) -> str:
    """The headline confidence, in a sentence."""
    if verdict.status is Status.UNCHECKED and not author:
        return "Nobody has been asked yet."
    if author not in ("", OURSELVES):
        return "A person's own status: no confidence is given."
    if verdict.status is Status.CONTESTED:
        return "No headline confidence: one finding speaks against another."
    if verdict.rests_on is None:
        return "No headline confidence: nothing is decided."
    witness = WITNESS_WORDS[verdict.rests_on].lower()
    if verdict.confidence is None:
        return f"Rests on the {witness} witness, which gives no number."
    return f"Confidence {percent(verdict.confidence)}, that of the {witness} witness it rests on."
