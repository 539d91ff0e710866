"""Trainings that wait, run or have ended; live while anything moves."""

from math import ceil

import streamlit as st

from app_pages._cache import known_paces, workspace
from app_pages._looks import state_words
from app_pages._parts import BOUND, CHANGED, repeated
from app_pages._words import duration, literal, plural
from app_pages._work import (
    EVERY,
    compare_button,
    is_moving,
    running_cards,
    runs_table,
    verification_cards,
)
from verifier.forecast import all_left
from verifier.queue import Run, Worker

PER_PAGE = 50
MOST_FORESEEN = 500  # waiting runs that are looked at to say how long all will take
RUN_STATES = ("running", "queued", "paused", "lost", "succeeded", "failed", "cancelled")

queue, verifications = workspace().queue, workspace().verifications


def filters() -> list[str]:
    chosen: list[str] = st.multiselect(
        "State", RUN_STATES, key="state", bind=BOUND, placeholder="any",
    )  # fmt: skip
    return chosen


def page_number(n_found: int) -> int:
    n_pages = max(ceil(n_found / PER_PAGE), 1)
    return st.pagination(n_pages, key="runs_page", bind=BOUND) if n_pages > 1 else 1


def moving() -> None:
    """What is asked and what runs, each with its own button to stop it."""
    if was_moving and not is_moving():
        st.rerun()  # the whole screen, which then stops refreshing itself
    asked = verifications.latest(only_open=True)
    running = queue.runs(states=("running",))
    if not (asked or running):
        st.markdown("No verification is open and no run is at work.")
    else:
        st.markdown(literal(ahead(running)))
    verification_cards(asked)
    running_cards(running)


def ahead(running: list[Run]) -> str:
    """How much waits, how fast it goes, and when it will be done."""
    n_queued = queue.counts().get("queued", 0)
    queued = queue.runs(states=("queued",), limit=MOST_FORESEEN)
    slots = sum(worker.slots for worker in queue.workers())
    words = [f"{plural(len(running), 'run')} at work, {n_queued:,} waiting"]
    speed = sum(run.windows_per_s or 0.0 for run in running)
    if speed:
        words.append(f"{speed:,.0f} windows per second together")
    told = all_left(running, queued, known_paces(), slots=slots, now=queue.clock())
    if told.seconds is not None:
        least = "more than " if n_queued > len(queued) else "about "
        words.append(f"{least}{duration(told.seconds)} until all are done ({told.because})")
    elif told.because:
        words.append(f"time left unknown: {told.because}")
    return ", ".join(words) + "."


def listing(states: list[str], number: int) -> None:
    counts = queue.counts()
    words = [
        f"{state_words(state)}: {counts[state]:,}" for state in RUN_STATES if counts.get(state)
    ]
    if words:
        st.caption(" · ".join(words))
    found = queue.runs(states=states, limit=PER_PAGE, offset=(number - 1) * PER_PAGE)
    if found:
        buttons = st.container()
        picked = runs_table(
            found, key="runs_table", alt="Runs with their state, progress and errors"
        )
        with buttons:
            compare_button(picked, key="compare")
    elif states:
        st.info("No run is in such a state.", icon=":material/filter_alt_off:")
    else:
        st.info("No run yet. Verify a claim to start some.", icon=":material/directions_run:")
        st.page_link("app_pages/claims.py", label="Choose claims", icon=":material/fact_check:")


def worker_line(alive: list[Worker]) -> str:
    if not alive:
        return "No worker is alive."
    slots = sum(worker.slots for worker in alive)
    if not any(worker.takes_runs for worker in alive):
        return f"{plural(len(alive), 'worker')} alive, but none takes runs: {CHANGED}"
    return f"{plural(len(alive), 'worker')} alive, {plural(slots, 'run')} at a time."


st.title("Runs")
st.caption(worker_line(queue.workers()))
was_moving = is_moving()
every = EVERY if was_moving else None
st.subheader("Going on now")
repeated(moving, every=every)()
st.subheader("All runs")
chosen = filters()
counted = queue.counts()
shown = page_number(sum(counted.get(state, 0) for state in chosen or RUN_STATES))
repeated(listing, every=every)(chosen, shown)
