"""How claims and reports become rows, and rows become claims and reports again."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import Row

from db.tables.claims import ClaimRow, MentionRow, ReferenceRow, ReportRow
from db.tables.verdicts import AssessmentRow, VerdictRow
from verifier.archive.assessment_rows import stored_verdict, witness_summary
from verifier.archive.stored import OVERRULED, ClaimSummary, Mention, StoredReport
from verifier.claim import Claim, Reference, Report
from verifier.verdict import Kind, Status, Verdict

# (claim, verdict shown, our own, newest assessment by literature, by experiment); None if missing
ClaimJoin = Row[ClaimRow, VerdictRow, VerdictRow, AssessmentRow, AssessmentRow]


def claim_row(claim: Claim, *, position: int, at: datetime) -> ClaimRow:
    return ClaimRow(
        id=claim.id,
        position=position,
        statement=claim.statement,
        kind=claim.kind.value,
        origin=claim.origin,
        study=claim.study,
        topic=claim.topic,
        protocol_id=claim.protocol_id,
        protocol_score=claim.protocol_score,
        is_protocol_chosen=False,
        is_cut=claim.is_cut,
        context=claim.context_needed,
        created_at=at,
    )


def reword(row: ClaimRow, claim: Claim) -> None:
    """A bundled claim follows its file; which protocol tests it may have been chosen by hand."""
    row.statement, row.kind, row.study = claim.statement, claim.kind.value, claim.study
    row.topic, row.context = claim.topic, claim.context_needed
    if not row.is_protocol_chosen:
        row.protocol_id = claim.protocol_id


def claim(row: ClaimRow) -> Claim:
    return Claim(
        id=row.id,
        statement=row.statement,
        kind=Kind(row.kind),
        origin=row.origin,
        study=row.study,
        topic=row.topic,
        protocol_id=row.protocol_id,
        protocol_score=row.protocol_score,
        is_cut=row.is_cut,
        context_needed=row.context,
    )


def report_row(report: Report, *, name: str, sha256: str, at: datetime) -> ReportRow:
    return ReportRow(
        sha256=sha256,
        name=name,
        format=report.format,
        title=report.title,
        author=report.author,
        reported_on=report.reported_on,
        abstract=report.abstract,
        question=report.question,
        text=report.text,
        imported_at=at,
        notes=list(report.notes),
    )


def reference_rows(report: Report, *, report_id: int) -> list[ReferenceRow]:
    return [
        ReferenceRow(
            report_id=report_id,
            position=place,
            url=found.url,
            arxiv_id=found.arxiv_id,
            version=found.version,
        )
        for place, found in enumerate(report.references, start=1)
    ]


def reference(row: ReferenceRow) -> Reference:
    return Reference(url=row.url, arxiv_id=row.arxiv_id, version=row.version, position=row.position)


def mention_rows(
    report: Report, *, report_id: int, links: Mapping[int, tuple[str, float | None]]
) -> list[MentionRow]:
    return [
        MentionRow(
            report_id=report_id,
            claim_id=links[said.position][0],
            position=said.position,
            line=said.line,
            statement=said.statement,
            verified=said.verified,
            confidence=said.confidence,
            is_cut=said.is_cut,
            match_score=links[said.position][1],
            remarks=list(said.remarks),
        )
        for said in report.claims
    ]


def mention(row: MentionRow, report: ReportRow) -> Mention:
    return Mention(
        report_id=row.report_id,
        report_title=report.title,
        position=row.position,
        line=row.line,
        statement=row.statement,
        verified=row.verified,
        confidence=row.confidence,
        is_cut=row.is_cut,
        match_score=row.match_score,
        remarks=tuple(row.remarks),
    )


def stored_report(row: ReportRow, n_claims: int) -> StoredReport:
    return StoredReport(
        id=row.id,
        name=row.name,
        format=row.format,
        title=row.title,
        author=row.author,
        reported_on=row.reported_on,
        abstract=row.abstract,
        question=row.question,
        text=row.text,
        imported_at=row.imported_at,
        notes=tuple(row.notes),
        n_claims=n_claims,
    )


def summary(
    row: ClaimJoin, mentions: Sequence[Mention], runs: Mapping[int, Sequence[int]]
) -> ClaimSummary:
    claim_found, shown, decided, literature, experiment = row
    stands = None if shown is None else stored_verdict(shown)
    nothing = Verdict(status=Status.UNCHECKED, confidence=None, rests_on=None)
    return ClaimSummary(
        claim=claim(claim_found),
        verdict=nothing if stands is None else stands.verdict,
        author="" if stands is None else stands.author,
        checked_at=None if stands is None else stands.at,
        decided=nothing if decided is None else stored_verdict(decided).verdict,
        overruling=stands if stands is not None and stands.act == OVERRULED else None,
        is_fragile=bool(claim_found.is_fragile),
        literature=None if literature is None else witness_summary(literature),
        experiment=None if experiment is None else witness_summary(experiment),
        mentions=tuple(mentions),
        run_ids=tuple(runs.get(experiment.id, ())) if experiment is not None else (),
    )
