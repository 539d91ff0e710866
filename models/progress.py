"""Where a run stands: lines of progress.jsonl, and the wish to stop. No torch."""

import json
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import Literal

Phase = Literal["data", "pretraining", "alignment", "probe", "done"]
_AT_LEAST_S = 0.5  # between two lines of one phase


class Stopped(Exception):  # noqa: N818 - nothing went wrong: somebody asked
    """The run was asked to stop; what there is to keep has been kept."""


class Progress:
    """Appends progress lines, seldom enough to cost nothing; raises `Stopped` when asked to."""

    def __init__(
        self,
        path: Path,
        *,
        clock: Callable[[], float],
        is_stopping: Callable[[], bool] = lambda: False,
    ) -> None:
        self.path = path
        self.clock = clock
        self.is_stopping = is_stopping
        self._last_phase: Phase | None = None
        self._last_at = 0.0

    def report(
        self,
        phase: Phase,
        step: int,
        n_steps: int,
        *,
        loss: float | None = None,
        windows_per_s: float | None = None,
    ) -> None:
        """Write a line if the last is old, the phase is new or the step is the last one."""
        at = self.clock()
        is_due = at - self._last_at >= _AT_LEAST_S or phase != self._last_phase
        if not is_due and step < n_steps:
            return
        self._last_phase, self._last_at = phase, at
        line = {
            "at": datetime.fromtimestamp(at, tz=UTC).isoformat(),
            "phase": phase,
            "step": step,
            "n_steps": n_steps,
            "loss": loss,
            "windows_per_s": windows_per_s,
        }
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")

    def stop_if_asked(self) -> None:
        if self.is_stopping():
            raise Stopped

    def of(self, phase: Phase) -> Callable[[int, int], None]:
        """Return a reporter for one phase, for work that may be dropped between two steps."""

        def report(step: int, n_steps: int) -> None:
            self.stop_if_asked()
            self.report(phase, step, n_steps)

        return report


@contextmanager
def terminated() -> Iterator[Callable[[], bool]]:
    """Note SIGTERM instead of dying of it; the value tells whether it came."""
    received: list[int] = []

    def note(number: int, frame: FrameType | None) -> None:
        received.append(number)

    before = signal.signal(signal.SIGTERM, note)
    try:
        yield lambda: bool(received)
    finally:
        signal.signal(signal.SIGTERM, before)
