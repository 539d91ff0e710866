"""Is what is quoted there, and is what is claimed whole and about the same things?"""

import re

from verifier.dossier import ClaimDossier, Dossier
from verifier.judges._cautions import names
from verifier.literature.quotes import place_of
from verifier.reviewers import Criterion, counting, criterion, passages, worded

LABEL = "Quotation accuracy"
ASKS = "Are quotations found letter by letter, and are claims whole and true to their passages?"
QUOTED = re.compile(r"[“\"]([^“”\"]{20,400})[”\"]")


def review(dossier: Dossier) -> tuple[Criterion, ...]:
    return (_whole(dossier), _quotations(dossier), _named_things(dossier))


def _whole(dossier: Dossier) -> Criterion:
    report_id = None if dossier.report is None else dossier.report.id
    n_cut = counting(
        dossier.claims,
        lambda c: any(m.is_cut for m in c.summary.mentions if m.report_id == report_id),
    )
    return criterion(
        "Are the claims whole?",
        3,
        n=len(dossier.claims) - n_cut,
        of=len(dossier.claims),
        what="claims are whole, not cut off in the middle",
        raise_by="print every claim to its end",
    )


def _quotations(dossier: Dossier) -> Criterion:
    text = "" if dossier.report is None else dossier.report.text
    quoted = [said for said in QUOTED.findall(text) if len(said.split()) >= 4]
    held = [document.text for document in dossier.documents.values()]
    return criterion(
        "Are quotations letter by letter?",
        4,
        n=sum(any(place_of(said, whole) for whole in held) for said in quoted) if held else 0,
        of=len(quoted) if held else 0,
        what="quotations are found in a document that was read",
        raise_by="correct the quotations",
        why_not="it quotes nothing, so no quotation can be wrong"
        if held
        else "no document was read to compare with",
    )


def _named_things(dossier: Dossier) -> Criterion:
    compared = [claim for claim in dossier.claims if passages(claim)]
    return criterion(
        "Are the things it names those of the passages?",
        3,
        n=counting(compared, lambda claim: _is_about_the_same(claim, dossier)),
        of=len(compared),
        what="claims name nothing that the documents with their passages do not name",
        raise_by="use the names the papers use",
        why_not="no claim has a passage to compare with",
    )


def _is_about_the_same(claim: ClaimDossier, dossier: Dossier) -> bool:
    read = {p.document_id for p in passages(claim)} & dossier.documents.keys()
    known = [f"{dossier.documents[i].title} {dossier.documents[i].text}".lower() for i in read]
    named = names(worded(claim, dossier))
    return any(all(name.lower() in whole for name in named) for whole in known)
