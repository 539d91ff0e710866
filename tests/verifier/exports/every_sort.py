"""A claim of every sort with the runs behind it, and text that means harm."""

from dataclasses import replace
from typing import Any

from tests.verifier import made
from tests.verifier.exports.dossiers import (
    AT,
    claim,
    dossier_of,
    effect,
    mention,
    quote,
    ran,
    read,
)
from tests.verifier.made import auroc
from verifier.archive import StoredVerdict
from verifier.dossier import ClaimDossier
from verifier.protocol import Arm, BundledClaim, Protocol
from verifier.runs import Measurement, Run
from verifier.verdict import Assessment, Finding, Kind, Status, Verdict, Witness

NASTY = (
    "=cmd()|' <script>alert(1)</script> | `rm` $x^2$ **bold** [a](javascript:alert(1)) &amp; "
    "“naïve” ≤ 心電図 " + "very long " * 30 + "end"
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
    return made.run(
        number,
        label=f"{objective} · s4d · {n_records} records · seed {seed}",
        task=task,
        queued_at=AT,
        started_at=AT,
        finished_at=AT,
        phase="done",
        step=300,
        n_steps=300,
        windows_per_s=900.0,
        result={"n_pretraining_records": n_records if n_updates else 0},
        **more,
    )


def all_runs() -> tuple[tuple[Run, ...], dict[int, list[Measurement]]]:
    """Two objectives at three sizes and three seeds, a random encoder, and one that collapsed."""
    runs: list[Run] = []
    values: dict[int, list[Measurement]] = {}
    settings = [("cpc", 0.31), ("data2vec", 0.345)]
    for objective, error in settings:
        for place, size in enumerate((128, 512, 2048)):
            for seed in range(3):
                runs.append(run(len(runs) + 1, objective=objective, n_records=size, seed=seed))
                values[len(runs)] = [auroc(1 - error * 0.84**place + 0.006 * (seed - 1), n=410)]
    for seed in range(3):
        runs.append(run(len(runs) + 1, objective="cpc", n_records=128, seed=seed, n_updates=0))
        values[len(runs)] = [auroc(0.62 + 0.004 * seed, n=410)]
    why = "the embedding collapsed: effective rank 1.0"
    runs.append(run(22, objective="data2vec", n_records=2048, seed=3, is_valid=False, error=why))
    values[22] = [auroc(None, n=410, reason=f"the run is invalid: {why}")]
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
