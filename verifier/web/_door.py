"""The door itself: whom it asks, how often, and what it remembers of each host."""

import copy
import json
import os
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests

from verifier.kept import Kept, Shelf
from verifier.web._asking import (
    SECRET,
    Limits,
    Question,
    Refused,
    Reply,
    Unreachable,
    asked_wait,
    in_short,
    too_slow,
)
from verifier.web._connections import WatchfulAdapter, as_it_comes
from verifier.web._hosts import Resolve, addresses, is_public

BUSY = {429, 500, 502, 503, 504}  # worth asking again
MOVED = {301, 302, 303, 307, 308}
USUAL = Limits()
OFFLINE = "VERIFIER_OFFLINE is set, so the network is not used"
ALONE = "The network's pace cannot be shared with other processes, only kept by this one"


@dataclass
class _Host:
    """What the door remembers of one host. The lock makes requests to it one at a time."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    asked_at: float | None = None
    shut_at: float | None = None
    shut_because: str = ""


def is_offline(environ: Mapping[str, str] = os.environ) -> bool:
    return environ.get("VERIFIER_OFFLINE", "") not in ("", "0")


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
        limits: Limits = USUAL,
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
            self._session.mount(scheme, WatchfulAdapter(self._check_peer))
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
        asked = Question(url, None, headers or {}, max_bytes or self.limits.max_bytes, interval_s)
        if keep_s <= 0 or self._shelf is None:
            return self._follow(asked)
        since = max(self._clock() - keep_s, self._since)
        known = self._shelf.find(SECRET.sub("", url), since=since)
        if known is not None:
            self.kept_from.append(known.at)
            return Reply(known.url, known.status, known.content, known.headers)
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
        asked = Question(url, body, typed, self.limits.max_bytes, None)
        return self._ask_until_free(self._checked_host(url), asked)

    def _follow(self, asked: "Question") -> Reply:
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
        if is_offline(self._environ):
            raise Unreachable(host, OFFLINE)
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
            raise self._shut(host, "the name cannot be looked up") from error
        except UnicodeError as error:  # a label too long, or empty
            raise self._shut(host, f"the name cannot be looked up ({error})") from error
        for address in found:
            if not is_public(address):
                raise Refused(
                    f"{url}: {host} is a private or local address ({address}); only public hosts "
                    "are asked, unless listed in VERIFIER_ALLOWED_HOSTS"
                )

    def _check_peer(self, host: str, address: str) -> None:
        """Whom a connection really reached: a name may stand for another address by now."""
        if host not in self.allowed_hosts and not is_public(address):
            raise Refused(f"{host} led to a private or local address ({address})")

    def _ask_until_free(self, host: str, asked: Question) -> Reply:
        for attempt in range(1, self.limits.tries + 1):
            reply = self._ask(host, asked)
            if reply.status not in BUSY:
                return reply
            wait = asked_wait(reply, self._clock())
            if wait is None:
                wait = self.limits.backoff_s * 2 ** (attempt - 1)
            if wait > self.limits.longest_wait_s:
                raise self._shut(host, f"it answered {reply.status} and asks to wait {wait:.0f} s")
            if attempt < self.limits.tries:
                self._sleep(wait)
        raise self._shut(host, f"it answered {reply.status} {self.limits.tries} times in a row")

    def _ask(self, host: str, asked: Question) -> Reply:
        memory = self._memory(host)
        pace = max(self.limits.interval_s, asked.interval_s or 0.0)
        with memory.lock, self._turn(host, memory) as asked_at:
            self._wait_for_turn(asked_at, pace)
            try:
                return self._read(asked)
            except requests.Timeout as error:
                raise self._shut(host, too_slow(error, self.limits)) from error
            except requests.RequestException as error:
                raise self._shut(host, in_short(error)) from error
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

    def _read(self, asked: Question) -> Reply:
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
            for chunk in as_it_comes(answer):
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


@cache
def front_door(folder: Path | None = None) -> Door:
    """The door of this process. VERIFIER_ALLOWED_HOSTS lists private hosts it may ask."""
    listed = os.environ.get("VERIFIER_ALLOWED_HOSTS", "").split(",")
    return Door(allowed_hosts=[host.strip() for host in listed if host.strip()], folder=folder)
