"""One dossier with a claim of every sort, and text that means harm."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from verifier._rows import WitnessSummary
from verifier.archive import ClaimSummary, Mention, StoredAssessment, StoredReport, StoredVerdict
from verifier.claim import Claim, Reference
from verifier.document import Document
from verifier.dossier import ClaimDossier, Dossier
from verifier.exports import EXPORTS
from verifier.protocol import Arm, BundledClaim, Protocol
from verifier.queue import Measurement, Run
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

AT = datetime(2026, 9, 3, 14, 5, tzinfo=UTC)
NASTY = (
    "=cmd()|' <script>alert(1)</script> | `rm` $x^2$ **bold** [a](javascript:alert(1)) &amp; "
    "“naïve” ≤ 心電図 " + "very long " * 30 + "end"
)


def claim(claim_id: str, statement: str, **more: Any) -> Claim:
    kept = {"kind": Kind.EMPIRICAL, "origin": "bundled", "study": "2605.12241", **more}
    return Claim(id=claim_id, statement=statement, **kept)


def read(claim_id: str, finding: Finding, **more: Any) -> Assessment:
    return Assessment(
        claim_id=claim_id,
        witness=Witness.LITERATURE,
        finding=finding,
        **{
            "reason": "The study's own abstract says so.",
            "confidence": 0.91,
            "certainty": Certainty.MODERATE,
            "reasons": (Reason(concern=Concern.REPORTING_BIAS, text="Its own authors say so."),),
            "kind": CheckKind.SOURCE_CHECK,
            "scope": "1 document, abstract only",
            "command": f"python -m verifier verify {claim_id} --only literature",
            **more,
        },
    )


def ran(claim_id: str, finding: Finding, **more: Any) -> Assessment:
    return Assessment(
        claim_id=claim_id,
        witness=Witness.EXPERIMENT,
        finding=finding,
        **{
            "reason": "CPC beats data2vec by 0.031, three times the smallest effect that matters.",
            "confidence": 0.9731,
            "certainty": Certainty.LOW,
            "reasons": (
                Reason(concern=Concern.INDIRECTNESS, text="Synthetic ECGs.", levels=1),
                Reason(concern=Concern.IMPRECISION, text="Only 3 seeds for each arm."),
            ),
            "kind": CheckKind.REDUCED_REPLICATION,
            "scope": "synthetic, 2,048 records, 410 patients, S4D with 61 thousand parameters, "
            "3 seeds",
            "command": f"python -m verifier verify {claim_id} --preset quick --data synthetic",
            "protocol_id": claim_id,
            "protocol_hash": "c0ffee" * 10 + "c0ff",
            "estimates": (
                effect("cpc − data2vec, 2048 records", 0.031, 0.012),
                effect("cpc − jepa, 2048 records", 0.0244, 0.0131),
                effect("cpc − data2vec, mask rate 0.3", 0.012, 0.021, role="stress"),
                effect("cpc − random encoder", 0.21, 0.03, role="control"),
            ),
            "nuisances": (
                Nuisance(
                    name="mask rate 30 %",
                    says="objective_options.mask_probability = 0.3; in data2vec",
                    n_runs=6,
                    n_planned=6,
                    n_seeds=3,
                    finding=Finding.INCONCLUSIVE,
                    before=Finding.SUPPORTED,
                    n_effects=2,
                    shift=-0.0127,
                    moved_most="cpc − data2vec, 2048 records",
                    was=(0.031, 0.019, 0.043),
                    became=(0.012, -0.009, 0.033),
                    unit="macro AUROC",
                ),
                Nuisance(name="fixed epochs", says="as many epochs", n_runs=11, n_planned=25),
            ),
            **more,
        },
    )


def effect(name: str, value: float, spread: float, **more: Any) -> Estimate:
    kept = {"n": 3, "n_counts": "seeds", "probability": 0.97, **more}
    return Estimate(name=name, value=value, low=value - spread, high=value + spread, **kept)


def quote(text: str, stance: Finding | None, **more: Any) -> Evidence:
    kept: dict[str, Any] = {"document_id": 1, "start": 120, "end": 120 + len(text), **more}
    return Evidence(quote=text, stance=stance, **{"score": 0.7, "probability": 0.91, **kept})


def stored(assessment: Assessment | None, number: int) -> StoredAssessment | None:
    if assessment is None:
        return None
    return StoredAssessment(id=number, at=AT, verification_id=1, assessment=assessment)


def in_short(said: StoredAssessment | None) -> WitnessSummary | None:
    if said is None:
        return None
    names = ("finding", "reason", "confidence", "confidence_reason", "certainty", "kind", "scope")
    told = {name: getattr(said.assessment, name) for name in names}
    return WitnessSummary(id=said.id, at=said.at, **told)


def mention(position: int, statement: str, **more: Any) -> Mention:
    kept = {"verified": False, "confidence": 0.11, "is_cut": False, "match_score": None, **more}
    return Mention(
        report_id=1,
        report_title="Contrastive Pretraining Scaling",
        position=position,
        line=30 + position,
        statement=statement,
        **kept,
    )


def dossier_of(
    about: Claim,
    status: Status,
    *,
    literature: Assessment | None = None,
    experiment: Assessment | None = None,
    mentions: tuple[Mention, ...] = (),
    protocol: BundledClaim | None = None,
    verdict: Verdict | None = None,
    history: tuple[StoredVerdict, ...] = (),
) -> ClaimDossier:
    verdict = verdict or Verdict(status=status, confidence=None, rests_on=None)
    said, measured = stored(literature, 1), stored(experiment, 2)
    past = StoredVerdict(
        id=1,
        at=AT,
        verdict=verdict,
        author="replicheck",
        reason="",
        literature_id=1,
        experiment_id=2,
    )
    asked = literature is not None or experiment is not None
    return ClaimDossier(
        summary=ClaimSummary(
            claim=about,
            verdict=verdict,
            author="replicheck" if asked else "",
            checked_at=AT if asked else None,
            decided=verdict,
            overruling=next((h for h in history if h.act == "overruled"), None),
            is_fragile=False,
            literature=in_short(said),
            experiment=in_short(measured),
            mentions=mentions,
            run_ids=() if experiment is None else experiment.run_ids,
        ),
        literature=said,
        experiment=measured,
        history=(*history, *((past,) if asked else ())),
        protocol=protocol,
    )


def run(
    number: int, *, objective: str, n_records: int, seed: int, n_updates: int = 300, **more: Any
) -> Run:
    task = {
        "objective": objective,
        "backbone": "s4d",
        "seed": seed,
        "n_records": n_records,
        "n_updates": n_updates,
    }
    kept: dict[str, Any] = {
        "state": "succeeded",
        "is_valid": True,
        "error": "",
        "result": {"n_pretraining_records": n_records if n_updates else 0},
        **more,
    }
    return Run(
        id=number,
        kind="training",
        fingerprint=f"{number:064x}",
        label=f"{objective} · s4d · {n_records} records · seed {seed}",
        task=task,
        data="synthetic",
        priority=0,
        attempt=1,
        max_attempts=3,
        owner=None,
        lease_until=None,
        heartbeat_at=None,
        not_before=None,
        cancel_requested_at=None,
        pause_requested_at=None,
        device="cpu",
        code="",
        queued_at=AT,
        started_at=AT,
        finished_at=AT,
        phase="done",
        step=300,
        n_steps=300,
        windows_per_s=900.0,
        **kept,
    )


def scored(value: float | None, reason: str = "") -> list[Measurement]:
    return [
        Measurement(
            name="macro_auroc",
            probe="linear",
            split="test",
            value=value,
            reason=reason,
            n=410,
            n_counts="records",
        )
    ]


def all_runs() -> tuple[tuple[Run, ...], dict[int, list[Measurement]]]:
    """Two objectives at three sizes and three seeds, a random encoder, and one that collapsed."""
    runs: list[Run] = []
    values: dict[int, list[Measurement]] = {}
    settings = [("cpc", 0.31), ("data2vec", 0.345)]
    for objective, error in settings:
        for place, size in enumerate((128, 512, 2048)):
            for seed in range(3):
                runs.append(run(len(runs) + 1, objective=objective, n_records=size, seed=seed))
                values[len(runs)] = scored(1 - error * 0.84**place + 0.006 * (seed - 1))
    for seed in range(3):
        runs.append(run(len(runs) + 1, objective="cpc", n_records=128, seed=seed, n_updates=0))
        values[len(runs)] = scored(0.62 + 0.004 * seed)
    why = "the embedding collapsed: effective rank 1.0"
    runs.append(run(22, objective="data2vec", n_records=2048, seed=3, is_valid=False, error=why))
    values[22] = scored(None, f"the run is invalid: {why}")
    return tuple(runs), values


PROTOCOL = BundledClaim(
    claim=claim("C04", "CPC is strongest."),
    protocol=Protocol(
        id="C04",
        hypothesis="A backbone pretrained with CPC gives a higher macro AUROC than any rival.",
        words="Says whether CPC leads on small synthetic data, not whether it leads at full scale.",
        check="exceeds",
        recipe="tiny",
        favoured=(Arm(name="cpc"),),
        rivals=(Arm(name="jepa"), Arm(name="data2vec")),
        limits=("Transfer to other data sets is not tested.", "HuBERT and DINO-SR do not run."),
    ),
    expectations=(),
    note="",
    untested_because="",
    toml="",
)

CONFORMITY = (
    {"says": "The stem has four convolutions", "recipe": "paper", "fact": "stem.n_convolutions"}
    | {"expected": 4, "found": 4, "holds": True, "reason": ""},
    {"says": "It normalises batches", "recipe": "paper", "fact": "stem.normalises_batches"}
    | {"expected": True, "found": False, "holds": False, "reason": ""},
    {"says": "It has 512 leads out", "recipe": "paper", "fact": "stem.width", "expected": 512}
    | {"found": None, "holds": None, "reason": "the description has no stem.width"},
)


def claims() -> tuple[ClaimDossier, ...]:
    overruled = StoredVerdict(
        id=9,
        at=AT,
        verdict=Verdict(status=Status.INCONCLUSIVE, confidence=None, rests_on=None),
        author="Ada",
        reason="Synthetic data cannot settle this <b>at all</b>.",
        literature_id=1,
        experiment_id=2,
        act="overruled",
    )
    return (
        dossier_of(
            claim("C04", "CPC yields the strongest representations across clinical tasks."),
            Status.VERIFIED,
            literature=read(
                "C04",
                Finding.SUPPORTED,
                evidence=(
                    quote(
                        "CPC gives the strongest representations over most clinical tasks",
                        Finding.SUPPORTED,
                        is_primary=True,
                    ),
                    quote("though fine-tuning closes the gap", None, probability=None),
                ),
            ),
            experiment=ran("C04", Finding.SUPPORTED, run_ids=tuple(range(1, 23))),
            mentions=(
                mention(
                    4,
                    "CPC (Contrastive Predictive Coding) shows the strongest representations "
                    "across diverse clinical ta",
                    verified=True,
                    confidence=0.16,
                    is_cut=True,
                    match_score=93.4,
                ),
            ),
            protocol=PROTOCOL,
            verdict=Verdict(status=Status.VERIFIED, confidence=0.91, rests_on=Witness.LITERATURE),
        ),
        dossier_of(
            claim("C05", "data2vec consistently lags behind other methodologies."),
            Status.REFUTED,
            literature=read(
                "C05",
                Finding.INCONCLUSIVE,
                reason="No passage speaks of it.",
                confidence=None,
                confidence_reason="the judge abstained",
            ),
            experiment=ran(
                "C05",
                Finding.CONTRADICTED,
                reason="At 128 records data2vec leads by 0.021, so it does not always lag.",
                estimates=(effect("others − data2vec, 128 records", -0.021, 0.009),),
                run_ids=(1, 2, 3, 10, 11, 12),
            ),
            mentions=(mention(5, "data2vec consistently lags behind other methodologies."),),
            protocol=replace(PROTOCOL, claim=claim("C05", "data2vec lags.")),
            verdict=Verdict(status=Status.REFUTED, confidence=0.9731, rests_on=Witness.EXPERIMENT),
        ),
        dossier_of(
            claim("C07", "Lower pretraining loss goes with small residual errors."),
            Status.INCONCLUSIVE,
            experiment=ran(
                "C07",
                Finding.INCONCLUSIVE,
                confidence=None,
                confidence_reason="too few seeds",
                estimates=(
                    effect("partial correlation within cpc", 0.21, 0.4, unit="Spearman's ρ"),
                    effect("exponent", 0.25, 0.1, unit="α", role="description", level=0.9),
                ),
            ),
            mentions=(mention(7, "Lower pretraining loss correlates with …", confidence=None),),
            history=(overruled,),
        ),
        dossier_of(
            claim("C10", "The CNN stem has four layers.", kind=Kind.DESCRIPTIVE),
            Status.SUPPORTED,
            literature=read("C10", Finding.SUPPORTED, is_secondary_only=True),
            experiment=Assessment(
                claim_id="C10",
                witness=Witness.EXPERIMENT,
                finding=Finding.NOT_TESTABLE,
                reason="Descriptive: it says what a study did or is.",
                confidence_reason="no experiment of ours bears on it",
                conformity=CONFORMITY,
            ),
            mentions=(mention(10, "The CNN stem has four layers.", verified=None),),
            verdict=Verdict(status=Status.SUPPORTED, confidence=0.91, rests_on=Witness.LITERATURE),
        ),
        dossier_of(
            claim('X "1"', NASTY, origin="imported", study=None, is_cut=True),
            Status.UNCHECKED,
            mentions=(mention(16, NASTY, is_cut=True),),
        ),
        dossier_of(
            claim("X2", "A hostile paper is quoted.", origin="imported", study=None),
            Status.REFUTED,
            literature=read(
                "X2",
                Finding.CONTRADICTED,
                reason=NASTY,
                command=f"python -m verifier verify 'X2' # {NASTY}",
                evidence=(quote(NASTY, Finding.CONTRADICTED, document_id=2),),
            ),
            experiment=ran("X2", Finding.INCONCLUSIVE, estimates=(effect(NASTY, 0.0, 0.02),)),
            verdict=Verdict(status=Status.REFUTED, confidence=0.91, rests_on=Witness.LITERATURE),
        ),
    )


@pytest.fixture(scope="session")
def nasty() -> str:
    return NASTY


@pytest.fixture(scope="session")
def dossier() -> Dossier:
    runs, measurements = all_runs()
    return Dossier(
        generated_at=AT,
        version="0.1.0",
        report=StoredReport(
            id=1,
            name="report.txt",
            format="synthesis",
            title="Contrastive Pretraining Scaling and Multimodal Alignment",
            author="Assignee Research",
            reported_on=date(2026, 6, 9),
            abstract="",
            question="How does contrastive pretraining scaling affect alignment?",
            text="",
            imported_at=AT,
            n_claims=16,
        ),
        references=(
            Reference(url="http://arxiv.org/abs/2605.12241v1", arxiv_id="2605.12241", version=1),
            Reference(url="javascript:alert(1)", position=2),
        ),
        claims=claims(),
        documents={
            1: Document(
                key="arxiv:2605.12241",
                title="Pretraining Strategies and Scaling for ECG Foundation Models",
                text="…",
                source="arxiv",
                published="2026-05-12",
                url="https://arxiv.org/abs/2605.12241",
                id=1,
            ),
            2: Document(
                key="file:bad", title=NASTY, text="", source="file", url="javascript:alert(1)", id=2
            ),
        },
        runs=runs,
        measurements=measurements,
    )


@pytest.fixture(scope="session")
def rendered(dossier: Dossier) -> dict[str, bytes]:
    """The dossier in every format."""
    return {name: EXPORTS.load(name).render(dossier) for name in EXPORTS}


@pytest.fixture(scope="session")
def empty_dossier() -> Dossier:
    return Dossier(
        generated_at=AT,
        version="0.1.0",
        report=None,
        references=(),
        claims=(),
        documents={},
        runs=(),
        measurements={},
    )
