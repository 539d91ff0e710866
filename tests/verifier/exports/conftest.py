"""One dossier with a claim of every sort, and what each format makes of it."""

import pytest

from tests.verifier.exports.dossiers import AT
from tests.verifier.exports.every_sort import NASTY, all_runs, claims
from tests.verifier.made import report
from verifier.claim import Reference
from verifier.document import Document
from verifier.dossier import Dossier
from verifier.exports import EXPORTS


@pytest.fixture(scope="session")
def nasty() -> str:
    return NASTY


@pytest.fixture(scope="session")
def dossier() -> Dossier:
    runs, measurements = all_runs()
    return Dossier(
        generated_at=AT,
        version="0.1.0",
        report=report(
            title="Contrastive Pretraining Scaling and Multimodal Alignment",
            author="Assignee Research",
            question="How does contrastive pretraining scaling affect alignment?",
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
