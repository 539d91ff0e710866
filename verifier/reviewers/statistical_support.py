"""Are sizes, intervals and counts given, and do measurements of our own bear them out?"""

import re

from verifier.dossier import Dossier
from verifier.literature.cues import CUES, cues
from verifier.reviewers import Criterion, counting, criterion, worded
from verifier.verdict import Finding, Kind

LABEL = "Statistical support"
ASKS = "Do claims that compare say by how much and how surely, and do our own runs agree?"
NOT_RUN = "no experiment was run for a claim yet: python -m verifier verify --all"
UNCERTAINTY = re.compile(
    r"±|\bCI\b|confidence interval|\bp\s?[<=≤]\s?0?\.\d|standard (?:deviation|error)|\bSD\b"
    r"|\bn\s?=\s?\d|\b\d+ (?:seeds|patients|participants|runs)\b",
    re.IGNORECASE,
)


def review(dossier: Dossier) -> tuple[Criterion, ...]:
    comparing = [
        c for c in dossier.claims if cues(worded(c, dossier)) & {"compares", "grows", "moves"}
    ]
    empirical = [c for c in dossier.claims if c.summary.claim.kind is Kind.EMPIRICAL]
    asked = [c for c in empirical if c.experiment is not None]
    settled = {Finding.SUPPORTED, Finding.CONTRADICTED}
    return (
        criterion(
            "Is it said by how much?",
            3,
            n=counting(comparing, lambda c: bool(CUES["measures"].search(worded(c, dossier)))),
            of=len(comparing),
            what="claims that compare say by how much",
            raise_by="give the size of each effect",
            why_not="no claim compares anything",
        ),
        criterion(
            "Is it said how surely?",
            3,
            n=counting(comparing, lambda c: bool(UNCERTAINTY.search(worded(c, dossier)))),
            of=len(comparing),
            what="claims that compare give an interval, a spread or a count behind it",
            raise_by="give intervals, and how many seeds or patients stand behind them",
            why_not="no claim compares anything",
        ),
        criterion(
            "Was it measured again?",
            2,
            n=counting(
                asked,
                lambda c: c.experiment is not None and bool(c.experiment.assessment.estimates),
            ),
            of=len(empirical) if asked else 0,
            what="empirical claims have an estimate with an interval from our own runs",
            raise_by="run the protocols: python -m verifier verify --all",
            why_not=NOT_RUN if empirical else "no claim is empirical",
        ),
        criterion(
            "Did measuring settle it?",
            2,
            n=counting(
                asked,
                lambda c: c.experiment is not None and c.experiment.assessment.finding in settled,
            ),
            of=len(asked),
            what="claims measured again are settled by it",
            raise_by="more seeds and patients: --preset standard",
            why_not=NOT_RUN if empirical else "no claim is empirical",
        ),
    )
