"""The supervisor: claims runs and requests, starts one child for each, and watches them.

Heartbeats come from here, not from the training loop, so a stalled child is not taken for dead
and a dead supervisor is noticed. Nothing here ends with the database being away for a while, the
disk being full or the clock being set: what could not be done is done a tick later.
"""

import os
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import FrameType
from typing import Any
from uuid import uuid4

from sqlalchemy.exc import DBAPIError

from models.fingerprint import code_digest
from verifier import runs
from verifier.attempt import Child, Limits, folder_of, job_for, set_aside, whole_result
from verifier.executors import EXECUTORS, Attempt, Executor, ExecutorError, Job, Where, stop
from verifier.leases import Leased
from verifier.queue import UNAVAILABLE, Wishes
from verifier.workspace import Workspace

TICK_S = 0.25
SAID_AGAIN_S = 60.0  # while the database is away
HEARTBEATS = 6  # in the length of a lease
GRACE_S = {"cancel": 1.5, "lost": 1.5, "limit": 5.0, "pause": 30.0}  # from asking to killing
N_TENDERS = {"tend": 2, "answer": 2}  # requests looked after at once, by command; they mostly wait
WRONG_INPUT = 2  # exit status of a child whose input is wrong: another attempt would be too
OTHERS = 76  # … that found the remains of another run in its folder
BUSY = 75  # … that found another one at work in its folder
ASKED = 143  # … that stopped because it was asked to


@dataclass(frozen=True, kw_only=True)
class Settings:
    """How a worker works."""

    slots: int | None = None  # runs on CPUs at a time; None: as many as the executor has room for
    gpus: tuple[int, ...] | None = None  # cards, one run on each; the same
    executor: str = "local"
    address: str | None = None  # of the executor's cluster
    options: Mapping[str, str] = field(default_factory=dict)  # that it is to be asked with
    limits: Limits = field(default_factory=Limits)


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
        self,
        workspace: Workspace,
        settings: Settings | None = None,
        *,
        say: Callable[[str], None] = lambda words: None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.workspace = workspace
        self.settings = settings or Settings()
        self.say = say
        self.monotonic = monotonic
        self.id = f"{socket.gethostname()}:{os.getpid()}:{uuid4().hex[:6]}"
        where = Where(
            address=self.settings.address,
            options=self.settings.options,
            folder=workspace.home / self.settings.executor,
        )
        self.there: Executor = EXECUTORS.load(self.settings.executor).connect(where)
        is_here = self.settings.executor == "local"
        self.here: Executor = self.there if is_here else EXECUTORS.load("local").connect()
        room = self.there.capacity()
        self.slots = room.slots if self.settings.slots is None else self.settings.slots
        self.gpus = room.gpus if self.settings.gpus is None else self.settings.gpus
        self.code = code_digest()
        self.heartbeat_s = workspace.queue.lease.total_seconds() / HEARTBEATS
        self.children: list[Child] = []
        self.tenders: list[Tender] = []
        self.is_stopping = False
        self.is_code_changed = False
        self.is_registered = False
        self._last_beat = -1e9
        self._trusts_clock_from = monotonic() + self.heartbeat_s
        self._clock_offset: float | None = None
        self._away_since: float | None = None  # when the database was found to be so
        self._said_away_at = 0.0

    def work(self, *, until: Callable[[], bool] = lambda: False) -> None:
        """Work until told to stop; leave nothing running and give back what is unfinished."""
        try:
            with self._stopping_on_signals():
                while not self.is_stopping and not self._try(until):
                    if self._round():
                        self.here.wait(TICK_S)
                    else:  # a child that ended and could not be looked at ends that wait
                        time.sleep(TICK_S)
                    if self.there is not self.here:
                        self.there.wait(0.0)
        finally:
            self._try(self._put_down)
            for executor in {id(e): e for e in (self.here, self.there)}.values():
                executor.close()
            self._try(lambda: self.workspace.queue.sign_off(self.id))

    def _round(self) -> bool:
        """Whether the database let all be done that was to be done."""

        def whole() -> bool:
            if not self.is_registered:
                self.register()
            self.tick()
            return True

        if self._has_home_gone():
            return True
        is_done = bool(self._try(whole))
        if is_done and self._away_since is not None:
            away_s = self.monotonic() - self._away_since
            self._away_since = None
            self.say(f"the database is back after {away_s:,.0f} s")
        return is_done

    def _has_home_gone(self) -> bool:
        """Whether the home folder was moved or removed; then nothing more is begun here.

        What is at work would make its folders anew under the old name, where nobody looks.
        """
        if not self.workspace.has_moved:
            return False
        self.is_stopping = True
        self.say(
            f"the home folder {self.workspace.home} was moved, removed or replaced while this "
            "worker ran: start one where it is now (VERIFIER_HOME)"
        )
        return True

    def register(self) -> None:
        self.workspace.queue.register(
            self.id,
            host=socket.gethostname(),
            pid=os.getpid(),
            slots=self.slots,
            executor=self.settings.executor,
            code=self.code,
            gpus=len(self.gpus),
        )
        self.is_registered = True

    def _try(self, action: Callable[[], Any]) -> Any:
        """Do it, or say why the database did not let us; the next tick tries again."""
        try:
            return action()
        except UNAVAILABLE as error:
            self._say_away(error)
            # while it was away nobody could renew a lease, so none is over yet
            self._trusts_clock_from = self.monotonic() + self.heartbeat_s * 2
            self._last_beat = -1e9
            return None

    def _say_away(self, error: DBAPIError) -> None:
        """Once, and again every minute: a round fails four times a second, for hours perhaps."""
        now = self.monotonic()
        if self._away_since is None:
            self._away_since = now
        elif now - self._said_away_at < SAID_AGAIN_S:
            return
        self._said_away_at = now
        said = " ".join(str(error.orig).split())
        self.say(f"the database is not to be had just now: {said}")

    def tick(self) -> None:
        """One round: heartbeats, progress, ends, and new work for free slots."""
        began = self.monotonic()
        if self._is_clock_set():
            self._last_beat = -1e9
            self._trusts_clock_from = began + self.heartbeat_s * 2
        is_beat_due = began - self._last_beat >= self.heartbeat_s
        wishes = self.workspace.queue.wishes(self.id) if self.children else {}
        self.children = [c for c in self.children if self._watch(c, wishes, is_beat_due)]
        if is_beat_due:
            self.workspace.queue.beat(self.id)
            self._last_beat = began
            was_changed, self.is_code_changed = self.is_code_changed, code_digest() != self.code
            if self.is_code_changed and not was_changed:
                self.workspace.queue.close(self.id)
                self.say("the training code has changed; restart this worker to take runs again")
        self.tenders = [tender for tender in self.tenders if self._watch_tender(tender)]
        if began >= self._trusts_clock_from and self.workspace.queue.is_anything_lost():
            self.workspace.queue.return_lost()
        self._take_requests(self.workspace.verifications, "tend")
        self._take_requests(self.workspace.inquiries, "answer")
        self._take_runs()
        if self.monotonic() - began > self.heartbeat_s:  # as when the database was locked
            self._trusts_clock_from = self.monotonic() + self.heartbeat_s * 2
            self._last_beat = -1e9

    def _is_clock_set(self) -> bool:
        """Whether the clock that leases are measured by has jumped since the last look."""
        offset = self.workspace.queue.clock().timestamp() - self.monotonic()
        before, self._clock_offset = self._clock_offset, offset
        return before is not None and abs(offset - before) > self.heartbeat_s / 2

    # runs

    def _take_runs(self) -> None:
        if self.is_code_changed:
            return
        used = {child.gpu for child in self.children}
        free = [gpu for gpu in self.gpus if gpu not in used]
        n_free = self.slots - sum(child.gpu is None for child in self.children)
        places: list[int | None] = [*[None] * n_free]
        for device, offered in (("cpu", places), ("cuda", list(free))):
            if offered:
                taken = self.workspace.queue.claim_many(
                    self.id, n=len(offered), device=device, code=self.code
                )
                for run, gpu in zip(taken, offered, strict=False):
                    self._begin(run, gpu)

    def _begin(self, run: runs.Run, gpu: int | None) -> None:
        folder = folder_of(self.workspace, run)
        child = Child(run=run, folder=folder, process=_Ended(), gpu=gpu, began=self.monotonic())
        if whole_result(folder) is None:  # otherwise an earlier supervisor died before storing it
            try:
                job = job_for(self.workspace, run, self.settings.limits, gpu=gpu or 0)
                executor = self.there if run.kind == "training" else self.here
                child.process = executor.start(job)
            except (OSError, ExecutorError) as error:
                self.workspace.queue.fail(
                    run, error=f"The child could not be started: {error}", may_retry=True
                )
                return
        self.children.append(child)

    def _watch(
        self, child: Child, wishes: dict[tuple[int, int], Wishes], is_beat_due: bool
    ) -> bool:
        """Whether the attempt goes on."""
        queue = self.workspace.queue
        status = child.process.exit_status()
        wish = wishes.get((child.run.id, child.run.attempt))
        if wish is not None:
            queue.record(child.run, child.new_progress())
            child.progress_is_stored()
            self._note_place(child)
        if status is not None:
            if wish is not None:
                self._end(child, status)
            return False
        if wish is None:  # the lease is another's; so is whatever the run comes to
            self._ask(child, "lost")
        elif wish.cancel:
            self._ask(child, "cancel")
        elif wish.pause:
            self._ask(child, "pause")
        elif beyond := self._beyond_limit(child):
            self._ask(child, "limit", beyond)
        if child.ending and self.monotonic() >= child.kill_at:
            child.process.send(signal.SIGKILL)
        if is_beat_due and wish is not None:
            queue.renew(child.run)
        return True

    def _note_place(self, child: Child) -> None:
        """Let the clock of an attempt begin when a full cluster has found it a place."""
        if child.process.is_waiting():
            child.began = self.monotonic()
            if not child.has_waited:
                child.has_waited = self.workspace.queue.wait_for_place(child.run)
        elif child.has_waited:
            child.has_waited = False
            self.workspace.queue.begin(child.run)

    def _ask(self, child: Child, ending: str, why: str = "") -> None:
        if not child.ending:
            child.ending, child.why = ending, why
            child.kill_at = self.monotonic() + GRACE_S[ending]
            child.process.send(signal.SIGTERM)

    def _beyond_limit(self, child: Child) -> str:
        limits = self.settings.limits
        if limits.seconds is not None and self.monotonic() - child.began > limits.seconds:
            return f"It took longer than its limit of {limits.seconds:,.0f} s."
        used = child.process.memory_bytes() if limits.memory_bytes is not None else None
        if used is not None and limits.memory_bytes is not None and used > limits.memory_bytes:
            return (
                f"It used {used / 2**20:,.0f} MiB of memory; its limit is "
                f"{limits.memory_bytes / 2**20:,.0f} MiB."
            )
        return ""

    def _end(self, child: Child, status: int) -> None:
        queue = self.workspace.queue
        if child.ending == "cancel":
            queue.fail(child.run, error="Cancelled.", may_retry=False)
        elif child.ending == "limit":
            queue.fail(child.run, error=child.why, may_retry=False)
        elif (result := child.result()) is not None:
            self._accept(child, result)
        elif child.ending == "pause" or status in (BUSY, ASKED):
            queue.give_back(child.run)
        elif status == OTHERS:
            self._refuse(child, child.last_words(), may_retry=True)
        else:
            words = child.last_words() or "It printed nothing."
            how = f"signal {-status}" if status < 0 else f"exit status {status}"
            queue.fail(
                child.run,
                error=f"The child ended with {how} and left no result. {words}",
                may_retry=status != WRONG_INPUT,
            )

    def _accept(self, child: Child, result: dict[str, Any]) -> None:
        code = result.get("code_digest", "")
        if child.run.code and code and code != child.run.code:
            error = (
                "The training code changed while it ran, so the result is not of the run that was "
                f"asked for: it is of code {code[:12]}, not {child.run.code[:12]}."
            )
            self._refuse(child, error)
            return
        if child.run.code and result.get("fingerprint") not in (None, child.run.fingerprint):
            error = (
                f"The data {child.run.data!r} were not those that the run was asked for when it "
                "was carried out: they have changed since, or are others on the machine that did."
            )
            self._refuse(child, error)
            return
        self.workspace.queue.succeed(child.run, result=result, predictions=child.predictions())

    def _refuse(self, child: Child, error: str, *, may_retry: bool = False) -> None:
        """What lies in the folder is of another run: whoever tries again begins without it."""
        set_aside(child.folder)
        self.workspace.queue.fail(child.run, error=error, may_retry=may_retry)

    # verifications and inquiries

    def _take_requests(self, kept: Leased[Any], command: str) -> None:
        while sum(tender.kept is kept for tender in self.tenders) < N_TENDERS[command]:
            if not kept.is_anything_free():
                return
            found = kept.claim(f"{self.id}:{uuid4().hex[:6]}")
            if found is None:
                return
            folder = self.workspace.home / kept.folder / str(found.id)
            job = Job(
                command=[sys.executable, "-m", "verifier", command, str(found.id), found.owner],
                folder=folder,
                log=folder / "log.txt",
            )
            self.tenders.append(
                Tender(request=found, kept=kept, process=self.here.start(job), job=job)
            )

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
        stop([*(c.process for c in self.children), *(t.process for t in self.tenders)], grace_s=2.0)
        for child in self.children:
            if (result := child.result()) is not None:
                self._accept(child, result)
            else:
                self.workspace.queue.give_back(child.run)
        for tender in self.tenders:
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

    def send(self, number: signal.Signals) -> None:
        return

    def memory_bytes(self) -> int | None:
        return None

    def is_waiting(self) -> bool:
        return False
