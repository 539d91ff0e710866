"""One clock for all who write to one database."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from sqlalchemy import text

from db.session import Database

_ASK_AGAIN_S = 30.0


class ServerClock:
    """The server's time, asked for now and then and carried on between by a clock that never jumps.

    Leases of machines whose own clocks differ are all measured by it.
    """

    def __init__(
        self, database: Database, *, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self.database = database
        self.monotonic = monotonic
        self._asked_at: float | None = None
        self._told = datetime.min.replace(tzinfo=UTC)

    def __call__(self) -> datetime:
        now = self.monotonic()
        if self._asked_at is None or now - self._asked_at > _ASK_AGAIN_S:
            with self.database.reading() as session:
                told = session.scalar(text("SELECT clock_timestamp()"))
            assert isinstance(told, datetime)
            self._told, self._asked_at = told.astimezone(UTC), self.monotonic()
        return self._told + timedelta(seconds=self.monotonic() - self._asked_at)
