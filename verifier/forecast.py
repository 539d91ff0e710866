"""How long runs still take, judged by how long like ones took. Pure: the clock comes in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import median
from typing import Any

from verifier.plural import plural
from verifier.queue import Run

# what a recipe's time depends on, most telling first; the seed is no part of it
SHAPE = ("objective", "backbone", "n_updates", "batch_size", "n_records")
LOOSE = ("objective", "backbone")
AHEAD = 0.05  # of a run: more than this beyond twice what like ones had done by then
NEARLY_S = 2.0  # with less left than this it may end at any moment, or wait for its last step


@dataclass(frozen=True, kw_only=True)
class Forecast:
    """Seconds left, with what the estimate rests on; None where there is nothing to go by."""

    seconds: float | None
    because: str


@dataclass(frozen=True, kw_only=True)
class Paces:
    """Median seconds of ended runs: by shape, by objective and backbone, and over all."""

    by_shape: Mapping[tuple[Any, ...], tuple[float, int]]
    by_kind: Mapping[tuple[Any, ...], tuple[float, int]]
    overall: tuple[float, int] | None


def paces(ended: Sequence[Run]) -> Paces:
    """What earlier runs tell; only those that succeeded count."""
    timed = [(run, run.seconds) for run in ended if run.state == "succeeded" and run.seconds]
    shapes: dict[tuple[Any, ...], list[float]] = {}
    kinds: dict[tuple[Any, ...], list[float]] = {}
    for run, seconds in timed:
        shapes.setdefault(_key(run, SHAPE), []).append(seconds or 0.0)
        kinds.setdefault(_key(run, LOOSE), []).append(seconds or 0.0)
    every = [seconds or 0.0 for _, seconds in timed]
    return Paces(
        by_shape={key: (median(values), len(values)) for key, values in shapes.items()},
        by_kind={key: (median(values), len(values)) for key, values in kinds.items()},
        overall=(median(every), len(every)) if every else None,
    )


def _key(run: Run, names: Sequence[str]) -> tuple[Any, ...]:
    return (run.kind, run.data, *(run.task.get(name) for name in names))


def whole(run: Run, known: Paces) -> Forecast:
    """How long a run takes from its start."""
    for table, names, words in (
        (known.by_shape, SHAPE, "like it but for the seed"),
        (known.by_kind, LOOSE, "of the same objective and backbone"),
    ):
        found = table.get(_key(run, names))
        if found is not None:
            return Forecast(seconds=found[0], because=f"{plural(found[1], 'earlier run')} {words}")
    if known.overall is not None:
        return Forecast(seconds=known.overall[0], because=plural(known.overall[1], "earlier run"))
    return Forecast(seconds=None, because="no run has ended yet")


def left(run: Run, known: Paces, *, now: datetime) -> Forecast:
    """Of a run at work; of one that waits, how long it takes once it has begun.

    It has left what like runs took less its own time, but no less than its own share of their time
    that is still undone: on a slower machine the clock alone would promise its end until it came.
    One at work longer than like ones took, or without any, is judged by its own pace so far.
    """
    expected = whole(run, known)
    if run.state != "running" or run.started_at is None:
        return expected
    spent = max((now - run.started_at).total_seconds(), 0.0)
    undone = 1 - run.fraction
    if expected.seconds is not None and expected.seconds > spent:
        share, rest = expected.seconds * undone, expected.seconds - spent
        # it went on from a checkpoint: most of its time was spent before
        went_on = run.fraction > AHEAD + 2 * spent / expected.seconds
        if went_on or share > rest:
            because = f"{expected.because}, of which it has done {run.fraction:.0%}"
            return Forecast(seconds=share, because=because)
        return Forecast(seconds=rest, because=expected.because)
    if run.fraction > AHEAD:
        return Forecast(seconds=spent * undone / run.fraction, because="its own pace so far")
    longer = "it takes longer than any like it"
    return Forecast(
        seconds=None, because=longer if expected.seconds is not None else expected.because
    )


def all_left(
    running: Sequence[Run], queued: Sequence[Run], known: Paces, *, slots: int, now: datetime
) -> Forecast:
    """Until the last of these runs has ended, with so many worked on at a time."""
    if not slots:
        return Forecast(seconds=None, because="no worker is alive")
    each = [left(run, known, now=now).seconds for run in (*running, *queued)]
    told = [seconds for seconds in each if seconds is not None]
    if len(told) < len(each) or not each:
        return Forecast(
            seconds=None, because="no run like some of them has ended yet" if each else ""
        )
    seconds = max(max(told), sum(told) / slots)
    return Forecast(seconds=seconds, because=f"{slots} at a time")
