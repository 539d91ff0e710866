"""What every ended run came to, kept in memory so that a page need not read them all again.

Twenty thousand recipes and results take seconds to read; what a scaling curve needs of them fits
in a few megabytes, and an ended run changes no more unless it is retried.
"""

from collections.abc import Sequence
from datetime import datetime
from threading import Lock

from verifier import trained
from verifier.measures import SPLIT
from verifier.queue import Queue
from verifier.trained import Trained

AT_ONCE = 500  # runs read in one go


class Ledger:
    """Shared by all sessions; reads what has ended since it was last asked."""

    def __init__(self, queue: Queue) -> None:
        self.queue = queue
        self._stamp: object = None
        self._ended: dict[int, datetime] = {}
        self._read: dict[int, Trained | str | None] = {}
        self._one_at_a_time = Lock()

    def refreshed(self) -> object:
        """Bring it up to date; what is returned changes exactly when its contents do."""
        with self._one_at_a_time:
            stamp = self.queue.stamp()
            if stamp != self._stamp:
                self._catch_up(self.queue.ended())
                self._stamp = stamp
            return self._stamp

    def trained(self) -> list[Trained]:
        """Every run that a curve can show."""
        return [one for one in list(self._read.values()) if isinstance(one, Trained)]

    def left_out(self) -> dict[str, int]:
        """How many ended trainings no curve shows, by the reason why."""
        return trained.left_out(list(self._read.values()))

    def _catch_up(self, ended: dict[int, datetime]) -> None:
        new = [run_id for run_id, at in ended.items() if self._ended.get(run_id) != at]
        for start in range(0, len(new), AT_ONCE):
            self._read_some(new[start : start + AT_ONCE])
        for gone in self._read.keys() - ended.keys():  # retried, so no longer ended
            del self._read[gone]
        self._ended = ended

    def _read_some(self, run_ids: Sequence[int]) -> None:
        measured = self.queue.measurements(run_ids, split=SPLIT)
        for run in self.queue.runs(ids=run_ids):
            self._read[run.id] = trained.read(run, measured[run.id])
