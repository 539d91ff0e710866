"""The door to the database: frozen dataclasses in and out, each method one transaction.

queue is the other door, for the run table alone.
"""

from verifier.archive._claims import ClaimFilter, ClaimPage, Facets
from verifier.archive._documents import Documents
from verifier.archive._part import text_digest, utc_now
from verifier.archive._reports import Reports
from verifier.archive._verdicts import OURSELVES, RemovedMeanwhile, Verdicts
from verifier.archive.stored import (
    ClaimSummary,
    Mention,
    StoredAssessment,
    StoredReport,
    StoredVerdict,
    WitnessSummary,
)

__all__ = [
    "OURSELVES",
    "Archive",
    "ClaimFilter",
    "ClaimPage",
    "ClaimSummary",
    "Facets",
    "Mention",
    "RemovedMeanwhile",
    "StoredAssessment",
    "StoredReport",
    "StoredVerdict",
    "WitnessSummary",
    "text_digest",
    "utc_now",
]


class Archive(Verdicts, Reports, Documents):
    """Claims, reports, documents, assessments and verdicts, kept for ever."""
