"""Could the claims turn out to be wrong, and is it known how one would see it?"""

from verifier.dossier import ClaimDossier, Dossier
from verifier.literature.cues import cues
from verifier.literature.extraction import POINTING
from verifier.reviewers import Criterion, counting, criterion, worded
from verifier.verdict import Kind

LABEL = "Testability"
ASKS = "Is each claim whole, clear about what it speaks of, and can it be checked?"


def review(dossier: Dossier) -> tuple[Criterion, ...]:
    claims = dossier.claims
    return (
        criterion(
            "Is there a way to check it?",
            5,
            n=counting(claims, _has_a_test),
            of=len(claims),
            what="claims have a protocol, or name the study whose text settles them",
            raise_by="say which study a claim is about, or choose a protocol for it",
        ),
        criterion(
            "Does it say what it compares or measures?",
            3,
            n=counting(
                claims,
                lambda c: bool(
                    cues(worded(c, dossier))
                    & {"compares", "measures", "counts", "grows", "moves", "sets up"}
                ),
            ),
            of=len(claims),
            what="claims compare, count or measure something",
            raise_by="word claims so that they compare or measure",
        ),
        criterion(
            "Does it stand alone?",
            2,
            n=counting(claims, lambda c: not _points(c, dossier)),
            of=len(claims),
            what="claims stand alone (no “the study”, “it”, “our”)",
            raise_by="name the study instead of “the study”",
        ),
    )


def _has_a_test(claim: ClaimDossier) -> bool:
    if claim.summary.claim.kind is Kind.DESCRIPTIVE:
        return claim.summary.claim.study is not None
    return claim.protocol is not None and claim.protocol.protocol is not None


def _points(claim: ClaimDossier, dossier: Dossier) -> bool:
    said = worded(claim, dossier)
    return POINTING.search(said) is not None or "the study" in said.lower()
