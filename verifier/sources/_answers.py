"""What the JSON sources have in common: asking, and reading what may be missing or ill-formed."""

import json
import re
from collections.abc import Mapping, Sequence
from html import unescape
from typing import Any
from urllib.parse import urlencode

from verifier.sources import SourceError
from verifier.web import Door

Query = Mapping[str, str | int]
KEEP_S = 7 * 24 * 3600.0  # a search repeated within a week is answered from disk
NOT_FOUND = 404
OK = 200
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
    reply = door.get(address, headers=headers, interval_s=interval_s, keep_s=KEEP_S)
    if reply.status == NOT_FOUND:
        return None
    if reply.status in (401, 403):
        raise SourceError(f"{label} refused us (HTTP {reply.status}): is the key right?")
    if reply.status != OK:
        raise SourceError(f"{label} answered {url} with HTTP {reply.status}")
    try:
        found = json.loads(reply.content)
    except ValueError as error:
        raise SourceError(f"{label} answered {url} with something that is not JSON") from error
    if not isinstance(found, dict):
        raise SourceError(f"{label} answered {url} with a {type(found).__name__}, not an object")
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

    >>> text("<jats:title>Abstract</jats:title><jats:p>We  show &lt; 5 %.</jats:p>")
    'Abstract We show < 5 %.'
    >>> text("if a < b then c > d"), text(None)
    ('if a < b then c > d', '')
    """
    if not isinstance(value, str):
        return ""
    plain = unescape(re.sub(r"</?[A-Za-z][\w:.-]*(?:\s[^<>]*)?/?>", " ", value))
    return re.sub(r" (?=[.,;:])", "", " ".join(plain.split()))


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


def is_retracted_title(title: str) -> bool:
    """Publishers put a word before the title of what they withdrew.

    >>> is_retracted_title("RETRACTED: A cure"), is_retracted_title("Retracted gaze in birds")
    (True, False)
    """
    return re.match(r"\s*\W*(?:retracted|withdrawn)(?: article)?\W*:", title.lower()) is not None
