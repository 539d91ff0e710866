"""A database as full as years of use make it: many claims, runs and metric rows, made in bulk.

Every number and every word is drawn from one generator, so that two machines fill the same
database. Past the archive on purpose: it appends one assessment at a time, as people do.
"""

from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import islice
from typing import Any

import numpy as np
from sqlalchemy import insert
from sqlalchemy.orm import Session

from db import standing
from db.tables import Table
from db.tables.claims import ClaimRow, MentionRow, ReportRow
from db.tables.literature import DocumentRow
from db.tables.requests import VerificationRow
from db.tables.runs import MeasurementRow, RunEventRow, RunProgressRow, RunRow
from db.tables.verdicts import AssessmentRow, AssessmentRunRow, EstimateRow, EvidenceRow, VerdictRow
from models.recipe import Recipe
from verifier.workspace import Workspace

AT_ONCE = 5_000
START = datetime(2026, 1, 1, tzinfo=UTC)
N_REPORTS, N_DOCUMENTS = 200, 400
STATUSES = ("verified", "supported", "contested", "refuted", "inconclusive")
FINDINGS = ("supported", "contradicted", "inconclusive", "not_testable")
SIZES = (100, 215, 464, 1_000, 2_154, 4_642, 10_000)
MEASURED = [("pretraining_loss", "", "validation")] + [
    (name, probe, split)
    for probe in ("linear", "frozen")
    for split in ("validation", "test")
    for name in ("macro_auroc", "macro_auprc")
]

SUBJECTS = """contrastive predictive coding|JEPA|data2vec|DinoSR|HuBERT pretraining|a masked
autoencoder|CLIP-style alignment|supervised pretraining|a state space backbone|the transformer
baseline|Net1D|the S4 encoder|a randomly initialised encoder|the foundation model|lead dropout|
patch masking|the momentum teacher|the sigmoid loss|a larger convolutional stem|the linear
probe""".replace("\n", " ").split("|")
VERBS = """improves|consistently improves|does not improve|matches|falls behind others in|
degrades|is the strongest choice for|is on par with supervised learning in|scales better in|
needs fewer labels for|transfers well to|saturates early in""".replace("\n", "").split("|")
TASKS = """diagnosis of atrial fibrillation|detection of myocardial infarction|prediction of
ejection fraction below 40 %|classification of conduction disturbances|age estimation|sex
prediction|prediction of in-hospital mortality|retrieval of reports|detection of left ventricular
hypertrophy|beat-level delineation|rhythm classification|zero-shot diagnosis""".replace(
    "\n", " "
).split("|")
PLACES = """PTB-XL|CODE-15 %|MIMIC-IV-ECG|the CinC 2021 challenge|Chapman-Shaoxing|Georgia|an
external hospital cohort|a cohort of wearable recordings|the CPSC 2018 data""".replace(
    "\n", " "
).split("|")
MEASURES = (
    """macro AUROC|AUPRC|F1|mean absolute error|sensitivity at 95 % specificity|R@10""".split("|")
)
TOPICS = ("objectives", "architecture", "scaling", "alignment", "transfer", "data", "evaluation")


@dataclass(frozen=True, kw_only=True)
class Size:
    """How much to make."""

    n_claims: int = 100_000
    n_runs: int = 20_000
    n_metric_rows: int = 1_000_000


def fill(workspace: Workspace, size: Size, *, seed: int = 0) -> dict[str, int]:
    """Fill a workspace that holds the bundled claims alone; returns the number of rows by table."""
    random = np.random.default_rng(seed)
    counts: dict[str, int] = {}

    def put(table: type[Table], rows: Iterator[dict[str, Any]]) -> None:
        while some := list(islice(rows, AT_ONCE)):
            with workspace.database.writing() as session:
                _insert(session, table, some)
            counts[table.__tablename__] = counts.get(table.__tablename__, 0) + len(some)

    put(ReportRow, _reports())
    put(DocumentRow, _documents(random))
    statements = [_statement(random) for _ in range(size.n_claims)]
    checked = [place for place in range(size.n_claims) if random.random() < 0.4]
    put(ClaimRow, _claims(statements, set(checked), random))
    put(MentionRow, _mentions(statements, random))
    put(RunRow, _runs(size.n_runs, random))
    put(RunEventRow, _events(size.n_runs))
    put(MeasurementRow, _measurements(size.n_runs, random))
    n_points = (size.n_metric_rows - counts["measurement"]) // size.n_runs
    put(RunProgressRow, _curves(size.n_runs, n_points, random))
    put(VerificationRow, _verifications(size.n_claims))
    put(AssessmentRow, _assessments(checked, random))
    n_assessments = counts["assessment"]
    put(EvidenceRow, _evidence(n_assessments, random))
    put(EstimateRow, _estimates(n_assessments, random))
    put(AssessmentRunRow, _links(n_assessments, size.n_runs, random))
    put(VerdictRow, _verdicts(checked, random))
    with workspace.database.writing() as session:
        standing.restate(session)
    return counts


def claim_id(place: int) -> str:
    return f"K{place:06d}"


def _insert(session: Session, table: type[Table], rows: Sequence[dict[str, Any]]) -> None:
    session.execute(insert(table), rows)


def _pick(random: np.random.Generator, words: Sequence[str]) -> str:
    return words[int(random.integers(len(words)))]


def _statement(random: np.random.Generator) -> str:
    subject, verb = _pick(random, SUBJECTS), _pick(random, VERBS)
    task, place, measure = (_pick(random, words) for words in (TASKS, PLACES, MEASURES))
    gain = random.integers(1, 99) / 10
    end = (
        f", by {gain:.1f} points of {measure}",
        f" when pretrained on {int(random.integers(1, 110)) * 100_000:,} recordings",
        f" even with {int(random.integers(1, 20))} % of the labels, measured by {measure}",
        "",
    )[int(random.integers(4))]
    sentence = f"{subject} {verb} {task} on {place}{end}."
    return sentence[0].upper() + sentence[1:]


def _reports() -> Iterator[dict[str, Any]]:
    for place in range(1, N_REPORTS + 1):
        title = f"Pretraining of ECG models, part {place}: what {SUBJECTS[place % 20]} can do"
        yield {
            "id": place, "sha256": f"report-{place}", "name": f"report-{place}.txt",
            "format": "synthesis", "title": title, "author": "bench", "reported_on": None,
            "abstract": "", "question": "", "text": title, "imported_at": START,
        }  # fmt: skip


def _documents(random: np.random.Generator) -> Iterator[dict[str, Any]]:
    for place in range(1, N_DOCUMENTS + 1):
        text = "\n\n".join(
            " ".join(_statement(random) for _ in range(6)) for _ in range(40)
        )  # about the length of a paper
        yield {
            "id": place, "key": f"arxiv:26{place % 12 + 1:02d}.{place:05d}",
            "sha256": sha256(text.encode()).hexdigest(), "title": _statement(random), "text": text,
            "source": "arxiv", "extent": "full text", "authors": ["A. Author", "B. Author"],
            "published": "2026-01-01", "url": "", "version": 1, "notes": [], "added_at": START,
        }  # fmt: skip


def _claims(
    statements: Sequence[str], checked: Container[int], random: np.random.Generator
) -> Iterator[dict[str, Any]]:
    for place, statement in enumerate(statements):
        is_empirical = bool(random.random() < 0.7)
        yield {
            "id": claim_id(place), "position": 1_000 + place, "statement": statement,
            "kind": "empirical" if is_empirical else "descriptive", "origin": "imported",
            "study": None, "topic": _pick(random, TOPICS),
            "protocol_id": "C05" if is_empirical and place % 9 == 0 else None,
            "protocol_score": None, "is_protocol_chosen": False, "is_cut": place % 31 == 0,
            "is_fragile": place % 4 == 0 if place in checked else None,
            "context": "", "created_at": START + timedelta(seconds=place),
        }  # fmt: skip


def _mentions(statements: Sequence[str], random: np.random.Generator) -> Iterator[dict[str, Any]]:
    for place, statement in enumerate(statements):
        yield {
            "report_id": place % N_REPORTS + 1, "claim_id": claim_id(place),
            "position": place // N_REPORTS + 1, "line": place // N_REPORTS + 10,
            "statement": statement, "verified": bool(random.random() < 0.5),
            "confidence": round(float(random.random()), 2), "is_cut": place % 31 == 0,
            "match_score": None,
        }  # fmt: skip


def _runs(n_runs: int, random: np.random.Generator) -> Iterator[dict[str, Any]]:
    base = Recipe.bundled("tiny").to_dict()
    objectives = ("cpc", "jepa", "data2vec", "dinosr", "hubert")
    backbones = ("s4d", "transformer", "net1d")
    for place in range(n_runs):
        objective, rest = objectives[place % 5], place // 5
        backbone, rest = backbones[rest % 3], rest // 3
        size, rest = SIZES[rest % 7], rest // 7
        # 105 combinations, a few seeds each, in settings that differ in the learning rate
        seed, setting = rest % 10, rest // 10
        n_updates = 0 if place % 40 == 0 else 300
        task = {
            **base, "objective": objective, "backbone": backbone, "n_records": size,
            "seed": seed, "n_updates": n_updates, "learning_rate": 0.001 * (1 + setting),
        }  # fmt: skip
        state = "succeeded" if place % 50 else ("failed" if place % 100 else "cancelled")
        started = START + timedelta(minutes=place)
        seconds = timedelta(seconds=30 + int(random.integers(600)))
        yield {
            "id": place + 1, "kind": "training",
            "fingerprint": sha256(f"bench {place}".encode()).hexdigest(),
            "label": f"{objective} · {backbone} · {size:,} records · seed {seed}",
            "task": task, "data": "synthetic", "state": state, "priority": 0, "attempt": 1,
            "max_attempts": 3, "owner": None, "lease_until": None, "heartbeat_at": started,
            "not_before": None, "cancel_requested_at": None, "queued_at": started,
            "started_at": started, "finished_at": started + seconds, "phase": "done",
            "step": n_updates, "n_steps": n_updates, "windows_per_s": 400.0,
            "is_valid": True if state == "succeeded" else None,
            "error": "" if state != "failed" else "The child ended with exit status 1.",
            "result": _result(task, size) if state == "succeeded" else None,
        }  # fmt: skip


def _result(task: dict[str, Any], size: int) -> dict[str, Any]:
    """As large as a child's own, so that reading rows costs what it costs in use."""
    return {
        "kind": "training", "recipe": task, "is_valid": True, "invalid_reason": None,
        "n_pretraining_records": size if task["n_updates"] else 0, "last_losses": [0.5] * 50,
        "model": {"n_parameters": 13_420, "n_backbone_parameters": 9_120, "n_tokens": 125},
        "collapse": {"median_std": 0.3, "effective_rank": 11.4, "n_dimensions": 16},
        "dataset": {
            "name": "synthetic", "digest": "5f2c" * 16,
            "n_records": {"train": 10_000, "validation": 500, "test": 500},
            "n_patients": {"train": 8_000, "validation": 400, "test": 400},
            "label_names": ["normal", "fast", "slow", "wide", "irregular"],
        },
        "environment": {"python": "3.11.7", "torch": "2.13.0", "device": "cpu", "threads": 1},
        "probes": {"linear": {"per_label": {f"label {n}": 0.8 for n in range(20)}}},
        "wall_s": 12.5,
    }  # fmt: skip


def _events(n_runs: int) -> Iterator[dict[str, Any]]:
    for place in range(n_runs):
        for kind in ("queued", "started", "succeeded"):
            yield {
                "run_id": place + 1, "attempt": 1, "at": START + timedelta(minutes=place),
                "actor": "bench", "kind": kind, "detail": "",
            }  # fmt: skip


def _measurements(n_runs: int, random: np.random.Generator) -> Iterator[dict[str, Any]]:
    for place in range(n_runs):
        size = SIZES[place // 15 % 7]
        auroc = 1 - 0.1 - 0.8 * size**-0.3 + 0.01 * float(random.normal())
        for name, probe, split in MEASURED:
            yield {
                "run_id": place + 1, "name": name, "probe": probe, "split": split,
                "value": auroc if probe else 0.8, "reason": "", "n": 500, "n_counts": "records",
            }  # fmt: skip


def _curves(n_runs: int, n_points: int, random: np.random.Generator) -> Iterator[dict[str, Any]]:
    for place in range(n_runs):
        at = START + timedelta(minutes=place)
        noise = random.normal(size=n_points)
        for step in range(n_points):
            yield {
                "run_id": place + 1, "attempt": 1, "at": at, "phase": "pretraining",
                "step": 10 * step, "loss": float(2 / (1 + step) + 0.4 + 0.02 * noise[step]),
                "windows_per_s": 400.0,
            }  # fmt: skip


def _verifications(n_claims: int) -> Iterator[dict[str, Any]]:
    for place in range(500):
        first = place * n_claims // 500
        yield {
            "requested_at": START + timedelta(hours=place), "preset": "quick",
            "claim_ids": [claim_id(first + n) for n in range(min(80, n_claims - first))],
            "data": "synthetic" if place % 3 else f"ptb_xl:/data/ptb-xl-{place % 7}",
            "state": "finished", "message": "finished", "owner": None, "lease_until": None,
            "finished_at": START + timedelta(hours=place + 1),
        }  # fmt: skip


def _assessments(checked: Sequence[int], random: np.random.Generator) -> Iterator[dict[str, Any]]:
    """One by each witness, and a second one, later, for a fifth of the claims."""
    for later in (False, True):
        for place in checked:
            if later and place % 5:
                continue
            for witness in ("literature", "experiment"):
                yield {
                    "claim_id": claim_id(place), "witness": witness, "verification_id": None,
                    "at": START + timedelta(seconds=place),
                    "finding": _pick(random, FINDINGS), "reason": _statement(random),
                    "confidence": round(float(random.random()), 3), "confidence_reason": "",
                    "certainty": ("high", "moderate", "low", "very low")[int(random.integers(4))],
                    "certainty_reasons": [], "kind": None, "scope": "bench", "command": "",
                    "basis": f"{place} {witness} {later}", "conformity": [], "protocol_id": None,
                    "protocol_hash": None, "would_change": [], "nuisances": [],
                    "is_turned_by_stress": False, "is_secondary_only": False,
                }  # fmt: skip


def _evidence(n_assessments: int, random: np.random.Generator) -> Iterator[dict[str, Any]]:
    for assessment_id in range(1, n_assessments + 1, 2):  # every other one is the literature's
        start = int(random.integers(0, 5_000))
        yield {
            "assessment_id": assessment_id, "document_id": int(random.integers(N_DOCUMENTS)) + 1,
            "start": start, "end": start + 120, "quote": _statement(random), "score": 0.7,
            "stance": _pick(random, FINDINGS[:2]), "probability": 0.8, "is_primary": False,
        }  # fmt: skip


def _estimates(n_assessments: int, random: np.random.Generator) -> Iterator[dict[str, Any]]:
    for assessment_id in range(2, n_assessments + 1, 2):
        for name in ("cpc − jepa", "cpc − data2vec"):
            value = 0.02 * float(random.normal())
            yield {
                "assessment_id": assessment_id, "name": name, "value": value,
                "low": value - 0.02, "high": value + 0.02, "level": 0.95, "n": 10,
                "n_counts": "seeds", "probability": 0.7, "role": "member", "unit": "macro AUROC",
                "seed_error": None, "patient_error": None, "n_patients": 400, "pooled_freedom": 0,
                "note": "",
            }  # fmt: skip


def _links(
    n_assessments: int, n_runs: int, random: np.random.Generator
) -> Iterator[dict[str, Any]]:
    for assessment_id in range(2, n_assessments + 1, 2):
        for run_id in sorted({int(n) + 1 for n in random.integers(n_runs, size=6)}):
            yield {"assessment_id": assessment_id, "run_id": run_id}


def _verdicts(checked: Sequence[int], random: np.random.Generator) -> Iterator[dict[str, Any]]:
    for later in (False, True):
        for number, place in enumerate(checked):
            if later and place % 5:
                continue
            literature_id = None if later else 2 * number + 1
            yield {
                "claim_id": claim_id(place), "at": START + timedelta(seconds=place),
                "status": _pick(random, STATUSES), "confidence": round(float(random.random()), 3),
                "rests_on": "literature", "literature_id": literature_id,
                "experiment_id": None if literature_id is None else literature_id + 1,
                "author": "replicheck", "reason": "",
            }  # fmt: skip
