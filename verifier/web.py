"""The only door to the network: timeouts, identification, polite retries, limits on what comes in.

A `Door` remembers, per host, when it last asked and whether the host was out of reach. One door
serves a whole process (`front_door`), so that the pace a source asks for holds across threads;
several processes on one machine do not know of each other.
"""

import io
import ipaddress
import os
import socket
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests
from requests.adapters import BaseAdapter
from requests.structures import CaseInsensitiveDict

BUSY = {429, 500, 502, 503, 504}  # worth asking again
MOVED = {301, 302, 303, 307, 308}
CHUNK = 65_536  # bytes read at a time


class Unreachable(Exception):  # noqa: N818 - says what is the case
    """No answer could be had: no network, switched off, too slow, or too busy."""

    def __init__(self, host: str, why: str) -> None:
        super().__init__(f"{host} could not be reached: {why}")
        self.host = host
        self.why = why


class Refused(Exception):  # noqa: N818
    """We do not go there, or do not take that much: wrong scheme, private host, too large."""


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


@dataclass(frozen=True, kw_only=True)
class Reply:
    url: str  # after redirects
    status: int
    content: bytes
    headers: Mapping[str, str]


@dataclass
class _Host:
    """What the door remembers of one host. The lock makes requests to it one at a time."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    asked_at: float | None = None
    shut_at: float | None = None
    shut_because: str = ""


Resolve = Callable[[str], Iterable[str]]


def addresses(host: str) -> list[str]:
    """Every address the name stands for; OSError where there is none."""
    return [str(found[4][0]) for found in socket.getaddrinfo(host, None)]


def user_agent() -> str:
    try:
        return f"Replicheck/{version('replicheck')}"
    except PackageNotFoundError:
        return "Replicheck/0.1.0"


class Door:
    """Asks hosts politely and lets in only what is allowed.

    The addresses of a host are looked up and checked before each request. Behind a proxy the proxy
    looks them up, so there only a literal address or "localhost" can be refused.
    """

    def __init__(
        self,
        limits: Limits = Limits(),
        *,
        allowed_hosts: Iterable[str] = (),  # reachable although private
        environ: Mapping[str, str] = os.environ,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.time,
        resolve: Resolve = addresses,
    ) -> None:
        self.limits = limits
        self.allowed_hosts = frozenset(host.lower() for host in allowed_hosts)
        self._environ = environ
        self._sleep = sleep
        self._clock = clock
        self._resolve = resolve
        self._session = requests.Session()
        self._session.headers["User-Agent"] = user_agent()
        self._hosts: dict[str, _Host] = {}
        self._lock = threading.Lock()

    def get(
        self,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        max_bytes: int | None = None,
        interval_s: float | None = None,
    ) -> Reply:
        """The answer at `url`, whatever its status unless that says "busy".

        `interval_s` asks for a slower pace than the door's own, never for a faster one.

        Raises:
            Unreachable: nothing came, in time, within the tries allowed.
            Refused: the address or the size of the answer is not allowed.
        """
        most = self.limits.max_bytes if max_bytes is None else max_bytes
        pace = max(self.limits.interval_s, interval_s or 0.0)
        for _ in range(self.limits.redirects + 1):
            host = self._checked_host(url)
            reply = self._ask_until_free(host, url, headers or {}, most, pace)
            if reply.status not in MOVED or "Location" not in reply.headers:
                return reply
            url = urljoin(url, reply.headers["Location"])
        raise Refused(f"{url}: more than {self.limits.redirects} redirects")

    def close(self) -> None:
        self._session.close()

    def _checked_host(self, url: str) -> str:
        """The host of `url`, once it is known to be one that may be asked now."""
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise Refused(f"{url!r}: only http:// and https:// addresses are opened")
        host = parts.hostname.lower()
        if self._environ.get("VERIFIER_OFFLINE", "") not in ("", "0"):
            raise Unreachable(host, "VERIFIER_OFFLINE is set, so the network is not used")
        memory = self._memory(host)
        if memory.shut_at is not None and self._clock() - memory.shut_at < self.limits.shut_s:
            raise Unreachable(host, f"{memory.shut_because} (less than a minute ago)")
        if host not in self.allowed_hosts:
            self._check_public(host, url)
        return host

    def _check_public(self, host: str, url: str) -> None:
        proxied = requests.utils.get_environ_proxies(url)
        try:
            found = [host] if proxied else list(self._resolve(host))
        except OSError as error:
            raise self._shut(host, f"its name cannot be looked up ({error})") from error
        for address in found:
            if not _is_public(address):
                raise Refused(
                    f"{url}: {host} is a private or local address ({address}); only public hosts "
                    "are asked, unless listed in VERIFIER_ALLOWED_HOSTS"
                )

    def _ask_until_free(
        self, host: str, url: str, headers: Mapping[str, str], most: int, pace: float
    ) -> Reply:
        for attempt in range(1, self.limits.tries + 1):
            reply = self._ask(host, url, headers, most, pace)
            if reply.status not in BUSY:
                return reply
            wait = _asked_wait(reply, self._clock())
            if wait is None:
                wait = self.limits.backoff_s * 2 ** (attempt - 1)
            if wait > self.limits.longest_wait_s:
                raise self._shut(host, f"it answered {reply.status} and asks to wait {wait:.0f} s")
            if attempt < self.limits.tries:
                self._sleep(wait)
        raise self._shut(host, f"it answered {reply.status} {self.limits.tries} times in a row")

    def _ask(
        self, host: str, url: str, headers: Mapping[str, str], most: int, pace: float
    ) -> Reply:
        memory = self._memory(host)
        with memory.lock:
            self._wait_for_turn(memory, pace)
            try:
                return self._read(url, headers, most)
            except requests.Timeout as error:
                raise self._shut(host, _too_slow(error, self.limits)) from error
            except requests.RequestException as error:
                raise self._shut(host, _in_short(error)) from error
            finally:
                memory.asked_at = self._clock()

    def _wait_for_turn(self, memory: _Host, pace: float) -> None:
        if memory.asked_at is None:
            return
        left = memory.asked_at + pace - self._clock()
        if left > 0:
            self._sleep(min(left, pace))  # never longer, even if the clock was set back

    def _read(self, url: str, headers: Mapping[str, str], most: int) -> Reply:
        times = (self.limits.connect_s, self.limits.read_s)
        started = self._clock()
        with self._session.get(
            url, headers=dict(headers), stream=True, timeout=times, allow_redirects=False
        ) as answer:
            body = bytearray()
            for chunk in answer.iter_content(CHUNK):
                body += chunk
                if len(body) > most:
                    raise Refused(f"{url}: larger than the {most:,} bytes allowed")
                if self._clock() - started > self.limits.whole_s:
                    raise requests.Timeout(f"not finished after {self.limits.whole_s:.0f} s")
            return Reply(
                url=url, status=answer.status_code, content=bytes(body), headers=answer.headers
            )

    def _memory(self, host: str) -> _Host:
        with self._lock:
            return self._hosts.setdefault(host, _Host())

    def _shut(self, host: str, why: str) -> Unreachable:
        """Remember that `host` is out of reach, so that the next call fails at once."""
        memory = self._memory(host)
        memory.shut_at, memory.shut_because = self._clock(), why
        return Unreachable(host, why)


class DoorAdapter(BaseAdapter):
    """Lets a client that insists on its own requests session go through the door."""

    def __init__(self, door: Door, *, interval_s: float | None = None) -> None:
        super().__init__()
        self._door = door
        self._interval_s = interval_s

    def send(
        self, request: requests.PreparedRequest, *args: Any, **kwargs: Any
    ) -> requests.Response:
        if request.method != "GET":
            raise Refused(f"{request.method} {request.url}: only GET goes through the door")
        reply = self._door.get(request.url or "", interval_s=self._interval_s)
        response = requests.Response()
        response.status_code = reply.status
        response.headers = CaseInsensitiveDict(reply.headers)
        response.raw = io.BytesIO(reply.content)
        response.url = reply.url
        response.request = request
        return response

    def close(self) -> None:
        """Nothing to close: the door outlives its adapters."""


@cache
def front_door() -> Door:
    """The door of this process. VERIFIER_ALLOWED_HOSTS lists private hosts it may ask."""
    listed = os.environ.get("VERIFIER_ALLOWED_HOSTS", "").split(",")
    return Door(allowed_hosts=[host.strip() for host in listed if host.strip()])


def _is_public(address: str) -> bool:
    """Whether an address, or a name that is none, may be a public host.

    >>> [_is_public(a) for a in ("127.0.0.1", "10.1.2.3", "::1", "8.8.8.8", "localhost")]
    [False, False, False, True, False]
    """
    try:
        ip = ipaddress.ip_address(address.split("%")[0])
    except ValueError:
        return address != "localhost" and not address.endswith(".localhost")
    mapped = getattr(ip, "ipv4_mapped", None)
    return (mapped or ip).is_global and not ip.is_multicast


def _asked_wait(reply: Reply, now: float) -> float | None:
    """Seconds the host asks us to wait (Retry-After: a number or a date), or None."""
    asked = reply.headers.get("Retry-After", "").strip()
    if asked.isdigit():
        return float(asked)
    try:
        return max(0.0, parsedate_to_datetime(asked).timestamp() - now)
    except ValueError:
        return None


def _too_slow(error: requests.Timeout, limits: Limits) -> str:
    if isinstance(error, requests.ConnectTimeout):
        return f"no connection within {limits.connect_s:g} s"
    return (
        f"no complete answer in time ({limits.read_s:g} s of silence, {limits.whole_s:g} s whole)"
    )


def _in_short(error: requests.RequestException) -> str:
    """The innermost reason, without the layers of wrapping."""
    cause: Any = error
    while getattr(cause, "reason", None) or (cause.args and isinstance(cause.args[0], Exception)):
        cause = getattr(cause, "reason", None) or cause.args[0]
        if not isinstance(cause, Exception):
            break
    return str(cause)[:200]
