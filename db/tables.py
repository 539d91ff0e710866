"""The tables. Every constraint has a name; every time is UTC; assessments are append-only.

One file because the schema is one idea; a change here goes with one migration.
"""

from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    CheckConstraint,
    Date,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    LargeBinary,
    MetaData,
    Text,
    TypeDecorator,
    UniqueConstraint,
    desc,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

RUN_STATES = ("queued", "running", "paused", "lost", "succeeded", "failed", "cancelled")
VERIFICATION_STATES = ("requested", "running", "finished", "failed", "cancelled")
INQUIRY_KINDS = ("search", "read", "extract", "review", "prepare", "check", "fetch")
CANDIDATE_STATES = ("candidate", "accepted", "rejected")
CANDIDATE_KINDS = ("finding", "comparison", "number", "trend", "setting")
REMOVAL_ACTS = ("removed", "returned")
VERDICT_ACTS = ("decided", "overruled", "withdrawn")
STATUSES = ("verified", "supported", "contested", "refuted", "inconclusive", "unchecked")
APPEND_ONLY = (
    *("assessment", "estimate", "evidence", "assessment_run"),
    "verdict",
    "run_event",
    "review",
    "document_removal",
)


class UtcDateTime(TypeDecorator[datetime]):
    """Aware datetimes in and out, stored as naive UTC; a naive one is refused."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"A time without a zone cannot be stored: {value!r}.")
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else value.replace(tzinfo=UTC)


def one_of(column: str, allowed: tuple[str, ...], name: str) -> CheckConstraint:
    words = ", ".join(f"'{word}'" for word in allowed)
    return CheckConstraint(f"{column} IN ({words})", name=name)


class Table(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy's own way
        datetime: UtcDateTime,
        date: Date,
        str: Text,
        dict[str, Any]: JSON,
        list[Any]: JSON,
    }


class ReportRow(Table):
    __tablename__ = "report"

    id: Mapped[int] = mapped_column(primary_key=True)
    sha256: Mapped[str] = mapped_column(unique=True)  # of the file's text
    name: Mapped[str]  # the file's name
    format: Mapped[str]
    title: Mapped[str]
    author: Mapped[str]
    reported_on: Mapped[date | None]
    abstract: Mapped[str]
    question: Mapped[str]
    text: Mapped[str]
    imported_at: Mapped[datetime]


class ReferenceRow(Table):
    __tablename__ = "reference"
    __table_args__ = (UniqueConstraint("report_id", "position"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    report_id: Mapped[int] = mapped_column(ForeignKey("report.id"))
    position: Mapped[int]
    url: Mapped[str]
    arxiv_id: Mapped[str | None]
    version: Mapped[int | None]


class ClaimRow(Table):
    """A claim, and from `status` on where it stands now.

    Where it stands follows from the appended verdicts and assessments and is written with them
    (db/standing.py), so that a list of claims walks through no history.
    """

    __tablename__ = "claim"
    __table_args__ = (
        one_of("kind", ("empirical", "descriptive"), "kind"),
        one_of("origin", ("bundled", "imported"), "origin"),
        Index("ix_claim_status_position", "status", "position"),
        Index(
            "ix_claim_facets",
            *("status", "kind", "certainty", "literature", "experiment"),
            *("is_fragile", "is_cut", "verdict_id", "decided_id"),
        ),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(index=True)  # order of arrival, for lists
    statement: Mapped[str]
    kind: Mapped[str]
    origin: Mapped[str]
    study: Mapped[str | None] = mapped_column(index=True)
    topic: Mapped[str] = mapped_column(index=True)
    protocol_id: Mapped[str | None]
    protocol_score: Mapped[float | None]
    is_protocol_chosen: Mapped[bool]  # by a person; a bundled file no longer changes it
    is_cut: Mapped[bool]
    context: Mapped[str]
    created_at: Mapped[datetime]
    status: Mapped[str] = mapped_column(default="unchecked", server_default="unchecked")
    decided: Mapped[str] = mapped_column(  # what the witnesses come to, whoever overruled it
        default="unchecked", server_default="unchecked"
    )
    confidence: Mapped[float | None]
    certainty: Mapped[str | None]  # of the witness the status rests on
    literature: Mapped[str | None]  # the findings …
    experiment: Mapped[str | None]
    is_fragile: Mapped[bool | None]  # None: there is nothing to be turned, or nobody looked yet
    checked_at: Mapped[datetime | None]
    verdict_id: Mapped[int | None] = mapped_column(index=True)  # … and the rows behind them
    decided_id: Mapped[int | None]
    literature_id: Mapped[int | None]
    experiment_id: Mapped[int | None]


class MentionRow(Table):
    """A claim as one report words it, and what that report says of it."""

    __tablename__ = "mention"
    __table_args__ = (UniqueConstraint("report_id", "position"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    report_id: Mapped[int] = mapped_column(ForeignKey("report.id"))
    claim_id: Mapped[str] = mapped_column(ForeignKey("claim.id"), index=True)
    position: Mapped[int]
    line: Mapped[int]
    statement: Mapped[str]
    verified: Mapped[bool | None]
    confidence: Mapped[float | None]
    is_cut: Mapped[bool]
    match_score: Mapped[float | None]  # to the claim it was linked to; None: made this claim


class DocumentRow(Table):
    __tablename__ = "document"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(index=True)  # newest row of a key is the current text
    sha256: Mapped[str] = mapped_column(unique=True)  # of key and text: a new text is a new row
    title: Mapped[str]
    text: Mapped[str]
    source: Mapped[str]
    extent: Mapped[str]
    authors: Mapped[list[Any]]
    published: Mapped[str]
    url: Mapped[str]
    version: Mapped[int | None]
    notes: Mapped[list[Any]]
    doi: Mapped[str] = mapped_column(default="", server_default="")
    other_keys: Mapped[list[Any]] = mapped_column(default=list, server_default="[]")
    added_at: Mapped[datetime]


class DocumentRemovalRow(Table):
    """A person took a text out of reading, or gave it back; the newest row of a text stands.

    The row of the text stays, so that its number never comes to mean another. Its words stay only
    where something that is kept for ever quotes them.
    """

    __tablename__ = "document_removal"
    __table_args__ = (one_of("act", REMOVAL_ACTS, "act"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    document_id: Mapped[int] = mapped_column(ForeignKey("document.id"), index=True)
    act: Mapped[str]
    at: Mapped[datetime]
    author: Mapped[str]
    reason: Mapped[str]
    is_erased: Mapped[bool]  # nothing quoted it, and its words are gone


class SearchRow(Table):
    """A question put to a literature source, so that a report's search can be repeated."""

    __tablename__ = "search"
    __table_args__ = (UniqueConstraint("source", "query", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    source: Mapped[str]
    query: Mapped[str]
    at: Mapped[datetime]
    n_found: Mapped[int]
    inquiry_id: Mapped[int | None] = mapped_column(ForeignKey("inquiry.id"), index=True)
    trouble: Mapped[str] = mapped_column(default="", server_default="")  # why nothing came
    kept_from: Mapped[datetime | None]  # when the answer came, if it was on disk already


class SearchHitRow(Table):
    """What one query of one source found, in the source's own order."""

    __tablename__ = "search_hit"

    search_id: Mapped[int] = mapped_column(ForeignKey("search.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    document_id: Mapped[int] = mapped_column(ForeignKey("document.id"), index=True)


class InquiryRow(Table):
    """Something that takes longer than a page: a search, a reading, the care of a data set."""

    __tablename__ = "inquiry"
    __table_args__ = (
        one_of("state", VERIFICATION_STATES, "state"),
        one_of("kind", INQUIRY_KINDS, "kind"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    subject: Mapped[str]  # a question, a document's key, a report's number, a data set
    settings: Mapped[dict[str, Any]]
    requested_at: Mapped[datetime]
    state: Mapped[str]
    message: Mapped[str]
    owner: Mapped[str | None]
    lease_until: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    result: Mapped[dict[str, Any] | None]


class FoundPaperRow(Table):
    """The papers of a search, merged over its sources and ranked."""

    __tablename__ = "found_paper"

    inquiry_id: Mapped[int] = mapped_column(ForeignKey("inquiry.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    document_id: Mapped[int] = mapped_column(ForeignKey("document.id"), index=True)
    score: Mapped[float]
    sources: Mapped[list[Any]]


class RetractionCheckRow(Table):
    """A source was asked whether a paper was withdrawn; an empty notice: it lists none."""

    __tablename__ = "retraction_check"

    id: Mapped[int] = mapped_column(primary_key=True)
    document_key: Mapped[str] = mapped_column(index=True)
    source: Mapped[str]
    at: Mapped[datetime]
    notice: Mapped[str]


class CandidateRow(Table):
    """A claim that an extractor reads in a paper; a person accepts or rejects it."""

    __tablename__ = "candidate"
    __table_args__ = (
        one_of("state", CANDIDATE_STATES, "state"),
        one_of("kind", CANDIDATE_KINDS, "kind"),
        UniqueConstraint("document_id", "start", "statement"),
        CheckConstraint("score BETWEEN 0 AND 1", name="score"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    document_id: Mapped[int] = mapped_column(ForeignKey("document.id"), index=True)
    start: Mapped[int]
    end: Mapped[int]
    quote: Mapped[str]  # the sentence, letter by letter
    statement: Mapped[str]  # what it claims when read by itself
    kind: Mapped[str]
    section: Mapped[str]
    page: Mapped[int | None]
    context_needed: Mapped[str]  # what a reader must know first; empty if it stands alone
    extractor: Mapped[str]  # its name and version
    score: Mapped[float]
    found_at: Mapped[datetime]
    state: Mapped[str]
    decided_by: Mapped[str]
    decided_at: Mapped[datetime | None]
    reason: Mapped[str]
    claim_id: Mapped[str | None] = mapped_column(ForeignKey("claim.id"), index=True)


class RunRow(Table):
    """One training and its probes, or one description; the fingerprint is its identity."""

    __tablename__ = "run"
    __table_args__ = (
        one_of("state", RUN_STATES, "state"),
        one_of("kind", ("training", "description"), "kind"),
        UniqueConstraint("kind", "fingerprint"),
        Index("ix_run_waiting", "state", desc("priority"), "id"),
        Index("ix_run_state_finished", "state", "finished_at"),  # the list of runs
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    fingerprint: Mapped[str]
    label: Mapped[str]  # what a person sees in the list of runs
    task: Mapped[dict[str, Any]]  # the recipe, or what to read
    data: Mapped[str]  # data reference, e.g. "synthetic"
    state: Mapped[str]
    priority: Mapped[int]
    attempt: Mapped[int]
    max_attempts: Mapped[int]
    owner: Mapped[str | None]
    lease_until: Mapped[datetime | None]
    heartbeat_at: Mapped[datetime | None]
    not_before: Mapped[datetime | None]  # back-off after a lost or failed attempt
    cancel_requested_at: Mapped[datetime | None]
    pause_requested_at: Mapped[datetime | None]
    device: Mapped[str] = mapped_column(default="cpu")  # or "cuda"
    code: Mapped[str] = mapped_column(default="")  # digest of the training code, "": any will do
    queued_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    phase: Mapped[str]
    step: Mapped[int]
    n_steps: Mapped[int]
    windows_per_s: Mapped[float | None]
    is_valid: Mapped[bool | None]
    error: Mapped[str]
    result: Mapped[dict[str, Any] | None]


class RunEventRow(Table):
    __tablename__ = "run_event"

    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("run.id"), index=True)
    attempt: Mapped[int]
    at: Mapped[datetime]
    actor: Mapped[str]
    kind: Mapped[str]
    detail: Mapped[str]


class RunProgressRow(Table):
    """Points of the loss curve, copied by the supervisor from the child's progress file."""

    __tablename__ = "run_progress"
    __table_args__ = (UniqueConstraint("run_id", "attempt", "phase", "step"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("run.id"))
    attempt: Mapped[int]
    at: Mapped[datetime]
    phase: Mapped[str]
    step: Mapped[int]
    loss: Mapped[float | None]
    windows_per_s: Mapped[float | None]


class MeasurementRow(Table):
    __tablename__ = "measurement"
    __table_args__ = (UniqueConstraint("run_id", "name", "probe", "split"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("run.id"))
    name: Mapped[str]
    probe: Mapped[str]
    split: Mapped[str]
    value: Mapped[float | None]
    reason: Mapped[str]  # why there is no value
    n: Mapped[int | None]
    n_counts: Mapped[str]


class PredictionsRow(Table):
    """Per-record test scores of a run as one NumPy archive without pickles (predictions.npz)."""

    __tablename__ = "predictions"

    run_id: Mapped[int] = mapped_column(ForeignKey("run.id"), primary_key=True)
    sha256: Mapped[str]
    payload: Mapped[bytes] = mapped_column(LargeBinary)


class WorkerRow(Table):
    __tablename__ = "worker"

    id: Mapped[str] = mapped_column(primary_key=True)
    host: Mapped[str]
    pid: Mapped[int]
    slots: Mapped[int]
    executor: Mapped[str] = mapped_column(default="local")
    code: Mapped[str] = mapped_column(default="")  # digest of the training code it works with
    gpus: Mapped[int] = mapped_column(default=0)
    started_at: Mapped[datetime]
    heartbeat_at: Mapped[datetime]
    stopped_at: Mapped[datetime | None]


class VerificationRow(Table):
    """Somebody pressed Verify: which claims, on which data, how thoroughly."""

    __tablename__ = "verification"
    __table_args__ = (one_of("state", VERIFICATION_STATES, "state"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    requested_at: Mapped[datetime]
    claim_ids: Mapped[list[Any]]
    preset: Mapped[str]
    data: Mapped[str]
    budget_s: Mapped[float | None]  # seeds are added until decided or this is spent; None: not
    state: Mapped[str]
    message: Mapped[str]
    owner: Mapped[str | None]
    lease_until: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]


class VerificationRunRow(Table):
    __tablename__ = "verification_run"

    verification_id: Mapped[int] = mapped_column(ForeignKey("verification.id"), primary_key=True)
    claim_id: Mapped[str] = mapped_column(ForeignKey("claim.id"), primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("run.id"), primary_key=True, index=True)


class AssessmentRow(Table):
    __tablename__ = "assessment"
    __table_args__ = (
        one_of("witness", ("literature", "experiment"), "witness"),
        one_of("finding", ("supported", "contradicted", "inconclusive", "not_testable"), "finding"),
        CheckConstraint("confidence BETWEEN 0 AND 1", name="confidence"),
        Index("ix_assessment_claim_witness", "claim_id", "witness", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    claim_id: Mapped[str] = mapped_column(ForeignKey("claim.id"))
    witness: Mapped[str]
    verification_id: Mapped[int | None] = mapped_column(ForeignKey("verification.id"))
    at: Mapped[datetime]
    finding: Mapped[str]
    reason: Mapped[str]
    confidence: Mapped[float | None]
    confidence_reason: Mapped[str]
    certainty: Mapped[str | None]
    certainty_reasons: Mapped[list[Any]]
    kind: Mapped[str | None]
    scope: Mapped[str]
    command: Mapped[str]
    basis: Mapped[str]
    conformity: Mapped[list[Any]]
    protocol_id: Mapped[str | None]
    protocol_hash: Mapped[str | None]
    would_change: Mapped[list[Any]]
    look: Mapped[int] = mapped_column(server_default="0")  # 0: the only one
    nuisances: Mapped[list[Any]] = mapped_column(server_default="[]")
    is_turned_by_stress: Mapped[bool]
    is_secondary_only: Mapped[bool]


class EstimateRow(Table):
    __tablename__ = "estimate"

    id: Mapped[int] = mapped_column(primary_key=True)
    assessment_id: Mapped[int] = mapped_column(ForeignKey("assessment.id"), index=True)
    name: Mapped[str]
    value: Mapped[float]
    low: Mapped[float]
    high: Mapped[float]
    level: Mapped[float]
    n: Mapped[int]
    n_counts: Mapped[str]
    probability: Mapped[float | None]
    role: Mapped[str]
    unit: Mapped[str]
    seed_error: Mapped[float | None]
    patient_error: Mapped[float | None]
    n_patients: Mapped[int | None]
    pooled_freedom: Mapped[int] = mapped_column(server_default="0")
    note: Mapped[str]


class EvidenceRow(Table):
    __tablename__ = "evidence"

    id: Mapped[int] = mapped_column(primary_key=True)
    assessment_id: Mapped[int] = mapped_column(ForeignKey("assessment.id"), index=True)
    document_id: Mapped[int] = mapped_column(ForeignKey("document.id"))
    start: Mapped[int]
    end: Mapped[int]
    quote: Mapped[str]
    score: Mapped[float]
    stance: Mapped[str | None]
    probability: Mapped[float | None]
    is_primary: Mapped[bool]


class AssessmentRunRow(Table):
    __tablename__ = "assessment_run"

    assessment_id: Mapped[int] = mapped_column(ForeignKey("assessment.id"), primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("run.id"), primary_key=True, index=True)


class VerdictRow(Table):
    """Status over time. `author` is the program or a person who overruled it with a reason.

    A person's status stands, whatever the program decides later, until a person withdraws it.
    """

    __tablename__ = "verdict"
    __table_args__ = (
        one_of("status", STATUSES, "status"),
        one_of("act", VERDICT_ACTS, "act"),
        Index("ix_verdict_claim", "claim_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    claim_id: Mapped[str] = mapped_column(ForeignKey("claim.id"))
    at: Mapped[datetime]
    status: Mapped[str]
    confidence: Mapped[float | None]
    rests_on: Mapped[str | None]
    literature_id: Mapped[int | None] = mapped_column(ForeignKey("assessment.id"))
    experiment_id: Mapped[int | None] = mapped_column(ForeignKey("assessment.id"))
    author: Mapped[str]
    reason: Mapped[str]
    act: Mapped[str] = mapped_column(default="decided", server_default="decided")


class ReviewRow(Table):
    """One person's judgement of one claim.

    The first by each reviewer was given without seeing the others'; later ones are revisions.
    """

    __tablename__ = "review"
    __table_args__ = (
        one_of("status", STATUSES[:-1], "status"),
        Index("ix_review_claim", "claim_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    claim_id: Mapped[str] = mapped_column(ForeignKey("claim.id"))
    reviewer: Mapped[str]
    status: Mapped[str]
    reason: Mapped[str]
    at: Mapped[datetime]
    decided_id: Mapped[int | None] = mapped_column(ForeignKey("verdict.id"))  # that was on screen


class SavedViewRow(Table):
    """A named set of filters of a screen, as the query of its address."""

    __tablename__ = "saved_view"
    __table_args__ = (UniqueConstraint("page", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    page: Mapped[str]
    name: Mapped[str]
    query: Mapped[str]
    author: Mapped[str]
    created_at: Mapped[datetime]


class VisitRow(Table):
    """When a visitor was last here, so that the overview can say what changed since."""

    __tablename__ = "visit"

    visitor: Mapped[str] = mapped_column(primary_key=True)  # an account, or a digest of a cookie
    seen_at: Mapped[datetime]
    since: Mapped[datetime | None]  # the end of the visit before this one; None: the first
