"""From judged passages to one finding, its reason and its confidence. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from verifier.claim import Claim
from verifier.document import Document
from verifier.plural import plural
from verifier.verdict import Concern, Evidence, Finding, Reason


@dataclass(frozen=True, kw_only=True)
class Said:
    finding: Finding
    reason: str
    confidence: float | None = None
    confidence_reason: str = ""
    grounds: tuple[Reason, ...] = ()
    is_secondary_only: bool = False


def nothing_to_read(troubles: Mapping[str, str]) -> Said:
    why = _together(troubles) or "no source was asked and no document was added"
    return Said(
        finding=Finding.NOT_TESTABLE,
        reason=(
            f"No document could be had: {why}. Add some on the page Import or with "
            "`python -m verifier documents add FILE`, or verify again with a network."
        ),
        confidence_reason="nothing was read",
    )


def _together(troubles: Mapping[str, str]) -> str:
    """Sources that are out of reach for one reason share a sentence.

    >>> _together({"a": "a.org could not be reached: no", "b": "b.org could not be reached: no"})
    'a.org, b.org could not be reached: no'
    """
    sharing: dict[str, list[str]] = {}
    for trouble in troubles.values():
        host, unreached, why = trouble.partition(" could not be reached: ")
        sharing.setdefault(unreached + why, []).append(host)
    return "; ".join((", " if why else "; ").join(hosts) + why for why, hosts in sharing.items())


def conclude(claim: Claim, passages: Sequence[Evidence], documents: Mapping[int, Document]) -> Said:
    """From judged passages to one finding; documents that disagree decide nothing."""
    for_it = [p for p in passages if p.stance is Finding.SUPPORTED]
    against = [p for p in passages if p.stance is Finding.CONTRADICTED]
    grounds = _grounds(for_it or against or passages, documents)
    if for_it and against:
        return Said(
            finding=Finding.INCONCLUSIVE,
            reason=(
                f"{plural(len(for_it), 'passage')} for it and {len(against)} against it: the "
                "documents disagree, and a person must read them."
            ),
            confidence_reason="the documents disagree",
            grounds=grounds,
        )
    if not for_it and not against:
        return _undecided(claim, passages, documents, grounds)
    deciding = for_it or against
    finding = Finding.SUPPORTED if for_it else Finding.CONTRADICTED
    known = [p.probability for p in deciding if p.probability is not None]
    titles = list(dict.fromkeys(documents[p.document_id].title for p in deciding))
    verb = "says so" if for_it else "says otherwise"
    return Said(
        finding=finding,
        reason=f"{'; '.join(titles[:3])} {verb}: “{shortened(deciding[0].quote)}”",
        confidence=max(known, default=None),
        confidence_reason="" if known else "the judge gives no calibrated probability",
        grounds=grounds,
        is_secondary_only=(
            not any(p.is_primary for p in deciding) and len({p.document_id for p in deciding}) < 2
        ),
    )


def _undecided(
    claim: Claim,
    passages: Sequence[Evidence],
    documents: Mapping[int, Document],
    grounds: tuple[Reason, ...],
) -> Said:
    if not passages:
        return Said(
            finding=Finding.INCONCLUSIVE,
            reason=f"None of {plural(len(documents), 'document')} has a passage about it.",
            confidence_reason="no passage was found",
        )
    best = passages[0]
    is_other = claim.study is not None and not best.is_primary
    other = " (not the study the claim is about)" if is_other else ""
    return Said(
        finding=Finding.INCONCLUSIVE,
        reason=(
            "Passages about it were found, but none states or denies it plainly enough to decide "
            f"by rule; the nearest is in {documents[best.document_id].title}{other}: "
            f"“{shortened(best.quote)}”"
        ),
        confidence_reason="the judge abstained",
        grounds=grounds,
    )


def _grounds(passages: Sequence[Evidence], documents: Mapping[int, Document]) -> tuple[Reason, ...]:
    read = {p.document_id: documents[p.document_id] for p in passages}
    if not read:
        return ()
    grounds = []
    if all(document.extent == "abstract" for document in read.values()):
        grounds.append(
            Reason(
                concern=Concern.INDIRECTNESS,
                text=f"Only the abstract was read, of {plural(len(read), 'document')}.",
            )
        )
    if len(read) == 1:
        grounds.append(Reason(concern=Concern.IMPRECISION, text="One document bears on it."))
    grounds += [
        Reason(
            concern=Concern.RISK_OF_BIAS,
            text=f"{shortened(document.title, 80)} was withdrawn and decides nothing "
            f"({document.retraction}).",
        )
        for document in read.values()
        if document.retraction
    ]
    return tuple(grounds)


def shortened(quote: str, most: int = 220) -> str:
    one_line = " ".join(quote.split())
    return one_line if len(one_line) <= most else one_line[: most - 1].rstrip() + "…"
