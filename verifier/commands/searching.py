"""A question put to the literature sources: search."""

import argparse
from collections.abc import Mapping, Sequence
from typing import Any

from verifier import inquiring
from verifier.bibliography import FoundPaper, Link
from verifier.claim import InputError
from verifier.commands._console import DONE, FAILED, show
from verifier.commands.inquiries import answered
from verifier.inquiries import Inquiry
from verifier.searching import check_sources, switched_off
from verifier.workspace import Workspace, open_workspace


def search(asked: argparse.Namespace) -> int:
    """Ask every source that is ready, or show or repeat an earlier search."""
    ways = (asked.question or None, asked.show, asked.again)
    if sum(way is not None for way in ways) > 1:
        raise InputError("Ask a question, or name a search to --show or --again: one of them.")
    check_sources(asked.source)
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
