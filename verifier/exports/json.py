"""Everything known, for programs. Floats are as they were measured; what is missing is null."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from verifier import quality
from verifier.archive import ClaimSummary, Mention, StoredAssessment, StoredReport, StoredVerdict
from verifier.document import Document
from verifier.dossier import ClaimDossier, Dossier, has_new_protocol
from verifier.queue import Measurement, Run

LABEL, SUFFIX, MEDIA_TYPE = "JSON, everything", ".json", "application/json"

SCHEMA_VERSION = 1  # goes up when a key changes its meaning or disappears


def render(dossier: Dossier) -> bytes:
    """The whole dossier but for the full texts of reports and documents."""
    whole = {
        "schema_version": SCHEMA_VERSION,
        "generator": {"name": "replicheck", "version": dossier.version},
        "generated_at": dossier.generated_at,
        "report": None if dossier.report is None else _report(dossier.report),
        "references": [asdict(reference) for reference in dossier.references],
        "review": None if dossier.report is None else quality.as_json(quality.review(dossier)),
        "claims": [claim_json(claim, is_asked=claim.is_asked) for claim in dossier.claims],
        "documents": [_document(found) for _, found in sorted(dossier.documents.items())],
        "runs": [_run(run, dossier.measurements.get(run.id, ())) for run in dossier.runs],
    }
    text = json.dumps(plain(whole), indent=2, ensure_ascii=False, allow_nan=False)
    return (text + "\n").encode()


def claim_json(claim: ClaimDossier | ClaimSummary, *, is_asked: bool) -> dict[str, Any]:
    """One claim in plain JSON values. A summary gives the same keys without the details.

    `is_asked`: runs of it go on, so its status may change; `is_being_asked` says so.
    `reported` is what the newest report says, with all of them in `reports`; null where no report
    made the claim. `literature` and `experiment` are null where that witness was never asked.
    """
    summary = claim if isinstance(claim, ClaimSummary) else claim.summary
    said, verdict = summary.claim, summary.verdict
    told = {
        "id": said.id,
        "statement": said.statement,
        "kind": said.kind,
        "topic": said.topic,
        "study": said.study,
        "origin": said.origin,
        "is_cut": said.is_cut,
        "context_needed": said.context_needed,
        "status": verdict.status,
        "confidence": verdict.confidence,
        "rests_on": verdict.rests_on,
        "decided_by": summary.author or None,
        "our_status": summary.decided.status,
        "is_fragile": summary.is_fragile,
        "is_outdated": has_new_protocol(summary),
        "is_being_asked": is_asked,
        "checked_at": summary.checked_at,
        "reported": _reported(summary.mentions),
        "literature": None if summary.literature is None else asdict(summary.literature),
        "experiment": None if summary.experiment is None else asdict(summary.experiment),
        "protocol": said.protocol_id,
        "protocol_score": said.protocol_score,
        "runs": list(summary.run_ids),
    }
    if isinstance(claim, ClaimDossier):
        told |= _details(claim)
    values: dict[str, Any] = plain(told)
    return values


def plain(value: Any) -> Any:
    """JSON's own values: moments in ISO 8601, tuples as lists, numbers that are none as null.

    >>> plain({"at": date(2026, 1, 2), "low": -math.inf, "ids": (1, 2)})
    {'at': '2026-01-02', 'low': None, 'ids': [1, 2]}
    """
    if isinstance(value, Mapping):
        return {str(key): plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return str(value) if isinstance(value, str) else value


def _details(claim: ClaimDossier) -> dict[str, Any]:
    entry = claim.protocol
    protocol = None if entry is None or entry.protocol is None else asdict(entry.protocol)
    return {
        "literature": None if claim.literature is None else _assessment(claim.literature),
        "experiment": None if claim.experiment is None else _assessment(claim.experiment),
        "protocol_details": protocol,
        "untested_because": None if entry is None else entry.untested_because or None,
        "history": [_verdict(past) for past in claim.history],
    }


def _assessment(stored: StoredAssessment) -> dict[str, Any]:
    told = asdict(stored.assessment)
    return {"id": stored.id, "at": stored.at, "verification": stored.verification_id, **told}


def _verdict(past: StoredVerdict) -> dict[str, Any]:
    told = asdict(past)
    return {**told.pop("verdict"), **told}


def _reported(mentions: Sequence[Mention]) -> dict[str, Any] | None:
    if not mentions:
        return None
    told = [_mention(mention) for mention in mentions]
    return {**told[-1], "reports": told}


def _mention(mention: Mention) -> dict[str, Any]:
    return {
        "verified": mention.verified,
        "confidence": mention.confidence,
        "statement": mention.statement,
        "report": {"id": mention.report_id, "title": mention.report_title},
        "position": mention.position,
        "line": mention.line,
        "is_cut": mention.is_cut,
        "match_score": mention.match_score,
        "remarks": mention.remarks,
    }


def _report(report: StoredReport) -> dict[str, Any]:
    return {key: value for key, value in asdict(report).items() if key != "text"}


def _document(document: Document) -> dict[str, Any]:
    return {key: value for key, value in asdict(document).items() if key != "text"}


def _run(run: Run, measurements: Sequence[Measurement]) -> dict[str, Any]:
    """What was run and what came of it; leases and heartbeats concern nobody else."""
    kept = ("id", "kind", "fingerprint", "label", "task", "data", "state", "attempt")
    told = {name: getattr(run, name) for name in (*kept, "is_valid", "error", "result")}
    times = {"queued_at": run.queued_at, "started_at": run.started_at}
    ended = {"finished_at": run.finished_at, "seconds": run.seconds}
    return {**told, **times, **ended, "measurements": [asdict(found) for found in measurements]}
