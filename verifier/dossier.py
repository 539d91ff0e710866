"""Everything known about some claims, gathered once: what the exports print and a page shows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from verifier.archive import (
    ClaimFilter,
    ClaimSummary,
    StoredAssessment,
    StoredReport,
    StoredVerdict,
)
from verifier.claim import InputError, Reference
from verifier.document import Document
from verifier.protocol import BundledClaim, entry_for, stands
from verifier.queue import Measurement, Run
from verifier.sources.crossref import is_listed
from verifier.verdict import Witness
from verifier.workspace import VERSION, Workspace


@dataclass(frozen=True, kw_only=True)
class ClaimDossier:
    summary: ClaimSummary
    literature: StoredAssessment | None
    experiment: StoredAssessment | None
    history: tuple[StoredVerdict, ...]  # newest first
    protocol: BundledClaim | None  # whose protocol tests it
    is_asked: bool = False  # runs of it are open still, so its status is not the last word


@dataclass(frozen=True, kw_only=True)
class SourceCheck:
    """A reference of the report, and what is known of the paper behind it."""

    reference: Reference
    title: str  # empty where the paper is not stored
    published: str
    is_held: bool  # there is text of it to quote
    retraction: str  # what a source says of its withdrawal; empty: nothing
    checked_at: datetime | None  # when a source was asked about that
    has_notices: bool = True  # it has a DOI where notices are kept, or may have: it is not stored


@dataclass(frozen=True, kw_only=True)
class Dossier:
    generated_at: datetime
    version: str
    report: StoredReport | None  # None: all claims, whatever report they came in
    references: tuple[Reference, ...]
    claims: tuple[ClaimDossier, ...]
    documents: Mapping[int, Document]  # those that evidence refers to, by id
    runs: tuple[Run, ...]
    measurements: Mapping[int, Sequence[Measurement]]  # by run id
    sources: tuple[SourceCheck, ...] = ()  # the references once more, with their papers


def gather(
    workspace: Workspace,
    *,
    report_id: int | None = None,
    claim_ids: Sequence[str] | None = None,
) -> Dossier:
    """All claims, the named ones, or those of one report in that report's order.

    Raises:
        InputError: there is no such report.
    """
    archive = workspace.archive
    report = None if report_id is None else archive.report(report_id)
    if report_id is not None and report is None:
        known = ", ".join(str(r.id) for r in archive.reports()) or "none"
        raise InputError(f"There is no report {report_id}. Known: {known}.")
    listed = archive.claims(ClaimFilter(report_id=report_id, ids=claim_ids)).claims
    if report_id is not None:
        listed = tuple(sorted(listed, key=lambda c: place_in(c, report_id)))
    asked = workspace.verifications.claims_asked()
    claims = tuple(
        replace(claim_dossier(workspace, one), is_asked=one.claim.id in asked) for one in listed
    )
    run_ids = sorted({run for claim in claims for run in claim.summary.run_ids})
    return Dossier(
        generated_at=archive.clock(),
        version=VERSION,
        report=report,
        references=tuple(archive.references(report_id)) if report_id is not None else (),
        claims=claims,
        documents=_cited(workspace, claims),
        runs=tuple(sorted(workspace.queue.runs(ids=run_ids), key=lambda run: run.id)),
        measurements=workspace.queue.measurements(run_ids),
        sources=_source_checks(workspace, report_id),
    )


def has_new_protocol(summary: ClaimSummary) -> bool:
    """The experiment was decided by another protocol than the one that tests the claim now."""
    digest = summary.experiment.protocol_hash if summary.experiment else None
    entry = entry_for(summary.claim)
    return digest is not None and not stands(digest, entry.protocol if entry else None)


def claim_dossier(workspace: Workspace, summary: ClaimSummary) -> ClaimDossier:
    archive, claim = workspace.archive, summary.claim
    return ClaimDossier(
        summary=summary,
        literature=archive.latest(claim.id, Witness.LITERATURE),
        experiment=archive.latest(claim.id, Witness.EXPERIMENT),
        history=tuple(archive.verdicts(claim.id)),
        protocol=entry_for(claim),
    )


def place_in(summary: ClaimSummary, report_id: int) -> int:
    """Where a claim stands in a report."""
    return min(m.position for m in summary.mentions if m.report_id == report_id)


def _source_checks(workspace: Workspace, report_id: int | None) -> tuple[SourceCheck, ...]:
    references = [] if report_id is None else workspace.archive.references(report_id)
    stored = workspace.archive.documents() if references else []
    checked = workspace.archive.retraction_checks() if references else {}
    found = []
    for reference in references:
        named = next((d for d in stored if d.is_study(reference.arxiv_id)), None)
        found.append(
            SourceCheck(
                reference=reference,
                title="" if named is None else named.title,
                published="" if named is None else named.published,
                is_held=named is not None and bool(named.text.strip()),
                retraction="" if named is None else named.retraction,
                checked_at=None if named is None else checked.get(named.key),
                has_notices=named is None or is_listed(named.doi),
            )
        )
    return tuple(found)


def _cited(workspace: Workspace, claims: Sequence[ClaimDossier]) -> dict[int, Document]:
    wanted = {
        found.document_id
        for claim in claims
        if claim.literature is not None
        for found in claim.literature.assessment.evidence
    }
    found_documents = (workspace.archive.document(document_id) for document_id in sorted(wanted))
    return {document.id: document for document in found_documents if document and document.id}
