"""The report as Markdown, readable as it stands; text of others is shown literally."""

import re
from collections.abc import Iterable, Sequence

from verifier.charts import describe_scaling
from verifier.dossier import Dossier
from verifier.exports import _words as words
from verifier.exports._account import Account, Source, account
from verifier.exports._claim import ClaimAccount, Quote, WitnessAccount
from verifier.exports._tables import Table
from verifier.looks import FINDING_LOOKS, STATUS_LOOKS

LABEL, SUFFIX, MEDIA_TYPE = "Markdown", ".md", "text/markdown"

SPECIAL = re.compile(r"([\\`*_\[\]<>|$~&])")
OPENING = re.compile(
    r"^(\d*(?=[.)](?:\s|$)))?([-+=#.):])"
)  # what would begin a list, a heading or a rule


def render(dossier: Dossier) -> bytes:
    told = account(dossier)
    blocks = [
        f"# {literal(told.title)}",
        literal(told.made),
        words.WHAT_THIS_IS,
        _terms(told.about_report),
        "## Summary",
        _summary(told),
        *_how_to_read(),
        "## Claims",
        *(block for claim in told.claims for block in _claim(claim)),
        *_review(told),
        *_scaling(told),
        *_sources("References of the report", told.references),
        *_sources("Documents quoted from", told.documents),
        "## Limitations",
        _bullets(told.limitations),
    ]
    return ("\n\n".join(block for block in blocks if block) + "\n").encode()


def literal(text: str) -> str:
    r"""Text of unknown origin, shown letter by letter and on one line.

    >>> print(literal("# 5 <b> | *x*"))
    \# 5 \<b\> \| \*x\*
    """
    return OPENING.sub(r"\1\\\2", SPECIAL.sub(r"\\\1", " ".join(text.split())))


def code(text: str) -> str:
    """A block of code, fenced with more backticks than it holds."""
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}\n{text}\n{fence}"


def table(found: Table) -> str:
    rules = ["---:" if place in found.numeric else "---" for place in range(len(found.columns))]
    rows = [[literal(cell) for cell in row] for row in (found.columns, *found.rows)]
    lines = [rows[0], rules, *rows[1:]]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _summary(told: Account) -> str:
    rows = tuple(
        (
            f"{claim.id}: {claim.statement}",
            claim.reported,
            f"{claim.look.icon} {claim.look.word}" + f" {words.EARLIER}" * claim.is_outdated,
            claim.confidence,
            claim.certainty,
        )
        for claim in told.claims
    )
    columns = ("Claim", "The report says", "Status", "Confidence", "Certainty")
    return table(Table(columns=columns, rows=rows)) if rows else "There are no claims."


def _how_to_read() -> list[str]:
    statuses = [
        (f"{STATUS_LOOKS[s].icon} {STATUS_LOOKS[s].word}", meaning)
        for s, meaning in words.STATUS_MEANINGS.items()
    ]
    findings = [
        (f"{FINDING_LOOKS[f].icon} {FINDING_LOOKS[f].word}", meaning)
        for f, meaning in words.FINDING_MEANINGS.items()
    ]
    return [
        "## How to read this",
        "The status of a claim is what the two witnesses come to together:",
        _terms(statuses),
        "Each witness has a finding of its own:",
        _terms(findings),
        "And the other words:",
        _terms(words.TERMS),
    ]


def _claim(claim: ClaimAccount) -> list[str]:
    status = f"**{claim.look.icon} {claim.look.word}**"
    numbers = f"Confidence: {literal(claim.confidence)}. Certainty: {literal(claim.certainty)}."
    context = f"Context: {claim.context}" if claim.context else ""
    return [
        f"### {literal(claim.id)}: {literal(claim.statement)}",
        literal(claim.about),
        f"{status}. {literal(claim.status_reason)} {numbers}",
        literal(context),
        *_reported(claim),
        *(block for witness in claim.witnesses for block in _witness(witness)),
        *(["#### Quotations"] if claim.quotes else []),
        *(_quote(quote) for quote in claim.quotes),
        *_titled("Estimates", claim.estimate_table),
        *_titled(words.NUISANCES_TITLE, claim.nuisances, note=words.NUISANCES_NOTE),
        *(
            ["#### What would change this", _bullets(claim.would_change)]
            if claim.would_change
            else []
        ),
        *_titled(words.CONFORMITY_TITLE, claim.conformity, note=words.CONFORMITY_NOTE),
        *(["#### Protocol, decided before the first run"] if claim.protocol else []),
        _terms(claim.protocol),
        *(["It does not test:", _bullets(claim.limits)] if claim.limits else []),
        *_titled("Runs", claim.runs),
        *_titled("History", claim.history),
        *(["#### Check it again", code("\n".join(claim.commands))] if claim.commands else []),
    ]


def _reported(claim: ClaimAccount) -> list[str]:
    said = f"The report says: {literal(claim.reported)}" if claim.reported != words.NONE else ""
    worded = ["Worded differently in a report:", _bullets(claim.reported_wordings)]
    return [said, *(worded if claim.reported_wordings else [])]


def _witness(witness: WitnessAccount) -> list[str]:
    asked = f"#### {witness.title}: {witness.question}"
    if witness.look is None:
        return [asked, literal(witness.reason)]
    finding = f"**{witness.look.icon} {witness.look.word}**. {literal(witness.reason)}"
    limits = [witness.limits_title, _bullets(witness.limits)]
    return [asked, finding, _terms(witness.facts), *(limits if witness.limits else [])]


def _quote(quote: Quote) -> str:
    mark = "**primary source**, " if quote.is_primary else ""
    return (
        f"> “{literal(quote.text)}”\n>\n> {mark}{_link(quote.source, quote.url)} ({quote.stance})"
    )


def _review(told: Account) -> list[str]:
    if told.review is None:
        return []
    return [
        "## Quality review of the report",
        literal(told.review.headline),
        table(told.review.scores),
        "### Criteria",
        table(told.review.criteria),
        *(
            ["What would raise the mean most:", _bullets(told.review.advice)]
            if told.review.advice
            else []
        ),
    ]


def _scaling(told: Account) -> list[str]:
    if told.scaling is None:
        return []
    return [
        "## Scaling with pretraining records",
        literal(describe_scaling(told.scaling.points)),
        table(told.scaling.table),
        *(literal(note) for note in told.scaling.notes),
    ]


def _sources(title: str, sources: Sequence[Source]) -> list[str]:
    listed = "\n".join(f"- {_link(source.text, source.url)}" for source in sources)
    return [f"## {title}", listed] if sources else []


def _link(text: str, url: str | None) -> str:
    return literal(text) if url is None else f"[{literal(text)}](<{url}>)"


def _titled(title: str, found: Table | None, *, note: str = "") -> list[str]:
    return [] if found is None else [f"#### {title}", note, table(found)]


def _terms(terms: Iterable[tuple[str, str]]) -> str:
    return "\n".join(f"- **{term}**: {literal(text)}" for term, text in terms)


def _bullets(items: Iterable[str]) -> str:
    return "\n".join(f"- {literal(item)}" for item in items)
