"""Claims with their verdicts, and which protocol tests one: claims, protocol."""

import argparse
from collections.abc import Mapping
from typing import Any

from verifier import verify as verifying
from verifier.claim import InputError
from verifier.commands._console import DONE, show
from verifier.exports.json import claim_json
from verifier.protocol import bundled
from verifier.workspace import open_workspace


def list_claims(asked: argparse.Namespace) -> int:
    workspace = open_workspace()
    listed = workspace.archive.claims().claims
    going_on = workspace.verifications.claims_asked()
    found = [claim_json(summary, is_asked=summary.claim.id in going_on) for summary in listed]
    show(asked, found, lambda: [claim_line(claim) for claim in found])
    return DONE


def claim_line(claim: Mapping[str, Any]) -> str:
    """A line of the list; a confidence is never rounded up to certainty.

    >>> told = {"id": "C03", "status": "refuted", "confidence": 0.9996, "statement": "…"}
    >>> claim_line({**told, "is_outdated": False, "is_being_asked": False})
    'C03        refuted > 99%      …'
    >>> claim_line({**told, "is_outdated": True, "is_being_asked": True})
    'C03        refuted > 99%      (still being asked) (by an earlier protocol) …'
    """
    value = claim["confidence"]
    confidence = "" if value is None else " > 99%" if value > 0.99 else f" {value:.0%}"
    notes = "(still being asked) " if claim["is_being_asked"] else ""
    notes += "(by an earlier protocol) " if claim["is_outdated"] else ""
    return f"{claim['id']:<10} {claim['status'] + confidence:<18} {notes}{claim['statement']}"


def choose_protocol(asked: argparse.Namespace) -> int:
    workspace = open_workspace()
    (summary,) = verifying.find_claims(workspace, [asked.claim])
    chosen = None if asked.protocol.lower() == "none" else asked.protocol.upper()
    testable = [i for i, entry in bundled().items() if entry.claim.protocol_id is not None]
    if chosen is not None and chosen not in testable:
        raise InputError(f"There is no protocol {asked.protocol!r}. Known: {', '.join(testable)}.")
    workspace.archive.choose_protocol(summary.claim.id, chosen)
    result = {"id": summary.claim.id, "protocol": chosen}
    show(asked, result, lambda: [f"{summary.claim.id} is tested by {chosen or 'no protocol'}."])
    return DONE
