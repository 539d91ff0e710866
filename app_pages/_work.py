"""Runs and verifications on screen: what moves, and the buttons that stop it or start it again."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from app_pages import _tables
from app_pages._asked import request_card
from app_pages._cache import known_paces, workspace
from app_pages._parts import open_run, tell, told
from app_pages._words import duration, literal, plural
from verifier import charts
from verifier.comparison import FEWEST, MOST
from verifier.forecast import NEARLY_S, left
from verifier.queue import ProgressPoint, Run
from verifier.verifications import Verification

ACTOR = "dashboard"
MOST_CURVES = 4  # drawn anew with every look, so not for everything that runs
EVERY = "2s"  # how often a screen with something moving looks again


def is_moving() -> bool:
    """Does anything wait or run? Only then a screen refreshes itself."""
    counts = workspace().queue.counts()
    kinds = (workspace().verifications, workspace().inquiries)
    is_asked = any(kind.latest(limit=1, only_open=True) for kind in kinds)
    return is_asked or bool(counts.get("running") or counts.get("queued"))


def cancel_run(run_id: int) -> None:
    with told():
        state = workspace().queue.request_cancel(run_id, actor=ACTOR)
        tell(
            f"Run {run_id} is cancelled."
            if state == "cancelled"
            else f"Run {run_id} was asked to stop; its worker ends it within seconds."
            if state == "running"
            else f"Run {run_id} had already {state}."
        )


def retry_run(run_id: int) -> None:
    with told(f"Run {run_id} is queued again."):
        workspace().queue.retry(run_id, actor=ACTOR)


def pause_run(run_id: int) -> None:
    with told():
        state = workspace().queue.request_pause(run_id, actor=ACTOR)
        tell(
            f"Run {run_id} is paused."
            if state == "paused"
            else f"Run {run_id} was asked to pause; its worker stops it at a checkpoint."
        )


def resume_run(run_id: int) -> None:
    with told(f"Run {run_id} goes on from its last checkpoint."):
        workspace().queue.resume(run_id, actor=ACTOR)


def cancel_verification(verification_id: int) -> None:
    with told(f"Verification {verification_id} is cancelled; what was decided stays."):
        workspace().verifications.cancel(verification_id)


def act(key: str, run_ids: Sequence[int]) -> None:
    """Carry out the button pressed in a table of runs; the rows are `run_ids`, in order."""
    click = st.session_state.get(key)
    if click is None or not 0 <= click["row"] < len(run_ids):
        return
    do = {_tables.OPEN: open_run, _tables.CANCEL: cancel_run, _tables.RETRY: retry_run}
    do[click["label"]](run_ids[click["row"]])


def runs_table(found: Sequence[Run], *, key: str, alt: str) -> list[int]:
    """Runs with their buttons; returns the ids a person selected.

    A column in which nothing stands is left out.
    """
    rows = _tables.runs(found)
    picked = st.dataframe(
        rows.drop(columns=[name for name in ("act", "error", "speed") if not rows[name].any()]),
        hide_index=True,
        key=key,
        alt=alt,
        on_select="rerun",
        selection_mode="multi-row",
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
            "phase": st.column_config.TextColumn("Phase", width=95),
            "steps": st.column_config.TextColumn("Steps", alignment="right"),
            "speed": st.column_config.NumberColumn("Windows/s", format="%.0f"),
            "attempt": st.column_config.TextColumn("Attempt"),
            "data": st.column_config.TextColumn("Data"),
            "took": st.column_config.TextColumn("Took"),
            "error": st.column_config.TextColumn("Error", width="medium"),
        },
    )
    return [found[row].id for row in picked["selection"]["rows"] if row < len(found)]


def compare_button(run_ids: Sequence[int], *, key: str) -> None:
    """Leads to the chosen runs side by side."""
    fits = FEWEST <= len(run_ids) <= MOST
    st.button(
        f"Compare {plural(len(run_ids), 'run')}" if run_ids else "Compare runs",
        icon=":material/compare:",
        key=key,
        disabled=not fits,
        help=f"Select {FEWEST} to {MOST} rows at the left edge of the table",
        on_click=open_comparison,
        args=(tuple(run_ids),),
    )


def open_comparison(run_ids: Sequence[int]) -> None:
    st.switch_page("app_pages/compare.py", query_params={"runs": ",".join(map(str, run_ids))})


def run_progress(run: Run) -> None:
    """Where a run is, as a bar and in words."""
    words = [run.phase or "waiting"]
    if run.n_steps:
        words.append(f"step {run.step:,} of {run.n_steps:,}")
    if run.windows_per_s:
        words.append(f"{run.windows_per_s:,.0f} windows per second")
    if run.attempt > 1:
        words.append(f"attempt {run.attempt} of {run.max_attempts}")
    if run.cancel_requested_at is not None:
        words.append("asked to stop")
    elif run.pause_requested_at is not None:
        words.append("asked to pause")
    elif run.state == "paused":
        words.append("paused")
    else:
        words.append(time_left(run))
    st.progress(run.fraction, text=literal(" · ".join(words)))


def time_left(run: Run) -> str:
    """How long a run will still take, and by what that is judged."""
    estimate = left(run, known_paces(), now=workspace().queue.clock())
    if estimate.seconds is None:
        return f"time left unknown: {estimate.because}"
    if run.state != "running":
        return f"takes about {duration(estimate.seconds)}, judged by {estimate.because}"
    if estimate.seconds < NEARLY_S:
        return "nearly done"
    return f"about {duration(estimate.seconds)} left, judged by {estimate.because}"


def curve(points: Sequence[ProgressPoint], *, key: str, height: int = 240) -> None:
    """The loss so far; nothing where none is known."""
    table = pd.DataFrame([vars(point) for point in points])
    if table.empty or table["loss"].isna().all():
        return
    last = table.dropna(subset=["loss"]).iloc[-1]
    st.altair_chart(
        charts.loss_curve(table, height=height),
        key=key,
        alt=f"Training loss by step; the last is {last['loss']:.4g} at step {last['step']}",
    )


def running_cards(found: Sequence[Run]) -> None:
    for place, run in enumerate(found):
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
            if place < MOST_CURVES:
                curve(workspace().queue.progress(run.id), key=f"live_curve_{run.id}", height=130)


def verification_cards(found: Sequence[Verification]) -> None:
    for asked in found:
        request_card(
            asked,
            key=f"verification_{asked.id}",
            title=f"**Verification {asked.id}** · {plural(len(asked.claim_ids), 'claim')}, "
            f"{literal(asked.preset)}, on {literal(asked.data)}",
            cancel=cancel_verification,
        )
