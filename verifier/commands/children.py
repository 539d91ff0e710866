"""What a worker starts, one process each; not for people: tend, answer."""

import argparse
import os
import time
from collections.abc import Callable, Sequence
from contextlib import closing

from verifier import inquiring
from verifier import verify as verifying
from verifier.commands._console import DONE, say
from verifier.queue import UNAVAILABLE
from verifier.web import front_door
from verifier.workspace import Workspace, open_workspace

PAUSES_S = (1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 120.0)  # while the database is away
OF_ANOTHER_TIME_S = 300.0  # what went well for so long had nothing to do with an earlier trouble


def tend(asked: argparse.Namespace) -> int:
    """Carry out one verification; ends when the worker that started it is gone."""
    parent = os.getppid()
    return patiently(lambda: _opened(lambda workspace: _tend(workspace, asked, parent)))


def _tend(workspace: Workspace, asked: argparse.Namespace, parent: int) -> int:
    found = workspace.verifications.get(asked.verification)
    if found is None or found.owner != asked.owner:
        return DONE  # somebody else tends it by now

    def sleep(seconds: float) -> None:
        if os.getppid() != parent:
            raise verifying.Interrupted("the worker is gone")
        time.sleep(seconds)

    try:
        door = front_door(workspace.replies_folder)
        verifying.tend(workspace, found, door=door, sleep=sleep)
    except verifying.Interrupted:
        workspace.verifications.give_back(found)
    return DONE


def answer(asked: argparse.Namespace) -> int:
    """Carry out one inquiry for a worker; ends when that worker is gone."""
    parent = os.getppid()
    return patiently(lambda: _opened(lambda workspace: _answer(workspace, asked, parent)))


def _answer(workspace: Workspace, asked: argparse.Namespace, parent: int) -> int:
    found = workspace.inquiries.get(asked.inquiry)
    if found is None or found.owner != asked.owner:
        return DONE  # somebody else answers it by now

    def tell(_words: str) -> None:
        if os.getppid() != parent:
            raise inquiring.Interrupted("the worker is gone")

    try:
        inquiring.answer(workspace, found, door=front_door(workspace.replies_folder), say=tell)
    except inquiring.Interrupted:
        workspace.inquiries.give_back(found)
    return DONE


def _opened(carry_out: Callable[[Workspace], int]) -> int:
    workspace = open_workspace()
    with closing(workspace.database):
        return carry_out(workspace)


def patiently(
    carry_out: Callable[[], int],
    *,
    pauses_s: Sequence[float] = PAUSES_S,
    sleep: Callable[[float], None] = time.sleep,
    clock: Callable[[], float] = time.monotonic,
) -> int:
    """Begin again where the database went away meanwhile, as in a restart of its server.

    What was stored by then is not done twice. After the last pause the trouble is raised.
    """
    n_failed = 0
    while True:
        began = clock()
        try:
            return carry_out()
        except UNAVAILABLE as error:
            n_failed = 0 if clock() - began > OF_ANOTHER_TIME_S else n_failed
            if n_failed == len(pauses_s):
                raise
            say(f"the database is not to be had just now: {error.orig}")
            sleep(pauses_s[n_failed])
            n_failed += 1
