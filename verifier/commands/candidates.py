"""What papers claim, and what becomes of it: extract, candidates."""

import argparse
from collections.abc import Mapping
from typing import Any

from verifier import extracting
from verifier.candidates import Candidate
from verifier.claim import InputError
from verifier.commands._console import DONE, FAILED, show
from verifier.commands.documents import named
from verifier.commands.inquiries import answered, ended
from verifier.workspace import open_workspace


def extract(asked: argparse.Namespace) -> int:
    """What papers claim, as candidates for a person to accept or reject."""
    workspace = open_workspace()
    found = []
    for wanted in asked.documents:
        document = extracting.find_document(workspace, wanted)
        inquiry = answered(workspace, workspace.inquiries.request("extract", document.key))
        found.append({"document": named(document), **ended(inquiry)})
        if document.id is not None:
            listed = workspace.candidates.of(document.id)
            found[-1]["candidates"] = [_candidate(candidate) for candidate in listed]
    show(asked, found, lambda: [line for one in found for line in _extracted_words(one)])
    return DONE if all(one["state"] == "finished" for one in found) else FAILED


def list_or_decide(asked: argparse.Namespace) -> int:
    """List what waits for a person, accept it, or reject it with a reason."""
    workspace = open_workspace()
    if asked.action == "list":
        found = [_candidate(candidate) for candidate in workspace.candidates.waiting()]
        show(asked, found, lambda: [_candidate_line(one) for one in found] or ["None waits."])
        return DONE
    if not asked.ids:
        raise InputError(f"Name the candidates to {asked.action} by their numbers.")
    if not asked.by.strip():
        raise InputError(f"Say who {asked.action}s: --by NAME.")
    if asked.action == "reject" and not asked.reason.strip():
        raise InputError("Say why: --reason TEXT. It is kept with the candidate.")
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
