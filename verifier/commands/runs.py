"""Runs as they stand, and what a person asks of them: runs."""

import argparse
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from verifier.claim import InputError
from verifier.commands._console import DONE, show
from verifier.forecast import NEARLY_S, paces
from verifier.forecast import left as time_left
from verifier.queue import OPEN_STATES, Run
from verifier.workspace import open_workspace


def list_or_steer(asked: argparse.Namespace) -> int:
    if asked.action != "list" and not asked.ids:
        raise InputError(
            f"Name the runs: `runs {asked.action} 7`; `runs list` shows their numbers."
        )
    queue = open_workspace().queue
    actions: dict[str, Callable[..., Any]] = {
        "cancel": queue.request_cancel,
        "retry": queue.retry,
        "pause": queue.request_pause,
        "resume": queue.resume,
        "cuda": partial(queue.move, device="cuda"),
        "cpu": partial(queue.move, device="cpu"),
    }
    there = {run.id for run in queue.runs(ids=asked.ids)} if asked.ids else set()
    if missing := [run_id for run_id in asked.ids if run_id not in there]:
        raise InputError(f"There is no run {', '.join(map(str, missing))}; no run was changed.")
    for run_id in asked.ids if asked.action != "list" else ():
        actions[asked.action](run_id, actor="command line")
    listed = queue.runs(ids=asked.ids or None)
    known, now = paces(queue.runs(states=("succeeded",))), queue.clock()
    left = {r.id: time_left(r, known, now=now) for r in listed if r.state in OPEN_STATES}
    found = [
        {
            "id": r.id,
            "kind": r.kind,
            "label": r.label,
            "state": r.state,
            "device": r.device,
            "is_valid": r.is_valid,
            "attempt": r.attempt,
            "max_attempts": r.max_attempts,
            "asked": _asked_of(r),
            "phase": r.phase,
            "step": r.step,
            "n_steps": r.n_steps,
            "fraction": round(r.fraction, 3),
            "seconds": r.seconds,
            "seconds_left": left[r.id].seconds if r.id in left else None,
            "judged_by": left[r.id].because if r.id in left else "",
            "error": r.error,
        }
        for r in listed
    ]
    show(asked, found, lambda: [_run_line(run) for run in found] or ["No run yet."])
    return DONE


def _asked_of(run: Run) -> str:
    """What a running run was asked and has not done yet."""
    if run.state != "running":
        return ""
    if run.cancel_requested_at is not None:
        return "cancel"
    return "pause" if run.pause_requested_at is not None else ""


def _run_line(run: Mapping[str, Any]) -> str:
    state = {"cancel": "cancelling", "pause": "pausing"}.get(run["asked"], run["state"])
    if run["state"] not in OPEN_STATES:
        how = "" if run["seconds"] is None else f"took {run['seconds']:,.0f} s"
    else:
        how = ", ".join(filter(None, (_share_done(run), _time_left(run))))
    if run["attempt"] > 1:
        how += f", attempt {run['attempt']} of {run['max_attempts']}"
    return f"{run['id']:>5}  {state:<10} {how:<22} {run['label']}"


def _share_done(run: Mapping[str, Any]) -> str:
    is_waiting = run["state"] == "queued" and not run["fraction"]
    return "" if is_waiting else f"{run['fraction']:.0%}"


def _time_left(run: Mapping[str, Any]) -> str:
    """One that waits has its whole time before it, and begins nobody knows when."""
    seconds = run["seconds_left"]
    if seconds is None:
        return ""
    if run["state"] != "running":
        return f"takes {seconds:,.0f} s"
    return "nearly done" if seconds < NEARLY_S else f"{seconds:,.0f} s left"
