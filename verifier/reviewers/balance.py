"""Are limits and contrary results told too, and words not larger than what was found?"""

import re

from verifier.dossier import Dossier
from verifier.reviewers import Criterion, criterion, passages, statements

LABEL = "Balance"
ASKS = "Are limits and contrary results told, without sweeping words, from more than one study?"
CONTRARY = re.compile(
    r"\b(?:not?|never|fail\w*|lag\w*|worse|limit\w*|however|only|except|but"
    r"|degrad\w*|inconsisten\w*|unclear|mixed|no difference)\b",
    re.IGNORECASE,
)
SWEEPING = re.compile(
    r"\b(?:all|always|every|never|none|any|entire\w*|universal\w*|consistently|clearly|undoubtedly"
    r"|confirmed as|proven|the (?:strongest|superior|best|most))\b",
    re.IGNORECASE,
)
ENOUGH = 0.2  # share of claims that tell of a limit or a contrary result
LIMITS = re.compile(r"(?im)^[#\s\d.]*limitations?\b.*\n+(?P<said>(?:(?!\n#).|\n(?!#))*)")


def review(dossier: Dossier) -> tuple[Criterion, ...]:
    said = statements(dossier)
    n_contrary = sum(bool(CONTRARY.search(one)) for one in said)
    n_sweeping = sum(bool(SWEEPING.search(one)) for one in said)
    contrary_share = min(1.0, n_contrary / len(said) / ENOUGH) if said else None
    return (
        _limits(dossier),
        Criterion(
            asks="Are contrary results told?",
            weight=3,
            share=contrary_share,
            found=f"{n_contrary} of {len(said)} claims tell of a limit or a contrary result"
            if said
            else "there are no claims",
            raise_by="report what did not hold, and where",
        ),
        criterion(
            "Are words no larger than findings?",
            3,
            n=len(said) - n_sweeping,
            of=len(said),
            what="claims do without sweeping words (all, consistently, the strongest)",
            raise_by="say for how many cases a thing was found, instead of “all”",
        ),
        _studies(dossier),
    )


def _limits(dossier: Dossier) -> Criterion:
    found = LIMITS.search("" if dossier.report is None else dossier.report.text)
    n_words = 0 if found is None else len(found["said"].split())
    return Criterion(
        asks="Does it state its limits?",
        weight=2,
        share=min(1.0, n_words / 40),
        found=f"{n_words} words on its limits" if n_words else "it says nothing of its limits",
        raise_by="say what the method may have missed",
    )


def _studies(dossier: Dossier) -> Criterion:
    """Of the claims with a passage, how many have their first one in the commonest document."""
    first = [passages(claim)[0].document_id for claim in dossier.claims if passages(claim)]
    if len(first) < 2:
        return Criterion(
            asks="Do the claims rest on more than one study?",
            weight=2,
            share=None,
            found="too few claims have a passage to tell",
        )
    most = max(map(first.count, first))
    return Criterion(
        asks="Do the claims rest on more than one study?",
        weight=2,
        share=min(1.0, 2 * (1 - most / len(first))),
        found=f"{most} of {len(first)} claims with a passage have it in one and the same document",
        raise_by="look for what other studies say of the same claims",
    )
