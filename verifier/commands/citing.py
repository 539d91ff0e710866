"""Papers for a reference manager: cite."""

import argparse

from verifier import extracting, inquiring
from verifier.citations import CITATIONS
from verifier.claim import InputError
from verifier.commands._console import say, write_file
from verifier.document import Document
from verifier.workspace import Workspace, open_workspace


def cite(asked: argparse.Namespace) -> int:
    """The named papers, those of a search, or all that are stored."""
    try:
        format = CITATIONS.load(asked.format)
    except LookupError as error:
        raise InputError(str(error)) from None
    if asked.documents and asked.search is not None:
        raise InputError("Name papers, or a search with --search; not both.")
    wanted = _wanted(open_workspace(), asked)
    if not wanted:
        say("There is no paper to cite.")
    return write_file(asked, format.render(wanted))


def _wanted(workspace: Workspace, asked: argparse.Namespace) -> list[Document]:
    if asked.documents:
        return [extracting.find_document(workspace, wanted) for wanted in asked.documents]
    if asked.search is None:
        return workspace.archive.documents()
    found = inquiring.found_inquiry(workspace, asked.search, "search")
    papers = workspace.bibliography.papers(found.id)
    read = (workspace.archive.document(paper.document_id) for paper in papers)
    return [document for document in read if document is not None and document.removal is None]
