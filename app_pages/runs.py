"""Trainings that wait, run or have ended; live while anything moves."""

from math import ceil

import streamlit as st

from app_pages._cache import workspace
from app_pages._looks import state_words
from app_pages._parts import BOUND
from app_pages._words import plural
from app_pages._work import EVERY, is_moving, running_cards, runs_table, verification_cards
from verifier.queue import Worker

PER_PAGE = 50
RUN_STATES = ("running", "queued", "succeeded", "failed", "cancelled")

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
    verification_cards(asked)
    running_cards(running)


def listing(states: list[str], number: int) -> None:
    counts = queue.counts()
    words = [
        f"{state_words(state)}: {counts[state]:,}" for state in RUN_STATES if counts.get(state)
    ]
    st.caption(" · ".join(words) or "No run yet.")
    found = queue.runs(states=states, limit=PER_PAGE, offset=(number - 1) * PER_PAGE)
    if found:
        runs_table(found, key="runs_table", alt="Runs with their state, progress and errors")
    elif states:
        st.info("No run is in such a state.", icon=":material/filter_alt_off:")
    else:
        st.info("No run yet. Verify a claim to start some.", icon=":material/directions_run:")
        st.page_link("app_pages/claims.py", label="Choose claims", icon=":material/fact_check:")


def worker_line(alive: list[Worker]) -> str:
    if not alive:
        return "No worker is alive."
    slots = sum(worker.slots for worker in alive)
    return f"{plural(len(alive), 'worker')} alive, {plural(slots, 'run')} at a time."


st.title("Runs")
st.caption(worker_line(queue.workers()))
was_moving = is_moving()
every = EVERY if was_moving else None
st.subheader("Going on now")
st.fragment(moving, run_every=every)()
st.subheader("All runs")
chosen = filters()
counted = queue.counts()
shown = page_number(sum(counted.get(state, 0) for state in chosen or RUN_STATES))
st.fragment(listing, run_every=every)(chosen, shown)
