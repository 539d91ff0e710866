"""A small report whose every count can be made by hand."""

import pytest

from tests.verifier.made import NOON as AT
from tests.verifier.made import report
from verifier.archive import ClaimSummary, Mention, StoredAssessment
from verifier.claim import Claim, Reference
from verifier.document import Document
from verifier.dossier import ClaimDossier, Dossier, SourceCheck
from verifier.verdict import (
    Assessment,
    Evidence,
    Finding,
    Kind,
    Status,
    Verdict,
    Witness,
)

TEXT = (
    "Abstract\n\nThis report rests on 4 papers; 3 claims were extracted.\n\n"
    "It says: “S4 outperforms CNNs on five tasks” and “whales sing in the deep ocean”.\n\n"
    "## 4 Limitations\n\n" + "Word " * 20 + "\n\n## Claims\n"
)
PAPER = Document(
    key="arxiv:2605.12241",
    title="The study of S4",
    text="S4 outperforms CNNs on five tasks. It lags on one.",
    source="arxiv",
    id=7,
)
NOTHING = Verdict(status=Status.UNCHECKED, confidence=None, rests_on=None)
STATEMENTS = (
    "S4 outperforms CNNs on five tasks.",
    "S4 consistently improves all scores by 3 % (95 % CI 1 to 5, n = 900) [1].",
    "The study does not cover EE",
)


def claim_dossier(place: int, statement: str) -> ClaimDossier:
    descriptive = place == 3
    claim = Claim(
        id=f"T{place}",
        statement=statement,
        kind=Kind.DESCRIPTIVE if descriptive else Kind.EMPIRICAL,
        origin="imported",
        study="2605.12241" if descriptive else None,
    )
    mention = Mention(
        report_id=1,
        report_title="A report",
        position=place,
        line=place,
        statement=statement,
        verified=place == 1,
        confidence=None,
        is_cut=descriptive,
        match_score=None,
    )
    said = None
    if place < 3:
        finding = Finding.SUPPORTED if place == 1 else Finding.INCONCLUSIVE
        said = StoredAssessment(
            id=place,
            at=AT,
            verification_id=None,
            assessment=Assessment(
                claim_id=claim.id,
                witness=Witness.LITERATURE,
                finding=finding,
                reason="so",
                evidence=(
                    Evidence(document_id=7, start=0, end=34, quote=PAPER.text[:34], score=1),
                ),
            ),
        )
    return ClaimDossier(
        summary=ClaimSummary(
            claim=claim,
            verdict=NOTHING,
            decided=NOTHING,
            overruling=None,
            is_fragile=False,
            author="",
            checked_at=None,
            literature=None,
            experiment=None,
            mentions=(mention,),
            run_ids=(),
        ),
        literature=said,
        experiment=None,
        history=(),
        protocol=None,
    )


@pytest.fixture
def reported() -> Dossier:
    references = (
        Reference(url="http://arxiv.org/abs/2605.12241v1", arxiv_id="2605.12241", version=1),
        Reference(url="http://arxiv.org/abs/1807.03748", arxiv_id="1807.03748", position=2),
    )
    return Dossier(
        generated_at=AT,
        version="0.1.0",
        report=report(question="How does S4 compare on ECG tasks?", text=TEXT, format="markdown"),
        references=references,
        claims=tuple(claim_dossier(i, said) for i, said in enumerate(STATEMENTS, start=1)),
        documents={7: PAPER},
        runs=(),
        measurements={},
        sources=(
            SourceCheck(
                reference=references[0],
                title=PAPER.title,
                published="2026-05-12",
                is_held=True,
                retraction="",
                checked_at=AT,
            ),
            SourceCheck(
                reference=references[1],
                title="",
                published="",
                is_held=False,
                retraction="",
                checked_at=None,
            ),
        ),
    )
