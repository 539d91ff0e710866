"""A workspace with a bit of everything: a report, papers, runs, verdicts, a search."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from tests.demo.assessments import assess
from tests.demo.runs import ended_runs, running_work
from tests.demo.words import DESCRIPTIVE, PAPER_TEXT, STATEMENTS
from verifier import extracting
from verifier.bibliography import FoundPaper, Step
from verifier.claim import Claim, Reference, Report, ReportedClaim
from verifier.document import Document
from verifier.protocol import bundled
from verifier.verdict import Kind
from verifier.workspace import Workspace, open_workspace


def build_demo(home: Path) -> Workspace:
    """Fill a fresh workspace: claims of every status, runs in every state, documents, a report."""
    workspace = open_workspace({"VERIFIER_HOME": str(home)})
    workspace.archive.clock = _StartingAt(datetime.now(UTC) - timedelta(days=2))
    _import_report(workspace)
    [document] = workspace.archive.put_documents([_paper()])
    run_ids = ended_runs(workspace.queue)
    assess(workspace.archive, document, run_ids)
    running_work(workspace, run_ids)
    _searched(workspace, document)
    return workspace


class _StartingAt:
    """A clock that goes on by forty minutes with each look, never past the present."""

    def __init__(self, start: datetime) -> None:
        self.at = start

    def __call__(self) -> datetime:
        self.at = min(self.at + timedelta(minutes=40), datetime.now(UTC))
        return self.at


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
