"""The only door to the network: timeouts, identification, polite retries, limits on what comes in.

A `Door` remembers, per host, when it last asked and whether the host was out of reach. One door
serves a whole process (`front_door`), so that the pace a source asks for holds across threads;
given a folder it also holds across processes, and answers can be kept there (verifier/kept.py).
"""

from verifier.web._adapter import DoorAdapter
from verifier.web._asking import Limits, Refused, Reply, Unreachable
from verifier.web._door import OFFLINE, Door, front_door, is_offline

__all__ = [
    "OFFLINE",
    "Door",
    "DoorAdapter",
    "Limits",
    "Refused",
    "Reply",
    "Unreachable",
    "front_door",
    "is_offline",
]
