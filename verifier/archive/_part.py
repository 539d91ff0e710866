"""What every part of the archive has: the database and a clock."""

from collections.abc import Callable
from datetime import UTC, datetime
from hashlib import sha256

from db.session import Database


def utc_now() -> datetime:
    return datetime.now(UTC)


class Part:
    def __init__(self, database: Database, *, clock: Callable[[], datetime] = utc_now) -> None:
        self.database = database
        self.clock = clock


def text_digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()
