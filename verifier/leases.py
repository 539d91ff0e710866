"""Requests that one process tends at a time, under a lease: what verifications and inquiries share.

A tender that falls silent loses its lease and another takes the request over; every write carries
the owner, so one that comes back late changes nothing.
"""

from datetime import datetime
from typing import Any, ClassVar, Generic, Protocol, TypeVar

from sqlalchemy import CursorResult, or_, select, update

from verifier.access import Role
from verifier.claim import InputError
from verifier.queue import UnderLease

OPEN_STATES = ("requested", "running")


class Tended(Protocol):
    """What every kind of request has."""

    @property
    def id(self) -> int: ...
    @property
    def owner(self) -> str | None: ...
    @property
    def state(self) -> str: ...
    @property
    def message(self) -> str: ...


Request = TypeVar("Request", bound=Tended)


class Leased(UnderLease, Generic[Request]):
    """The requests of one table. A subclass says which, and how a row is read."""

    row: ClassVar[Any]
    word: ClassVar[str]  # what one request is called
    folder: ClassVar[str]  # where the words of those who tend them are kept

    def read(self, row: Any) -> Request:
        raise NotImplementedError

    def claim(self, owner: str, *, id: int | None = None) -> Request | None:
        """Take the next request that nobody tends; one whose tender fell silent counts.

        With `id` only that one is taken, if it is free.
        """
        now, row = self.clock(), self.row
        with self.database.writing() as session:
            free = select(row).where(*self._is_free(now))
            if id is not None:
                free = free.where(row.id == id)
            found = session.scalar(free.order_by(row.id).limit(1))
            if found is None:
                return None
            found.state, found.owner, found.lease_until = "running", owner, now + self.lease
            session.flush()
            return self.read(found)

    def is_anything_free(self) -> bool:
        """Whether `claim` would find something; a look that locks nobody out."""
        with self.database.reading() as session:
            found = select(self.row.id).where(*self._is_free(self.clock())).limit(1)
            return session.scalar(found) is not None

    def _is_free(self, now: datetime) -> tuple[Any, ...]:
        """A lease that ends later than any given now could is one of a clock that went back."""
        row = self.row
        is_over = or_(row.lease_until < now, row.lease_until > now + 2 * self.lease)
        return row.state.in_(OPEN_STATES), or_(row.owner.is_(None), is_over)

    def renew(self, request: Request, *, message: str | None = None) -> bool:
        """Heartbeat and what is going on. False: cancelled, or somebody else tends it now."""
        values: dict[str, Any] = {"lease_until": self.clock() + self.lease}
        if message is not None:
            values["message"] = message
        return self._fenced(request, **values)

    def end(self, request: Request, *, state: str, message: str, **values: Any) -> bool:
        return self._fenced(
            request,
            state=state,
            message=message,
            owner=None,
            lease_until=None,
            finished_at=self.clock(),
            **values,
        )

    def give_back(self, request: Request) -> bool:
        return self._fenced(request, owner=None, lease_until=None)

    def cancel(self, request_id: int) -> None:
        """Stop waiting for the rest; what was done so far stays."""
        self.access.require(Role.OPERATOR, to=f"cancel a {self.word}")
        with self.database.writing() as session:
            found = session.get(self.row, request_id)
            if found is None:
                raise InputError(f"There is no {self.word} {request_id}.")
            if found.state in OPEN_STATES:
                found.state, found.message = "cancelled", "cancelled by a person"
                found.owner, found.lease_until, found.finished_at = None, None, self.clock()

    def get(self, request_id: int) -> Request | None:
        with self.database.reading() as session:
            found = session.get(self.row, request_id)
            return None if found is None else self.read(found)

    def latest(self, *, limit: int = 20, only_open: bool = False) -> list[Request]:
        chosen = select(self.row).order_by(self.row.id.desc()).limit(limit)
        if only_open:
            chosen = chosen.where(self.row.state.in_(OPEN_STATES))
        with self.database.reading() as session:
            return [self.read(row) for row in session.scalars(chosen)]

    def _fenced(self, request: Request, **values: Any) -> bool:
        row = self.row
        with self.database.writing() as session:
            result = session.execute(
                update(row)
                .where(row.id == request.id, row.owner == request.owner, row.state == "running")
                .values(**values)
            )
            return isinstance(result, CursorResult) and result.rowcount == 1
