"""Claims and what was said of them, made by hand: parts of a dossier, with usual values."""

from datetime import UTC, datetime
from typing import Any

from verifier.archive import (
    ClaimSummary,
    Mention,
    StoredAssessment,
    StoredVerdict,
    WitnessSummary,
)
from verifier.claim import Claim
from verifier.dossier import ClaimDossier
from verifier.protocol import BundledClaim
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
                Nuisance(
                    name="other loss",
                    says="loss = 'other'",
                    n_runs=6,
                    n_planned=6,
                    n_seeds=3,
                    finding=Finding.INCONCLUSIVE,
                    reason="loss and error cannot be compared in cpc.",
                    before=Finding.SUPPORTED,
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
    names = ("finding", "reason", "confidence", "confidence_reason", "certainty", "kind")
    names = (*names, "scope", "protocol_hash")
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
