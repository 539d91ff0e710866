"""Reports in and out, and how good one is: import, export, review."""

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from verifier import importers, intake, quality
from verifier.claim import InputError
from verifier.commands._console import DONE, read_file, show, write_file
from verifier.commands.inquiries import answered
from verifier.dossier import gather
from verifier.exports import EXPORTS
from verifier.plural import plural
from verifier.workspace import Workspace, open_workspace


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
        "notes": list(found.report.notes),
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
        notes = [*_reported_words(claim), *claim["remarks"]]
        remarks = f" [{'; '.join(notes)}]" if notes else ""
        lines.append(f"{claim['position']:>3}. {how}: {claim['statement']}{remarks}")
    verb = "Would import" if is_dry else "Imported"
    return [
        *lines,
        *(f"Note: {note}." for note in result["notes"]),
        f"{verb} “{result['title']}”: {plural(len(lines), 'claim')} ({result['added']} "
        f"new, {result['linked']} known), {plural(len(result['references']), 'reference')}.",
    ]


def _reported_words(claim: Mapping[str, Any]) -> list[str]:
    """What the report says of a claim; nothing where it says nothing.

    >>> _reported_words({"verified": False, "confidence": 0.1})
    ['the report says not verified, 0.1']
    """
    mark = {True: "verified", False: "not verified", None: ""}[claim["verified"]]
    sure = "" if claim["confidence"] is None else f"{claim['confidence']:g}"
    told = ", ".join(part for part in (mark, sure) if part)
    return [f"the report says {told}"] if told else []


def export(asked: argparse.Namespace) -> int:
    try:
        exporter = EXPORTS.load(asked.format)
    except LookupError as error:
        raise InputError(str(error)) from None
    return write_file(asked, exporter.render(gather(open_workspace(), report_id=asked.report)))


def review(asked: argparse.Namespace) -> int:
    """The quality review of an imported report."""
    workspace = open_workspace()
    report_id = _report_id(workspace, asked.report)
    found = quality.review(gather(workspace, report_id=report_id))
    told = None
    if asked.model:
        inquiry = answered(workspace, workspace.inquiries.request("review", str(report_id)))
        if inquiry.result is None:
            raise InputError(inquiry.message)
        told = inquiry.result
    result = {"report": report_id, **quality.as_json(found), "model": told}
    show(asked, result, lambda: _review_words(found, told))
    return DONE


def _report_id(workspace: Workspace, wanted: str) -> int:
    """A report's number, or the file it was imported from."""
    if wanted.isdigit():
        return int(wanted)
    text = importers.text_of(read_file(wanted), name=Path(wanted).name)
    known = workspace.archive.report_id(text)
    if known is None:
        raise InputError(f"{wanted} was not imported yet: `python -m verifier import {wanted}`.")
    return known


def _review_words(found: quality.Review, told: Mapping[str, Any] | None) -> list[str]:
    lines = []
    for opinion in found.opinions:
        lines.append(f"{opinion.label}: {quality.score_words(opinion.score)}")
        lines += [f"    {points:>8}  {words}" for points, words in quality.lines(opinion)]
    lines += ["", quality.headline(found), "What would raise it most:"]
    lines += [f"    +{one.gain:.1f}  {one.text} ({one.reviewer})" for one in found.advice]
    if told is not None:
        lines.append(f"{told['model']}, not counted: {told['score']} of 10")
        lines += [f"    “{f['quote']}”: {f['fault']} {f['remedy']}" for f in told["faults"]]
        lines.append(f"    {told['n_refused']} faults dropped: their quotes are not in the report")
    return lines
