"""Data sets: what is prepared, and how to add, check and download more; a worker does the work."""

import pandas as pd
import streamlit as st

from app_pages._cache import workspace
from app_pages._parts import repeated, told
from app_pages._words import literal, moment
from app_pages._work import EVERY
from verifier import data_sets, ecgs
from verifier.access import Role
from verifier.data_sets import CHECK, FETCH, KINDS, PREPARE
from verifier.inquiries import Inquiry
from verifier.inquiring import request_data

N_ENDED = 8
USUAL = "ptb_xl"  # the layout chosen before anybody chooses
opened = workspace()
is_operator = opened.access.allows(Role.OPERATOR)


def requests() -> list[Inquiry]:
    """Requests about data sets, newest first."""
    found = [one for kind in KINDS for one in opened.inquiries.about(kind)]
    return sorted(found, key=lambda one: -one.id)


def prepared() -> None:
    st.subheader("Prepared for training")
    there = [name for name in ecgs.shelves(opened.cache_folder) if name.key != ecgs.SYNTHETIC]
    if not there:
        st.markdown("Nothing yet. Made-up records are always there and need no preparation.")
    else:
        st.dataframe(
            pd.DataFrame(
                {
                    "Data set": [name.data_set for name in there],
                    "Rate in Hz": [name.sampling_hz for name in there],
                    "Entry": [name.key for name in there],
                }
            ),
            hide_index=True,
            key="prepared",
            alt="Data sets that are prepared for training, with their sampling rate",
        )
    st.page_link("app_pages/ecgs.py", label="Look at the records", icon=":material/cardiology:")


def ask(kind: str, subject: str) -> None:
    with told(f"{KINDS[kind]}: requested. A worker begins within seconds."):
        request_data(opened, kind, subject)


def ask_about_folder(kind: str) -> None:
    folder = (st.session_state.get("folder") or "").strip()
    ask(kind, f"{st.session_state['layout']}:{folder}")


def add_form() -> None:
    st.subheader("Add a folder")
    st.caption(
        "The folder lies on the machine of this dashboard. Preparing reads it once; checking reads "
        "every file, compares checksums where there are any, and names what is damaged."
    )
    with st.grid(2, key="add", min_column_width=200):
        layouts = data_sets.layouts()
        layout = st.selectbox(
            "Layout", layouts, index=layouts.index(USUAL) if USUAL in layouts else 0, key="layout",
            disabled=not is_operator,
        )  # fmt: skip
        st.text_input(
            "Folder", key="folder", max_chars=500, placeholder="/data/ptb-xl",
            disabled=not is_operator,
        )  # fmt: skip
    st.caption(literal(data_sets.says(layout)))
    with st.container(horizontal=True):
        for kind, icon in ((PREPARE, ":material/inventory_2:"), (CHECK, ":material/rule:")):
            st.button(
                KINDS[kind], icon=icon, key=f"ask_{kind}", on_click=ask_about_folder, args=(kind,),
                type="primary" if kind == PREPARE else "secondary", disabled=not is_operator,
            )  # fmt: skip


def ask_download() -> None:
    ask(FETCH, st.session_state["download"])


def download_form() -> None:
    st.subheader("Download")
    offered = {each.name: each for each in data_sets.downloads()}

    def words(name: str) -> str:
        each = offered[name]
        size = f"about {each.about_mb:,} MB" if each.about_mb else "of unknown size"
        return f"{each.title}, {size}, {each.licence}"

    st.selectbox(
        "From PhysioNet", list(offered), key="download", format_func=words,
        disabled=not is_operator,
    )  # fmt: skip
    st.caption(f"It goes to {literal(str(opened.home / 'data'))}; begun again, it goes on.")
    st.button(
        KINDS[FETCH], icon=":material/download:", key="ask_fetch", on_click=ask_download,
        disabled=not is_operator,
    )  # fmt: skip


def cancel(inquiry_id: int) -> None:
    with told("Cancelled; what was fetched is kept."):
        opened.inquiries.cancel(inquiry_id)


def going_on() -> None:
    found = [one for one in requests() if one.is_open]
    if had_open and not found:
        st.rerun()  # the whole screen: something is prepared now
    for one in found:
        with st.container(border=True, key=f"request_{one.id}"):
            with st.container(horizontal=True, vertical_alignment="center"):
                st.markdown(f"**{KINDS[one.kind]}** {literal(one.subject)}", width="stretch")
                st.button(
                    "Cancel", icon=":material/cancel:", key=f"cancel_{one.id}", on_click=cancel,
                    args=(one.id,), disabled=not is_operator,
                )  # fmt: skip
            st.progress(data_sets.share_done(one.message) or 0.0, text=literal(one.message))


def ended() -> None:
    """What came of earlier requests; damaged records by name."""
    found = [one for one in requests() if not one.is_open][:N_ENDED]
    if not found:
        return
    st.subheader("What came of it")
    for one in found:
        icon = ":material/check_circle:" if one.state == "finished" else ":material/error:"
        label = f"{KINDS[one.kind]} {literal(one.subject)}: {one.state}"
        with st.expander(label, icon=icon, key=f"ended_{one.id}", expanded=one is found[0]):
            st.text(one.message)
            st.caption(moment(one.finished_at))
            if one.kind == FETCH and one.state == "finished" and one.result:
                st.caption("To prepare it, add this data set:")
                st.code(str(one.result.get("reference", "")), language=None, wrap_lines=True)
            damaged(one)


def damaged(one: Inquiry) -> None:
    facts = one.result or {}
    wrong = [str(each) for each in facts.get("wrong") or []]
    rows = [(each["record_id"], each["reason"]) for each in facts.get("left_out") or []]
    refused = list((facts.get("refused") or {}).items())
    if wrong:
        st.markdown("**Wrong**")
        st.text("\n".join(wrong))
    if rows or refused:
        st.dataframe(
            pd.DataFrame(rows or refused, columns=["Record" if rows else "File", "Why left out"]),
            hide_index=True,
            key=f"left_out_{one.id}",
            alt="Records that are left out, damaged ones first, with the reason",
        )


st.title("Data sets")
st.caption("What trainings and ECG pages read. Nothing leaves this machine.")
had_open = any(one.is_open for one in requests())
repeated(going_on, every=EVERY if had_open else None)()
prepared()
add_form()
download_form()
ended()
