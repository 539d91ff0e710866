"""Papers that are known, and more of them: documents, fetch, retractions."""

import argparse
from collections.abc import Mapping
from typing import Any

from verifier import extracting, intake, searching
from verifier.claim import InputError
from verifier.commands._console import DONE, FAILED, read_file, say, show
from verifier.commands.inquiries import answered, ended
from verifier.document import Document
from verifier.searching import Desk
from verifier.web import front_door
from verifier.workspace import open_workspace


def add_or_list(asked: argparse.Namespace) -> int:
    workspace = open_workspace()
    if asked.action == "add":
        if not asked.files:
            raise InputError("Name the files to add: text, PDF, HTML or JSON lines.")
        read = [(name, read_file(name)) for name in asked.files]
        stored = [
            d for name, data in read for d in intake.add_documents(workspace, data, name=name)
        ]
    else:
        stored = workspace.archive.documents()
    found = [
        {"id": d.id, "key": d.key, "title": d.title, "extent": d.extent, "source": d.source}
        for d in stored
    ]
    lines = [f"{d.id:>4}  {d.short_key:<24} {d.title}" for d in stored]
    show(asked, found, lambda: lines)
    return DONE


def fetch(asked: argparse.Namespace) -> int:
    """Full texts of papers that are known."""
    workspace = open_workspace()
    found = []
    for wanted in asked.documents:
        document = extracting.find_document(workspace, wanted)
        inquiry = answered(workspace, workspace.inquiries.request("read", document.key))
        found.append({"document": named(document), **ended(inquiry)})
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
    flagged = [{**named(d), "notice": d.retraction} for d in stored if d.retraction]
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


def named(document: Document) -> dict[str, Any]:
    names = {"key": document.key, "short_key": document.short_key}
    return {"id": document.id, **names, "title": document.title}
