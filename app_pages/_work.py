"""Runs and verifications on screen: what moves, and the buttons that stop it or start it again."""

from collections.abc import Sequence

import streamlit as st

from app_pages import _tables
from app_pages._cache import workspace
from app_pages._looks import state_badge
from app_pages._parts import open_run
from app_pages._words import literal, plural
from verifier.claim import InputError
from verifier.queue import Run
from verifier.verifications import Verification

ACTOR = "dashboard"
EVERY = "2s"  # how often a screen with something moving looks again


def is_moving() -> bool:
    """Does anything wait or run? Only then a screen refreshes itself."""
    counts = workspace().queue.counts()
    kinds = (workspace().verifications, workspace().inquiries)
    is_asked = any(kind.latest(limit=1, only_open=True) for kind in kinds)
    return is_asked or bool(counts.get("running") or counts.get("queued"))


def cancel_run(run_id: int) -> None:
    state = workspace().queue.request_cancel(run_id, actor=ACTOR)
    st.toast(
        f"Run {run_id} is cancelled."
        if state == "cancelled"
        else f"Run {run_id} was asked to stop; its worker ends it within seconds."
        if state == "running"
        else f"Run {run_id} had already {state}."
    )


def retry_run(run_id: int) -> None:
    try:
        workspace().queue.retry(run_id, actor=ACTOR)
    except InputError as error:
        st.toast(literal(str(error)), icon=":material/error:")
    else:
        st.toast(f"Run {run_id} is queued again.")


def cancel_verification(verification_id: int) -> None:
    workspace().verifications.cancel(verification_id)
    st.toast(f"Verification {verification_id} is cancelled; what was decided stays.")


def act(key: str, run_ids: Sequence[int]) -> None:
    """Carry out the button pressed in a table of runs; the rows are `run_ids`, in order."""
    click = st.session_state.get(key)
    if click is None or not 0 <= click["row"] < len(run_ids):
        return
    do = {_tables.OPEN: open_run, _tables.CANCEL: cancel_run, _tables.RETRY: retry_run}
    do[click["label"]](run_ids[click["row"]])


def runs_table(found: Sequence[Run], *, key: str, alt: str) -> None:
    """Runs with their buttons; a column in which nothing stands is left out."""
    rows = _tables.runs(found)
    st.dataframe(
        rows.drop(columns=[name for name in ("act", "error") if not rows[name].any()]),
        hide_index=True,
        key=key,
        alt=alt,
        placeholder="",
        column_config={
            name: st.column_config.ButtonColumn(
                "",
                key=f"{key}_{name}",
                on_click=act,
                args=(f"{key}_{name}", [run.id for run in found]),
                width=80,
            )
            for name in ("open", "act")
        }
        | {
            "run": st.column_config.TextColumn("Run", width=260),
            "state": st.column_config.TextColumn("State"),
            "progress": st.column_config.ProgressColumn("Progress", format="percent", width=110),
            "phase": st.column_config.TextColumn("Phase"),
            "steps": st.column_config.TextColumn("Steps", alignment="right"),
            "speed": st.column_config.NumberColumn("Windows per second", format="%.0f"),
            "attempt": st.column_config.TextColumn("Attempt"),
            "data": st.column_config.TextColumn("Data"),
            "took": st.column_config.TextColumn("Took"),
            "error": st.column_config.TextColumn("Error", width="medium"),
        },
    )


def run_progress(run: Run) -> None:
    """Where a run is, as a bar and in words."""
    share = run.step / run.n_steps if run.n_steps else 0.0
    words = [run.phase or "waiting"]
    if run.n_steps:
        words.append(f"step {run.step:,} of {run.n_steps:,}")
    if run.windows_per_s:
        words.append(f"{run.windows_per_s:,.0f} windows per second")
    if run.attempt > 1:
        words.append(f"attempt {run.attempt} of {run.max_attempts}")
    if run.cancel_requested_at is not None:
        words.append("asked to stop")
    st.progress(min(max(share, 0.0), 1.0), text=literal(" · ".join(words)))


def running_cards(found: Sequence[Run]) -> None:
    for run in found:
        with st.container(border=True, key=f"running_{run.id}"):
            with st.container(horizontal=True, vertical_alignment="center"):
                st.markdown(f"**{literal(run.label)}**", width="stretch")
                st.button(
                    "Open",
                    icon=":material/open_in_full:",
                    key=f"open_run_{run.id}",
                    type="tertiary",
                    on_click=open_run,
                    args=(run.id,),
                )
                st.button(
                    "Cancel",
                    icon=":material/cancel:",
                    key=f"cancel_run_{run.id}",
                    disabled=run.cancel_requested_at is not None,
                    on_click=cancel_run,
                    args=(run.id,),
                )
            run_progress(run)


def verification_cards(found: Sequence[Verification]) -> None:
    for asked in found:
        with st.container(border=True, key=f"verification_{asked.id}"):
            with st.container(horizontal=True, vertical_alignment="center"):
                st.markdown(
                    f"**Verification {asked.id}** · {plural(len(asked.claim_ids), 'claim')}, "
                    f"{literal(asked.preset)}, on {literal(asked.data)}",
                    width="stretch",
                )
                state_badge(asked.state)
                st.button(
                    "Cancel",
                    icon=":material/cancel:",
                    key=f"cancel_verification_{asked.id}",
                    on_click=cancel_verification,
                    args=(asked.id,),
                )
            st.text(asked.message)
