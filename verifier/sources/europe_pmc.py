"""Europe PMC: the life sciences, abstracts, and open full texts as JATS XML. No key needed."""

import os
from collections.abc import Mapping, Sequence
from typing import Any

from verifier.document import Document
from verifier.sources._answers import (
    KEEP_S,
    OK,
    Query,
    ask,
    doi,
    entries,
    is_retracted_title,
    key_of,
    names,
    text,
)
from verifier.web import Door

LABEL = "Europe PMC"
URL = "https://www.ebi.ac.uk/europepmc/webservices/rest"  # VERIFIER_EUROPE_PMC_URL: a mirror
MOST = 100
KEY = "europe_pmc:"


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
    title, abstract = text(entry.get("title")).rstrip("."), text(entry.get("abstractText"))
    kinds = (entry.get("pubTypeList") or {}).get("pubType") or []
    said = [str(kind).lower() for kind in (kinds if isinstance(kinds, list) else [kinds])]
    is_retracted = "retracted publication" in said or is_retracted_title(title)
    named, pmc = doi(entry.get("doi")), text(entry.get("pmcid"))
    return Document(
        key=key_of(doi=named, otherwise=f"{KEY}{number}"),
        title=title,
        text=abstract,
        source="europe_pmc",
        authors=names(entries(LABEL, entry, "authorList", "author"), "fullName"),
        published=text(entry.get("firstPublicationDate")),
        url=f"https://europepmc.org/article/{number.replace(':', '/')}",
        notes=() if abstract else ("Europe PMC lists no abstract",),
        doi=named,
        other_keys=(f"{KEY}{number}", *([f"pmc:{pmc}"] if pmc else [])),
        retraction="Europe PMC: retracted publication" if is_retracted else "",
    )
