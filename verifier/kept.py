"""What the door to the network keeps on disk: answers it may give again, and when it last asked.

Several processes share one folder. An answer is written whole or not at all, so a search that was
broken off goes on from the answers it already had. The pace a host asks for holds for all of them.
"""

import fcntl
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from uuid import uuid4

HEADERS_KEPT = ("content-type", "last-modified", "etag")
MOST_ANSWERS = 2_000  # the oldest go first


@dataclass(frozen=True, kw_only=True)
class Kept:
    """An answer as it came, and when."""

    url: str
    status: int
    content: bytes
    headers: Mapping[str, str]
    at: float  # seconds since 1970


class Shelf:
    """One folder of answers, one file each: a line of JSON, then the body."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def find(self, question: str, *, since: float) -> Kept | None:
        """The answer to a question, if one came after `since`; a torn file counts as none."""
        try:
            head, _, body = self._place(question).read_bytes().partition(b"\n")
            said = json.loads(head)
            found = Kept(
                url=said["url"],
                status=said["status"],
                content=body,
                headers=said["headers"],
                at=said["at"],
            )
        except (OSError, ValueError, KeyError, TypeError):
            return None
        return found if found.at >= since and len(body) == said.get("n_bytes") else None

    def put(self, question: str, answer: Kept) -> None:
        """Keep it; a disk that is full or read-only costs the copy, not the answer."""
        headers = {k: v for k, v in answer.headers.items() if k.lower() in HEADERS_KEPT}
        head = {
            "url": answer.url,
            "status": answer.status,
            "headers": headers,
            "at": answer.at,
            "n_bytes": len(answer.content),
        }
        place = self._place(question)
        torn = place.with_name(f"{place.name}.{uuid4().hex[:8]}")
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            torn.write_bytes(json.dumps(head).encode() + b"\n" + answer.content)
            torn.replace(place)
            self._make_room()
        except OSError:
            with suppress(OSError):
                torn.unlink(missing_ok=True)

    def _place(self, question: str) -> Path:
        return self.folder / sha256(question.encode()).hexdigest()

    def _make_room(self) -> None:
        held = [path for path in self.folder.iterdir() if path.suffix != ".turn"]
        for path in sorted(held, key=lambda p: p.stat().st_mtime)[: len(held) - MOST_ANSWERS]:
            path.unlink(missing_ok=True)

    @contextmanager
    def turn(self, host: str, clock: Callable[[], float]) -> Iterator[float | None]:
        """Our turn to ask a host: yields when anybody last asked it, and notes when we have."""
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / f"{sha256(host.encode()).hexdigest()[:16]}.turn"
        with path.open("a+", encoding="ascii") as note:
            fcntl.flock(note, fcntl.LOCK_EX)  # let go when the file is closed
            note.seek(0)
            written = note.read()
            try:
                yield float(written) if written else None
            finally:
                note.seek(0)
                note.truncate()
                note.write(repr(clock()))
