"""What a verdict is made of, and the one table that turns findings into a status.

Pure: no input or output, no clock, and nothing of ours imported. The words are defined here once
and used in code, database, screen and every export.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Finding(StrEnum):
    """What one witness says about a claim."""

    SUPPORTED = "supported"
    CONTRADICTED = "contradicted"
    INCONCLUSIVE = "inconclusive"  # asked, and nothing decisive was found
    NOT_TESTABLE = "not_testable"  # could not be asked; the reason says why


class Status(StrEnum):
    """What the two witnesses together come to."""

    VERIFIED = "verified"
    SUPPORTED = "supported"
    CONTESTED = "contested"
    REFUTED = "refuted"
    INCONCLUSIVE = "inconclusive"
    UNCHECKED = "unchecked"


class Kind(StrEnum):
    """What sort of thing a claim says."""

    EMPIRICAL = "empirical"  # something that happens when one trains and measures
    DESCRIPTIVE = "descriptive"  # what a study did or is


class Witness(StrEnum):
    LITERATURE = "literature"
    EXPERIMENT = "experiment"


class CheckKind(StrEnum):
    """How close a check comes to the original work."""

    SOURCE_CHECK = "source check"
    REDUCED_REPLICATION = "replication at reduced scale"
    REPLICATION = "replication"


class Certainty(StrEnum):
    """GRADE's four levels: how far new evidence could move the finding."""

    HIGH = "high"
    MODERATE = "moderate"
    LOW = "low"
    VERY_LOW = "very low"


class Concern(StrEnum):
    """GRADE's five reasons to lower certainty."""

    INDIRECTNESS = "indirectness"
    IMPRECISION = "imprecision"
    INCONSISTENCY = "inconsistency"
    RISK_OF_BIAS = "risk of bias"
    REPORTING_BIAS = "reporting bias"


@dataclass(frozen=True, kw_only=True)
class Reason:
    """One sentence, with its number, saying why certainty was lowered, and by how many levels."""

    concern: Concern
    text: str
    levels: int = 1


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """A measured number with its interval. An effect is positive on the claim's side."""

    name: str  # what was measured, e.g. "cpc − jepa"
    value: float
    low: float  # ends of the interval at `level`
    high: float
    level: float = 0.95
    n: int  # the number of independent units behind it …
    n_counts: str  # … and what they are, e.g. "seeds", "patients"
    probability: float | None = None  # that the effect lies on the claim's side of delta
    role: str = "member"  # member (decides), control, stress or description
    unit: str = "macro AUROC"
    seed_error: float | None = None  # standard error from the spread over seeds …
    patient_error: float | None = None  # … and from resampling patients; their squares add
    n_patients: int | None = None  # in all test folds of its seeds together
    pooled_freedom: int = 0  # degrees of freedom that like comparisons lend the seeds' spread
    note: str = ""


Interval = tuple[float, float, float]  # a value and the ends of its 95 % interval


@dataclass(frozen=True, kw_only=True)
class Nuisance:
    """What a stress arm made of a finding: something that might explain it, tried."""

    name: str
    says: str  # what it changes, in words
    n_runs: int  # that ended well, of …
    n_planned: int  # … those that the preset asks for; 0: it has no stress arms
    n_seeds: int = 0  # that every arm has under it
    finding: Finding | None = None  # by the claim's own rule; None: not judged
    reason: str = ""  # of that finding
    before: Finding | None = None  # of the same seeds and sizes without it
    n_effects: int = 0  # that have their like without it
    shift: float | None = None  # of these effects, on average
    moved_most: str = ""  # the effect, and where from and where to
    was: Interval | None = None
    became: Interval | None = None
    unit: str = ""

    @property
    def is_judged(self) -> bool:
        return self.finding is not None

    @property
    def state(self) -> str:
        """Whether it was tried, in words.

        >>> Nuisance(name="decay", says="", n_runs=11, n_planned=25).state
        '11 of 25 runs; not judged'
        """
        if not self.n_planned:
            return "not part of the preset"
        if self.is_judged:
            return f"{self.n_seeds} seeds, {self.n_runs} runs"
        if self.n_runs < self.n_planned:
            return f"{self.n_runs} of {self.n_planned} runs; not judged"
        return f"{self.n_runs} runs, but {self.n_seeds} seeds with valid ones; not judged"


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """A passage of a document that bears on a claim, found again by its character offsets."""

    document_id: int
    start: int
    end: int
    quote: str
    score: float  # 0..1: probability to bear on the claim; by shared words alone, their share
    stance: Finding | None = None  # None: nobody has judged its polarity
    probability: float | None = None  # of the stance, where it was judged
    is_primary: bool = False  # from the very study the claim is about


@dataclass(frozen=True, kw_only=True)
class Assessment:
    """What one witness says about one claim, with everything needed to doubt it."""

    claim_id: str
    witness: Witness
    finding: Finding
    reason: str  # one or two sentences for the person who asks "why?"
    confidence: float | None = None  # see docs/decisions/0002
    confidence_reason: str = ""  # why there is no number, where there is none
    certainty: Certainty | None = None
    reasons: tuple[Reason, ...] = ()
    kind: CheckKind | None = None
    scope: str = ""  # data set, patients, model size, seeds, in words
    command: str = ""  # reproduces it
    basis: str = ""  # digest of everything that decided it; the same basis says the same
    estimates: tuple[Estimate, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    conformity: tuple[Mapping[str, Any], ...] = ()  # shown, never counted as evidence
    run_ids: tuple[int, ...] = ()
    protocol_id: str | None = None
    protocol_hash: str | None = None
    would_change: tuple[str, ...] = ()  # what would change the finding, each with its number
    look: int = 0  # its number among those at a growing number of seeds; 0: none counted
    nuisances: tuple[Nuisance, ...] = ()  # all that the protocol names, tried or not
    is_turned_by_stress: bool = False  # a stress arm turns the finding round
    is_secondary_only: bool = False  # literature: no primary source, fewer than two documents


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """The whole: the status and the headline confidence, with the witness they rest on."""

    status: Status
    confidence: float | None
    rests_on: Witness | None


CERTAINTIES = (Certainty.HIGH, Certainty.MODERATE, Certainty.LOW, Certainty.VERY_LOW)


def lowered(reasons: tuple[Reason, ...], start: Certainty = Certainty.HIGH) -> Certainty:
    """GRADE: start at a level and go down by each reason, never below very low.

    >>> lowered((Reason(concern=Concern.IMPRECISION, text="3 seeds"),)).value
    'moderate'
    """
    steps = CERTAINTIES.index(start) + sum(reason.levels for reason in reasons)
    return CERTAINTIES[min(steps, len(CERTAINTIES) - 1)]


def status(kind: Kind, literature: Assessment | None, experiment: Assessment | None) -> Status:
    """The status table of design: a pure function of the kind of claim and the two findings.

    A witness that has not been asked is None, which differs from one that could not answer.
    """
    if kind is Kind.DESCRIPTIVE:
        return _descriptive_status(literature, experiment)
    said = [a.finding for a in (literature, experiment) if a is not None]
    if not said:
        return Status.UNCHECKED
    if experiment is not None and experiment.is_turned_by_stress:
        return Status.CONTESTED
    supports = said.count(Finding.SUPPORTED)
    contradicts = said.count(Finding.CONTRADICTED)
    if supports and contradicts:
        return Status.CONTESTED
    if contradicts:
        return Status.REFUTED
    if supports == 2:
        return Status.VERIFIED
    if supports:
        return Status.SUPPORTED
    return Status.INCONCLUSIVE


def _descriptive_status(literature: Assessment | None, experiment: Assessment | None) -> Status:
    """Only the literature can answer what a study did; our own module would be a circle."""
    if literature is None:
        return Status.UNCHECKED if experiment is None else Status.INCONCLUSIVE
    if literature.finding is Finding.SUPPORTED:
        return Status.SUPPORTED if literature.is_secondary_only else Status.VERIFIED
    if literature.finding is Finding.CONTRADICTED:
        return Status.REFUTED
    return Status.INCONCLUSIVE


DECISIVE = {
    Status.VERIFIED: {Finding.SUPPORTED},
    Status.SUPPORTED: {Finding.SUPPORTED},
    Status.REFUTED: {Finding.CONTRADICTED},
    Status.CONTESTED: set[Finding](),
    Status.INCONCLUSIVE: set[Finding](),
    Status.UNCHECKED: set[Finding](),
}


def verdict(kind: Kind, literature: Assessment | None, experiment: Assessment | None) -> Verdict:
    """Status, and the confidence of the witness it rests on: the weaker where both bear on it.

    An undecided claim has no headline confidence: nothing is asserted that could be right or wrong.
    Nor has a contested one: two findings that speak against each other are not both right, and the
    number of either beside the word would say that the dispute is as good as certain.
    """
    decided = status(kind, literature, experiment)
    witnesses = (literature,) if kind is Kind.DESCRIPTIVE else (literature, experiment)
    bearing = [a for a in witnesses if a is not None and a.finding in DECISIVE[decided]]
    known = [a for a in bearing if a.confidence is not None]
    if len(known) < len(bearing) or not bearing:
        return Verdict(
            status=decided, confidence=None, rests_on=bearing[0].witness if bearing else None
        )
    weakest = min(known, key=lambda a: a.confidence if a.confidence is not None else 0.0)
    return Verdict(status=decided, confidence=weakest.confidence, rests_on=weakest.witness)
