"""One row per claim, for spreadsheets; no cell is one that a spreadsheet would compute."""

import csv
import io
from collections.abc import Mapping
from typing import Any

from verifier.dossier import ClaimDossier, Dossier, has_new_protocol
from verifier.exports._claim import chosen_mention, deciding
from verifier.verdict import Assessment

LABEL, SUFFIX, MEDIA_TYPE = "CSV, one row per claim", ".csv", "text/csv"

COMPUTED = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
WITNESSES = ("literature", "experiment")
EFFECT = {  # of the one that decides: column, and the estimate's own name for it
    "effect": "value",
    "effect_low": "low",
    "effect_high": "high",
    "effect_unit": "unit",
    "effect_n": "n",
    "effect_n_counts": "n_counts",
    "effect_of": "name",
}
SAID = ("finding", "confidence", "certainty", "kind", "scope", "reason")
COLUMNS = (
    *("id", "statement", "kind", "topic", "study", "is_cut"),
    *("reported_statement", "reported_verified", "reported_confidence", "reported_remarks"),
    *("status", "confidence", "rests_on", "decided_by", "checked_at", "our_status"),
    *("is_fragile", "is_outdated", "is_being_asked"),
    *(f"{witness}_{said}" for witness in WITNESSES for said in SAID),
    *EFFECT,
    *("protocol", "protocol_hash", "n_quotes", "n_runs", "runs", "command"),
)


def render(dossier: Dossier) -> bytes:
    """UTF-8 with a byte order mark, so that Excel reads it as such. Floats are not rounded."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, COLUMNS)
    writer.writeheader()
    for claim in dossier.claims:
        row = _row(claim, dossier)
        writer.writerow({column: _cell(value) for column, value in row.items()})
    return text.getvalue().encode("utf-8-sig")


def _row(claim: ClaimDossier, dossier: Dossier) -> dict[str, Any]:
    summary = claim.summary
    mention = chosen_mention(claim, dossier)
    literature, experiment = (
        None if stored is None else stored.assessment
        for stored in (claim.literature, claim.experiment)
    )
    return {
        "id": summary.claim.id,
        "statement": summary.claim.statement,
        "kind": summary.claim.kind,
        "topic": summary.claim.topic,
        "study": summary.claim.study,
        "is_cut": summary.claim.is_cut,
        "reported_statement": mention and mention.statement,
        "reported_verified": mention and mention.verified,
        "reported_confidence": mention and mention.confidence,
        "reported_remarks": mention and "; ".join(mention.remarks),
        "status": summary.verdict.status,
        "confidence": summary.verdict.confidence,
        "rests_on": summary.verdict.rests_on,
        "decided_by": summary.author,
        "our_status": summary.decided.status,
        "is_fragile": summary.is_fragile,
        "is_outdated": has_new_protocol(summary),
        "is_being_asked": claim.is_asked,
        "checked_at": summary.checked_at and summary.checked_at.isoformat(),
        **_said("literature", literature),
        **_said("experiment", experiment),
        **{column: getattr(deciding(experiment), name, None) for column, name in EFFECT.items()},
        "protocol": summary.claim.protocol_id,
        "protocol_hash": experiment and experiment.protocol_hash,
        "n_quotes": len(literature.evidence) if literature else 0,
        "n_runs": len(summary.run_ids),
        "runs": " ".join(map(str, summary.run_ids)),
        "command": (experiment and experiment.command) or (literature and literature.command),
    }


def _said(witness: str, assessment: Assessment | None) -> Mapping[str, Any]:
    return {f"{witness}_{name}": getattr(assessment, name, None) for name in SAID}


def _cell(value: Any) -> str:
    """A cell's text; what is missing is empty.

    >>> _cell("=1+1"), _cell(None), _cell(-0.5), _cell(True)
    ("'=1+1", '', '-0.5', 'true')
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if not isinstance(value, str):
        return str(value)
    text = str(value).replace("\0", "")
    is_computed = text.startswith(COMPUTED) or text.lstrip().startswith(COMPUTED)
    return f"'{text}" if is_computed else text
