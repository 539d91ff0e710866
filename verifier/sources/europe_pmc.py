"""Europe PMC: the life sciences, abstracts, and open full texts as JATS XML. No key needed."""

import os
from collections.abc import Mapping, Sequence
from typing import Any

from verifier.document import Document, is_retracted_title, notice_note
from verifier.sources._answers import (
    KEEP_S,
    OK,
    Query,
    abstract,
    ask,
    doi,
    entries,
    key_of,
    other_names,
    pmc,
    text,
)
from verifier.web import Door

LABEL = "Europe PMC"
URL = "https://www.ebi.ac.uk/europepmc/webservices/rest"  # VERIFIER_EUROPE_PMC_URL: a mirror
MOST = 100
KEY = "europe_pmc:"
NOTICES = {  # what a notice that is linked to an article says of it
    "retraction in": "retracted",
    "partial retraction in": "retracted in part",
    "expression of concern in": "expression of concern",
}
ABOUT = {  # what an article that is itself a notice is linked by, or its kind
    "retraction of": "retraction",
    "partial retraction of": "partial_retraction",
    "expression of concern for": "expression_of_concern",
    "erratum for": "correction",
    "retraction of publication": "retraction",
    "retraction notice": "retraction",
    "expression of concern": "expression_of_concern",
    "published erratum": "correction",
}
SAME = ("preprint of", "preprint in")  # the article a preprint became, or the other way round


def needs(environ: Mapping[str, str] = os.environ) -> tuple[str, ...]:
    """Nothing: Europe PMC asks for no key."""
    return ()


def search(query: str, *, limit: int, door: Door) -> list[Document]:
    """Articles and preprints in which every word and phrase occurs, the most relevant first."""
    if not query.strip() or limit < 1:
        return []
    return _search(query, min(limit, MOST), door)[:limit]


def fetch(ids: Sequence[str], *, door: Door) -> list[Document]:
    """By "MED:12345" or "PMC:PMC3257301", as its own addresses have them."""
    found = []
    for one in ids:
        source, _, number = one.partition(":")
        found += _search(f"EXT_ID:{number} AND SRC:{source}", 1, door)
    return found


def full_text(document: Document, *, door: Door) -> tuple[bytes, str] | None:
    """JATS XML of an article in PubMed Central's open part."""
    numbers = [k.removeprefix("pmc:") for k in document.other_keys if k.startswith("pmc:")]
    for number in numbers[:1]:
        reply = door.get(f"{_url()}/{number}/fullTextXML", keep_s=KEEP_S)
        if reply.status == OK:
            return reply.content, f"{number}.xml"
    return None


def _url() -> str:
    return os.environ.get("VERIFIER_EUROPE_PMC_URL", URL).rstrip("/")


def _search(query: str, limit: int, door: Door) -> list[Document]:
    asked: Query = {"query": query, "format": "json", "resultType": "core", "pageSize": limit}
    found = ask(LABEL, f"{_url()}/search", asked, door=door)
    return [_document(entry) for entry in entries(LABEL, found, "resultList", "result")]


def _document(entry: Mapping[str, Any]) -> Document:
    number = f"{text(entry.get('source'))}:{text(entry.get('id'))}"
    title, written = text(entry.get("title")).rstrip("."), abstract(entry.get("abstractText"))
    named = doi(entry.get("doi"))
    key = key_of(doi=named, otherwise=f"{KEY}{number}")
    linked = entries(LABEL, entry, "commentCorrectionList", "commentCorrection")
    same = [one for one in linked if text(one.get("type")).lower() in SAME]
    return Document(
        key=key,
        title=title,
        text=written,
        source="europe_pmc",
        authors=_people(entry),
        published=text(entry.get("firstPublicationDate")),
        url=f"https://europepmc.org/article/{number.replace(':', '/')}",
        notes=(
            *(() if written else ("Europe PMC lists no abstract",)),
            *_about(entry, linked),
        ),
        doi=named,
        other_keys=other_names(
            f"{KEY}{number}",
            pmc(entry.get("pmcid")),
            *(f"{KEY}{text(one.get('source'))}:{text(one.get('id'))}" for one in same),
            key=key,
        ),
        retraction=_notice(entry, title, linked),
    )


def _people(entry: Mapping[str, Any]) -> tuple[str, ...]:
    """Whole names where they are given, else with initials; groups by their own name."""
    listed = entries(LABEL, entry, "authorList", "author")
    read = (
        f"{text(one.get('firstName'))} {text(one.get('lastName'))}".strip()
        if one.get("firstName") and one.get("lastName")
        else text(one.get("fullName")) or text(one.get("collectiveName"))
        for one in listed
    )
    written = text(entry.get("authorString")).rstrip(".").split(", ")
    return tuple(name for name in (read if listed else written) if name)


def _kinds(entry: Mapping[str, Any]) -> list[str]:
    kinds = (entry.get("pubTypeList") or {}).get("pubType") or []
    return [str(kind).lower() for kind in (kinds if isinstance(kinds, list) else [kinds])]


def _about(entry: Mapping[str, Any], linked: Sequence[Mapping[str, Any]]) -> list[str]:
    """Whether the article is itself a notice about another."""
    said = [text(one.get("type")).lower() for one in linked] + _kinds(entry)
    return [notice_note(kind) for kind in dict.fromkeys(ABOUT[s] for s in said if s in ABOUT)]


def _notice(entry: Mapping[str, Any], title: str, linked: Sequence[Mapping[str, Any]]) -> str:
    """The gravest of what is said of an article: by its kind, its title, or a notice about it."""
    if "retracted publication" in _kinds(entry) or is_retracted_title(title):
        return "Europe PMC: retracted publication"
    of_it = {text(one.get("type")).lower() for one in linked}
    grave = next((words for kind, words in NOTICES.items() if kind in of_it), "")
    return f"Europe PMC: {grave}" if grave else ""
