"""The run queue: leases, attempts, and the record of every run. The door to the run table.

A run's identity is its fingerprint: asking for one that exists returns it. Every write of a
worker names its attempt; once the lease has gone to another, the write changes nothing and the
worker is told so.
"""

import json
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from sqlalchemy.exc import InterfaceError, InternalError, OperationalError

from verifier.queue._asking import Asking
from verifier.queue._records import RunRecords
from verifier.queue._table import LEASE, OPEN_STATES, UnderLease
from verifier.queue._working import Wishes, Working
from verifier.runs import Measurement, ProgressPoint, Run, RunEvent, RunRequest, Worker

__all__ = [
    "LEASE",
    "OPEN_STATES",
    "UNAVAILABLE",
    "Measurement",
    "ProgressPoint",
    "Queue",
    "Run",
    "RunEvent",
    "RunRequest",
    "UnderLease",
    "Wishes",
    "Worker",
    "fingerprint_of",
]

# locked for long, full, restarting, for a while a standby that takes no changes: try again
UNAVAILABLE = (OperationalError, InterfaceError, InternalError)


class Queue(Asking, Working, RunRecords):
    """Runs that wait, run and have ended."""


def fingerprint_of(parts: Mapping[str, Any]) -> str:
    """SHA-256 of canonical JSON."""
    return sha256(json.dumps(parts, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
