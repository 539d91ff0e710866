"""Rows made by hand, for tests that need no database."""

from dataclasses import fields
from datetime import UTC, date, datetime
from typing import Any

from verifier.archive import StoredReport
from verifier.runs import Measurement, Run, RunRequest

NOON = datetime(2026, 6, 9, 12, tzinfo=UTC)


def request(fingerprint: str, **known: Any) -> RunRequest:
    """A run that somebody wants, whichever."""
    usual: dict[str, Any] = {"kind": "training", "label": "", "task": {"seed": 0}}
    return RunRequest(fingerprint=fingerprint, **{**usual, "data": "synthetic", **known})


def run(id: int = 1, **known: Any) -> Run:
    """A run that has ended well, but for what is `known` of it."""
    usual: dict[str, Any] = {
        "kind": "training",
        "fingerprint": f"{id:064x}",
        "label": f"run {id}",
        "task": {},
        "data": "synthetic",
        "state": "succeeded",
        "priority": 0,
        "attempt": 1,
        "max_attempts": 3,
        "device": "cpu",
        "code": "",
        "queued_at": NOON,
        "phase": "",
        "step": 0,
        "n_steps": 0,
        "is_valid": True,
        "error": "",
    }
    nothing = {field.name: None for field in fields(Run)}
    return Run(**{**nothing, **usual, "id": id, **known})


def auroc(value: float | None, **known: Any) -> Measurement:
    """The score of a probe on the test split."""
    usual: dict[str, Any] = {"name": "macro_auroc", "probe": "linear", "split": "test"}
    counted = {"reason": "", "n": 10, "n_counts": "records"}
    return Measurement(value=value, **{**usual, **counted, **known})


def report(**known: Any) -> StoredReport:
    """An imported report, without its text."""
    usual: dict[str, Any] = {
        "id": 1,
        "name": "report.txt",
        "format": "synthesis",
        "title": "A report",
        "author": "",
        "reported_on": date(2026, 6, 9),
        "abstract": "",
        "question": "",
        "text": "",
        "imported_at": NOON,
        "n_claims": 3,
    }
    return StoredReport(**{**usual, **known})
