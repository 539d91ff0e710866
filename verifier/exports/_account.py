"""The whole report as plain text, for every format to lay out."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from verifier import quality, scaling
from verifier.charts import number, plottable
from verifier.document import Document
from verifier.dossier import ClaimDossier, Dossier, has_new_protocol
from verifier.exports import _words as words
from verifier.exports._claim import ClaimAccount, claim_account, followable
from verifier.exports._tables import Table
from verifier.plural import plural
from verifier.verdict import Status


@dataclass(frozen=True, kw_only=True)
class ScalingAccount:
    points: pd.DataFrame
    table: Table
    notes: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class ReviewAccount:
    headline: str
    scores: Table
    criteria: Table
    advice: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Source:
    text: str
    url: str | None


@dataclass(frozen=True, kw_only=True)
class Account:
    title: str
    made: str
    about_report: tuple[tuple[str, str], ...]
    counts: dict[Status, int]
    outdated: dict[Status, int]  # of these, decided by a protocol since replaced
    claims: tuple[ClaimAccount, ...]
    scaling: ScalingAccount | None
    references: tuple[Source, ...]  # of the imported report
    documents: tuple[Source, ...]  # that evidence was quoted from
    limitations: tuple[str, ...]
    review: ReviewAccount | None


def account(dossier: Dossier) -> Account:
    report = dossier.report
    return Account(
        title=f"Verification of “{report.title}”" if report else "Verification of all claims",
        made=_made(dossier),
        about_report=_about_report(dossier),
        counts=_counts(dossier.claims),
        outdated=_counts([c for c in dossier.claims if has_new_protocol(c.summary)]),
        claims=tuple(claim_account(claim, dossier) for claim in dossier.claims),
        scaling=_scaling(dossier),
        references=tuple(
            Source(text=found.url or f"arXiv:{found.arxiv_id}", url=followable(found.url))
            for found in dossier.references
        ),
        documents=tuple(
            Source(text=_cited(found), url=followable(found.url))
            for _, found in sorted(dossier.documents.items())
        ),
        limitations=words.LIMITATIONS,
        review=None if report is None else _review(dossier),
    )


def _cited(document: Document) -> str:
    caution = f"; {document.caution}" if document.caution else ""
    return f"{document.title} ({document.short_key}, {document.extent}{caution})"


def _review(dossier: Dossier) -> ReviewAccount:
    found = quality.review(dossier)
    scores = tuple((o.label, quality.score_words(o.score), o.asks) for o in found.opinions)
    criteria = tuple(
        (o.label, line.asks, line.found, quality.points_words(line))
        for o in found.opinions
        for line in o.criteria
    )
    return ReviewAccount(
        headline=quality.headline(found),
        scores=Table(columns=("Reviewer", "Of ten", "What it asks"), rows=scores, numeric=(1,)),
        criteria=Table(
            columns=("Reviewer", "Criterion", "Found", "Points"), rows=criteria, numeric=(3,)
        ),
        advice=tuple(f"{one.text} ({one.reviewer}: +{one.gain:.1f})" for one in found.advice),
    )


def _made(dossier: Dossier) -> str:
    data = ", ".join(sorted({run.data for run in dossier.runs if run.data}))
    parts = [
        f"Made {words.moment(dossier.generated_at)} with Replicheck {dossier.version}",
        plural(len(dossier.claims), "claim"),
        plural(len(dossier.runs), "run") + (f" on {data}" if data else ""),
    ]
    return " · ".join(parts)


def _about_report(dossier: Dossier) -> tuple[tuple[str, str], ...]:
    report = dossier.report
    if report is None:
        return ()
    dated = "" if report.reported_on is None else f"{report.reported_on:%Y-%m-%d}"
    facts = (
        ("Report", report.title),
        ("By", report.author),
        ("Dated", dated),
        ("Question", report.question),
        ("Imported", f"{words.moment(report.imported_at)}, from {report.name}"),
        ("Remarks", "; ".join(report.notes)),
    )
    return tuple((term, text) for term, text in facts if text)


def _counts(claims: Sequence[ClaimDossier]) -> dict[Status, int]:
    found = [claim.summary.verdict.status for claim in claims]
    return {status: found.count(status) for status in Status}


def _scaling(dossier: Dossier) -> ScalingAccount | None:
    points = scaling.points(dossier.runs, dossier.measurements)
    if points.empty:
        return None
    return ScalingAccount(
        points=points, table=_scaling_table(points), notes=_scaling_notes(dossier, points)
    )


def _scaling_notes(dossier: Dossier, points: pd.DataFrame) -> tuple[str, ...]:
    _, unplotted = plottable(points)
    left_out = scaling.left_out(dossier.runs, dossier.measurements)
    told = ", ".join(f"{n} {why}" for why, n in left_out.items())
    notes = [
        scaling.range_note(points) or "",
        f"Runs that no point counts: {told}." if told else "",
        f"{plural(len(unplotted), 'point')} cannot be drawn on log axes." * bool(len(unplotted)),
    ]
    return tuple(note for note in notes if note)


def _scaling_table(points: pd.DataFrame) -> Table:
    rows = tuple(
        (
            row["objective"] + (f" ({row['settings']})" if row["settings"] else ""),
            row["backbone"],
            row["data"],
            f"{row['n_records']:,}",
            _error(row),
            f"{row['n_seeds']}",
        )
        for row in points.to_dict("records")
    )
    columns = (
        "Objective",
        "Backbone",
        "Data",
        "Pretraining records",
        "Error (95 % interval)",
        "Seeds",
    )
    return Table(columns=columns, rows=rows, numeric=(3, 5))


def _error(row: Mapping[Hashable, Any]) -> str:
    error, low, high = (float(row[key]) for key in ("error", "low", "high"))
    if pd.isna(low):
        return f"{number(error)} (one seed, no interval)"
    return words.unbroken(f"{number(error)} [{number(low)}, {number(high)}]")
