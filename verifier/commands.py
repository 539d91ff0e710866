"""What each command of the command line does, and what it prints."""

import argparse
import json
import os
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from verifier import intake
from verifier import verify as verifying
from verifier.attempt import Limits
from verifier.bench import dashboard, faults, literature
from verifier.claim import InputError
from verifier.doctor import examine
from verifier.dossier import gather
from verifier.executors import ExecutorError
from verifier.exports import EXPORTS
from verifier.exports.json import claim_json
from verifier.forecast import left as time_left
from verifier.forecast import paces
from verifier.protocol import bundled
from verifier.queue import OPEN_STATES, Run
from verifier.verdict import Status
from verifier.web import front_door
from verifier.worker import Settings, Worker
from verifier.workspace import Workspace, home_folder, open_workspace

Command = Callable[[argparse.Namespace], int]
DONE, FAILED = 0, 1


def say(words: str) -> None:
    """Progress goes to stderr, so that stdout holds the result alone."""
    print(words, file=sys.stderr, flush=True)


def show(asked: argparse.Namespace, found: Any, words: Callable[[], Sequence[str]]) -> None:
    if asked.json:
        print(json.dumps(found, indent=1, ensure_ascii=False))
    else:
        print("\n".join(words()))


def read_file(name: str) -> bytes:
    try:
        return Path(name).read_bytes()
    except OSError as error:
        raise InputError(f"{name} cannot be read: {error.strerror}.") from None


def import_report(asked: argparse.Namespace) -> int:
    workspace = open_workspace()
    data = read_file(asked.file)
    found = intake.preview(workspace, data, name=Path(asked.file).name, format=asked.format)
    is_known = found.known_report_id is not None
    report_id = found.known_report_id if asked.dry_run else intake.store(workspace, found)
    result = {
        "report": report_id,
        "title": found.report.title,
        "is_new_report": not is_known,
        "added": 0 if is_known else len({d.claim_id for d in found.decisions if d.is_new}),
        "linked": sum(not d.is_new for d in found.decisions),
        "claims": [_decided(decision) for decision in found.decisions],
        "references": [vars(reference) for reference in found.report.references],
    }
    show(asked, result, lambda: _import_words(result, is_dry=asked.dry_run))
    return DONE


def _decided(decision: intake.Decision) -> dict[str, Any]:
    return {
        **vars(decision.reported),
        "id": decision.claim_id,
        "is_new": decision.is_new,
        "match_score": decision.score,
        "protocol": decision.protocol_id,
        "protocol_score": decision.protocol_score,
        "remarks": list(decision.remarks),
    }


def _import_words(result: Mapping[str, Any], *, is_dry: bool) -> list[str]:
    if not result["is_new_report"]:
        return [f"Already imported as report {result['report']}: nothing was added."]
    lines = []
    for claim in result["claims"]:
        how = "new" if claim["is_new"] else f"is {claim['id']} ({claim['match_score']:.0f} % alike)"
        remarks = f" [{'; '.join(claim['remarks'])}]" if claim["remarks"] else ""
        lines.append(f"{claim['position']:>3}. {how}: {claim['statement']}{remarks}")
    verb = "Would import" if is_dry else "Imported"
    return [
        *lines,
        f"{verb} “{result['title']}”: {len(lines)} claims ({result['added']} new, "
        f"{result['linked']} known), {len(result['references'])} references.",
    ]


def claims(asked: argparse.Namespace) -> int:
    workspace = open_workspace()
    listed = workspace.archive.claims().claims
    found = [claim_json(summary) for summary in listed]
    show(asked, found, lambda: [_claim_line(claim) for claim in found])
    return DONE


def _claim_line(claim: Mapping[str, Any]) -> str:
    """A line of the list; a confidence is never rounded up to certainty.

    >>> _claim_line({"id": "C03", "status": "refuted", "confidence": 0.9996, "statement": "…"})
    'C03        refuted > 99%      …'
    """
    value = claim["confidence"]
    confidence = "" if value is None else " > 99%" if value > 0.99 else f" {value:.0%}"
    return f"{claim['id']:<10} {claim['status'] + confidence:<18} {claim['statement']}"


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
    Worker(workspace, _settings(asked), say=say).work(until=reporter.is_done)
    return _verified(asked, workspace, asked_id, before)


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
    bad = [run for run in runs if not verifying.is_good(run)]
    summaries = verifying.find_claims(workspace, found.claim_ids)
    result = {
        "verification": found.id,
        "state": found.state,
        "message": found.message,
        "preset": found.preset,
        "data": found.data,
        "runs": {
            "wanted": len(run_ids),
            "computed": len(set(run_ids) - before),
            "failed": [{"id": r.id, "label": r.label, "error": r.error} for r in bad],
        },
        "statuses": {s.value: 0 for s in Status}
        | _counted(summary.verdict.status.value for summary in summaries),
        "claims": [claim_json(summary) for summary in summaries],
    }
    show(asked, result, lambda: _verified_words(result))
    return DONE if found.state == "finished" and not bad else FAILED


def _counted(words: Any) -> dict[str, int]:
    counts: dict[str, int] = {}
    for word in words:
        counts[word] = counts.get(word, 0) + 1
    return counts


def _verified_words(result: Mapping[str, Any]) -> list[str]:
    lines = [_claim_line(claim) for claim in result["claims"]]
    runs = result["runs"]
    lines.append(f"{runs['wanted']} runs wanted, {runs['computed']} computed now.")
    lines += [f"run {r['id']} ({r['label']}): {r['error']}" for r in runs["failed"]]
    return [
        *lines,
        f"Verification {result['verification']} {result['state']}: {result['message']}.",
    ]


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
    """The numbers of the cards here; on a cluster one number says how many at a time."""
    if executor == "local" or len(given) != 1:
        return tuple(given)
    return tuple(range(given[0]))


def _options(given: Sequence[str]) -> dict[str, str]:
    options = {}
    for text in given:
        name, equals, value = text.partition("=")
        if not equals or not name:
            raise InputError(f"--option {text!r}: it must be NAME=VALUE, such as partition=short.")
        options[name.lstrip("-")] = value
    return options


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


def export(asked: argparse.Namespace) -> int:
    try:
        exporter = EXPORTS.load(asked.format)
    except LookupError as error:
        raise InputError(str(error)) from None
    data = exporter.render(gather(open_workspace(), report_id=asked.report))
    if asked.output == "-":
        sys.stdout.buffer.write(data)
        return DONE
    try:
        Path(asked.output).write_bytes(data)
    except OSError as error:
        raise InputError(f"{asked.output} cannot be written: {error.strerror}.") from None
    result = {"file": asked.output, "format": asked.format, "bytes": len(data)}
    show(asked, result, lambda: [f"Wrote {asked.output} ({len(data):,} bytes)."])
    return DONE


def documents(asked: argparse.Namespace) -> int:
    workspace = open_workspace()
    if asked.action == "add":
        if not asked.files:
            raise InputError("Name the files to add: text, PDF, HTML or JSON lines.")
        read = [(name, read_file(name)) for name in asked.files]
        stored = [
            d for name, data in read for d in intake.add_documents(workspace, data, name=name)
        ]
    else:
        stored = workspace.archive.documents()
    found = [
        {"id": d.id, "key": d.key, "title": d.title, "extent": d.extent, "source": d.source}
        for d in stored
    ]
    lines = [f"{d.id:>4}  {d.short_key:<24} {d.title}" for d in stored]
    show(asked, found, lambda: lines)
    return DONE


def protocol(asked: argparse.Namespace) -> int:
    workspace = open_workspace()
    (summary,) = verifying.find_claims(workspace, [asked.claim])
    chosen = None if asked.protocol.lower() == "none" else asked.protocol.upper()
    testable = [i for i, entry in bundled().items() if entry.claim.protocol_id is not None]
    if chosen is not None and chosen not in testable:
        raise InputError(f"There is no protocol {asked.protocol!r}. Known: {', '.join(testable)}.")
    workspace.archive.choose_protocol(summary.claim.id, chosen)
    result = {"id": summary.claim.id, "protocol": chosen}
    show(asked, result, lambda: [f"{summary.claim.id} is tested by {chosen or 'no protocol'}."])
    return DONE


def runs(asked: argparse.Namespace) -> int:
    queue = open_workspace().queue
    actions: dict[str, Callable[..., Any]] = {
        "cancel": queue.request_cancel,
        "retry": queue.retry,
        "pause": queue.request_pause,
        "resume": queue.resume,
        "cuda": partial(queue.move, device="cuda"),
        "cpu": partial(queue.move, device="cpu"),
    }
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
    show(asked, found, lambda: [_run_line(run) for run in found])
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
        seconds = run["seconds_left"]
        how = f"{run['fraction']:.0%}" + ("" if seconds is None else f", {seconds:,.0f} s left")
    if run["attempt"] > 1:
        how += f", attempt {run['attempt']} of {run['max_attempts']}"
    return f"{run['id']:>5}  {state:<10} {how:<22} {run['label']}"


def bench(asked: argparse.Namespace) -> int:
    if asked.subject == "dashboard":
        return _bench_dashboard(asked)
    if asked.subject == "faults":
        counted = faults.measure(asked.rounds, seed=asked.seed, say=say)
        show(asked, counted, lambda: faults.words(counted))
        return FAILED if counted["troubles"] else DONE
    paths = literature.Paths.given(asked.scifact, asked.corpus, asked.gold, asked.papers)
    found = literature.measure(paths, home_folder() / "cache")
    show(asked, found, lambda: literature.words(found))
    return DONE


def _bench_dashboard(asked: argparse.Namespace) -> int:
    """Exit status 1 where a goal is missed; the figures say which."""
    folder = Path(asked.folder) if asked.folder else home_folder() / "bench-dashboard"
    if asked.visits < 1:
        raise InputError(f"--visits must be 1 or more, found {asked.visits}.")
    plan = dashboard.Plan(n_visits=asked.visits, n_searches=3 * asked.visits)
    found = dashboard.measure(folder.absolute(), plan, say=say)
    show(asked, found, lambda: dashboard.words(found))
    return FAILED if found["missed"] else DONE


def doctor(asked: argparse.Namespace) -> int:
    found = examine(open_workspace(), front_door())
    show(asked, found, lambda: [f"{key}: {value}" for key, value in found.items()])
    return DONE


def init(asked: argparse.Namespace) -> int:
    workspace = open_workspace()
    result = {"home": str(workspace.home), "claims": workspace.archive.claims(limit=0).n_found}
    show(asked, result, lambda: [f"{result['claims']} claims in {workspace.home}"])
    return DONE
