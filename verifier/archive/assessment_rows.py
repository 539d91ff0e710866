"""How assessments and verdicts become rows, and rows become them again."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from db.tables.verdicts import AssessmentRow, AssessmentRunRow, EstimateRow, EvidenceRow, VerdictRow
from verifier.archive.stored import DECIDED, StoredAssessment, StoredVerdict, WitnessSummary
from verifier.verdict import (
    Assessment,
    Certainty,
    CheckKind,
    Concern,
    Estimate,
    Evidence,
    Finding,
    Nuisance,
    Reason,
    Status,
    Verdict,
    Witness,
)


def witness_summary(row: AssessmentRow) -> WitnessSummary:
    return WitnessSummary(
        id=row.id,
        at=row.at,
        finding=Finding(row.finding),
        reason=row.reason,
        confidence=row.confidence,
        confidence_reason=row.confidence_reason,
        certainty=None if row.certainty is None else Certainty(row.certainty),
        kind=None if row.kind is None else CheckKind(row.kind),
        scope=row.scope,
        protocol_hash=row.protocol_hash,
    )


def assessment_row(
    assessment: Assessment, *, verification_id: int | None, at: datetime
) -> AssessmentRow:
    return AssessmentRow(
        claim_id=assessment.claim_id,
        witness=assessment.witness.value,
        verification_id=verification_id,
        at=at,
        finding=assessment.finding.value,
        reason=assessment.reason,
        confidence=assessment.confidence,
        confidence_reason=assessment.confidence_reason,
        certainty=None if assessment.certainty is None else assessment.certainty.value,
        certainty_reasons=[asdict(reason) for reason in assessment.reasons],
        kind=None if assessment.kind is None else assessment.kind.value,
        scope=assessment.scope,
        command=assessment.command,
        basis=assessment.basis,
        conformity=[dict(fact) for fact in assessment.conformity],
        protocol_id=assessment.protocol_id,
        protocol_hash=assessment.protocol_hash,
        would_change=list(assessment.would_change),
        look=assessment.look,
        nuisances=[asdict(nuisance) for nuisance in assessment.nuisances],
        is_turned_by_stress=assessment.is_turned_by_stress,
        is_secondary_only=assessment.is_secondary_only,
    )


def detail_rows(
    assessment: Assessment, *, assessment_id: int
) -> list[EstimateRow | EvidenceRow | AssessmentRunRow]:
    estimates = [EstimateRow(assessment_id=assessment_id, **vars(e)) for e in assessment.estimates]
    evidence = [
        EvidenceRow(
            assessment_id=assessment_id,
            **{**vars(found), "stance": None if found.stance is None else found.stance.value},
        )
        for found in assessment.evidence
    ]
    links = [
        AssessmentRunRow(assessment_id=assessment_id, run_id=run_id)
        for run_id in sorted(set(assessment.run_ids))
    ]
    return [*estimates, *evidence, *links]


def _fields(row: Any, *, without: tuple[str, ...] = ("id", "assessment_id")) -> dict[str, Any]:
    names = (column.name for column in row.__table__.columns)
    return {name: getattr(row, name) for name in names if name not in without}


def _nuisance(said: Mapping[str, Any]) -> Nuisance:
    """As `asdict` and JSON left it."""
    findings = {
        key: None if said[key] is None else Finding(said[key]) for key in ("finding", "before")
    }
    intervals = {key: None if said[key] is None else tuple(said[key]) for key in ("was", "became")}
    return Nuisance(**{**said, **findings, **intervals})


def assessment(session: Session, row: AssessmentRow) -> StoredAssessment:
    """The whole assessment with its estimates, evidence and runs."""
    estimates = session.scalars(
        select(EstimateRow).where(EstimateRow.assessment_id == row.id).order_by(EstimateRow.id)
    )
    evidence = session.scalars(
        select(EvidenceRow).where(EvidenceRow.assessment_id == row.id).order_by(EvidenceRow.id)
    )
    run_ids = session.scalars(
        select(AssessmentRunRow.run_id)
        .where(AssessmentRunRow.assessment_id == row.id)
        .order_by(AssessmentRunRow.run_id)
    )
    said = witness_summary(row)
    whole = Assessment(
        claim_id=row.claim_id,
        witness=Witness(row.witness),
        finding=said.finding,
        reason=said.reason,
        confidence=said.confidence,
        confidence_reason=said.confidence_reason,
        certainty=said.certainty,
        reasons=tuple(
            Reason(concern=Concern(r["concern"]), text=r["text"], levels=r["levels"])
            for r in row.certainty_reasons
        ),
        kind=said.kind,
        scope=said.scope,
        command=row.command,
        basis=row.basis,
        estimates=tuple(Estimate(**_fields(e)) for e in estimates),
        evidence=tuple(
            Evidence(**{**_fields(e), "stance": None if e.stance is None else Finding(e.stance)})
            for e in evidence
        ),
        conformity=tuple(row.conformity),
        run_ids=tuple(run_ids),
        protocol_id=row.protocol_id,
        protocol_hash=row.protocol_hash,
        would_change=tuple(row.would_change),
        look=row.look,
        nuisances=tuple(_nuisance(said) for said in row.nuisances),
        is_turned_by_stress=row.is_turned_by_stress,
        is_secondary_only=row.is_secondary_only,
    )
    return StoredAssessment(
        id=row.id, at=row.at, verification_id=row.verification_id, assessment=whole
    )


def verdict_row(
    claim_id: str,
    decided: Verdict,
    *,
    literature: AssessmentRow | None,
    experiment: AssessmentRow | None,
    author: str,
    at: datetime,
    reason: str = "",
    act: str = DECIDED,
) -> VerdictRow:
    return VerdictRow(
        claim_id=claim_id,
        at=at,
        status=decided.status.value,
        confidence=decided.confidence,
        rests_on=None if decided.rests_on is None else decided.rests_on.value,
        literature_id=None if literature is None else literature.id,
        experiment_id=None if experiment is None else experiment.id,
        author=author,
        reason=reason,
        act=act,
    )


def stored_verdict(row: VerdictRow) -> StoredVerdict:
    return StoredVerdict(
        id=row.id,
        at=row.at,
        verdict=Verdict(
            status=Status(row.status),
            confidence=row.confidence,
            rests_on=None if row.rests_on is None else Witness(row.rests_on),
        ),
        author=row.author,
        reason=row.reason,
        literature_id=row.literature_id,
        experiment_id=row.experiment_id,
        act=row.act,
    )
