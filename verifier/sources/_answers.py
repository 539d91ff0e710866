"""What the JSON sources have in common: asking, and reading what may be missing or ill-formed."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from verifier.markup import plain
from verifier.sources import SourceError
from verifier.web import Door

Query = Mapping[str, str | int]
KEEP_S = 7 * 24 * 3600.0  # a search repeated within a week is answered from disk
NOT_FOUND = 404
OK = 200
ARXIV_PLACE = re.compile(
    r"\barxiv\.org/(?:abs|pdf|html)/(?P<id>\d{4}\.\d{4,5}|[a-z-]+(?:\.[A-Z]{2})?/\d{7})"
)
ARXIV_DOI = re.compile(r"10\.48550/arxiv\.(?P<id>.+?)(?:v\d+)?", re.IGNORECASE)


def ask(
    label: str,
    url: str,
    query: Query,
    *,
    door: Door,
    headers: Mapping[str, str] | None = None,
    interval_s: float | None = None,
) -> dict[str, Any] | None:
    """The JSON object at an address; None where there is no such thing (404).

    Raises:
        SourceError: another status, or no JSON object. Neither names the query, which may hold a
            key.
    """
    address = f"{url}?{urlencode(query)}" if query else url
    reply = door.get(
        address, headers=headers, interval_s=interval_s, keep_s=KEEP_S, keep_if=_is_object
    )
    if reply.status == NOT_FOUND:
        return None
    if reply.status in (401, 403):
        raise SourceError(f"{label} refused us (HTTP {reply.status}): is the key right?")
    if reply.status != OK:
        raise SourceError(f"{label} answered with HTTP {reply.status}{_said(reply.content)}")
    try:
        found = json.loads(reply.content)
    except ValueError as error:
        begins = reply.content[:60].decode("utf-8", "replace")
        raise SourceError(
            f"{label} answered with something that is not JSON; it begins {begins!r} and is "
            f"{len(reply.content):,} bytes long"
        ) from error
    if not isinstance(found, dict):
        raise SourceError(f"{label} answered with a {type(found).__name__}, not an object")
    return found


def entries(label: str, found: Mapping[str, Any] | None, *path: str) -> list[dict[str, Any]]:
    """The list of objects at a path; an absent list is empty, another thing an error."""
    at: Any = found
    for name in path:
        at = at.get(name) if isinstance(at, dict) else None
    if at is None:
        return []
    if not isinstance(at, list):
        raise SourceError(f"{label} sent {'.'.join(path)} as {type(at).__name__}, not as a list")
    return [entry for entry in at if isinstance(entry, dict)]


def text(value: Any) -> str:
    """One line of plain text: other things than a string are empty, marks of XML fall away.

    >>> text("We  show <i>p</i> &lt; 5 %."), text(None)
    ('We show p < 5 %.', '')
    """
    return plain(value) if isinstance(value, str) else ""


def abstract(value: Any) -> str:
    """An abstract without the word "Abstract" before it.

    >>> abstract("<jats:title>Abstract</jats:title><jats:p>S4 wins.</jats:p>")
    'S4 wins.'
    >>> abstract("Abstract interpretation wins."), abstract("ABSTRACT We show it.")
    ('Abstract interpretation wins.', 'We show it.')
    """
    return re.sub(
        r"^(?:(?i:abstract|summary)\s*[:.]\s*|(?i:abstract)\s+(?=[A-Z]))", "", text(value)
    )


def arxiv_id(address: Any) -> str:
    """The arXiv id in an address of its abstracts or files.

    >>> arxiv_id("http://arxiv.org/abs/2411.01234v2"), arxiv_id("https://doi.org/10.1/2411.01234")
    ('2411.01234', '')
    """
    found = ARXIV_PLACE.search(text(address))
    return found["id"] if found else ""


def pmc(value: Any) -> str:
    """The number of an article in PubMed Central, which sources write in several ways.

    >>> pmc("11223344"), pmc("https://www.ncbi.nlm.nih.gov/pmc/articles/PMC9"), pmc(None)
    ('pmc:PMC11223344', 'pmc:PMC9', '')
    """
    found = re.search(r"(?:^|/|PMC)(\d+)/?$", text(value), re.IGNORECASE)
    return f"pmc:PMC{found[1]}" if found else ""


def other_names(own: str, *others: str, key: str) -> tuple[str, ...]:
    """What else a work is called, without what is empty and without its key."""
    return tuple(dict.fromkeys(name for name in (own, *others) if name and name != key))


def names(found: Sequence[Mapping[str, Any]], *fields: str) -> tuple[str, ...]:
    """People, from the fields that hold parts of their names."""
    read = (" ".join(filter(None, (text(one.get(field)) for field in fields))) for one in found)
    return tuple(name for name in read if name)


def doi(value: Any) -> str:
    """A DOI as we write it.

    >>> doi("https://doi.org/10.1000/ABC"), doi("doi:10.1/x"), doi("nonsense"), doi(None)
    ('10.1000/abc', '10.1/x', '', '')
    """
    bare = re.sub(r"^(?:https?://(?:dx\.)?doi\.org/|doi:\s*)", "", text(value), flags=re.IGNORECASE)
    return bare.lower() if re.fullmatch(r"10\.\d{4,9}/\S+|10\.\d+/\S+", bare) else ""


def key_of(*, arxiv_id: str = "", doi: str = "", otherwise: str) -> str:
    """The identity of a work: its arXiv id before its DOI before a source's own number.

    >>> key_of(doi="10.48550/arxiv.2605.12241v1", otherwise="openalex:W1")
    'arxiv:2605.12241'
    """
    named = ARXIV_DOI.fullmatch(doi)
    if arxiv_id:
        return f"arxiv:{re.sub(r'v[0-9]+$', '', arxiv_id)}"
    if named:
        return f"arxiv:{named['id']}"
    return f"doi:{doi}" if doi else otherwise


def words(query: str) -> str:
    """A query as plain words, for sources that rank by relevance and know no phrases.

    >>> words('"state-space models" ECG')
    'state-space models ECG'
    """
    return " ".join(query.replace('"', " ").split())


def _is_object(body: bytes) -> bool:
    """Whether it is an answer at all, and no page that says "down for maintenance"."""
    try:
        return isinstance(json.loads(body), dict)
    except ValueError:
        return False


def _said(body: bytes) -> str:
    """What a refusal says of itself: services send an object with "message" or "error"."""
    try:
        found = json.loads(body)
    except ValueError:
        return ""
    said = [text(found.get(name)) for name in ("message", "error")] if _is_object(body) else []
    told = next(filter(None, said), "")
    return f": {told[:200]}" if told else ""
