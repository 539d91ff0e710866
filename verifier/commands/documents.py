"""Papers that are known, and more of them: documents, fetch, retractions."""

import argparse
from collections.abc import Mapping
from typing import Any

from verifier import extracting, intake, removing, searching
from verifier.claim import InputError
from verifier.commands._console import DONE, FAILED, read_file, say, show
from verifier.commands.inquiries import answered, ended
from verifier.document import Document
from verifier.exports.json import plain
from verifier.searching import Desk
from verifier.web import front_door
from verifier.workspace import open_workspace


def documents(asked: argparse.Namespace) -> int:
    return {"add": _add, "list": _list, "remove": _remove}[asked.action](asked)


def _add(asked: argparse.Namespace) -> int:
    if not asked.named:
        raise InputError("Name the files to add: text, PDF, HTML or JSON lines.")
    workspace = open_workspace()
    read = [(name, read_file(name)) for name in asked.named]
    known = {d.id for d in workspace.archive.documents()}
    stored = [d for name, data in read for d in intake.add_documents(workspace, data, name=name)]
    found = [{**_listed(d), "is_new": d.id not in known} for d in stored]
    n_new = len({one["id"] for one in found if one["is_new"]})
    told = f"Read {len(found)}, {n_new} of them new."
    show(asked, found, lambda: [*(_line(d) for d in stored), told])
    return DONE


def _list(asked: argparse.Namespace) -> int:
    if asked.named:
        raise InputError("`documents list` lists all of them and takes no names.")
    workspace = open_workspace()
    stored = workspace.removals.removed() if asked.removed else workspace.archive.documents()
    found = [_listed(d) for d in stored]
    none = "None was removed." if asked.removed else "No document is stored yet."
    show(asked, found, lambda: [_line(d) for d in stored] or [none])
    return DONE


def _remove(asked: argparse.Namespace) -> int:
    """Each text is read no more; what was quoted from it stays as it was said."""
    if not asked.named:
        raise InputError("Name the documents to remove, as `documents list` shows them.")
    if not asked.reason.strip():
        raise InputError("Say why it is removed: --reason TEXT, which is kept.")
    workspace = open_workspace()
    author = asked.by or workspace.access.who().name
    wanted = [extracting.find_document(workspace, name) for name in asked.named]
    done = [removing.remove(workspace, d, author=author, reason=asked.reason) for d in wanted]
    found = [
        {
            **named(one.document),
            "is_erased": one.removal.is_erased,
            "quoted_for": list(one.claim_ids),
            "read_again": None if one.earlier is None else one.earlier.id,
        }
        for one in done
    ]
    show(asked, found, lambda: [one.words for one in done])
    return DONE


def _listed(document: Document) -> dict[str, Any]:
    told = {**named(document), "extent": document.extent, "source": document.source}
    removal = document.removal
    return told if removal is None else {**told, "removed": plain(vars(removal))}


def _line(document: Document) -> str:
    removal = document.removal
    why = "" if removal is None else f"{document.caution}, by {removal.author}"
    what = " · ".join(part for part in (document.title, why) if part)
    return f"{document.id:>4}  {document.short_key:<24} {what}"


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
