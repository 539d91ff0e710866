"""What is asked, within which limits, and what comes of it: a reply, or why there is none."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

import requests

SECRET = re.compile(r"(?i)\b(api_?key|key|token|mailto)=[^&\s]+")


class Unreachable(Exception):  # noqa: N818 - says what is the case
    """No answer could be had: no network, switched off, too slow, or too busy."""

    def __init__(self, host: str, why: str) -> None:
        super().__init__(f"{host} could not be reached: {why}")
        self.host = host
        self.why = why


class Refused(Exception):  # noqa: N818
    """We do not go there, or do not take that much: wrong scheme, private host, too large."""

    def __init__(self, words: str) -> None:
        super().__init__(SECRET.sub(r"\1=…", words))  # an address may hold somebody's key


@dataclass(frozen=True, kw_only=True)
class Limits:
    connect_s: float = 5.0
    read_s: float = 30.0  # between two pieces of an answer
    whole_s: float = 120.0  # for one whole answer, however steadily it trickles
    tries: int = 3  # while the host says it is busy
    backoff_s: float = 1.0  # before the second try; doubled for each further one
    longest_wait_s: float = 60.0  # a host that asks for more is given up for now
    interval_s: float = 1.0  # between two requests to one host
    max_bytes: int = 50_000_000
    redirects: int = 5
    shut_s: float = 60.0  # how long a host found unreachable is not asked again


@dataclass(frozen=True)
class Reply:
    url: str  # after redirects
    status: int
    content: bytes
    headers: Mapping[str, str]


@dataclass(frozen=True)
class Question:
    url: str
    body: bytes | None  # None: a GET
    headers: Mapping[str, str]
    max_bytes: int
    interval_s: float | None

    def moved_to(self, url: str) -> "Question":
        is_same = urlsplit(url)[:2] == urlsplit(self.url)[:2]
        return replace(self, url=url, headers=self.headers if is_same else {})


def asked_wait(reply: Reply, now: float) -> float | None:
    """Seconds the host asks us to wait (Retry-After: a number or a date), or None."""
    asked = reply.headers.get("Retry-After", "").strip()
    if re.fullmatch(r"[0-9]{1,9}", asked):
        return float(asked)
    try:
        return max(0.0, parsedate_to_datetime(asked).timestamp() - now)
    except ValueError:
        return None


def too_slow(error: requests.Timeout, limits: Limits) -> str:
    if isinstance(error, requests.ConnectTimeout):
        return f"no connection within {limits.connect_s:g} s"
    return (
        f"no complete answer in time ({limits.read_s:g} s of silence, {limits.whole_s:g} s whole)"
    )


def in_short(error: requests.RequestException) -> str:
    """The innermost reason, without the layers of wrapping.

    >>> in_short(requests.ConnectionError("Plain(host='a.b', port=80): [Errno 111] Refused"))
    'Refused'
    """
    cause: Any = error
    while getattr(cause, "reason", None) or (cause.args and isinstance(cause.args[0], Exception)):
        cause = getattr(cause, "reason", None) or cause.args[0]
        if not isinstance(cause, Exception):
            break
    return re.sub(r"^\w+\(host=[^)]*\): |\[Errno -?\d+\] ", "", str(cause))[:200]
