"""arXiv, through its Atom interface: titles and abstracts, no key needed.

Terms of use: one request every three seconds, one connection. The `arxiv` package sends without a
timeout, paces each client for itself and ignores Retry-After (its 4.0.2), so all of that is left
to the door and the package only builds queries and reads the feed.
"""

import os
import re
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import arxiv  # type: ignore[import-untyped]
import requests

from verifier.claim import InputError
from verifier.document import Document
from verifier.sources import SourceError
from verifier.sources._answers import KEEP_S
from verifier.web import Door, DoorAdapter

LABEL = "arXiv"
URL = "https://export.arxiv.org/api/query"  # VERIFIER_ARXIV_URL names a mirror instead
TEXTS = "https://arxiv.org"  # VERIFIER_ARXIV_TEXTS names a mirror
KEY = "arxiv:"
INTERVAL_S = 3.0
PAGE = 100  # results, or ids, in one request
MARKS = {"html": b"<html", "pdf": b"%pdf"}  # how the files begin, in the order they are tried

BARE_ID = r"\d{4}\.\d{4,5}|[a-z-]+(?:\.[A-Z]{2})?/\d{7}"
ARXIV_ID = re.compile(rf"(?P<id>{BARE_ID})(?:v(?P<version>\d+))?")
TERM = re.compile(r'"[^"]+"|\S+')


def needs(environ: Mapping[str, str] = os.environ) -> tuple[str, ...]:
    """Nothing: arXiv asks for no key."""
    return ()


def search(query: str, *, limit: int, door: Door) -> list[Document]:
    """The papers arXiv finds most relevant; every word and phrase of the query must occur."""
    written = _arxiv_query(query)
    if not written or limit < 1:
        return []
    client = _client(door, page_size=min(PAGE, limit))
    return _read(client, arxiv.Search(query=written, max_results=limit))


def fetch(ids: Sequence[str], *, door: Door) -> list[Document]:
    """The papers with these ids, "2605.12241" (newest) or "2605.12241v1"; missing ones: absent."""
    for one in ids:
        if not ARXIV_ID.fullmatch(one):
            raise InputError(f"{one!r} is no arXiv id; one looks like 2605.12241 or hep-th/9901001")
    client = _client(door, page_size=PAGE)
    found: list[Document] = []
    for start in range(0, len(ids), PAGE):
        wanted = list(ids[start : start + PAGE])
        found += _read(client, arxiv.Search(id_list=wanted, max_results=len(wanted)))
    return found


class _FeedAdapter(DoorAdapter):
    """Checks that what came is a whole feed: the package reads any page as "no results"."""

    def send(
        self, request: requests.PreparedRequest, *args: Any, **kwargs: Any
    ) -> requests.Response:
        response = super().send(request, *args, **kwargs)
        body = response.content.strip()
        if response.status_code == requests.codes.ok and not _is_feed(body):
            raise SourceError(
                "arXiv answered with something that is not a whole Atom feed; it begins "
                f"{body[:80].decode('utf-8', 'replace')!r} and is {len(body)} bytes long"
            )
        return response


def _is_feed(body: bytes) -> bool:
    body = body.strip()
    return b"<feed" in body[:2000] and body.endswith((b"</feed>", b"/>"))


def full_text(document: Document, *, door: Door) -> tuple[bytes, str] | None:
    """LaTeX as HTML where arXiv has made it, else the PDF, with the paper's id as its name."""
    named = next((key for key in (document.key, *document.other_keys) if key.startswith(KEY)), "")
    if not named:
        return None
    bare = named.removeprefix(KEY)
    wanted = f"{bare}v{document.version}" if document.version else bare
    base = os.environ.get("VERIFIER_ARXIV_TEXTS", TEXTS)
    for folder, mark in MARKS.items():
        is_whole = partial(_holds, mark)
        reply = door.get(
            f"{base}/{folder}/{wanted}", interval_s=INTERVAL_S, keep_s=KEEP_S, keep_if=is_whole
        )
        if reply.status == requests.codes.ok and is_whole(reply.content):
            return reply.content, f"{wanted.replace('/', '_')}.{folder}"
    return None


def _holds(mark: bytes, body: bytes) -> bool:
    """Whether it begins as its kind does: arXiv asks too eager readers with a page to wait."""
    return mark in body[:2000].lower()


def _client(door: Door, *, page_size: int) -> arxiv.Client:
    """A client whose every request goes through the door, which does the waiting and retrying."""
    client = arxiv.Client(page_size=page_size, delay_seconds=0, num_retries=1)
    client.query_url_format = os.environ.get("VERIFIER_ARXIV_URL", URL) + "?{}"
    adapter = _FeedAdapter(door, interval_s=INTERVAL_S, keep_s=KEEP_S, keep_if=_is_feed)
    client._session.mount("https://", adapter)
    client._session.mount("http://", adapter)
    return client


def _read(client: arxiv.Client, search: arxiv.Search) -> list[Document]:
    try:
        results = list(client.results(search))
    except arxiv.HTTPError as error:
        raise SourceError(f"arXiv answered with HTTP {error.status}") from error
    except arxiv.ArxivError as error:
        raise SourceError(f"arXiv broke off in the middle of its results: {error}") from error
    except ValueError as error:  # a date that is none
        raise SourceError(f"arXiv sent an entry that cannot be read: {error}") from error
    return [_document(result) for result in results]


def _document(result: arxiv.Result) -> Document:
    if "/api/errors" in result.entry_id:
        raise SourceError(f"arXiv refused the query: {_one_line(result.summary)}")
    named = ARXIV_ID.fullmatch(result.entry_id.split("/abs/")[-1])
    if named is None:
        raise SourceError(f"arXiv sent an entry whose id is none of its own: {result.entry_id!r}")
    text = _one_line(result.summary)
    return Document(
        key=f"arxiv:{named['id']}",
        title=_one_line(result.title),
        text=text,
        source="arxiv",
        authors=tuple(author.name for author in result.authors),
        published=result.published.date().isoformat(),
        url=result.entry_id,
        version=int(named["version"]) if named["version"] else None,
        notes=() if text else ("arXiv lists no abstract",),
        doi=(result.doi or "").lower(),
        retraction=_withdrawn(result.comment or ""),
    )


def _withdrawn(comment: str) -> str:
    """Authors withdraw a paper on arXiv with a word in its comment.

    >>> _withdrawn("This paper has been withdrawn due to an error in section 3")
    'arXiv: This paper has been withdrawn due to an error in section 3'
    >>> _withdrawn("12 pages, 3 figures")
    ''
    """
    return f"arXiv: {_one_line(comment)}" if re.search(r"(?i)\bwithdrawn\b", comment) else ""


def _arxiv_query(query: str) -> str:
    """Plain words and "phrases" as arXiv writes them, all of them required.

    >>> _arxiv_query('"state space" ECG: (S4)')
    'all:"state space" AND all:ECG AND all:S4'
    """
    terms = []
    for term in TERM.findall(query):
        plain = " ".join(re.sub(r"[^\w.+-]", " ", term).split())
        if re.search(r"\w", plain) and plain not in ("AND", "OR", "ANDNOT"):
            terms.append(f'all:"{plain}"' if " " in plain else f"all:{plain}")
    return " AND ".join(terms)


def _one_line(text: str) -> str:
    return " ".join(text.split())
