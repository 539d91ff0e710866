"""Pieces that several screens show: banner, cards of witnesses and claims, links."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Final, Literal, NamedTuple, ParamSpec
from urllib.parse import urlencode, urlsplit, urlunsplit

import streamlit as st

from app_pages._looks import (
    WITNESS_WORDS,
    certainty_words,
    finding_badge,
    finding_words,
    status_badge,
)
from app_pages._tables import remarks
from app_pages._words import literal, moment, percent, plural, shortened
from verifier.archive import ClaimSummary, StoredAssessment
from verifier.claim import InputError
from verifier.queue import OPEN_STATES
from verifier.verdict import Assessment, Witness
from verifier.workspace import Workspace

P = ParamSpec("P")
BOUND: Final = "query-params"  # a filter that stands in the address

TOASTS: Final = "toasts"
CLAIM_PAGE = "app_pages/claim.py"
RUN_PAGE = "app_pages/run.py"
CHANGED = "the program has changed since they were started. Stop and start them again."
WORKER_COMMAND = "python -m verifier worker"

WITNESS_QUESTIONS = {
    Witness.LITERATURE: "Do the documents say so?",
    Witness.EXPERIMENT: "Do our own runs agree?",
}
WITNESS_ICONS = {
    Witness.LITERATURE: ":material/menu_book:",
    Witness.EXPERIMENT: ":material/science:",
}


def worker_banner(workspace: Workspace) -> None:
    """Say that work waits and nobody does it, and the command that helps."""
    alive = workspace.queue.workers()
    if any(worker.takes_runs for worker in alive):
        return
    counts = workspace.queue.counts()
    n_runs = sum(counts.get(state, 0) for state in OPEN_STATES)
    n_asked = sum(
        len(kind.latest(limit=100, only_open=True))
        for kind in (workspace.verifications, workspace.inquiries)
    )
    waits = n_runs if alive else n_runs or n_asked  # requests are answered by any worker
    if not waits:
        return
    why = (
        f"no worker takes runs: {CHANGED} Or start another"
        if alive
        else "no worker is alive. Start one"
    )
    with st.container(border=True, key="worker_banner"):
        st.markdown(
            ":material/warning: **Nothing is working on what waits.** "
            f"{plural(n_asked, 'request')} and {plural(n_runs, 'run')} are open, and {why} "
            "in a terminal, in the folder of this program:"
        )
        st.code(WORKER_COMMAND, language=None)


def witness_card(
    witness: Witness, stored: StoredAssessment | None, *, is_asked: bool = False
) -> None:
    """What one witness says: finding, confidence, certainty, why, and how to reproduce it."""
    with st.container(border=True, height="stretch", key=f"card_{witness.value}"):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"**{WITNESS_ICONS[witness]} {WITNESS_WORDS[witness]}**", width="content")
            if stored is not None:
                finding_badge(stored.assessment.finding)
        if stored is None:
            st.caption(WITNESS_QUESTIONS[witness])
            st.markdown(
                "This witness is being asked; what it finds will stand here."
                if is_asked
                else "This witness has not been asked yet. Press **Verify** to ask it."
            )
            return
        said = stored.assessment
        st.text(said.reason)
        _figures(said)
        st.caption(f"{_kind(said)} · {moment(stored.at)}")
        if said.command:
            st.caption("Reproduce it:")
            st.code(said.command, language=None, wrap_lines=True)


def _kind(said: Assessment) -> str:
    parts = [part for part in (said.kind.value if said.kind else "", said.scope) if part]
    return literal(" · ".join(parts) or WITNESS_QUESTIONS[said.witness])


def _figures(said: Assessment) -> None:
    why_none = f" ({literal(said.confidence_reason)})" if said.confidence_reason else ""
    number = "none" if said.confidence is None else percent(said.confidence)
    words = f"Confidence **{number}**{why_none if said.confidence is None else ''}"
    if said.certainty is not None:
        words += f" · Certainty **{certainty_words(said.certainty)}**"
    lowered = "lowered for " if said.certainty is not None else ""
    limits = [f"- {lowered}{r.concern.value}: {literal(r.text)}" for r in said.reasons]
    st.markdown("\n".join([words, "", *limits]))
    if said.is_turned_by_stress:
        st.markdown(":material/bolt: A stress arm turns the finding round.")
    if said.is_secondary_only:
        st.markdown(":material/rule: Only a secondary document says so.")


def open_claim(claim_id: str) -> None:
    st.switch_page(CLAIM_PAGE, query_params={"id": claim_id})


def open_run(run_id: int) -> None:
    st.switch_page(RUN_PAGE, query_params={"id": str(run_id)})


def claim_link(claim_id: str, *, label: str = "") -> None:
    st.page_link(
        CLAIM_PAGE,
        label=literal(label or claim_id),
        icon=":material/fact_check:",
        query_params={"id": claim_id},
    )


def claim_card(summary: ClaimSummary, *, is_asked: bool, when: str = "") -> None:
    """A claim in a list: what it says, its status, and what each witness found.

    `is_asked`: its witnesses are still at work.
    """
    with st.container(border=True, height="stretch", key=f"claim_{summary.claim.id}"):
        with st.container(horizontal=True, vertical_alignment="center"):
            claim_link(summary.claim.id)
            status_badge(summary.verdict.status)
            if summary.verdict.confidence is not None:
                st.caption(f"confidence {percent(summary.verdict.confidence)}", width="content")
            if summary.certainty is not None:
                st.caption(f"certainty {certainty_words(summary.certainty)}", width="content")
            if when:
                st.caption(when, width="content")
        st.text(summary.claim.statement)
        read, ran = summary.literature, summary.experiment
        st.caption(
            f"Literature: {finding_words(read.finding if read else None, is_asked=is_asked)} · "
            f"Experiment: {finding_words(ran.finding if ran else None, is_asked=is_asked)}"
            + "".join(f" · {literal(remark)}" for remark in remarks(summary, is_asked=is_asked))
        )


def report_label(report_id: int, title: str) -> str:
    """How a report is named in choices, and so in the address: its id and title."""
    return f"{report_id}: {shortened(title, 60)}"


def permalink(page: str, query: dict[str, str]) -> None:
    """The address of this screen, to copy."""
    with st.popover("Link", icon=":material/link:", key=f"permalink_{page}"):
        st.caption("The address of this screen:")
        address_box(page, urlencode(query))


def address_box(page: str, query: str) -> None:
    """An address of ours with a button that copies it."""
    here = urlsplit(st.context.url or "http://localhost:8501")
    link = urlunsplit((here.scheme, here.netloc, f"/{page}", query, ""))
    st.code(link, language=None, wrap_lines=True)


class Toast(NamedTuple):
    words: str
    icon: str | None
    duration: Literal["short", "long"]


def tell(
    words: str, *, icon: str | None = None, duration: Literal["short", "long"] = "short"
) -> None:
    """Have a toast shown when the screen is next drawn: a callback itself must draw nothing."""
    st.session_state.setdefault(TOASTS, []).append(Toast(words, icon, duration))


def show_toasts() -> None:
    for toast in st.session_state.pop(TOASTS, []):
        st.toast(toast.words, icon=toast.icon, duration=toast.duration)


def repeated(drawn: Callable[P, None], *, every: str | None) -> Callable[P, None]:
    """A part of a screen that is drawn anew by itself; what its buttons have to tell is shown."""

    @wraps(drawn)
    def with_toasts(*args: P.args, **named: P.kwargs) -> None:
        drawn(*args, **named)
        show_toasts()  # not before: where all is drawn anew, what was shown by then is lost

    return st.fragment(with_toasts, run_every=every)


@contextmanager
def told(done: str = "") -> Iterator[None]:
    """Say in a toast that a change was made, if `done` does, or in its own words why it was not."""
    try:
        yield
    except InputError as error:
        tell(literal(str(error)), icon=":material/error:", duration="long")
    else:
        if done:
            tell(literal(done), icon=":material/check_circle:")


def asked_id() -> str:
    """`?id=` as the address has it: other people's text, so cut to a sane length."""
    return str(st.query_params.get("id", "")).strip()[:200]


def not_found(what: str, asked: str, *, back_to: str, label: str) -> None:
    """A deep link that leads nowhere: say so, and lead on."""
    if asked:
        st.warning(f"There is no {what} “{literal(asked)}”.", icon=":material/search_off:")
    else:
        st.info(
            f"This screen shows one {what}; its address ends with ?id= and the {what}'s id.",
            icon=":material/link:",
        )
    st.page_link(back_to, label=label, icon=":material/arrow_back:")
