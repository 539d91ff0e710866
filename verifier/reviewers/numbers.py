"""Do the numbers agree: with the documents, and within the report?"""

from verifier.dossier import ClaimDossier, Dossier
from verifier.judges._quantities import numbers
from verifier.reviewers import Criterion, counting, criterion, passages, stated_number, worded

LABEL = "Numeric agreement"
ASKS = "Are the numbers of the claims those of the documents, and does the report count right?"


def review(dossier: Dossier) -> tuple[Criterion, ...]:
    return (_with_documents(dossier), _within(dossier))


def _with_documents(dossier: Dossier) -> Criterion:
    compared = [
        claim for claim in dossier.claims if numbers(worded(claim, dossier)) and passages(claim)
    ]
    return criterion(
        "Are the claims' numbers in the documents?",
        6,
        n=counting(compared, lambda claim: _agrees(claim, dossier)),
        of=len(compared),
        what="claims with numbers have all of them in a document with a passage about them",
        raise_by="check the numbers against the papers, or add the papers that give them",
        why_not="no claim with a number has a passage to compare with",
    )


def _agrees(claim: ClaimDossier, dossier: Dossier) -> bool:
    wanted = numbers(worded(claim, dossier))
    read = {p.document_id for p in passages(claim)} & dossier.documents.keys()
    return any(wanted <= numbers(dossier.documents[i].text) for i in read)


def _within(dossier: Dossier) -> Criterion:
    """What the report says it counted, against what it holds."""
    report = dossier.report
    text = "" if report is None else report.text
    mentions = [
        mention
        for claim in dossier.claims
        for mention in claim.summary.mentions
        if report is not None and mention.report_id == report.id
    ]
    held = {
        "claims": len(mentions),
        "verified": sum(mention.verified is True for mention in mentions),
        "papers": len(dossier.references),
    }
    stated = {thing: stated_number(text, thing) for thing in held}
    told = {thing: n for thing, n in stated.items() if n is not None}
    wrong = [
        f"{n} {thing} said, {held[thing]} there" for thing, n in told.items() if n != held[thing]
    ]
    shown = f" ({'; '.join(wrong)})" if wrong else ""
    return criterion(
        "Does the report count right?",
        4,
        n=len(told) - len(wrong),
        of=len(told),
        what=f"counts it gives of itself are right{shown}",
        raise_by="make the counts and the lists agree",
        why_not="it gives no counts of itself",
    )
