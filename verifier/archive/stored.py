"""What the archive gives out of claims, reports, assessments and verdicts."""

from dataclasses import dataclass
from datetime import date, datetime

from verifier.claim import Claim
from verifier.verdict import Assessment, Certainty, CheckKind, Finding, Verdict, Witness

DECIDED, OVERRULED, WITHDRAWN = "decided", "overruled", "withdrawn"


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
    remarks: tuple[str, ...] = ()  # what the report says of it that these cannot hold


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
    protocol_hash: str | None


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

    @property
    def certainty(self) -> Certainty | None:
        """Of the witness that the status rests on; None where it rests on none."""
        bearing = {Witness.LITERATURE: self.literature, Witness.EXPERIMENT: self.experiment}
        witness = bearing.get(self.verdict.rests_on) if self.verdict.rests_on else None
        return witness.certainty if witness else None


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
    notes: tuple[str, ...] = ()  # what was taken for granted, or left out, in reading it
