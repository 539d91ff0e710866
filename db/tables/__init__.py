"""The tables, by subject. Every constraint has a name; every time is UTC; history is append-only.

Importing one subject imports all, for keys lead from one to another and the schema is one. A
change here goes with one migration.
"""

from db.tables import claims, literature, requests, runs, verdicts, visitors
from db.tables.ground import Table

__all__ = [
    "APPEND_ONLY",
    "Table",
    "claims",
    "literature",
    "requests",
    "runs",
    "verdicts",
    "visitors",
]

APPEND_ONLY = (
    *("assessment", "estimate", "evidence", "assessment_run"),
    "verdict",
    "run_event",
    "review",
    "document_removal",
)
