"""The form that asks for a verification: how thorough, on which data. A worker does the rest."""

from collections.abc import Callable, Sequence

import streamlit as st

from app_pages._cache import workspace
from app_pages._words import literal, plural
from verifier.access import Role
from verifier.claim import InputError
from verifier.protocol import presets
from verifier.verify import request

SYNTHETIC = "synthetic"
ELSEWHERE = "another …"
DATA_HELP = (
    "`synthetic` is made by the program itself. `ptb_xl:FOLDER` reads PTB-XL from a folder of the "
    "machine that runs the worker."
)
BUDGET_HELP = (
    "Claims that are left undecided get more seeds, the nearest to a decision first. Every look "
    "spends its share of the error rates, the first ones without this choice too, so looking often "
    "makes no more wrong decisions."
)


def verify_form(
    claim_ids: Sequence[str] | Callable[[], Sequence[str]], *, key: str, n_claims: int | None = None
) -> None:
    """Preset, data and the button; what came of the last press stands below it.

    Ids that take long to list are given as a function, asked when the button is pressed.
    """
    n_claims = n_claims if callable(claim_ids) or n_claims is not None else len(claim_ids)
    n_claims = n_claims or 0
    preset = st.radio("How thorough", list(presets()), horizontal=True, key=f"{key}_preset")
    st.caption(literal(presets()[preset].says))
    _data_choice(key)
    _budget_choice(key)
    st.button(
        "Verify this claim" if n_claims == 1 else f"Verify {plural(n_claims, 'claim')}",
        type="primary",
        icon=":material/play_arrow:",
        key=f"{key}_verify",
        disabled=not n_claims or not workspace().access.allows(Role.OPERATOR),
        on_click=_request,
        args=(claim_ids, key),
    )
    _say_what_came(key)


def _data_choice(key: str) -> None:
    known = list(dict.fromkeys([SYNTHETIC, *workspace().verifications.data_used()]))
    chosen = st.selectbox("On which data", [*known, ELSEWHERE], key=f"{key}_data", help=DATA_HELP)
    if chosen == ELSEWHERE:
        st.text_input(
            "Data reference",
            placeholder="ptb_xl:/data/ptb-xl",
            max_chars=500,
            key=f"{key}_reference",
        )


def _budget_choice(key: str) -> None:
    if st.checkbox("Add seeds until decided", key=f"{key}_until_decided", help=BUDGET_HELP):
        st.number_input("For at most, minutes", 1, 10_000, 30, key=f"{key}_budget_min")


def _budget_s(key: str) -> float | None:
    if not st.session_state.get(f"{key}_until_decided"):
        return None
    return 60.0 * float(st.session_state[f"{key}_budget_min"])


def _request(wanted_ids: Sequence[str] | Callable[[], Sequence[str]], key: str) -> None:
    claim_ids = wanted_ids() if callable(wanted_ids) else wanted_ids
    chosen = st.session_state[f"{key}_data"]
    wanted = st.session_state.get(f"{key}_reference", "") if chosen == ELSEWHERE else chosen
    preset = st.session_state[f"{key}_preset"]
    data = (wanted or "").strip()
    try:
        asked = request(workspace(), claim_ids, preset=preset, data=data, budget_s=_budget_s(key))
    except InputError as error:
        st.session_state[f"{key}_said"] = (False, str(error))
        return
    words = f"Verification {asked} is requested: {plural(len(claim_ids), 'claim')}, {preset}, "
    st.session_state[f"{key}_said"] = (True, words + f"on {data}.")


def _say_what_came(key: str) -> None:
    is_asked, words = st.session_state.pop(f"{key}_said", (None, ""))
    if is_asked is None:
        return
    if not is_asked:
        st.error(literal(words), icon=":material/error:")
        return
    st.success(literal(words), icon=":material/check_circle:")
    st.page_link("app_pages/runs.py", label="Watch it under Runs", icon=":material/directions_run:")
