"""Crossref: what publishers register under a DOI, and their notices of retraction. No key needed.

Few publishers deposit abstracts, so it seldom brings anything to quote. Its notices (its own and
those of Retraction Watch, which it took over) are why every DOI that is stored is looked up here.
No notice is no proof that there is nothing wrong.
"""

import os
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from verifier.document import Document, is_retracted_title, notice_note
from verifier.sources._answers import (
    Query,
    abstract,
    ask,
    doi,
    entries,
    key_of,
    names,
    text,
    words,
)
from verifier.web import Door

LABEL = "Crossref"
URL = "https://api.crossref.org"  # VERIFIER_CROSSREF_URL names a mirror instead
MOST = 100
GRAVE = {
    "retraction": "retracted",
    "withdrawal": "withdrawn",
    "removal": "removed",
    "expression_of_concern": "expression of concern",
    "partial_retraction": "retracted in part",
}
NEW_WORKS = ("new_version", "new_edition")
ELSEWHERE = ("10.48550/", "10.5281/")  # prefixes that DataCite registers: arXiv, Zenodo


def needs(environ: Mapping[str, str] = os.environ) -> tuple[str, ...]:
    """Nothing. VERIFIER_MAILTO, an e-mail address, brings us among those who are served first."""
    return ()


def search(query: str, *, limit: int, door: Door) -> list[Document]:
    """Works whose bibliographic entry holds the words, the most relevant first."""
    plain = words(query)
    if not plain or limit < 1:
        return []
    found = _ask("/works", {"query.bibliographic": plain, "rows": min(limit, MOST)}, door)
    return [_document(item) for item in entries(LABEL, found, "message", "items")][:limit]


def fetch(ids: Sequence[str], *, door: Door) -> list[Document]:
    """Works by DOI."""
    return [_document(item) for item in _items(ids, door).values()]


def retractions(dois: Sequence[str], *, door: Door) -> dict[str, str]:
    """What Crossref knows of each DOI: "" where it lists no notice; one it lacks is absent."""
    return {name: _notice(item) for name, item in _items(dois, door).items()}


def is_listed(name: str) -> bool:
    """Whether Crossref can know a DOI, and notices about it.

    >>> is_listed("10.1000/abc"), is_listed("10.48550/arxiv.2605.12241"), is_listed("")
    (True, False, False)
    """
    return bool(name) and not name.startswith(ELSEWHERE)


def _items(dois: Sequence[str], door: Door) -> dict[str, Mapping[str, Any]]:
    found = {}
    for name in dois:
        if not is_listed(name):
            continue
        said = _ask(f"/works/{quote(name, safe='')}", {}, door)
        if said is not None and isinstance(said.get("message"), dict):
            found[name] = said["message"]
    return found


def _ask(path: str, query: Query, door: Door) -> dict[str, Any] | None:
    base = os.environ.get("VERIFIER_CROSSREF_URL", URL).rstrip("/")
    mailto = os.environ.get("VERIFIER_MAILTO", "")
    return ask(LABEL, base + path, {**query, **({"mailto": mailto} if mailto else {})}, door=door)


def _document(item: Mapping[str, Any]) -> Document:
    named, written = doi(item.get("DOI")), abstract(item.get("abstract"))
    return Document(
        key=key_of(doi=named, otherwise=f"crossref:{text(item.get('URL'))}"),
        title=_title(item),
        text=written,
        source="crossref",
        authors=names(entries(LABEL, item, "author"), "given", "family", "name"),
        published=_date(item.get("issued")),
        url=text(item.get("URL")) or (f"https://doi.org/{named}" if named else ""),
        notes=(*(() if written else ("Crossref lists no abstract",)), *_about(item)),
        doi=named,
        retraction=_notice(item),
    )


def _title(item: Mapping[str, Any]) -> str:
    titles = item.get("title") or [""]
    return text(titles[0] if isinstance(titles, list) else titles)


def _about(item: Mapping[str, Any]) -> list[str]:
    """Whether the work is itself a notice, and about what; a new version is a work again."""
    notices = [(text(one.get("type")), one) for one in entries(LABEL, item, "update-to")]
    return [
        notice_note(kind or "update", doi(one.get("DOI")))
        for kind, one in notices
        if kind not in NEW_WORKS
    ]


def _notice(item: Mapping[str, Any]) -> str:
    """The gravest notice about a work, with the notice's own DOI and date."""
    notices = [(text(n.get("type")), n) for n in entries(LABEL, item, "updated-by")]
    for kind, words_for_it in GRAVE.items():
        for said, notice in notices:
            if said == kind:
                at = _date(notice.get("updated"))
                where = doi(notice.get("DOI"))
                told = ", ".join(part for part in (at, f"doi:{where}" if where else "") if part)
                return f"Crossref: {words_for_it}" + (f" ({told})" if told else "")
    is_notice = bool(entries(LABEL, item, "update-to"))  # some are titled like what they retract
    is_told = is_retracted_title(_title(item)) and not is_notice
    return "Crossref: title says retracted" if is_told else ""


def _date(value: Any) -> str:
    """An ISO date, as exact as it is known.

    >>> _date({"date-parts": [[2024, 3]]}), _date({"date-parts": [[None]]}), _date(None)
    ('2024-03', '', '')
    """
    try:
        parts = [int(part) for part in value["date-parts"][0]]
    except (TypeError, KeyError, IndexError, ValueError):
        return ""
    return "-".join(f"{part:02d}" for part in parts)
