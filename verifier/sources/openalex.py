"""OpenAlex: all fields, abstracts as lists of word places, retraction flags. Needs a free key."""

import os
from collections.abc import Mapping, Sequence
from typing import Any

from verifier.document import Document
from verifier.sources._answers import (
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

LABEL = "OpenAlex"
URL = "https://api.openalex.org"  # VERIFIER_OPENALEX_URL names a mirror instead
KEY = "OPENALEX_API_KEY"
FIELDS = (
    "id,doi,display_name,authorships,publication_date,abstract_inverted_index,is_retracted,"
    "primary_location"
)
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
    named = doi(work.get("doi"))
    people = [entry.get("author") or {} for entry in entries(LABEL, work, "authorships")]
    place = work.get("primary_location") or {}
    is_retracted = work.get("is_retracted") is True or is_retracted_title(title)
    return Document(
        key=key_of(doi=named, otherwise=f"openalex:{number}"),
        title=title,
        text=written,
        source="openalex",
        authors=names(people, "display_name"),
        published=text(work.get("publication_date")),
        url=text(place.get("landing_page_url")) or text(work.get("doi")) or text(work.get("id")),
        notes=() if written else ("OpenAlex lists no abstract",),
        doi=named,
        other_keys=(f"openalex:{number}",),
        retraction="OpenAlex: retracted" if is_retracted else "",
    )


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
    return text(" ".join(str(at[place]) for place in sorted(at)))
