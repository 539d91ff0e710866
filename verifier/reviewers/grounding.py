"""Can each claim be traced to a passage of a document?"""

import re

from verifier.dossier import Dossier
from verifier.reviewers import Criterion, counting, criterion, in_place, passages
from verifier.verdict import Finding

LABEL = "Grounding"
ASKS = "Is there, for each claim, a passage in a document that bears on it and settles it?"
CITATION = re.compile(
    r"\[\^?\d+(?:[,;–-]\s?\d+)*\]|\(\w[^()]*,? (?:19|20)\d\d[a-z]?\)|\bet al\b|\\cite"
    r"|arxiv:|doi:|https?://",
    re.I,
)
NOT_ASKED = "the literature was asked about no claim yet: python -m verifier verify --all"


def review(dossier: Dossier) -> tuple[Criterion, ...]:
    asked = [claim for claim in dossier.claims if claim.literature is not None]
    settled = {Finding.SUPPORTED, Finding.CONTRADICTED}
    n_left = len(dossier.claims) - len(asked)
    left = f"; {n_left} of {len(dossier.claims)} were not asked about yet" if n_left else ""
    return (
        criterion(
            "Does a document have a passage about it?",
            3,
            n=counting(asked, lambda claim: bool(passages(claim))),
            of=len(asked),
            what=f"claims asked about have a passage that bears on them{left}",
            raise_by="add the papers the claims come from",
            why_not=NOT_ASKED,
        ),
        criterion(
            "Does a document settle it?",
            3,
            n=counting(
                asked,
                lambda c: c.literature is not None and c.literature.assessment.finding in settled,
            ),
            of=len(asked),
            what=f"claims asked about are settled by a document{left}",
            raise_by="add full texts, and word each claim as its source does",
            why_not=NOT_ASKED,
        ),
        criterion(
            "Are the report's references at hand?",
            2,
            n=sum(source.is_held for source in dossier.sources),
            of=len(dossier.sources),
            what="references are stored and can be read",
            raise_by="fetch the references",
            why_not="it has no references",
        ),
        criterion(
            "Does each claim name its source?",
            2,
            n=counting(dossier.claims, lambda c: bool(CITATION.search(in_place(c, dossier)))),
            of=len(dossier.claims),
            what="claims name the paper they come from",
            raise_by="cite a paper with every claim",
        ),
    )
