"""A workspace with a bit of everything, and the app opened on it.

Run as a script it fills a folder for looking at the dashboard by hand, and for tests/browser:
`python tests/app/conftest.py DIR && VERIFIER_HOME=DIR streamlit run app.py`
"""

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))  # for use as a script

from models.recipe import Recipe  # noqa: E402
from verifier import extracting  # noqa: E402
from verifier.archive import Archive  # noqa: E402
from verifier.bibliography import FoundPaper, Step  # noqa: E402
from verifier.claim import Claim, Reference, Report, ReportedClaim  # noqa: E402
from verifier.document import Document  # noqa: E402
from verifier.protocol import bundled  # noqa: E402
from verifier.queue import ProgressPoint, Queue, Run, RunRequest, fingerprint_of  # noqa: E402
from verifier.verdict import (  # noqa: E402
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
from verifier.verifications import Verification  # noqa: E402
from verifier.workspace import Workspace, open_workspace  # noqa: E402

HOSTILE = "<script>alert(1)</script> **bold** $x^2$ :red[red] [link](javascript:alert(1))"

STATEMENTS = {
    "demo-best": (
        "CPC shows the strongest and most transferable representations across diverse clinical "
        "tasks."
    ),
    "demo-ssm": (
        "State space models are confirmed as the superior architecture choice across all "
        "pretraining paradigms compared to transformers."
    ),
    "demo-lags": (
        "data2vec consistently lags behind other methodologies across all evaluation modes and "
        "scaling regimes."
    ),
    "demo-loss": (
        "Lower pretraining loss correlates with small residual errors in downstream tasks."
    ),
    "demo-hz": "All models in the study operate at 240 Hz on 12-lead ECG inputs.",
    "demo-five": "The study covers five different pretraining methodologies.",
    "demo-stem": "The CNN stem consists of four convolutional layers with batch normalization.",
    "demo-width": (
        "The S4 backbone with model dimension 512 consistently outperforms larger dimensions."
    ),
    "demo-hostile": f"A claim whose wording is hostile: {HOSTILE}",
    "demo-new": "Recent ECG foundation models have been pre-trained on tens of millions of recor",
}
DESCRIPTIVE = {"demo-hz", "demo-five", "demo-stem"}
PAPER_TEXT = """Pretraining Strategies and Scaling for ECG Foundation Models

Abstract. We compare five self-supervised objectives under one protocol. All models operate at \
240 Hz on 12-lead inputs, with windows of 2.5 seconds. CPC gives the strongest representations \
over most clinical tasks, closely followed by JEPA; data2vec trails in the linear evaluation, \
though fine-tuning closes much of the gap.

1 Methods. The stem consists of four convolutional layers, each followed by a nonlinearity and \
layer normalization. We cover five pretraining methodologies: CPC, JEPA, data2vec, DinoSR and \
HuBERT. Three backbones are compared: S4, a transformer with rotary embeddings, and Net1D. \
<script>alert("from a paper")</script> is not a method.

2 Results. Across paradigms, state space models score higher than transformers of equal size \
(macro AUROC 0.92 against 0.90)."""


def build_demo(home: Path) -> Workspace:
    """Fill a fresh workspace: claims of every status, runs in every state, documents, a report."""
    workspace = open_workspace({"VERIFIER_HOME": str(home)})
    workspace.archive.clock = _StartingAt(datetime.now(UTC) - timedelta(days=2))
    _import_report(workspace)
    [document] = workspace.archive.put_documents([_paper()])
    run_ids = _ended_runs(workspace.queue)
    _assess(workspace.archive, document, run_ids)
    _running_work(workspace, run_ids)
    _searched(workspace, document)
    return workspace


def _searched(workspace: Workspace, paper: Document) -> None:
    """A search of two sources, one of which gave nothing, and claims read in a paper."""
    withdrawn, titled = workspace.archive.put_documents(
        [
            Document(
                key="doi:10.1000/gone",
                title="A cure for everything <b>at once</b> *really*",
                text="We show that one pill improves every outcome by 90 % in all patients.",
                source="crossref",
                doi="10.1000/gone",
            ),
            Document(key="openalex:W1", title="Known by its title", text="", source="openalex"),
        ]
    )
    workspace.archive.put_retraction_check(withdrawn.key, "crossref", "Crossref: retracted (2026)")
    asked = workspace.inquiries.request(
        "search",
        "How does pretraining affect ECG models?",
        {"queries": ["ECG pretraining"], "sources": ["arxiv", "europe_pmc"], "per_query": 10},
    )
    tended = workspace.inquiries.claim("demo", id=asked)
    found = [d.id for d in (paper, withdrawn, titled) if d.id is not None]
    query, at = "ECG pretraining", workspace.archive.clock()
    steps = [
        Step(source="arxiv", query=query, at=at, document_ids=found),
        Step(source="europe_pmc", query=query, at=at, trouble="no answer within 30 s"),
    ]
    workspace.bibliography.put_chain(asked, steps)
    workspace.bibliography.put_papers(
        asked,
        [FoundPaper(document_id=i, score=1.0 - n, sources=("arxiv",)) for n, i in enumerate(found)],
    )
    if tended is not None:
        trouble = "Europe PMC: no answer within 30 s"
        workspace.inquiries.end(
            tended,
            state="finished",
            message=f"papers found: 3; queries answered: 1 of 2; {trouble}",
            result={"n_papers": 3, "troubles": [trouble]},
        )
    extracting.extract(workspace, withdrawn)
    extracting.extract(workspace, paper)
    first, second, *_ = workspace.candidates.of(paper.id or 0)
    extracting.accept(workspace, first.id, author="Anna", statement=STATEMENTS["demo-ssm"])
    workspace.candidates.reject(second.id, author="Anna", reason="too vague to be checked")


class _StartingAt:
    """A clock that goes on by forty minutes with each look, never past the present."""

    def __init__(self, start: datetime) -> None:
        self.at = start

    def __call__(self) -> datetime:
        self.at = min(self.at + timedelta(minutes=40), datetime.now(UTC))
        return self.at


def _paper() -> Document:
    return Document(
        key="arxiv:2605.12241",
        title="Pretraining Strategies and Scaling for ECG Foundation Models",
        text=PAPER_TEXT,
        source="arxiv",
        extent="full text",
        authors=("A. Author", "B. Author"),
        published="2026-05-12",
        url="https://arxiv.org/abs/2605.12241",
        version=1,
    )


def _import_report(workspace: Workspace) -> None:
    verified = {"demo-best": True}
    lines = [f"{s}\t{'✓' if i in verified else '×'}\t0.1" for i, s in STATEMENTS.items()]
    text = "\n".join(
        ["# Contrastive Pretraining in ECG Models", "", "## 5 Extracted Claims", "", *lines]
    )
    report = Report(
        title="Contrastive Pretraining in ECG Models",
        text=text,
        format="synthesis",
        claims=tuple(
            ReportedClaim(
                statement=statement,
                position=place,
                line=place + 4,
                verified=claim_id in verified,
                confidence=place / 100,
                is_cut=claim_id == "demo-new",
            )
            for place, (claim_id, statement) in enumerate(STATEMENTS.items(), start=1)
        ),
        references=(Reference(url="http://arxiv.org/abs/2605.12241v1", arxiv_id="2605.12241"),),
        author="Assignee Research",
        reported_on=date(2026, 6, 9),
    )
    tested = next((id for id, entry in bundled().items() if entry.protocol is not None), None)
    workspace.archive.put_report(
        report,
        name="report.txt",
        new_claims=[
            Claim(
                id=claim_id,
                statement=statement,
                kind=Kind.DESCRIPTIVE if claim_id in DESCRIPTIVE else Kind.EMPIRICAL,
                origin="imported",
                topic="architecture" if claim_id in ("demo-ssm", "demo-stem") else "objectives",
                protocol_id=tested if claim_id == "demo-best" else None,
                protocol_score=91.5 if claim_id == "demo-best" else None,
                is_cut=claim_id == "demo-new",
            )
            for claim_id, statement in STATEMENTS.items()
        ],
        links={
            place: (claim_id, 97.5 if claim_id == "demo-best" else None)
            for place, claim_id in enumerate(STATEMENTS, start=1)
        },
    )


# runs


def recipe(**changes: Any) -> dict[str, Any]:
    return {**Recipe.bundled("tiny").to_dict(), **changes}


def request(label: str, **changes: Any) -> RunRequest:
    task = recipe(**changes)
    return RunRequest(
        kind="training",
        fingerprint=fingerprint_of({"task": task, "label": label}),
        label=label,
        task=task,
        data="synthetic",
    )


def _ended_runs(queue: Queue) -> list[int]:
    """Two objectives at five sizes with three seeds each, and a random encoder."""
    wanted = []
    for seed in range(3):
        for n_records in (64, 181, 512, 1448, 4096):
            for objective in ("cpc", "data2vec"):
                wanted.append(
                    request(
                        f"{objective} · s4d · {n_records} records · seed {seed}",
                        objective=objective,
                        n_records=n_records,
                        seed=seed,
                    )
                )
        wanted.append(request(f"random encoder · seed {seed}", n_updates=0, seed=seed))
    ids = queue.enqueue(wanted, actor="demo")
    for _ in ids:
        run = queue.claim("demo-worker")
        assert run is not None
        auroc = _auroc(run.task)
        queue.record(run, _curve(run, until=6))
        queue.succeed(run, result=result(run.task, auroc=auroc), predictions=None)
    return ids


def _auroc(task: dict[str, Any]) -> float:
    if task["n_updates"] == 0:
        return 0.61 + 0.004 * task["seed"]
    better = 0.0 if task["objective"] == "data2vec" else 0.03
    return float(1 - 0.9 * task["n_records"] ** -0.2 + better + 0.004 * task["seed"] - 0.02)


def _curve(run: Run, *, until: int, n_steps: int = 6) -> list[ProgressPoint]:
    now = datetime.now(UTC)
    return [
        ProgressPoint(
            at=now + timedelta(seconds=step),
            phase="pretraining",
            step=step,
            n_steps=n_steps,
            loss=2.5 / (step + 1) + 0.4,
            windows_per_s=412.0,
        )
        for step in range(1, until + 1)
    ]


def result(
    task: dict[str, Any], *, auroc: float | None, invalid_reason: str | None = None
) -> dict[str, Any]:
    """What a child writes to result.json, with fewer digits."""
    collapse = {
        "median_std": 0.31 if invalid_reason is None else 0.0,
        "smallest_std": 0.12 if invalid_reason is None else 0.0,
        "relative_std": 0.29 if invalid_reason is None else 0.0,
        "effective_rank": 11.4 if invalid_reason is None else 1.0,
        "n_dimensions": 16,
        "n_records": 24,
        "is_collapsed": invalid_reason is not None,
        "reason": invalid_reason,
    }
    counted = {"n_counts": "records", "n_patients": 30, "n_labels": 5}
    return {
        "kind": "training",
        "recipe": task,
        "is_valid": invalid_reason is None,
        "invalid_reason": invalid_reason,
        "measurements": [
            {"name": "pretraining_loss", "split": "validation", "value": 0.81, "n": 24, **counted},
            {
                "name": "macro_auroc",
                "probe": "linear",
                "split": "test",
                "value": auroc,
                "reason": None if auroc is not None else f"the run is invalid: {invalid_reason}",
                "n": 32,
                **counted,
            },
        ],
        "collapse": collapse,
        "n_pretraining_records": task["n_records"] if task["n_updates"] else 0,
        "model": {"n_parameters": 13_420, "n_backbone_parameters": 9_120, "n_tokens": 125},
        "dataset": {
            "name": "synthetic",
            "digest": "5f2c" * 16,
            "n_records": {"train": 48, "validation": 24, "test": 32},
            "n_patients": {"train": 44, "validation": 22, "test": 30},
            "label_names": ["normal", "fast", "slow", "wide", "irregular"],
        },
        "environment": {
            "python": "3.11.7",
            "torch": "2.13.0",
            "device": "cpu",
            "threads": 1,
        },
        "wall_s": 12.5,
    }


def _running_work(workspace: Workspace, run_ids: list[int]) -> None:
    queue, verifications = workspace.queue, workspace.verifications
    queue.enqueue([request("invalid · cpc · seed 0", learning_rate=10.0)], actor="demo")
    invalid = queue.claim("demo-worker")
    assert invalid is not None
    reason = "the embedding collapsed: effective rank 1.00 is below 1.5"
    queue.succeed(
        invalid, result=result(invalid.task, auroc=None, invalid_reason=reason), predictions=None
    )
    queue.enqueue([request("jepa · net1d · seed 0", objective="jepa")], actor="demo")
    failing = queue.claim("demo-worker")
    assert failing is not None
    queue.fail(failing, error=f"RecipeError: the loss is nan. {HOSTILE}", may_retry=False)
    cancelled = queue.enqueue([request("hubert · s4d · seed 0", seed=90)], actor="demo")
    queue.request_cancel(cancelled[0], actor="demo")
    live = queue.enqueue(
        [request(f"cpc · s4d · 4096 records · seed {seed}", seed=seed) for seed in range(20, 24)],
        actor="demo",
    )
    for until in (40, 12):
        running = queue.claim("demo-worker")
        assert running is not None
        queue.record(running, _curve(running, until=until, n_steps=60))
    asked = verifications.request(["demo-best", "demo-new"], preset="quick", data="synthetic")
    verifications.link(asked, {"demo-best": live + run_ids[:2]})
    tended = verifications.claim("demo-worker")
    assert tended is not None
    _say(workspace, tended)


def _say(workspace: Workspace, tended: Verification) -> None:
    workspace.verifications.renew(tended, message="training: 2 of 6 runs are done")


# assessments


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


def _assess(archive: Archive, document: Document, run_ids: list[int]) -> None:
    read = Assessment(
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
    ran = Assessment(
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
        protocol_id="demo-best",
        protocol_hash="c0ffee" * 10,
    )
    empirical, descriptive = Kind.EMPIRICAL, Kind.DESCRIPTIVE
    _say_both(archive, read, ran, kind=empirical)
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


def _say_both(
    archive: Archive, read: Assessment | None, ran: Assessment | None, *, kind: Kind
) -> None:
    for said in (read, ran):
        if said is not None:
            archive.append(said, kind=kind)


# fixtures


@pytest.fixture(scope="session")
def demo_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("demo")
    build_demo(home).database.close()
    return home


@pytest.fixture
def demo_home(demo_template: Path, tmp_path: Path) -> Path:
    """A copy of the demo's folder, for one test to change."""
    home = tmp_path / "home"
    shutil.copytree(demo_template, home)
    return home


@pytest.fixture
def demo(demo_home: Path) -> Iterator[Workspace]:
    """The test's own eyes on the database that the app writes to."""
    workspace = open_workspace({"VERIFIER_HOME": str(demo_home)})
    yield workspace
    workspace.database.close()


@pytest.fixture
def empty_home(tmp_path: Path) -> Path:
    """A folder nobody has used: the program makes its database there."""
    return tmp_path / "empty"


@pytest.fixture
def visit(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., AppTest]]:
    """Open a screen of the app on a folder, with an address: `visit(home, "claim", id="C03")`."""
    monkeypatch.delenv("VERIFIER_DATABASE_URL", raising=False)
    monkeypatch.chdir(ROOT)

    def go(home: Path, page: str = "overview", /, **query: str | list[str]) -> AppTest:
        monkeypatch.setenv("VERIFIER_HOME", str(home))
        at = AppTest.from_file(str(ROOT / "app.py"), default_timeout=90)
        at.run()
        at.switch_page(f"app_pages/{page}.py")
        for name, value in query.items():
            at.query_params[name] = value
        return at.run()

    yield go
    st.cache_resource.clear()  # closes the databases that the app opened


@pytest.fixture
def read() -> Callable[[AppTest], str]:
    """Every word a screen shows, for tests that ask what a person would read."""

    def words(at: AppTest) -> str:
        kinds = ("title", "header", "subheader", "markdown", "caption", "text", "info")
        kinds += ("warning", "error", "success", "html", "code", "button", "metric")
        found = [str(each.value) for kind in kinds for each in at.get(kind)]
        found += [str(each.label) for kind in ("button", "page_link") for each in at.get(kind)]
        found += [each.value.to_string() for each in at.dataframe]
        return "\n".join(found).replace("\u2060", "").replace("\\", "")

    return words


if __name__ == "__main__":
    where = Path(sys.argv[1] if len(sys.argv) > 1 else os.environ["VERIFIER_HOME"])
    where.mkdir(parents=True, exist_ok=True)
    opened = build_demo(where)
    if "--worker" in sys.argv:
        opened.queue.register("demo-worker", host="localhost", pid=os.getpid(), slots=2)
    opened.database.close()
