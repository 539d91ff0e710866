"""Several records read at once, by forked processes, and handed on in order.

Threads would wait for each other: much of reading a record holds Python's lock. A forked process
knows already what is to be read, so that nothing is sent but what it found. It does nothing with
torch, and is killed by the kernel when its maker dies.
"""

import ctypes
import fcntl
import os
import signal
import struct
import sys
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import BinaryIO, TypeVar

import numpy as np

from models.data._cache import Signals

Place = TypeVar("Place")
Found = Signals | str  # what a record holds (12, T), or why it is left out

_AT_ONCE = 4  # places that a reader takes in a row
_LEAST = 64  # places for which starting readers pays
_PIPE_BYTES = 1 << 20  # how far a reader may be ahead: as much as anybody may ask for
_HEAD = struct.Struct("<qq")  # shape of a signal that follows, or one of these and a length
_REASON, _FAILED = -1, -2
_PR_SET_PDEATHSIG = 1


def read_ahead(
    read: Callable[[Place], Found], places: Sequence[Place], *, n_readers: int | None = None
) -> Iterator[Found]:
    """Yield what `read` gives for each place, in their order; by default with a reader to a core.

    Whoever stops listening ends the readers too. Where one fails, or is killed, `read` is called
    here, so that errors are those of reading without it.
    """
    n_readers = n_cores() if n_readers is None else n_readers
    if n_readers < 2 or len(places) < _LEAST or sys.platform != "linux":
        yield from map(read, places)
        return
    # Here, before the others are started: what reading imports and works out is then theirs too.
    yield read(places[0])
    places = places[1:]
    shares = [
        [place for place in range(len(places)) if place // _AT_ONCE % n_readers == number]
        for number in range(n_readers)
    ]
    readers: list[_Reader] = []
    try:
        for share in shares:
            readers.append(_started(read, [places[each] for each in share], readers))
        for number, place in enumerate(places):
            found = readers[number // _AT_ONCE % n_readers].next()
            yield read(place) if found is None else found
    finally:
        for reader in readers:
            reader.end()


def n_cores() -> int:
    """Cores that this process may use: a scheduler may have left it fewer than there are."""
    has_affinity = hasattr(os, "sched_getaffinity")
    return len(os.sched_getaffinity(0)) if has_affinity else os.cpu_count() or 1


@dataclass(frozen=True, kw_only=True)
class _Reader:
    pid: int
    pipe: BinaryIO

    def next(self) -> Found | None:
        """Return what it found at its next place, None if it could not say."""
        head = self.pipe.read(_HEAD.size)
        if len(head) < _HEAD.size:  # it was ended from outside, as for want of memory
            return None
        kind, length = _HEAD.unpack(head)
        if kind == _FAILED:
            return None
        n_bytes = length if kind == _REASON else kind * length * np.dtype(np.int16).itemsize
        content = self.pipe.read(n_bytes)
        if len(content) < n_bytes:
            return None
        if kind == _REASON:
            return content.decode()
        return np.frombuffer(content, dtype=np.int16).reshape(kind, length)

    def end(self) -> None:
        os.kill(self.pid, signal.SIGKILL)  # its number is its own until it was waited for
        os.waitpid(self.pid, 0)
        self.pipe.close()


def _started(
    read: Callable[[Place], Found], places: Sequence[Place], others: Sequence[_Reader]
) -> _Reader:
    out, into = os.pipe()
    with suppress(OSError):  # the user's pipes may hold too much already
        fcntl.fcntl(into, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)
    maker = os.getpid()
    with warnings.catch_warnings():
        # Python from 3.12 on warns of other threads: torch's, which readers have no use for.
        warnings.simplefilter("ignore", DeprecationWarning)
        pid = os.fork()
    if pid == 0:
        try:
            _follow(maker)
            for each in (out, *(other.pipe.fileno() for other in others)):
                os.close(each)
            with os.fdopen(into, "wb") as pipe:
                for place in places:
                    _tell(read, place, pipe)
                    pipe.flush()
        finally:
            os._exit(0)  # no way back into what the maker was doing
    os.close(into)
    return _Reader(pid=pid, pipe=os.fdopen(out, "rb"))


def _follow(maker: int) -> None:
    """Die with the maker, and leave it to decide what a signal to all of us means."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != maker:  # it died before that
        os._exit(0)


def _tell(read: Callable[[Place], Found], place: Place, pipe: BinaryIO) -> None:
    try:
        found = read(place)
    except Exception:  # the maker reads this place again, and meets the error where it can be seen
        pipe.write(_HEAD.pack(_FAILED, 0))
        return
    if isinstance(found, str):
        content = found.encode()
        pipe.write(_HEAD.pack(_REASON, len(content)) + content)
    else:
        pipe.write(_HEAD.pack(*found.shape))
        pipe.write(np.ascontiguousarray(found).data)
