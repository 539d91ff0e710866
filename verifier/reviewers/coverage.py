"""Does the report answer its question, from enough papers?"""

from verifier.dossier import Dossier
from verifier.judges._words import content, stem, tokens
from verifier.literature.queries import EMPTY
from verifier.literature.questions import ASKING
from verifier.reviewers import Criterion, criterion, stated_number, statements

LABEL = "Coverage"
ASKS = "Do the claims speak of what was asked, and are the papers named that they come from?"
ENOUGH_PAPERS = 5  # a synthesis of fewer is a summary


def review(dossier: Dossier) -> tuple[Criterion, ...]:
    report = dossier.report
    question = "" if report is None else report.question
    return (
        _question(question),
        _touched(question, dossier),
        _named(dossier),
        _papers(dossier),
    )


def _question(question: str) -> Criterion:
    return Criterion(
        asks="Is a question stated?",
        weight=1,
        share=1.0 if question else 0.0,
        found="it states its question" if question else "it states no question",
        raise_by="state the research question",
    )


def _touched(question: str, dossier: Dossier) -> Criterion:
    empty = {stem(word) for word in ASKING | EMPTY}
    asked = {
        token.key: token.text
        for token in reversed(list(tokens(question)))  # the first spelling of a word stays
        if token.is_content and token.key not in empty
    }
    said = {word for statement in statements(dossier) for word in content(statement)}
    missing = [text for key, text in reversed(asked.items()) if key not in said]
    shown = f" (missing: {', '.join(missing[:8])})" if missing else ""
    found = criterion(
        "Do the claims speak of what was asked?",
        4,
        n=len(asked) - len(missing),
        of=len(asked),
        what=f"words of the question occur in a claim{shown}",
        raise_by="extract claims that answer the question itself",
        why_not="no question to compare with",
    )
    return found


def _named(dossier: Dossier) -> Criterion:
    text = "" if dossier.report is None else dossier.report.text
    stated, n = stated_number(text, "papers"), len(dossier.references)
    if stated is None:
        return Criterion(
            asks="Are all papers named that it rests on?",
            weight=3,
            share=None if n else 0.0,
            found="it does not say how many papers it rests on" if n else "it names no paper",
            raise_by="list every paper",
        )
    return criterion(
        "Are all papers named that it rests on?",
        3,
        n=min(n, stated),
        of=stated,
        what="papers it says it rests on are in its references",
        raise_by="list every paper it drew on",
    )


def _papers(dossier: Dossier) -> Criterion:
    n = len(dossier.references)
    return Criterion(
        asks="Are there enough papers for a synthesis?",
        weight=2,
        share=min(1.0, n / ENOUGH_PAPERS),
        found=f"{n} references; {ENOUGH_PAPERS} or more are a synthesis",
        raise_by="draw on more papers",
    )
