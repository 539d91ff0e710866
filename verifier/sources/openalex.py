"""OpenAlex: all fields, abstracts as lists of word places, retraction flags. Needs a free key."""

import os
from collections.abc import Mapping, Sequence
from typing import Any

from verifier.document import Document, is_retracted_title, notice_note
from verifier.sources._answers import (
    Query,
    abstract,
    arxiv_id,
    ask,
    doi,
    entries,
    key_of,
    names,
    other_names,
    pmc,
    text,
)
from verifier.web import Door

LABEL = "OpenAlex"
URL = "https://api.openalex.org"  # VERIFIER_OPENALEX_URL names a mirror instead
KEY = "OPENALEX_API_KEY"
FIELDS = (
    "id,doi,ids,display_name,authorships,publication_date,abstract_inverted_index,is_retracted,"
    "primary_location,locations,type"
)
NOTICES = {"retraction": "retraction", "erratum": "correction"}  # types of what is about a work
MOST = 100  # results in one request


def needs(environ: Mapping[str, str] = os.environ) -> tuple[str, ...]:
    """A key, free at openalex.org: without one there are a hundred credits a day."""
    return () if environ.get(KEY) else (KEY,)


def search(query: str, *, limit: int, door: Door) -> list[Document]:
    """Works whose title, abstract or full text hold the words, the most relevant first."""
    if not query.strip() or limit < 1:
        return []
    asked: Query = {"search": query, "per_page": min(limit, MOST), "select": FIELDS}
    found = ask(LABEL, f"{_url()}/works", {**asked, **_key()}, door=door)
    return [_document(work) for work in entries(LABEL, found, "results")][:limit]


def fetch(ids: Sequence[str], *, door: Door) -> list[Document]:
    """Works by OpenAlex's number ("W2741809807") or by "doi:10.…"."""
    found = (
        ask(LABEL, f"{_url()}/works/{one}", {"select": FIELDS, **_key()}, door=door) for one in ids
    )
    return [_document(work) for work in found if work is not None]


def _url() -> str:
    return os.environ.get("VERIFIER_OPENALEX_URL", URL).rstrip("/")


def _key() -> dict[str, str]:
    return {"api_key": os.environ.get(KEY, "")}


def _document(work: Mapping[str, Any]) -> Document:
    number = text(work.get("id")).rsplit("/", 1)[-1]
    title, written = text(work.get("display_name")), _abstract(work.get("abstract_inverted_index"))
    named, ids = doi(work.get("doi")), work.get("ids") or {}
    people = [entry.get("author") or {} for entry in entries(LABEL, work, "authorships")]
    place = work.get("primary_location") or {}
    places = [place, *entries(LABEL, work, "locations")]
    preprint = next(filter(None, (arxiv_id(one.get("landing_page_url")) for one in places)), "")
    is_retracted = work.get("is_retracted") is True or is_retracted_title(title)
    key = key_of(arxiv_id=preprint, doi=named, otherwise=f"openalex:{number}")
    pubmed = text(ids.get("pmid")).rsplit("/", 1)[-1]
    return Document(
        key=key,
        title=title,
        text=written,
        source="openalex",
        authors=names(people, "display_name"),
        published=text(work.get("publication_date")),
        url=text(place.get("landing_page_url")) or text(work.get("doi")) or text(work.get("id")),
        notes=(*(() if written else ("OpenAlex lists no abstract",)), *_about(work)),
        doi=named,
        other_keys=other_names(
            f"openalex:{number}",
            f"europe_pmc:MED:{pubmed}" if pubmed else "",
            pmc(ids.get("pmcid")),
            key=key,
        ),
        retraction="OpenAlex: retracted" if is_retracted else "",
    )


def _about(work: Mapping[str, Any]) -> list[str]:
    kind = NOTICES.get(text(work.get("type")))
    return [notice_note(kind)] if kind else []


def _abstract(places: Any) -> str:
    """The text whose words stand at these places.

    >>> _abstract({"wins": [1], "S4": [0, 3], "and": [2]})
    'S4 wins and S4'
    """
    if not isinstance(places, dict):
        return ""
    at = {
        place: word
        for word, held in places.items()
        if isinstance(held, list)
        for place in held
        if isinstance(place, int)
    }
    return abstract(" ".join(str(at[place]) for place in sorted(at)))
