"""How the words of the vocabulary look: one icon, one colour and one word each. Pure data.

The colours are Okabe and Ito's, which stay apart for every kind of colour vision; a word and an
icon stand beside every colour all the same.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from verifier.verdict import Finding, Status

BLUE, VERMILLION, GREEN, PURPLE = "#0072B2", "#D55E00", "#009E73", "#CC79A7"
ORANGE, SKY, YELLOW, GREY = "#E69F00", "#56B4E9", "#F0E442", "#808080"
CATEGORIES = [BLUE, VERMILLION, GREEN, PURPLE, ORANGE, SKY, YELLOW]
SHAPES = ["circle", "square", "triangle-up", "diamond", "cross", "triangle-down", "stroke"]


@dataclass(frozen=True, kw_only=True)
class Look:
    """How one word of the vocabulary looks; the word is always shown with it."""

    word: str
    icon: str  # one Unicode symbol, for exports
    material: str  # Streamlit's icon
    colour: str
    badge: str  # Streamlit's badge colour


STATUS_LOOKS: Mapping[Status, Look] = {
    Status.VERIFIED: Look(
        word="verified", icon="✔", material=":material/verified:", colour=GREEN, badge="green"
    ),
    Status.SUPPORTED: Look(
        word="supported", icon="◐", material=":material/check_circle:", colour=BLUE, badge="blue"
    ),
    Status.CONTESTED: Look(
        word="contested",
        icon="⇄",
        material=":material/compare_arrows:",
        colour=ORANGE,
        badge="orange",
    ),
    Status.REFUTED: Look(
        word="refuted", icon="✘", material=":material/cancel:", colour=VERMILLION, badge="red"
    ),
    Status.INCONCLUSIVE: Look(
        word="inconclusive", icon="?", material=":material/help:", colour=PURPLE, badge="violet"
    ),
    Status.UNCHECKED: Look(
        word="unchecked",
        icon="○",
        material=":material/radio_button_unchecked:",
        colour=GREY,
        badge="gray",
    ),
}

FINDING_LOOKS: Mapping[Finding, Look] = {
    Finding.SUPPORTED: Look(
        word="supported", icon="✔", material=":material/check_circle:", colour=GREEN, badge="green"
    ),
    Finding.CONTRADICTED: Look(
        word="contradicted", icon="✘", material=":material/cancel:", colour=VERMILLION, badge="red"
    ),
    Finding.INCONCLUSIVE: Look(
        word="inconclusive", icon="?", material=":material/help:", colour=PURPLE, badge="violet"
    ),
    Finding.NOT_TESTABLE: Look(
        word="not testable", icon="⊘", material=":material/block:", colour=GREY, badge="gray"
    ),
}


@dataclass(frozen=True, kw_only=True)
class RoleLook:
    word: str
    colour: str
    shape: str


ROLE_LOOKS: Mapping[str, RoleLook] = {
    "member": RoleLook(word="decides", colour=BLUE, shape="circle"),
    "stress": RoleLook(word="stress arm", colour=VERMILLION, shape="triangle-up"),
    "control": RoleLook(word="control", colour=GREEN, shape="square"),
    "description": RoleLook(word="description", colour=PURPLE, shape="diamond"),
}


def role_look(role: str) -> RoleLook:
    return ROLE_LOOKS.get(role, RoleLook(word=role, colour=GREY, shape="cross"))
