"""Looking at runs and workers: what the queue's table and those beside it say. Changes nothing."""

from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from db.tables.runs import (
    MeasurementRow,
    PredictionsRow,
    RunEventRow,
    RunProgressRow,
    RunRow,
    WorkerRow,
)
from verifier.queue._table import RunTable
from verifier.runs import Measurement, ProgressPoint, Run, RunEvent, Worker


class RunRecords(RunTable):
    """The part of the queue that reads."""

    def run(self, run_id: int) -> Run | None:
        with self.database.reading() as session:
            row = session.get(RunRow, run_id)
            return None if row is None else run_of(row)

    def runs(
        self,
        *,
        states: Sequence[str] = (),
        ids: Sequence[int] | None = None,
        limit: int | None = None,
        offset: int = 0,
    ) -> list[Run]:
        """Runs, those at work first, then those that wait, then the newest that have ended."""
        order: list[Any] = [
            (RunRow.state == "running").desc(),
            (RunRow.state == "queued").desc(),
            RunRow.finished_at.desc(),
            RunRow.id,
        ]
        # ids first, by a narrow index: rows are wide, and sorting them all takes long
        chosen = select(RunRow.id)
        if states:
            chosen = chosen.where(RunRow.state.in_(states))
        if ids is not None:
            chosen = chosen.where(RunRow.id.in_(ids))
        page = chosen.order_by(*order).limit(limit).offset(offset)
        with self.database.reading() as session:
            rows = session.scalars(select(RunRow).where(RunRow.id.in_(page)).order_by(*order))
            return [run_of(row) for row in rows]

    def states(self, ids: Sequence[int]) -> dict[int, str]:
        """How each of these runs stands and nothing else of it, for whoever asks every second."""
        with self.database.reading() as session:
            rows = session.execute(select(RunRow.id, RunRow.state).where(RunRow.id.in_(ids)))
            return {row[0]: row[1] for row in rows}

    def ended(self) -> dict[int, datetime]:
        """When each run that has ended did so, by id."""
        with self.database.reading() as session:
            rows = session.execute(
                select(RunRow.id, RunRow.finished_at).where(RunRow.finished_at.is_not(None))
            )
            return {row[0]: at for row in rows if (at := row[1]) is not None}

    def stamp(self) -> tuple[int, datetime | None]:
        """Changes whenever a run ends: the key of what is computed from all that have."""
        with self.database.reading() as session:
            newest = select(func.count(RunRow.finished_at), func.max(RunRow.finished_at))
            n_ended, last = session.execute(newest).one()
            return n_ended, last

    def counts(self) -> dict[str, int]:
        with self.database.reading() as session:
            rows = session.execute(select(RunRow.state, func.count()).group_by(RunRow.state))
            return {row[0]: row[1] for row in rows}

    def events(self, run_id: int) -> list[RunEvent]:
        with self.database.reading() as session:
            rows = session.scalars(
                select(RunEventRow).where(RunEventRow.run_id == run_id).order_by(RunEventRow.id)
            )
            return [
                RunEvent(attempt=r.attempt, at=r.at, actor=r.actor, kind=r.kind, detail=r.detail)
                for r in rows
            ]

    def progress(self, run_id: int) -> list[ProgressPoint]:
        """The curve of the latest attempt."""
        with self.database.reading() as session:
            latest = select(func.max(RunProgressRow.attempt)).where(RunProgressRow.run_id == run_id)
            rows = session.scalars(
                select(RunProgressRow)
                .where(
                    RunProgressRow.run_id == run_id,
                    RunProgressRow.attempt == latest.scalar_subquery(),
                )
                .order_by(RunProgressRow.id)
            )
            return [
                ProgressPoint(
                    at=r.at,
                    phase=r.phase,
                    step=r.step,
                    loss=r.loss,
                    windows_per_s=r.windows_per_s,
                )
                for r in rows
            ]

    def measurements(
        self, run_ids: Sequence[int], *, split: str | None = None
    ) -> dict[int, list[Measurement]]:
        """What each run measured, on one split or on all."""
        found: dict[int, list[Measurement]] = {run_id: [] for run_id in run_ids}
        names = [field.name for field in fields(Measurement)]
        # columns, not rows: tens of thousands of objects of the mapper take seconds
        chosen = select(MeasurementRow.run_id, *(getattr(MeasurementRow, name) for name in names))
        chosen = chosen.where(MeasurementRow.run_id.in_(run_ids)).order_by(MeasurementRow.id)
        if split is not None:
            chosen = chosen.where(MeasurementRow.split == split)
        with self.database.reading() as session:
            for run_id, *values in session.execute(chosen):
                found[run_id].append(Measurement(**dict(zip(names, values, strict=True))))
        return found

    def predictions(self, run_id: int) -> bytes | None:
        """The run's predictions.npz."""
        with self.database.reading() as session:
            row = session.get(PredictionsRow, run_id)
            return None if row is None else row.payload

    def workers(self) -> list[Worker]:
        """Workers heard of within the length of a lease."""
        with self.database.reading() as session:
            rows = session.scalars(
                select(WorkerRow).where(
                    WorkerRow.stopped_at.is_(None),
                    WorkerRow.heartbeat_at > self.clock() - self.lease,
                )
            )
            return [Worker(**{f.name: getattr(r, f.name) for f in fields(Worker)}) for r in rows]


def run_of(row: RunRow) -> Run:
    return Run(**{field.name: getattr(row, field.name) for field in fields(Run)})
