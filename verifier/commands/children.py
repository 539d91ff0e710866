"""What a worker starts, one process each; not for people: tend, answer."""

import argparse
import os
import time

from verifier import inquiring
from verifier import verify as verifying
from verifier.commands._console import DONE
from verifier.web import front_door
from verifier.workspace import open_workspace


def tend(asked: argparse.Namespace) -> int:
    """Carry out one verification; ends when the worker that started it is gone."""
    workspace = open_workspace()
    found = workspace.verifications.get(asked.verification)
    if found is None or found.owner != asked.owner:
        return DONE  # somebody else tends it by now
    parent = os.getppid()

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
    workspace = open_workspace()
    found = workspace.inquiries.get(asked.inquiry)
    if found is None or found.owner != asked.owner:
        return DONE  # somebody else answers it by now
    parent = os.getppid()

    def tell(_words: str) -> None:
        if os.getppid() != parent:
            raise inquiring.Interrupted("the worker is gone")

    try:
        inquiring.answer(workspace, found, door=front_door(workspace.replies_folder), say=tell)
    except inquiring.Interrupted:
        workspace.inquiries.give_back(found)
    return DONE
