"""How the archive's dataclasses become rows and rows become dataclasses again."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any, Protocol

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from db.tables import (
    AssessmentRow,
    AssessmentRunRow,
    ClaimRow,
    DocumentRemovalRow,
    DocumentRow,
    EstimateRow,
    EvidenceRow,
    MentionRow,
    ReferenceRow,
    ReportRow,
    VerdictRow,
)
from verifier.claim import Claim, Reference, Report
from verifier.document import Document, Removal
from verifier.verdict import (
    Assessment,
    Certainty,
    CheckKind,
    Concern,
    Estimate,
    Evidence,
    Finding,
    Kind,
    Nuisance,
    Reason,
    Status,
    Verdict,
    Witness,
)

# (claim, verdict shown, our own, newest assessment by literature, by experiment); None if missing
ClaimJoin = Row[ClaimRow, VerdictRow, VerdictRow, AssessmentRow, AssessmentRow]


DECIDED, OVERRULED, WITHDRAWN = "decided", "overruled", "withdrawn"


class Quoting(Protocol):
    """Words of a document, with their place in it."""

    @property
    def start(self) -> int: ...
    @property
    def end(self) -> int: ...
    @property
    def quote(self) -> str: ...


@dataclass(frozen=True, kw_only=True)
class Mention:
    """A claim as one report words it, with what that report says of it."""

    report_id: int
    report_title: str
    position: int
    line: int
    statement: str
    verified: bool | None
    confidence: float | None
    is_cut: bool
    match_score: float | None


@dataclass(frozen=True, kw_only=True)
class WitnessSummary:
    """One line about what a witness said; the whole is a StoredAssessment."""

    id: int
    at: datetime
    finding: Finding
    reason: str
    confidence: float | None
    confidence_reason: str
    certainty: Certainty | None
    kind: CheckKind | None
    scope: str


@dataclass(frozen=True, kw_only=True)
class ClaimSummary:
    """A claim with the verdict that stands, one line per witness, and where it was reported."""

    claim: Claim
    verdict: Verdict  # a person's, while it stands; else ours
    author: str  # who gave the verdict; empty while unchecked
    checked_at: datetime | None
    decided: Verdict  # ours, whoever overruled it
    overruling: "StoredVerdict | None"  # a person's that stands until withdrawn
    is_fragile: bool  # a small change would turn it
    literature: WitnessSummary | None
    experiment: WitnessSummary | None
    mentions: tuple[Mention, ...]
    run_ids: tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class StoredAssessment:
    id: int
    at: datetime
    verification_id: int | None
    assessment: Assessment


@dataclass(frozen=True, kw_only=True)
class StoredVerdict:
    """One step of the history: decided by us, overruled by a person, or that withdrawn."""

    id: int
    at: datetime
    verdict: Verdict
    author: str
    reason: str
    literature_id: int | None
    experiment_id: int | None
    act: str = DECIDED  # or overruled, or withdrawn


@dataclass(frozen=True, kw_only=True)
class StoredReport:
    id: int
    name: str
    format: str
    title: str
    author: str
    reported_on: date | None
    abstract: str
    question: str
    text: str
    imported_at: datetime
    n_claims: int


# claims and reports


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
    )


# documents


def document_row(document: Document, *, sha256: str, at: datetime) -> DocumentRow:
    return DocumentRow(
        key=document.key,
        sha256=sha256,
        title=document.title,
        text=document.text,
        source=document.source,
        extent=document.extent,
        authors=list(document.authors),
        published=document.published,
        url=document.url,
        version=document.version,
        notes=list(document.notes),
        doi=document.doi,
        other_keys=list(document.other_keys),
        added_at=at,
    )


def check_quote(row: DocumentRow | None, found: Quoting) -> None:
    """ValueError where a document does not hold a quote at its place, letter by letter."""
    text = "" if row is None else row.text
    if not found.quote or text[found.start : found.end] != found.quote:
        which = "no document" if row is None else f"document {row.id}"
        raise ValueError(f"{which} does not hold {found.quote[:60]!r} at {found.start}")


def know_more(row: DocumentRow, document: Document) -> None:
    """The text of a stored document never changes; what it is called elsewhere is added."""
    row.doi = row.doi or document.doi
    row.other_keys = list(dict.fromkeys([*row.other_keys, *document.other_keys]))


def removal(row: DocumentRemovalRow) -> Removal:
    return Removal(at=row.at, author=row.author, reason=row.reason, is_erased=row.is_erased)


def document(
    row: DocumentRow, notices: Mapping[str, str], removal: Removal | None = None
) -> Document:
    """`notices` says, by key, what sources say of a paper's withdrawal."""
    return Document(
        key=row.key,
        title=row.title,
        text=row.text,
        source=row.source,
        extent=row.extent,
        authors=tuple(row.authors),
        published=row.published,
        url=row.url,
        version=row.version,
        notes=tuple(row.notes),
        id=row.id,
        doi=row.doi,
        other_keys=tuple(row.other_keys),
        retraction=notices.get(row.key, ""),
        removal=removal,
    )


# assessments and verdicts


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
