"""The supervisor: claims runs and requests, starts one child for each, and watches them.

Heartbeats come from here, not from the training loop, so a stalled child is not taken for dead
and a dead supervisor is noticed.
"""

import os
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType
from typing import Any
from uuid import uuid4

from verifier.attempt import Child, folder_of, job_for, whole_result
from verifier.executors import EXECUTORS, Attempt, Job
from verifier.leases import Leased
from verifier.workspace import Workspace

TICK_S = 0.25
HEARTBEAT_S = 10.0  # well inside the lease of 60 s
GRACE_S = 2.0  # between asking a child to end and ending it
N_TENDERS = {"tend": 2, "answer": 1}  # requests looked after at once, by command; they mostly wait
WRONG_INPUT = 2  # exit status of a child whose input is wrong: another attempt would be too


@dataclass(frozen=True, kw_only=True)
class Tender:
    """A request, where it is kept, and the child that carries it out."""

    request: Any
    kept: Leased[Any]
    process: Attempt
    job: Job


class Worker:
    """Runs what the queue holds, `slots` runs at a time."""

    def __init__(
        self, workspace: Workspace, *, slots: int | None = None, executor: str = "local"
    ) -> None:
        self.workspace = workspace
        self.slots = slots or os.cpu_count() or 1
        self.id = f"{socket.gethostname()}:{os.getpid()}:{uuid4().hex[:6]}"
        self.start: Callable[[Job], Attempt] = EXECUTORS.load(executor).start
        self.children: list[Child] = []
        self.tenders: list[Tender] = []
        self.is_stopping = False
        self._last_beat = 0.0

    def work(self, *, until: Callable[[], bool] = lambda: False) -> None:
        """Work until told to stop; leave nothing running and give back what is unfinished."""
        queue = self.workspace.queue
        queue.register(self.id, host=socket.gethostname(), pid=os.getpid(), slots=self.slots)
        try:
            with self._stopping_on_signals():
                while not self.is_stopping and not until():
                    self.tick()
                    time.sleep(TICK_S)
        finally:
            self._put_down()
            queue.sign_off(self.id)

    def tick(self) -> None:
        """One round: heartbeats, progress, ends, and new work for free slots."""
        now = time.monotonic()
        is_beat_due = now - self._last_beat >= HEARTBEAT_S
        if is_beat_due:
            self._last_beat = now
            self.workspace.queue.beat(self.id)
        self.children = [child for child in self.children if self._watch(child, is_beat_due)]
        self.tenders = [tender for tender in self.tenders if self._watch_tender(tender)]
        self._take_requests(self.workspace.verifications, "tend")
        self._take_requests(self.workspace.inquiries, "answer")
        self._take_runs()

    # runs

    def _take_runs(self) -> None:
        while len(self.children) < self.slots:
            run = self.workspace.queue.claim(self.id)
            if run is None:
                return
            folder = folder_of(self.workspace, run)
            if (result := whole_result(folder)) is not None:
                # an earlier supervisor died between the child's end and the database
                self._accept(Child(run=run, folder=folder, process=_Ended()), result)
                continue
            process = self.start(job_for(self.workspace, run))
            self.children.append(Child(run=run, folder=folder, process=process))

    def _watch(self, child: Child, is_beat_due: bool) -> bool:
        """Whether the attempt goes on."""
        queue = self.workspace.queue
        status = child.process.exit_status()
        ours = queue.record(child.run, child.new_progress())
        if status is not None:
            self._end(child, status)
            return False
        if is_beat_due:
            ours = queue.renew(child.run)
        if not ours:  # the lease is another's; so is whatever the run comes to
            child.process.stop(grace_s=GRACE_S)
            return False
        if queue.is_cancel_requested(child.run):
            child.process.stop(grace_s=GRACE_S)
            queue.fail(child.run, error="Cancelled.", may_retry=False)
            return False
        return True

    def _end(self, child: Child, status: int) -> None:
        if (result := child.result()) is not None:
            self._accept(child, result)
            return
        words = child.last_words() or "It printed nothing."
        how = f"signal {-status}" if status < 0 else f"exit status {status}"
        self.workspace.queue.fail(
            child.run,
            error=f"The child ended with {how} and left no result. {words}",
            may_retry=status != WRONG_INPUT,
        )

    def _accept(self, child: Child, result: dict[str, object]) -> None:
        self.workspace.queue.succeed(child.run, result=result, predictions=child.predictions())

    # verifications and inquiries

    def _take_requests(self, kept: Leased[Any], command: str) -> None:
        while sum(tender.kept is kept for tender in self.tenders) < N_TENDERS[command]:
            found = kept.claim(f"{self.id}:{uuid4().hex[:6]}")
            if found is None:
                return
            folder = self.workspace.home / kept.folder / str(found.id)
            job = Job(
                command=[sys.executable, "-m", "verifier", command, str(found.id), found.owner],
                folder=folder,
                log=folder / "log.txt",
            )
            self.tenders.append(Tender(request=found, kept=kept, process=self.start(job), job=job))

    def _watch_tender(self, tender: Tender) -> bool:
        status = tender.process.exit_status()
        if status is None:
            return True
        if status != 0:
            words = tender.job.log.read_text(encoding="utf-8", errors="replace").strip()[-1000:]
            tender.kept.end(
                tender.request, state="failed", message=f"It ended with status {status}. {words}"
            )
        return False

    # the end

    def _put_down(self) -> None:
        for child in self.children:
            child.process.stop(grace_s=GRACE_S)
            if (result := child.result()) is not None:
                self._accept(child, result)
            else:
                self.workspace.queue.give_back(child.run)
        for tender in self.tenders:
            tender.process.stop(grace_s=GRACE_S)
            tender.kept.give_back(tender.request)
        self.children, self.tenders = [], []

    @contextmanager
    def _stopping_on_signals(self) -> Iterator[None]:
        def stop(_number: int, _frame: FrameType | None) -> None:
            self.is_stopping = True

        before = {number: signal.signal(number, stop) for number in (signal.SIGTERM, signal.SIGINT)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


class _Ended:
    """Stands for a child that ended before this supervisor began."""

    def exit_status(self) -> int | None:
        return 0

    def stop(self, *, grace_s: float) -> None:
        return
