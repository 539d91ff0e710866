"""The commands that ask the literature: search, and what comes after it."""

import argparse
import os
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from uuid import uuid4

from verifier import extracting, inquiring, quality, searching
from verifier.bibliography import FoundPaper, Link
from verifier.candidates import Candidate
from verifier.claim import InputError
from verifier.commands import DONE, FAILED, read_file, say, show
from verifier.document import Document
from verifier.dossier import gather
from verifier.inquiries import Inquiry
from verifier.searching import Desk, switched_off
from verifier.web import front_door
from verifier.workspace import Workspace, open_workspace


def search(asked: argparse.Namespace) -> int:
    """Ask every source that is ready, or show or repeat an earlier search."""
    workspace = open_workspace()
    if asked.again is not None:
        inquiry_id = inquiring.request_again(workspace, asked.again)
    elif asked.show is not None:
        inquiry_id = inquiring.found_inquiry(workspace, asked.show, "search").id
    elif asked.question:
        inquiry_id = inquiring.request_search(
            workspace,
            asked.question,
            sources=tuple(asked.source),
            queries=tuple(asked.query),
            per_query=asked.per_query,
        )
    else:
        raise InputError("Say what to search for, in quotes; or --show or --again and a number.")
    found = answered(workspace, inquiry_id)
    result = search_json(workspace, found)
    if asked.again is not None:
        result["compared"] = _compared(workspace, asked.again, result)
    show(asked, result, lambda: _search_words(result))
    has_answer = any(not link["trouble"] for link in result["chain"])
    return DONE if found.state == "finished" and has_answer else FAILED


def extract(asked: argparse.Namespace) -> int:
    """What papers claim, as candidates for a person to accept or reject."""
    workspace = open_workspace()
    found = []
    for wanted in asked.documents:
        document = extracting.find_document(workspace, wanted)
        inquiry = answered(workspace, workspace.inquiries.request("extract", document.key))
        found.append({"document": _named(document), **_ended(inquiry)})
        if document.id is not None:
            listed = workspace.candidates.of(document.id)
            found[-1]["candidates"] = [_candidate(candidate) for candidate in listed]
    show(asked, found, lambda: [line for one in found for line in _extracted_words(one)])
    return DONE if all(one["state"] == "finished" for one in found) else FAILED


def candidates(asked: argparse.Namespace) -> int:
    """List what waits for a person, accept it, or reject it with a reason."""
    workspace = open_workspace()
    if asked.action == "list":
        found = [_candidate(candidate) for candidate in workspace.candidates.waiting()]
        show(asked, found, lambda: [_candidate_line(one) for one in found] or ["None waits."])
        return DONE
    if not asked.ids:
        raise InputError(f"Name the candidates to {asked.action} by their numbers.")
    if asked.statement and len(asked.ids) > 1:
        raise InputError("A wording of your own is for one candidate at a time.")
    for candidate_id in asked.ids:
        if asked.action == "accept":
            extracting.accept(
                workspace,
                candidate_id,
                author=asked.by,
                statement=asked.statement,
                reason=asked.reason,
            )
        else:
            workspace.candidates.reject(candidate_id, author=asked.by, reason=asked.reason)
    found = [_candidate(workspace.candidates.get(candidate_id)) for candidate_id in asked.ids]
    show(asked, found, lambda: [_candidate_line(one) for one in found])
    return DONE


def review(asked: argparse.Namespace) -> int:
    """The quality review of an imported report."""
    workspace = open_workspace()
    report_id = _report_id(workspace, asked.report)
    found = quality.review(gather(workspace, report_id=report_id))
    told = None
    if asked.model:
        inquiry = answered(workspace, workspace.inquiries.request("review", str(report_id)))
        if inquiry.result is None:
            raise InputError(inquiry.message)
        told = inquiry.result
    result = {"report": report_id, **quality.as_json(found), "model": told}
    show(asked, result, lambda: _review_words(found, told))
    return DONE


def _report_id(workspace: Workspace, wanted: str) -> int:
    """A report's number, or the file it was imported from."""
    if wanted.isdigit():
        return int(wanted)
    text = read_file(wanted).decode("utf-8", "replace")
    known = workspace.archive.report_id(text)
    if known is None:
        raise InputError(f"{wanted} was not imported yet: `python -m verifier import {wanted}`.")
    return known


def _review_words(found: quality.Review, told: Mapping[str, Any] | None) -> list[str]:
    lines = []
    for opinion in found.opinions:
        lines.append(f"{opinion.label}: {quality.score_words(opinion.score)}")
        lines += [f"    {points:>8}  {words}" for points, words in quality.lines(opinion)]
    lines += ["", quality.headline(found), "What would raise it most:"]
    lines += [f"    +{one.gain:.1f}  {one.text} ({one.reviewer})" for one in found.advice]
    if told is not None:
        lines.append(f"{told['model']}, not counted: {told['score']} of 10")
        lines += [f"    “{f['quote']}”: {f['fault']} {f['remedy']}" for f in told["faults"]]
        lines.append(f"    {told['n_refused']} faults dropped: their quotes are not in the report")
    return lines


def fetch_documents(asked: argparse.Namespace) -> int:
    """Full texts of papers that are known."""
    workspace = open_workspace()
    found = []
    for wanted in asked.documents:
        document = extracting.find_document(workspace, wanted)
        inquiry = answered(workspace, workspace.inquiries.request("read", document.key))
        found.append({"document": _named(document), **_ended(inquiry)})
    show(asked, found, lambda: [f"{one['document']['key']}: {one['message']}" for one in found])
    return DONE if all(one["state"] == "finished" for one in found) else FAILED


def check_retractions(asked: argparse.Namespace) -> int:
    """Every paper with a DOI is looked up for notices; those with one are named."""
    workspace = open_workspace()
    desk = Desk(
        archive=workspace.archive,
        bibliography=workspace.bibliography,
        door=front_door(workspace.replies_folder),
        cache=workspace.cache_folder,
        say=say,
    )
    n_checked = searching.check_retractions(workspace.archive.documents(), desk)
    stored = workspace.archive.documents()
    flagged = [{**_named(d), "notice": d.retraction} for d in stored if d.retraction]
    result = {
        "documents": len(stored),
        "with_doi": sum(bool(d.doi) for d in stored),
        "checked_now": n_checked,
        "flagged": flagged,
    }
    show(asked, result, lambda: _retraction_words(result))
    return DONE


def _retraction_words(result: Mapping[str, Any]) -> list[str]:
    lines = [f"{one['key']}  {one['title']}: {one['notice']}" for one in result["flagged"]]
    return [
        *lines,
        f"{result['documents']} documents, {result['with_doi']} with a DOI, "
        f"{result['checked_now']} looked up now, {len(lines)} with a notice.",
    ]


def _named(document: Document) -> dict[str, Any]:
    names = {"key": document.key, "short_key": document.short_key}
    return {"id": document.id, **names, "title": document.title}


def _ended(inquiry: Inquiry) -> dict[str, Any]:
    counted = {k: v for k, v in (inquiry.result or {}).items() if k != "document"}
    return {"state": inquiry.state, "message": inquiry.message, **counted}


def _candidate(candidate: Candidate) -> dict[str, Any]:
    times = {"found_at": candidate.found_at.isoformat()}
    at = candidate.decided_at
    return {**vars(candidate), **times, "decided_at": None if at is None else at.isoformat()}


def _candidate_line(one: Mapping[str, Any]) -> str:
    became = f" {one['claim_id']}" if one["claim_id"] else ""
    needs = f"  [needs {one['context_needed']}]" if one["context_needed"] else ""
    where = f", page {one['page']}" if one["page"] else ""
    return (
        f"{one['id']:>5}  {one['state']}{became}  {one['score']:.2f}  {one['kind']}: "
        f"{one['statement']}{needs}  ({one['section'] or 'no section'}{where})"
    )


def _extracted_words(one: Mapping[str, Any]) -> list[str]:
    lines = [f"{one['document']['short_key']}  {one['document']['title']}"]
    lines += [_candidate_line(candidate) for candidate in one.get("candidates", ())]
    return [*lines, f"{one['state']}: {one['message']}."]


def answer(asked: argparse.Namespace) -> int:
    """Carry out one inquiry for a worker; ends when that worker is gone."""
    workspace = open_workspace()
    found = workspace.inquiries.get(asked.inquiry)
    if found is None or found.owner != asked.owner:
        return DONE  # somebody else answers it by now
    parent = os.getppid()

    def tell(_words: str) -> None:
        if os.getppid() != parent:
            raise inquiring.Interrupted("the worker is gone")

    try:
        inquiring.answer(workspace, found, door=front_door(workspace.replies_folder), say=tell)
    except inquiring.Interrupted:
        workspace.inquiries.give_back(found)
    return DONE


def answered(
    workspace: Workspace, inquiry_id: int, *, sleep: Callable[[float], None] = time.sleep
) -> Inquiry:
    """The inquiry once it has ended: answered here, unless somebody else tends it and goes on.

    Raises:
        InputError: there is no such inquiry.
    """
    owner = f"command line {os.getpid()} {uuid4().hex[:6]}"
    is_told = False
    while True:
        mine = workspace.inquiries.claim(owner, id=inquiry_id)
        if mine is not None:
            _answer_here(workspace, mine)
        found = workspace.inquiries.get(inquiry_id)
        if found is None:
            raise InputError(f"There is no inquiry {inquiry_id}.")
        if not found.is_open:
            return found
        if not is_told and found.owner:
            say(f"{found.owner} is at it; if it falls silent, this goes on within two minutes")
            is_told = True
        sleep(inquiring.POLL_S)


def _answer_here(workspace: Workspace, mine: Inquiry) -> None:
    try:
        inquiring.answer(workspace, mine, door=front_door(workspace.replies_folder), say=say)
    except inquiring.Interrupted:
        pass  # cancelled, or taken over; what became of it is looked up
    except KeyboardInterrupt:
        workspace.inquiries.give_back(mine)
        raise


def search_json(workspace: Workspace, found: Inquiry) -> dict[str, Any]:
    papers = workspace.bibliography.papers(found.id)
    return {
        "search": found.id,
        "question": found.subject,
        "state": found.state,
        "message": found.message,
        "queries": list(found.settings["queries"]),
        "sources": list(found.settings["sources"]),
        "switched_off": switched_off(),
        "chain": [_link(link) for link in workspace.bibliography.chain(found.id)],
        "papers": [_paper(workspace, paper) for paper in papers],
    }


def _link(link: Link) -> dict[str, Any]:
    kept = None if link.kept_from is None else link.kept_from.isoformat()
    return {**vars(link), "at": link.at.isoformat(), "keys": list(link.keys), "kept_from": kept}


def _paper(workspace: Workspace, paper: FoundPaper) -> dict[str, Any]:
    document = workspace.archive.document(paper.document_id)
    if document is None:
        return {"id": paper.document_id}
    return {
        "id": document.id,
        "key": document.key,
        "title": document.title,
        "authors": list(document.authors),
        "published": document.published,
        "doi": document.doi,
        "url": document.url,
        "extent": document.extent if document.text else "nothing to quote",
        "retraction": document.retraction,
        "notes": list(document.notes),
        "is_notice": document.is_notice,
        "score": paper.score,
        "sources": list(paper.sources),
    }


def _compared(workspace: Workspace, earlier: int, result: Mapping[str, Any]) -> dict[str, Any]:
    """What a repeated search finds that the earlier one did not, and the other way round."""
    before = [_paper(workspace, paper) for paper in workspace.bibliography.papers(earlier)]
    keys = {paper["key"] for paper in before if "key" in paper}
    now = {paper["key"] for paper in result["papers"] if "key" in paper}
    return {"with": earlier, "new": sorted(now - keys), "gone": sorted(keys - now)}


def _search_words(result: Mapping[str, Any]) -> Sequence[str]:
    lines = [f"Search {result['search']}: {result['question']}"]
    for link in result["chain"]:
        came = link["trouble"] or f"{link['n_found']} found"
        if link["kept_from"] is not None:
            came += f" (kept since {link['kept_from'][:16]})"
        lines.append(f"  {link['at'][:16]}  {link['source']:<17} {link['query']}: {came}")
    lines += [
        f"  {label} is switched off: set {lacks}" for label, lacks in result["switched_off"].items()
    ]
    for place, paper in enumerate(result["papers"], start=1):
        flag = f"  [RETRACTED? {paper['retraction']}]" if paper["retraction"] else ""
        flag += f"  [{paper['notes'][-1]}]" if paper["is_notice"] else ""
        where = ", ".join(paper["sources"])
        lines.append(f"{place:>3}. {paper['title']}{flag}")
        lines.append(f"     {paper['key']}  {paper['published'][:10]}  {where}  {paper['extent']}")
    if "compared" in result:
        told = result["compared"]
        lines.append(
            f"Against search {told['with']}: {len(told['new'])} new, {len(told['gone'])} gone."
        )
    return [*lines, f"{result['state']}: {result['message']}."]
