"""Asking both witnesses, and the work it takes: verify, worker."""

import argparse
from collections.abc import Mapping, Sequence
from typing import Any

from verifier import verify as verifying
from verifier.attempt import Limits
from verifier.cards import check_cards
from verifier.claim import InputError
from verifier.commands._console import DONE, FAILED, say, show
from verifier.commands.claims import claim_line
from verifier.executors import ExecutorError
from verifier.exports.json import claim_json
from verifier.plural import plural
from verifier.queue import OPEN_STATES
from verifier.verdict import Status
from verifier.worker import Settings, Worker
from verifier.workspace import Workspace, open_workspace


def verify(asked: argparse.Namespace) -> int:
    """Ask, then work until it is answered; a worker that runs already shares the work."""
    if bool(asked.claims) == asked.all:
        raise InputError("Name the claims to verify, or say --all; not both.")
    workspace = open_workspace()
    before = {run.id for run in workspace.queue.runs() if run.state not in OPEN_STATES}
    asked_id = verifying.request(
        workspace,
        asked.claims,
        preset=asked.preset,
        data=asked.data,
        budget_s=seconds(asked.budget) if asked.until_decided else None,
    )
    reporter = _Reporter(workspace, asked_id)
    worker = Worker(workspace, _settings(asked), say=say)
    worker.work(until=lambda: reporter.is_done() or is_stranded(workspace, worker, asked_id))
    return _verified(asked, workspace, asked_id, before)


def is_stranded(workspace: Workspace, worker: Worker, asked_id: int) -> bool:
    """Whether runs wait that nobody takes, as the training code changed under us; said if so."""
    if not worker.is_code_changed or worker.children:
        return False
    wanted = {run_id for ids in workspace.verifications.runs(asked_id).values() for run_id in ids}
    states = [s for s in workspace.queue.states(list(wanted)).values() if s in OPEN_STATES]
    others = [each for each in workspace.queue.workers() if each.code == worker.code]
    if not states or "running" in states or any(each.takes_runs for each in others):
        return False
    say(
        f"nothing works on verification {asked_id} any more: the training code changed while it "
        f"ran, and nobody takes what waits for the code as it was ({plural(len(states), 'run')}). "
        "Give the same command again: it plans them anew, with the code as it is now"
    )
    return True


UNITS = {"s": 1, "m": 60, "h": 3600}


def seconds(written: str) -> float:
    """Read a time such as 90s, 30m or 2h; a number alone is seconds.

    >>> seconds("30m"), seconds("1.5h"), seconds("45")
    (1800.0, 5400.0, 45.0)
    """
    text = written.strip().lower()
    number, unit = (text[:-1], text[-1]) if text[-1:] in UNITS else (text, "s")
    try:
        found = float(number) * UNITS[unit]
    except ValueError:
        found = float("nan")
    if not 0 < found < float("inf"):
        raise InputError(f"--budget {written!r} is no time; write such as 90s, 30m or 2h.")
    return found


class _Reporter:
    """Says what a verification is doing whenever that changes."""

    def __init__(self, workspace: Workspace, verification_id: int) -> None:
        self.workspace = workspace
        self.verification_id = verification_id
        self.said = ""

    def is_done(self) -> bool:
        found = self.workspace.verifications.get(self.verification_id)
        if found is None:
            return True
        if found.message != self.said:
            self.said = found.message
            say(found.message)
        return not found.is_open


def _verified(
    asked: argparse.Namespace, workspace: Workspace, asked_id: int, before: set[int]
) -> int:
    found = workspace.verifications.get(asked_id)
    if found is None or found.is_open:
        say("stopped before the verification ended; the same command goes on from here")
        return FAILED
    wanted = workspace.verifications.runs(asked_id)
    run_ids = sorted({run_id for ids in wanted.values() for run_id in ids})
    runs = workspace.queue.runs(ids=run_ids)
    ended = [run for run in runs if run.state not in OPEN_STATES]
    bad = [run for run in ended if not verifying.is_good(run)]
    summaries = verifying.find_claims(workspace, found.claim_ids)
    going_on = workspace.verifications.claims_asked()
    result = {
        "verification": found.id,
        "state": found.state,
        "message": found.message,
        "preset": found.preset,
        "data": found.data,
        "runs": {
            "wanted": len(run_ids),
            "computed": len({run.id for run in ended} - before),
            "failed": [{"id": r.id, "label": r.label, "error": r.error} for r in bad],
        },
        "statuses": {s.value: 0 for s in Status}
        | _counted(summary.verdict.status.value for summary in summaries),
        "claims": [claim_json(s, is_asked=s.claim.id in going_on) for s in summaries],
    }
    show(asked, result, lambda: _verified_words(result))
    return DONE if found.state == "finished" and not bad else FAILED


def _counted(words: Any) -> dict[str, int]:
    counts: dict[str, int] = {}
    for word in words:
        counts[word] = counts.get(word, 0) + 1
    return counts


def _verified_words(result: Mapping[str, Any]) -> list[str]:
    lines = [claim_line(claim) for claim in result["claims"]]
    runs = result["runs"]
    lines.append(f"{runs['wanted']} runs wanted, {runs['computed']} computed now.")
    lines += [f"run {r['id']} ({r['label']}): {r['error']}" for r in runs["failed"]]
    return [
        *lines,
        f"Verification {result['verification']} {result['state']}: {result['message']}.",
    ]


def worker(asked: argparse.Namespace) -> int:
    try:
        found = Worker(open_workspace(), _settings(asked), say=say)
    except ExecutorError as error:
        raise InputError(str(error)) from None
    cards = f" and {len(found.gpus)} cards" if found.gpus else ""
    say(f"worker {found.id} with {found.slots} slots{cards}; stop it with Ctrl-C")
    found.work()
    say("worker stopped; unfinished runs are back in the queue")
    return DONE


def _settings(asked: argparse.Namespace) -> Settings:
    given = vars(asked)
    hours, gib = given.get("limit_hours"), given.get("limit_gib")
    executor = given.get("executor") or "local"
    return Settings(
        slots=asked.slots,
        gpus=None if given.get("gpus") is None else _cards(given["gpus"], executor),
        executor=executor,
        address=given.get("address"),
        options=_options(given.get("option") or ()),
        limits=Limits(
            seconds=None if hours is None else hours * 3600,
            memory_bytes=None if gib is None else int(gib * 2**30),
        ),
    )


def _cards(given: Sequence[int], executor: str) -> tuple[int, ...]:
    """The numbers of the cards here; on a cluster one number says how many at a time.

    Raises:
        ExecutorError: there is no such card here.
    """
    if executor == "local":
        if given:
            check_cards(given)
        return tuple(given)
    return tuple(range(given[0])) if len(given) == 1 else tuple(given)


def _options(given: Sequence[str]) -> dict[str, str]:
    options = {}
    for text in given:
        name, equals, value = text.partition("=")
        if not equals or not name:
            raise InputError(f"--option {text!r}: it must be NAME=VALUE, such as partition=short.")
        options[name.lstrip("-")] = value
    return options
