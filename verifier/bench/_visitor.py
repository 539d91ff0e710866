"""Somebody who opens a page of the running dashboard, as the browser's half of Streamlit does.

Speaks the dashboard's own WebSocket: sends "run this page", reads until the script has finished.
No browser and no Streamlit here, so what is timed is the server. Of protobuf only the wire format
is needed: field numbers are those of Streamlit's ForwardMsg, BackMsg and ClientState.
"""

import time
from collections.abc import Iterator

from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin, Subprotocol

RERUN_SCRIPT = 11  # of BackMsg, a ClientState
QUERY_STRING, PAGE_NAME = 1, 4  # of ClientState
DELTA, SCRIPT_FINISHED, PAGE_NOT_FOUND = 5, 6, 15  # of ForwardMsg
NEW_ELEMENT, EXCEPTION = 3, 8  # of Delta, of Element
TYPE, MESSAGE = 1, 2  # of Exception
FINISHED = 0  # of ScriptFinishedStatus: without error, not cut short
MOST_BYTES = 64 * 1024 * 1024


class PageError(RuntimeError):
    """The page showed an exception, or its script did not finish."""


class Visitor:
    """One open connection, which is one session on the server."""

    def __init__(self, socket: ClientConnection, *, timeout_s: float = 60.0) -> None:
        self._socket = socket
        self.timeout_s = timeout_s

    def open(self, page: str, query: str = "") -> int:
        """Run a page to its end; returns the bytes it sent.

        Raises:
            PageError: the page shows an exception, or was not finished in time.
        """
        state = _text(QUERY_STRING, query) + _text(PAGE_NAME, page)
        self._socket.send(_field(RERUN_SCRIPT, state))
        n_bytes = 0
        until = time.monotonic() + self.timeout_s
        while True:
            try:
                message = self._socket.recv(timeout=until - time.monotonic())
            except TimeoutError:
                raise PageError(f"{page!r} did not finish in {self.timeout_s:g} s.") from None
            if isinstance(message, str):
                continue
            n_bytes += len(message)
            status = _status(message, page)
            if status == FINISHED:
                return n_bytes
            if status is not None:
                raise PageError(f"The script of {page!r} ended with status {status}.")


def visit(port: int, page: str, query: str = "") -> float:
    """Seconds for a new visitor to be served a page: connection, session, script, all messages."""
    begin = time.perf_counter()
    with connect(
        f"ws://127.0.0.1:{port}/_stcore/stream",
        subprotocols=[Subprotocol("streamlit")],
        origin=Origin(f"http://127.0.0.1:{port}"),
        compression=None,
        max_size=MOST_BYTES,
        proxy=None,
    ) as socket:
        Visitor(socket).open(page, query)
        return time.perf_counter() - begin


def _status(message: bytes, page: str) -> int | None:
    """The status with which the script finished, None while it runs."""
    for number, value in fields(message):
        if number == SCRIPT_FINISHED and isinstance(value, int):
            return value
        if number == PAGE_NOT_FOUND:
            raise PageError(f"There is no page {page!r}.")
        if number == DELTA and isinstance(value, bytes):
            _refuse_exception(value, page)
    return None


def _refuse_exception(delta: bytes, page: str) -> None:
    for number, element in fields(delta):
        if number != NEW_ELEMENT or not isinstance(element, bytes):
            continue
        for kind, value in fields(element):
            if kind == EXCEPTION and isinstance(value, bytes):
                said = {n: v.decode() for n, v in fields(value) if isinstance(v, bytes)}
                raise PageError(f"{page!r} shows {said.get(TYPE)}: {said.get(MESSAGE)}")


def fields(message: bytes) -> Iterator[tuple[int, int | bytes]]:
    """Field numbers and values of a protobuf message, as they come.

    >>> list(fields(_field(5, b"ab") + bytes([6 << 3, 0])))
    [(5, b'ab'), (6, 0)]
    """
    at = 0
    while at < len(message):
        tag, at = _varint(message, at)
        number, wire = tag >> 3, tag & 7
        if wire == 0:
            value, at = _varint(message, at)
            yield number, value
        else:
            if wire == 2:
                length, at = _varint(message, at)
            else:
                length = {1: 8, 5: 4}[wire]
            yield number, message[at : at + length]
            at += length


def _varint(message: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = message[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7


def _field(number: int, value: bytes) -> bytes:
    return _number(number << 3 | 2) + _number(len(value)) + value


def _text(number: int, value: str) -> bytes:
    return _field(number, value.encode()) if value else b""


def _number(value: int) -> bytes:
    """A varint.

    >>> _number(300).hex()
    'ac02'
    """
    written = bytearray()
    while value >= 0x80:
        written.append(value & 0x7F | 0x80)
        value >>= 7
    written.append(value)
    return bytes(written)
