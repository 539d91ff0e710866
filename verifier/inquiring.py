"""Answers one inquiry, whoever asked for it: a page through a worker, or the command line.

Everything it does may be done again after a crash: answers of the network are kept, documents are
known by their text, and a search's result replaces what an earlier try of it left.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, replace
from threading import Event, Thread
from typing import Any

from verifier import data_sets, fetching, llm, quality_by_model, searching
from verifier.access import Role
from verifier.bibliography import Link
from verifier.claim import InputError
from verifier.extracting import extract, find_document
from verifier.inquiries import Inquiry
from verifier.queue import UNAVAILABLE
from verifier.searching import Desk, Search
from verifier.sources import SOURCES
from verifier.web import Door
from verifier.workspace import Workspace

POLL_S = 0.5
BEAT_S = 15.0  # well inside the lease
Answer = Callable[[Workspace, Inquiry, Desk], tuple[str, dict[str, Any]]]


class Interrupted(Exception):  # noqa: N818 - not an error: a person cancelled, or a lease was lost
    """The inquiry is no longer ours to answer."""


def request_search(
    workspace: Workspace,
    question: str,
    *,
    sources: tuple[str, ...] = (),
    queries: tuple[str, ...] = (),
    per_query: int = searching.PER_QUERY,
) -> int:
    """Ask for a search; its queries and sources are written down before anything is asked.

    Raises:
        InputError: nothing to search for, or a source that is unknown or switched off.
    """
    asked = Search.of(question, sources=sources, queries=queries, per_query=per_query)
    settings = {
        "queries": list(asked.queries),
        "sources": list(asked.sources),
        "per_query": asked.per_query,
    }
    return workspace.inquiries.request("search", asked.question, settings)


def request_again(workspace: Workspace, inquiry_id: int) -> int:
    """Ask the same queries of the same sources once more, as a search of its own.

    No answer that was kept before is taken for it.
    """
    earlier = found_inquiry(workspace, inquiry_id, "search")
    settings = {**earlier.settings, "again": inquiry_id}
    return workspace.inquiries.request("search", earlier.subject, settings)


def found_inquiry(workspace: Workspace, inquiry_id: int, kind: str) -> Inquiry:
    found = workspace.inquiries.get(inquiry_id)
    if found is None or found.kind != kind:
        known = ", ".join(str(i.id) for i in workspace.inquiries.about(kind)) or "none"
        raise InputError(f"There is no {kind} {inquiry_id}. Known: {known}.")
    return found


def answer(
    workspace: Workspace,
    inquiry: Inquiry,
    *,
    door: Door,
    say: Callable[[str], None] = lambda _: None,
) -> None:
    """Carry it out and store what came of it; wrong input ends it as failed, in words.

    Raises:
        Interrupted: cancelled by a person, or taken over by another process.
    """

    def tell(words: str) -> None:
        say(words)
        if not workspace.inquiries.renew(inquiry, message=words):
            raise Interrupted(words)

    desk = Desk(
        archive=workspace.archive,
        bibliography=workspace.bibliography,
        door=door,
        cache=workspace.cache_folder,
        say=tell,
    )
    with _heartbeat(workspace, inquiry):
        try:
            words, result = ANSWERS[inquiry.kind](workspace, inquiry, desk)
        except InputError as error:
            workspace.inquiries.end(inquiry, state="failed", message=str(error))
            return
    workspace.inquiries.end(inquiry, state="finished", message=words, result=result)


def _search(workspace: Workspace, inquiry: Inquiry, desk: Desk) -> tuple[str, dict[str, Any]]:
    settings: Mapping[str, Any] = inquiry.settings
    asked = Search(
        question=inquiry.subject,
        queries=tuple(settings["queries"]),
        sources=tuple(settings["sources"]),
        per_query=settings["per_query"],
    )
    if "again" in settings:  # goes on after a crash from the answers it already had
        desk = replace(desk, door=desk.door.since(inquiry.requested_at.timestamp()))
    papers = searching.search(asked, inquiry.id, desk)
    chain = workspace.bibliography.chain(inquiry.id)
    troubles = [_named(link) for link in chain if link.trouble not in ("", searching.NOT_ASKED)]
    n_answered = sum(not link.trouble for link in chain)
    words = f"papers found: {len(papers)}; queries answered: {n_answered} of {len(chain)}"
    return "; ".join([words, *troubles]), {"n_papers": len(papers), "troubles": troubles}


def _named(link: Link) -> str:
    """A trouble with the source it was had with."""
    label = SOURCES.load(link.source).LABEL
    return link.trouble if label in link.trouble else f"{label}: {link.trouble}"


def _read(workspace: Workspace, inquiry: Inquiry, desk: Desk) -> tuple[str, dict[str, Any]]:
    document = find_document(workspace, inquiry.subject)
    found = fetching.full_text(document, desk)
    if found is None:
        raise InputError(f"No source has the full text of {document.key} openly.")
    (stored,) = workspace.archive.put_documents([found])
    workspace.removals.give_back([stored], author=f"request {inquiry.id}")
    words = f"{stored.title or stored.key}: {len(stored.text):,} characters from {found.source}"
    return words, {"document": stored.id, "n_characters": len(stored.text)}


def _extract(workspace: Workspace, inquiry: Inquiry, desk: Desk) -> tuple[str, dict[str, Any]]:
    document = find_document(workspace, inquiry.subject)
    found = extract(workspace, document, say=desk.say)
    words = f"candidates by rule: {found.n_by_rule}"
    if found.n_proposed or found.n_refused or found.trouble:
        words += f", by the language model: {found.n_proposed}"
    if found.n_refused:
        words += f" ({found.n_refused} refused: their quotes are not in the text)"
    if found.trouble:
        words += f" ({found.trouble})"
    result = {
        "document": document.id,
        "n_by_rule": found.n_by_rule,
        "n_proposed": found.n_proposed,
        "n_refused": found.n_refused,
        "trouble": found.trouble,
    }
    return words, result


def _review(workspace: Workspace, inquiry: Inquiry, desk: Desk) -> tuple[str, dict[str, Any]]:
    report = workspace.archive.report(int(inquiry.subject))
    chosen = llm.settings()
    if report is None or chosen is None:
        raise InputError(
            f"There is no report {inquiry.subject}." if chosen else llm.missing() + "."
        )
    desk.say(f"asking {chosen.model}")
    try:
        found = quality_by_model.review(report.text, chosen)
    except llm.LlmError as error:
        raise InputError(str(error)) from error
    words = f"{found.model} gives {found.score} of 10 ; faults it names: {len(found.faults)}"
    if found.n_refused:
        words += f"; {found.n_refused} dropped, as their quotes are not in the report"
    return words, asdict(found)


def request_data(workspace: Workspace, kind: str, subject: str) -> int:
    """Ask for a data set to be prepared, checked or fetched.

    Raises:
        InputError: there is no such data set or folder.
    """
    workspace.access.require(Role.OPERATOR, to="look after data sets")
    return workspace.inquiries.request(kind, data_sets.checked_subject(kind, subject))


def _data(workspace: Workspace, inquiry: Inquiry, desk: Desk) -> tuple[str, dict[str, Any]]:
    return data_sets.carry_out(
        inquiry.kind,
        inquiry.subject,
        home=workspace.home,
        cache=workspace.cache_folder,
        say=desk.say,
    )


ANSWERS: dict[str, Answer] = {
    **dict.fromkeys(data_sets.KINDS, _data),
    "search": _search,
    "read": _read,
    "extract": _extract,
    "review": _review,
}


@contextmanager
def _heartbeat(workspace: Workspace, inquiry: Inquiry) -> Iterator[None]:
    """Keeps the lease while one long step says nothing."""
    is_over = Event()

    def beat() -> None:
        while not is_over.wait(BEAT_S):
            with suppress(*UNAVAILABLE):  # the next beat may find the database there
                workspace.inquiries.renew(inquiry)

    thread = Thread(target=beat, daemon=True)
    thread.start()
    try:
        yield
    finally:
        is_over.set()
        thread.join()
