"""Waiting for an inquiry: what the commands that ask the literature have in common."""

import os
import time
from collections.abc import Callable
from typing import Any
from uuid import uuid4

from verifier import inquiring
from verifier.claim import InputError
from verifier.commands._console import say
from verifier.inquiries import Inquiry
from verifier.web import front_door
from verifier.workspace import Workspace


def answered(
    workspace: Workspace, inquiry_id: int, *, sleep: Callable[[float], None] = time.sleep
) -> Inquiry:
    """The inquiry once it has ended: answered here, unless somebody else tends it and goes on.

    Raises:
        InputError: there is no such inquiry.
    """
    owner = f"command line {os.getpid()} {uuid4().hex[:6]}"
    is_told = False
    while True:
        mine = workspace.inquiries.claim(owner, id=inquiry_id)
        if mine is not None:
            _answer_here(workspace, mine)
        found = workspace.inquiries.get(inquiry_id)
        if found is None:
            raise InputError(f"There is no inquiry {inquiry_id}.")
        if not found.is_open:
            return found
        if not is_told and found.owner:
            say(f"{found.owner} is at it; if it falls silent, this goes on within two minutes")
            is_told = True
        sleep(inquiring.POLL_S)


def _answer_here(workspace: Workspace, mine: Inquiry) -> None:
    try:
        inquiring.answer(workspace, mine, door=front_door(workspace.replies_folder), say=say)
    except inquiring.Interrupted:
        pass  # cancelled, or taken over; what became of it is looked up
    except KeyboardInterrupt:
        workspace.inquiries.give_back(mine)
        raise


def ended(inquiry: Inquiry) -> dict[str, Any]:
    counted = {k: v for k, v in (inquiry.result or {}).items() if k != "document"}
    return {"state": inquiry.state, "message": inquiry.message, **counted}
