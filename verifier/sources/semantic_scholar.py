"""Semantic Scholar: all fields, titles and abstracts. One request a second, with a key."""

import os
from collections.abc import Mapping, Sequence
from typing import Any

from verifier.document import Document, is_retracted_title
from verifier.sources._answers import (
    Query,
    abstract,
    ask,
    doi,
    entries,
    key_of,
    names,
    other_names,
    pmc,
    text,
    words,
)
from verifier.web import Door

LABEL = "Semantic Scholar"
URL = "https://api.semanticscholar.org/graph/v1"  # VERIFIER_SEMANTIC_SCHOLAR_URL: a mirror
KEY = "SEMANTIC_SCHOLAR_API_KEY"
FIELDS = "paperId,title,abstract,authors,publicationDate,year,externalIds,url"
INTERVAL_S = 1.1  # one request a second is allowed
MOST = 100


def needs(environ: Mapping[str, str] = os.environ) -> tuple[str, ...]:
    """A key, free on request: those without one share a pool that mostly answers "busy"."""
    return () if environ.get(KEY) else (KEY,)


def search(query: str, *, limit: int, door: Door) -> list[Document]:
    """Papers by relevance; it knows no phrases, and hyphens hide matches from it."""
    plain = words(query).replace("-", " ")
    if not plain or limit < 1:
        return []
    asked: Query = {"query": plain, "limit": min(limit, MOST), "fields": FIELDS}
    found = _ask("/paper/search", asked, door)
    return [_document(paper) for paper in entries(LABEL, found, "data")][:limit]


def fetch(ids: Sequence[str], *, door: Door) -> list[Document]:
    """Papers by its own id, or by "ARXIV:2605.12241" or "DOI:10.…"."""
    found = (_ask(f"/paper/{one}", {"fields": FIELDS}, door) for one in ids)
    return [_document(paper) for paper in found if paper is not None]


def _ask(path: str, query: Query, door: Door) -> dict[str, Any] | None:
    base = os.environ.get("VERIFIER_SEMANTIC_SCHOLAR_URL", URL).rstrip("/")
    headers = {"x-api-key": os.environ.get(KEY, "")}
    return ask(LABEL, base + path, query, door=door, headers=headers, interval_s=INTERVAL_S)


def _document(paper: Mapping[str, Any]) -> Document:
    ids = paper.get("externalIds") or {}
    number, named = text(paper.get("paperId")), doi(ids.get("DOI"))
    title, written = text(paper.get("title")), abstract(paper.get("abstract"))
    year, pubmed = paper.get("year"), text(ids.get("PubMed"))
    own = f"semantic_scholar:{number}"
    key = key_of(arxiv_id=text(ids.get("ArXiv")), doi=named, otherwise=own)
    return Document(
        key=key,
        title=title,
        text=written,
        source="semantic_scholar",
        authors=names(entries(LABEL, paper, "authors"), "name"),
        published=text(paper.get("publicationDate")) or (str(year) if year else ""),
        url=text(paper.get("url")),
        notes=() if written else ("Semantic Scholar lists no abstract",),
        doi=named,
        other_keys=other_names(
            own,
            f"europe_pmc:MED:{pubmed}" if pubmed else "",
            pmc(ids.get("PubMedCentral")),
            key=key,
        ),
        retraction="Semantic Scholar: title says retracted" if is_retracted_title(title) else "",
    )
