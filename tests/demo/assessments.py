"""What both witnesses of the demo say, so that there is a claim of every status."""

from dataclasses import replace
from typing import Any

from tests.demo.words import HOSTILE, PAPER_TEXT
from verifier.archive import Archive
from verifier.document import Document
from verifier.protocol import entry_for, presets, protocol_hash
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
    Witness,
)


def assess(archive: Archive, document: Document, run_ids: list[int]) -> None:
    read, ran = _read(document), _ran(run_ids)
    empirical, descriptive = Kind.EMPIRICAL, Kind.DESCRIPTIVE
    _say_both(archive, read, _by_protocol(archive, ran), kind=empirical)
    _say_both(
        archive,
        None,
        replace(ran, claim_id="demo-ssm", basis="b1", confidence=0.88, conformity=()),
        kind=empirical,
    )
    against = replace(
        ran,
        claim_id="demo-lags",
        basis="b2",
        finding=Finding.CONTRADICTED,
        reason="At 64 records data2vec leads by 0.02.",
        estimates=(effect(-0.021, 0.009, name="others − data2vec, 64 records"),),
    )
    _say_both(archive, replace(read, claim_id="demo-lags", basis="b3"), against, kind=empirical)
    _say_both(archive, None, replace(against, claim_id="demo-loss", basis="b4"), kind=empirical)
    _say_both(
        archive,
        replace(
            read,
            claim_id="demo-hz",
            basis="b5",
            confidence=0.98,
            evidence=(
                _evidence(
                    document, "All models operate at 240 Hz on 12-lead inputs", Finding.SUPPORTED
                ),
            ),
        ),
        replace(
            ran,
            claim_id="demo-hz",
            basis="b6",
            finding=Finding.NOT_TESTABLE,
            reason="Descriptive: only the study's own text can answer what it did.",
            confidence=None,
            confidence_reason="not asked",
            certainty=None,
            reasons=(),
            estimates=(),
            run_ids=(),
        ),
        kind=descriptive,
    )
    _say_both(
        archive,
        replace(
            read,
            claim_id="demo-width",
            basis="b7",
            finding=Finding.INCONCLUSIVE,
            reason="No passage speaks of larger dimensions.",
            confidence=None,
            confidence_reason="nothing decisive was found",
            certainty=None,
            evidence=(),
        ),
        None,
        kind=empirical,
    )
    _say_both(
        archive,
        replace(
            read,
            claim_id="demo-hostile",
            basis="b8",
            reason=HOSTILE,
            is_secondary_only=True,
            evidence=(
                _evidence(document, '<script>alert("from a paper")</script>', Finding.SUPPORTED),
            ),
        ),
        None,
        kind=empirical,
    )
    archive.overrule(
        "demo-hostile", status=Status.INCONCLUSIVE, author="Ada", reason=f"Nonsense. {HOSTILE}"
    )


def _by_protocol(archive: Archive, said: Assessment) -> Assessment:
    """As decided by the protocol that its claim has now."""
    summary = archive.claim(said.claim_id)
    entry = entry_for(summary.claim) if summary else None
    assert entry is not None
    assert entry.protocol is not None
    digest = protocol_hash(entry.protocol, presets()["quick"])
    return replace(said, protocol_id=entry.protocol.id, protocol_hash=digest)


def _read(document: Document) -> Assessment:
    return Assessment(
        claim_id="demo-best",
        witness=Witness.LITERATURE,
        finding=Finding.SUPPORTED,
        reason="The study's own text says so in its abstract.",
        confidence=0.91,
        certainty=Certainty.MODERATE,
        reasons=(
            Reason(concern=Concern.REPORTING_BIAS, text="1 of 1 document is by its own authors"),
        ),
        kind=CheckKind.SOURCE_CHECK,
        scope="1 document, full text",
        command="python -m verifier verify demo-best --only literature",
        basis="demo-best-literature",
        evidence=(
            _evidence(
                document,
                "CPC gives the strongest representations over most clinical tasks",
                Finding.SUPPORTED,
            ),
            _evidence(
                document,
                "though fine-tuning closes much of the gap",
                None,
                is_primary=False,
                score=0.31,
                probability=None,
            ),
        ),
    )


def _ran(run_ids: list[int]) -> Assessment:
    return Assessment(
        claim_id="demo-best",
        witness=Witness.EXPERIMENT,
        finding=Finding.SUPPORTED,
        reason="CPC beats data2vec by 0.031 macro AUROC, three times the smallest effect.",
        confidence=0.97,
        certainty=Certainty.LOW,
        reasons=(
            Reason(concern=Concern.INDIRECTNESS, text="synthetic records, not patients'"),
            Reason(concern=Concern.IMPRECISION, text="10 seeds; interval 0.024 wide", levels=1),
        ),
        kind=CheckKind.REDUCED_REPLICATION,
        scope="synthetic records, 30 test patients, 13 thousand parameters, 10 seeds",
        command="python -m verifier verify demo-best --preset quick --data synthetic",
        basis="demo-best-experiment",
        estimates=(
            effect(0.031, 0.012),
            effect(0.027, 0.019, name="cpc − jepa"),
            effect(0.012, 0.021, name="cpc − data2vec, mask rate 0.3", role="stress"),
            effect(0.210, 0.030, name="cpc − random encoder", role="control"),
        ),
        nuisances=(
            Nuisance(
                name="mask rate 0.3",
                says="objective_options.mask_probability = 0.3; in data2vec",
                n_runs=10,
                n_planned=10,
                n_seeds=5,
                finding=Finding.INCONCLUSIVE,
                before=Finding.SUPPORTED,
                n_effects=1,
                shift=-0.019,
                moved_most="cpc − data2vec",
                was=(0.031, 0.019, 0.043),
                became=(0.012, -0.009, 0.033),
                unit="macro AUROC",
            ),
            Nuisance(name="fixed epochs", says="as many epochs", n_runs=11, n_planned=25),
        ),
        conformity=(
            {
                "says": "The stem has four convolutions",
                "recipe": "tiny",
                "fact": "stem.n_convolutions",
                "expected": 4,
                "found": 4,
                "holds": True,
                "reason": "",
            },
            {
                "says": "The model runs at 240 Hz",
                "recipe": "tiny",
                "fact": "sampling_hz",
                "expected": 240,
                "found": 100,
                "holds": False,
                "reason": "",
            },
        ),
        run_ids=tuple(run_ids[:8]),
    )


def _place(text: str) -> tuple[int, int]:
    start = PAPER_TEXT.index(text)
    return start, start + len(text)


def _evidence(document: Document, text: str, stance: Finding | None, **more: Any) -> Evidence:
    assert document.id is not None
    start, end = _place(text)
    kept = {"score": 0.74, "probability": 0.91, "is_primary": True, **more}
    return Evidence(
        document_id=document.id, start=start, end=end, quote=text, stance=stance, **kept
    )


def effect(value: float, spread: float, **more: Any) -> Estimate:
    kept: dict[str, Any] = {
        "name": "cpc − data2vec",
        "n": 10,
        "n_counts": "seeds",
        "probability": 0.97 if value > 0 else 0.04,
        **more,
    }
    return Estimate(value=value, low=value - spread, high=value + spread, **kept)


def _say_both(
    archive: Archive, read: Assessment | None, ran: Assessment | None, *, kind: Kind
) -> None:
    for said in (read, ran):
        if said is not None:
            archive.append(said, kind=kind)
