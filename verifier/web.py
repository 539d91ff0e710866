"""The only door to the network: timeouts, identification, polite retries, limits on what comes in.

A `Door` remembers, per host, when it last asked and whether the host was out of reach. One door
serves a whole process (`front_door`), so that the pace a source asks for holds across threads;
given a folder it also holds across processes, and answers can be kept there (verifier/kept.py).
"""

import copy
import io
import ipaddress
import json
import os
import re
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from email.utils import parsedate_to_datetime
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests
from requests.adapters import BaseAdapter, HTTPAdapter
from requests.structures import CaseInsensitiveDict
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import HTTPError, ProtocolError, ReadTimeoutError

from verifier.kept import Kept, Shelf

BUSY = {429, 500, 502, 503, 504}  # worth asking again
MOVED = {301, 302, 303, 307, 308}
ALONE = "The network's pace cannot be shared with other processes, only kept by this one"
# Networks of IPv6 whose last 32 bits are an IPv4 address (RFC 6052, 8215, 4291).
EMBEDDING = [ipaddress.IPv6Network(n) for n in ("64:ff9b::/96", "64:ff9b:1::/48", "::/96")]
CHUNK = 65_536  # bytes read at a time
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
    is_kept: bool = False  # given before, and not asked for again


@dataclass(frozen=True)
class _Question:
    url: str
    body: bytes | None  # None: a GET
    headers: Mapping[str, str]
    max_bytes: int
    interval_s: float | None

    def moved_to(self, url: str) -> "_Question":
        is_same = urlsplit(url)[:2] == urlsplit(self.url)[:2]
        return replace(self, url=url, headers=self.headers if is_same else {})


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
        folder: Path | None = None,  # for kept answers and a pace that all processes share
    ) -> None:
        self.limits = limits
        self._shelf = None if folder is None else Shelf(folder)
        self.allowed_hosts = frozenset(host.lower() for host in allowed_hosts)
        self._environ = environ
        self._sleep = sleep
        self._clock = clock
        self._resolve = resolve
        self._session = requests.Session()
        self._session.headers["User-Agent"] = user_agent()
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, _WatchfulAdapter(self._check_peer))
        self._is_alone = False  # other processes' pace is not known
        self._hosts: dict[str, _Host] = {}
        self._lock = threading.Lock()
        self._since = 0.0
        self.kept_from: list[float] = []  # when each answer came that was given from the folder

    def since(self, at: float) -> "Door":
        """The same door, which gives kept answers only if they came at `at` or later.

        Seconds since 1970. It has a `kept_from` of its own.
        """
        other = copy.copy(self)
        other._since, other.kept_from = max(at, self._since), []
        return other

    def get(
        self,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        max_bytes: int | None = None,
        interval_s: float | None = None,
        keep_s: float = 0.0,
        keep_if: Callable[[bytes], bool] = bool,
    ) -> Reply:
        """The answer at `url`, whatever its status unless that says "busy".

        `interval_s` asks for a slower pace than the door's own, never for a faster one. An answer
        that came at most `keep_s` ago and is still in the folder is given again; only a body of
        which `keep_if` is true is kept, for a page that says "down for maintenance" may come with
        the status of a success. `headers` go to the host of `url` alone, not to where it
        redirects: they may hold a key.

        Raises:
            Unreachable: nothing came, in time, within the tries allowed.
            Refused: the address or the size of the answer is not allowed.
        """
        asked = _Question(url, None, headers or {}, max_bytes or self.limits.max_bytes, interval_s)
        if keep_s <= 0 or self._shelf is None:
            return self._follow(asked)
        since = max(self._clock() - keep_s, self._since)
        known = self._shelf.find(SECRET.sub("", url), since=since)
        if known is not None:
            self.kept_from.append(known.at)
            return Reply(known.url, known.status, known.content, known.headers, is_kept=True)
        reply = self._follow(asked)
        if reply.status == requests.codes.ok and keep_if(reply.content):
            kept = Kept(
                url=SECRET.sub(r"\1=…", reply.url),
                status=reply.status,
                content=reply.content,
                headers=reply.headers,
                at=self._clock(),
            )
            self._shelf.put(SECRET.sub("", url), kept)
        return reply

    def post(self, url: str, payload: Any, *, headers: Mapping[str, str] | None = None) -> Reply:
        """The answer to a JSON document; redirects are not followed. Raises as `get` does."""
        body = json.dumps(payload).encode()
        typed = {"Content-Type": "application/json", **(headers or {})}
        asked = _Question(url, body, typed, self.limits.max_bytes, None)
        return self._ask_until_free(self._checked_host(url), asked)

    def _follow(self, asked: "_Question") -> Reply:
        for _ in range(self.limits.redirects + 1):
            host = self._checked_host(asked.url)
            reply = self._ask_until_free(host, asked)
            if reply.status not in MOVED or "Location" not in reply.headers:
                return reply
            asked = asked.moved_to(urljoin(asked.url, reply.headers["Location"]))
        raise Refused(f"{asked.url}: more than {self.limits.redirects} redirects")

    def close(self) -> None:
        self._session.close()

    def _checked_host(self, url: str) -> str:
        """The host of `url`, once it is known to be one that may be asked now."""
        try:
            parts = urlsplit(url)
        except ValueError as error:
            raise Refused(f"{url!r} is no web address ({error})") from error
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
        except (OSError, UnicodeError) as error:  # a label too long, or empty
            raise self._shut(host, f"its name cannot be looked up ({error})") from error
        for address in found:
            if not _is_public(address):
                raise Refused(
                    f"{url}: {host} is a private or local address ({address}); only public hosts "
                    "are asked, unless listed in VERIFIER_ALLOWED_HOSTS"
                )

    def _check_peer(self, host: str, address: str) -> None:
        """Whom a connection really reached: a name may stand for another address by now."""
        if host not in self.allowed_hosts and not _is_public(address):
            raise Refused(f"{host} led to a private or local address ({address})")

    def _ask_until_free(self, host: str, asked: _Question) -> Reply:
        for attempt in range(1, self.limits.tries + 1):
            reply = self._ask(host, asked)
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

    def _ask(self, host: str, asked: _Question) -> Reply:
        memory = self._memory(host)
        pace = max(self.limits.interval_s, asked.interval_s or 0.0)
        with memory.lock, self._turn(host, memory) as asked_at:
            self._wait_for_turn(asked_at, pace)
            try:
                return self._read(asked)
            except requests.Timeout as error:
                raise self._shut(host, _too_slow(error, self.limits)) from error
            except requests.RequestException as error:
                raise self._shut(host, _in_short(error)) from error
            except ValueError as error:  # requests reads where a redirect leads, even unfollowed
                raise Refused(f"{asked.url} leads to what is no web address ({error})") from error
            finally:
                memory.asked_at = self._clock()

    @contextmanager
    def _turn(self, host: str, memory: _Host) -> Iterator[float | None]:
        """When the host was last asked, by us or by another process that shares the folder."""
        with ExitStack() as turns:
            asked_at = memory.asked_at
            if self._shelf is not None and not self._is_alone:
                try:
                    asked_at = turns.enter_context(self._shelf.turn(host, self._clock))
                except OSError as error:  # a folder that is read-only
                    self._is_alone = True
                    print(f"{ALONE}: {error}", file=sys.stderr)
            yield asked_at

    def _wait_for_turn(self, asked_at: float | None, pace: float) -> None:
        if asked_at is None:
            return
        left = asked_at + pace - self._clock()
        if left > 0:
            self._sleep(min(left, pace))  # never longer, even if the clock was set back

    def _read(self, asked: _Question) -> Reply:
        times = (self.limits.connect_s, self.limits.read_s)
        started = self._clock()
        with self._session.request(
            "GET" if asked.body is None else "POST",
            asked.url,
            data=asked.body,
            headers=dict(asked.headers),
            stream=True,
            timeout=times,
            allow_redirects=False,
        ) as answer:
            body = bytearray()
            for chunk in _as_it_comes(answer):
                body += chunk
                if len(body) > asked.max_bytes:
                    raise Refused(f"{asked.url}: larger than the {asked.max_bytes:,} bytes allowed")
                if self._clock() - started > self.limits.whole_s:
                    raise requests.Timeout(f"not finished after {self.limits.whole_s:.0f} s")
            return Reply(asked.url, answer.status_code, bytes(body), answer.headers)

    def _memory(self, host: str) -> _Host:
        with self._lock:
            return self._hosts.setdefault(host, _Host())

    def _shut(self, host: str, why: str) -> Unreachable:
        """Remember that `host` is out of reach, so that the next call fails at once."""
        memory = self._memory(host)
        memory.shut_at, memory.shut_because = self._clock(), why
        return Unreachable(host, why)


def _as_it_comes(answer: requests.Response) -> Iterator[bytes]:
    """The body in what pieces arrive: one that waits for full pieces lets a drip go on for hours.

    Raises as requests does, whose own iteration fills each piece.
    """
    n_bytes = 0
    try:
        while piece := answer.raw.read1(CHUNK, decode_content=True):
            n_bytes += len(piece)
            yield piece
    except ReadTimeoutError as error:
        raise requests.Timeout(str(error)) from error
    except ProtocolError as error:
        raise requests.ConnectionError(f"it broke off after {n_bytes:,} bytes") from error
    except HTTPError as error:
        raise requests.ConnectionError(str(error)) from error


Check = Callable[[str, str], None]


class _WatchfulAdapter(HTTPAdapter):
    """Shows each new connection's far end to a check before anything is sent over it.

    Connections to a proxy are not shown: it is the proxy that looks the name up.
    """

    def __init__(self, check: Check) -> None:
        self._check = check
        super().__init__()

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = _watchful_pools(self._check)


def _watchful_pools(check: Check) -> dict[str, type[HTTPConnectionPool]]:
    class Plain(HTTPConnection):
        def _new_conn(self) -> socket.socket:
            return _watched(super()._new_conn(), self.host, check)

    class Secure(HTTPSConnection):
        def _new_conn(self) -> socket.socket:
            return _watched(super()._new_conn(), self.host, check)

    class PlainPool(HTTPConnectionPool):
        ConnectionCls = Plain

    class SecurePool(HTTPSConnectionPool):
        ConnectionCls = Secure

    return {"http": PlainPool, "https": SecurePool}


def _watched(reached: socket.socket, host: str, check: Check) -> socket.socket:
    try:
        check(host.strip("[]").lower(), str(reached.getpeername()[0]))
    except Refused:
        reached.close()
        raise
    return reached


class DoorAdapter(BaseAdapter):
    """Lets a client that insists on its own requests session go through the door."""

    def __init__(self, door: Door, **how: Any) -> None:
        """`how` is handed to the door's `get`."""
        super().__init__()
        self._door = door
        self._how = how

    def send(
        self, request: requests.PreparedRequest, *args: Any, **kwargs: Any
    ) -> requests.Response:
        if request.method != "GET":
            raise Refused(f"{request.method} {request.url}: only GET goes through the door")
        reply = self._door.get(request.url or "", **self._how)
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
def front_door(folder: Path | None = None) -> Door:
    """The door of this process. VERIFIER_ALLOWED_HOSTS lists private hosts it may ask."""
    listed = os.environ.get("VERIFIER_ALLOWED_HOSTS", "").split(",")
    return Door(allowed_hosts=[host.strip() for host in listed if host.strip()], folder=folder)


def _is_public(address: str) -> bool:
    """Whether an address, or a name that is none, may be a public host.

    >>> [_is_public(a) for a in ("127.0.0.1", "10.1.2.3", "::1", "8.8.8.8", "localhost")]
    [False, False, False, True, False]
    """
    try:
        ip = ipaddress.ip_address(address.split("%")[0])
    except ValueError:
        return address != "localhost" and not address.endswith(".localhost")
    inner = _inner(ip)
    return (inner or ip).is_global and not ip.is_multicast


def _inner(ip: ipaddress.IPv4Address | ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """The address that a translator or tunnel would reach for an IPv6 one: mapped, NAT64, 6to4.

    >>> [str(_inner(ipaddress.ip_address(a))) for a in ("64:ff9b::7f00:1", "2002:a00:1::")]
    ['127.0.0.1', '10.0.0.1']
    """
    if isinstance(ip, ipaddress.IPv4Address):
        return None
    if any(ip in network for network in EMBEDDING):
        return ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
    return ip.ipv4_mapped or ip.sixtofour


def _asked_wait(reply: Reply, now: float) -> float | None:
    """Seconds the host asks us to wait (Retry-After: a number or a date), or None."""
    asked = reply.headers.get("Retry-After", "").strip()
    if re.fullmatch(r"[0-9]{1,9}", asked):
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
    """The innermost reason, without the layers of wrapping.

    >>> _in_short(requests.ConnectionError("Plain(host='a.b', port=80): [Errno 111] Refused"))
    'Refused'
    """
    cause: Any = error
    while getattr(cause, "reason", None) or (cause.args and isinstance(cause.args[0], Exception)):
        cause = getattr(cause, "reason", None) or cause.args[0]
        if not isinstance(cause, Exception):
            break
    return re.sub(r"^\w+\(host=[^)]*\): |\[Errno -?\d+\] ", "", str(cause))[:200]
