"""What requests leaves open: whom a connection really reached, and a body as its pieces arrive."""

import socket
from collections.abc import Callable, Iterator
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import HTTPError, ProtocolError, ReadTimeoutError

from verifier.web._asking import Refused

CHUNK = 65_536  # bytes read at a time
Check = Callable[[str, str], None]


class WatchfulAdapter(HTTPAdapter):
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


def as_it_comes(answer: requests.Response) -> Iterator[bytes]:
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
