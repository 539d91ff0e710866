"""One run: how far it is, what it measured, everything that decided it, and how to repeat it."""

import json

import streamlit as st

from app_pages import _tables
from app_pages._cache import workspace
from app_pages._looks import state_badge
from app_pages._parts import asked_id, claim_link, not_found, permalink, repeated
from app_pages._words import duration, literal, moment
from app_pages._work import (
    EVERY,
    cancel_run,
    curve,
    pause_run,
    resume_run,
    retry_run,
    run_progress,
)
from verifier.attempt import has_checkpoint, log_tail
from verifier.queue import OPEN_STATES, Run

queue = workspace().queue


def head(run: Run) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.page_link("app_pages/runs.py", label="Runs", icon=":material/arrow_back:")
        st.caption(literal(f"run {run.id} · {run.kind} · {run.data}"), width="content")
    st.header(literal(run.label))


def live(run_id: int, *, was_open: bool) -> None:
    """State, progress, buttons, loss curve; repeated while the run is open."""
    run = queue.run(run_id)
    if run is None:
        return
    if was_open and run.state not in OPEN_STATES:
        st.rerun()  # the whole screen: there are measurements now
    with st.container(horizontal=True, vertical_alignment="center"):
        state_badge(run.state)
        if run.is_valid is False:
            st.badge("invalid", icon=":material/report:", color="red")
        st.caption(literal(_when(run)), width="content")
    if run.state in OPEN_STATES:
        run_progress(run)
    if run.error:
        st.error(literal(run.error), icon=":material/error:")
    buttons(run)
    points = queue.progress(run_id)
    if any(point.loss is not None for point in points):
        st.subheader("Loss")
        curve(points, key="loss_curve")
    log(run)


def _when(run: Run) -> str:
    parts = [f"attempt {run.attempt} of {run.max_attempts}", f"queued {moment(run.queued_at)}"]
    if run.is_taken_over:
        own = "how long it took is not known"
        there = own if run.seconds is None else f"where it took {duration(run.seconds)}"
        parts += [
            f"carried out earlier or elsewhere, {there}",
            f"taken over {moment(run.finished_at)}",
        ]
        return " · ".join(parts)
    if run.finished_at is not None:
        parts.append(f"ended {moment(run.finished_at)}")
    if run.seconds is not None:
        parts.append(f"took {duration(run.seconds)}")
    return " · ".join(parts)


def buttons(run: Run) -> None:
    with st.container(horizontal=True):
        if run.state in OPEN_STATES:
            st.button(
                "Cancel",
                icon=":material/cancel:",
                key="cancel",
                disabled=run.cancel_requested_at is not None,
                on_click=cancel_run,
                args=(run.id,),
            )
            pause_button(run)
        if run.state in ("failed", "cancelled"):
            goes_on = has_checkpoint(workspace(), run)
            st.button(
                "Resume" if goes_on else "Retry",
                help="Goes on from its last checkpoint" if goes_on else "Starts from the beginning",
                icon=":material/replay:",
                key="retry",
                type="primary",
                on_click=retry_run,
                args=(run.id,),
            )
        permalink("run", {"id": str(run.id)})


def pause_button(run: Run) -> None:
    is_resumed = run.state == "paused" or run.pause_requested_at is not None
    st.button(
        "Resume" if is_resumed else "Pause",
        help="Goes on from its last checkpoint" if is_resumed else "Stops at a checkpoint",
        icon=":material/play_arrow:" if is_resumed else ":material/pause:",
        key="pause",
        disabled=run.cancel_requested_at is not None,
        on_click=resume_run if is_resumed else pause_run,
        args=(run.id,),
    )


def log(run: Run) -> None:
    """The end of what the child printed, over all its attempts."""
    said = log_tail(workspace(), run)
    with st.expander("Log", icon=":material/terminal:", key="log"):
        if not said:
            st.markdown("It has printed nothing here.")
            return
        with st.container(height=320, key="log_text"):
            st.code(said, language=None, wrap_lines=True)


def measured(run: Run) -> None:
    st.subheader("Measurements")
    found = queue.measurements([run.id])[run.id]
    if not found:
        st.markdown("Nothing measured yet.")
        return
    st.dataframe(
        _tables.measurements(found),
        hide_index=True,
        key="measurements",
        alt="What this run measured, and why a value is missing where one is",
        column_config={"Value": st.column_config.NumberColumn(format="%.4f")},
    )


def validity(run: Run) -> None:
    """Did the embedding collapse? Such a run is shown and never averaged in."""
    result = run.result or {}
    if run.is_valid is None:
        st.markdown("Whether the run is valid is known once it has ended.")
        return
    if run.is_valid:
        st.markdown(":material/check_circle: Valid: the loss is finite and the embedding spreads.")
    else:
        st.markdown(":material/report: **Invalid.** Shown, and never averaged in.")
    collapse = result.get("collapse")
    if isinstance(collapse, dict):
        rank, deviation, relative = (
            figure(collapse.get(name)) for name in ("effective_rank", "median_std", "relative_std")
        )
        st.caption(
            literal(
                f"Effective rank {rank} of {collapse.get('n_dimensions')} dimensions; median "
                f"deviation over records {deviation}, relative {relative}."
            )
        )


def figure(value: object) -> str:
    """Three digits tell enough of what shows whether an embedding spreads."""
    return f"{value:.3g}" if isinstance(value, int | float) else "not known"


def used_by(run: Run) -> None:
    st.subheader("Claims that use it")
    claims = workspace().verifications.claims_of_run(run.id)
    if not claims:
        st.markdown("No verification asked for this run.")
    with st.container(horizontal=True):
        for claim_id in claims:
            claim_link(claim_id)


def again(run: Run) -> None:
    """The command, and the recipe it reads."""
    st.subheader("Reproduce it")
    name = f"run-{run.id}.json"
    data = f" --data {run.data}" if run.data else ""
    verb = "describe" if run.kind == "description" else "run"
    st.code(
        f"python -m models {verb} {name} --out run-{run.id}" + (data if verb == "run" else ""),
        language=None,
        wrap_lines=True,
    )
    st.download_button(
        f"Recipe as {name}",
        json.dumps(run.task, indent=1),
        file_name=name,
        mime="application/json",
        icon=":material/download:",
        key="recipe_file",
        on_click="ignore",
    )


def details(run: Run) -> None:
    result = run.result or {}
    for key, label in (
        ("model", "Model"),
        ("dataset", "Data set"),
        ("environment", "Environment"),
        ("probes", "Probes"),
    ):
        if result.get(key):
            with st.expander(label, key=f"details_{key}"):
                st.json(result[key])
    with st.expander("Recipe: everything that decides the result", key="details_recipe"):
        st.caption(f"Fingerprint {run.fingerprint}")
        st.json(run.task)


def history(run: Run) -> None:
    st.subheader("What happened")
    st.dataframe(
        _tables.events(queue.events(run.id)),
        hide_index=True,
        key="events",
        alt="Events of this run, newest first",
        column_config={
            "At": st.column_config.DatetimeColumn("At", format="D MMM YYYY, HH:mm:ss"),
            "Detail": st.column_config.TextColumn("Detail", width="large"),
        },
    )


def show(run: Run) -> None:
    head(run)
    is_open = run.state in OPEN_STATES
    repeated(live, every=EVERY if is_open else None)(run.id, was_open=is_open)
    if not is_open:
        measured(run)
        validity(run)
    used_by(run)
    again(run)
    st.subheader("What decided it")
    details(run)
    history(run)


asked = asked_id()
# isdecimal also accepts other scripts' digits, which int reads; 18 digits fit the database
found = queue.run(int(asked)) if asked.isdecimal() and len(asked) <= 18 else None
if found is None:
    not_found("run", asked, back_to="app_pages/runs.py", label="All runs")
else:
    show(found)
