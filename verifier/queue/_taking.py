"""The statements by which a worker takes runs, put together once: they have to be fast."""

from dataclasses import fields
from typing import Any

from sqlalchemy import Integer, Text, bindparam, literal, or_, select

from db.tables.runs import RunEventRow, RunRow
from verifier.runs import Run

RUNS: Any = RunRow.__table__
EVENTS: Any = RunEventRow.__table__


def _taking() -> Any:
    """The next runs that wait, by priority and then arrival, are this worker's now."""
    now: Any = bindparam("now", type_=RUNS.c.not_before.type)
    device: Any = bindparam("on_device", type_=Text)
    code: Any = bindparam("of_code", type_=Text)
    by_a_clock_that_went_back = RUNS.c.not_before > bindparam("too_late", type_=now.type)
    chosen = (
        select(RUNS.c.id)
        .where(
            RUNS.c.state == "queued",
            or_(RUNS.c.not_before.is_(None), RUNS.c.not_before <= now, by_a_clock_that_went_back),
            or_(device.is_(None), RUNS.c.device == device),
            or_(code.is_(None), RUNS.c.code == "", RUNS.c.code == code),
        )
        .order_by(RUNS.c.priority.desc(), RUNS.c.id)
        .limit(bindparam("n", type_=Integer))
        .with_for_update(skip_locked=True)  # on PostgreSQL; SQLite has one writer at a time
        .cte("chosen")
    )
    return (
        RUNS.update()
        .where(RUNS.c.id.in_(select(chosen.c.id)))
        .values(
            state="running",
            owner=bindparam("by", type_=Text),
            attempt=RUNS.c.attempt + 1,
            lease_until=bindparam("until", type_=now.type),
            heartbeat_at=now,
            started_at=now,
            finished_at=None,
            pause_requested_at=None,
            phase="starting",
            step=0,
            n_steps=0,
        )
        .returning(*(RUNS.c[field.name] for field in fields(Run)))
    )


def _taking_and_saying() -> Any:
    """The same with its events, where one statement can do both: on PostgreSQL."""
    taken = _taking().cte("taken")
    said = {
        "run_id": taken.c.id,
        "attempt": taken.c.attempt,
        "at": taken.c.started_at,
        "actor": taken.c.owner,
        "kind": literal("started"),
        "detail": literal(""),
    }
    saying = EVENTS.insert().from_select(list(said), select(*said.values())).cte("said")
    return select(taken).add_cte(saying)


TAKE = _taking()
TAKE_AND_SAY = _taking_and_saying()
