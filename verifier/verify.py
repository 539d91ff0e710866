"""The one orchestrator: claims in, verdicts out.

`tend` carries out one request to verify, from its plan to the last verdict. Everything it does
may be done again after a crash: runs are known by fingerprint, assessments by what they rest on.
"""

import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from models.fingerprint import code_digest
from verifier import experiment, planning, until_decided
from verifier.archive import ClaimSummary, RemovedMeanwhile
from verifier.claim import Claim, InputError
from verifier.encoder import EncoderError
from verifier.gathering import Library
from verifier.outcomes import Outcome
from verifier.planning import Conditions, PlannedRun
from verifier.plural import plural
from verifier.protocol import BundledClaim, entry_for, preset_named, protocol_hash
from verifier.queue import OPEN_STATES, Run
from verifier.reading import Reader
from verifier.verdict import Finding, Witness
from verifier.verifications import Verification
from verifier.web import Door
from verifier.wellformed import check_claim
from verifier.workspace import Workspace

POLL_S = 0.5
ACTOR = "verify"


@dataclass(frozen=True, kw_only=True)
class Plan:
    """The runs each claim waits for, with their places in its protocol."""

    claims: tuple[Claim, ...]
    entries: Mapping[str, BundledClaim | None]
    runs: dict[str, list[tuple[PlannedRun, int]]]  # by claim: planned run and its id

    @property
    def run_ids(self) -> list[int]:
        return sorted({run_id for planned in self.runs.values() for _, run_id in planned})


class Interrupted(Exception):  # noqa: N818 - not an error: a person cancelled, or a lease was lost
    """The verification is no longer ours to tend."""


def request(
    workspace: Workspace,
    claim_ids: Sequence[str],
    *,
    preset: str,
    data: str,
    budget_s: float | None = None,
) -> int:
    """Ask for claims to be verified; ids may be in any case, an empty list means all.

    With a budget, seeds are added to undecided claims until that time is spent.

    Raises:
        InputError: no such claim, preset or data set, or a protocol that cannot be carried out.
    """
    asked_for = preset_named(preset)
    checked = planning.check_data(data, workspace.cache_folder)
    found = [one.claim for one in find_claims(workspace, claim_ids)]
    for claim in found:
        if (entry := entry_for(claim)) is not None:
            check_claim(entry, preset=asked_for, dataset=planning.parsed_data(checked).name)
    if budget_s is not None and not budget_s > 0:
        raise InputError(f"The budget must be above 0 seconds, found {budget_s:g}.")
    ids = [claim.id for claim in found]
    return workspace.verifications.request(ids, preset=preset, data=checked, budget_s=budget_s)


def find_claims(workspace: Workspace, claim_ids: Sequence[str]) -> list[ClaimSummary]:
    """The claims with these ids, or all; a missing one is named with what there is."""
    if not claim_ids:
        return list(workspace.archive.claims().claims)
    found = [(wanted, workspace.archive.claim(wanted)) for wanted in claim_ids]
    unknown = [wanted for wanted, summary in found if summary is None]
    if unknown:
        known = ", ".join(workspace.archive.statements())
        raise InputError(f"There is no claim {', '.join(unknown)}. Known: {known}.")
    return [summary for _, summary in found if summary is not None]


def tend(
    workspace: Workspace,
    verification: Verification,
    *,
    door: Door,
    sleep: Callable[[float], None] = time.sleep,
    clock: Callable[[], float] = time.monotonic,
) -> None:
    """Plan, read, wait for the runs, and append what each witness says, claim by claim.

    Where the verification has a budget, claims that are left undecided then get more seeds.

    Raises:
        Interrupted: cancelled by a person, or taken over by another process.
    """
    tender = _Tender(workspace, verification, sleep)
    began = clock()
    plan = tender.plan()
    tender.read(plan, door)
    n_failed = tender.judge_as_runs_end(plan)
    ended = f"{plural(len(plan.claims), 'claim')} assessed"
    if verification.budget_s is not None:
        ends_at = began + verification.budget_s
        left_open = tender.look_until_decided(plan, seconds_left=lambda: ends_at - clock())
        open_still = until_decided.said(left_open) if left_open else "no claim waits for more seeds"
        ended += f"; {open_still}"
    if n_failed:
        ended += f"; {n_failed} of {len(plan.run_ids)} runs gave no valid result"
    workspace.verifications.end(verification, state="finished", message=ended)


class _Tender:
    """One verification in the hands of one process."""

    def __init__(
        self, workspace: Workspace, verification: Verification, sleep: Callable[[float], None]
    ) -> None:
        self.workspace = workspace
        self.verification = verification
        self.sleep = sleep
        self.conditions = Conditions(
            preset=preset_named(verification.preset),
            data=verification.data,
            cache=workspace.cache_folder,
        )
        self.own_conditions: dict[str, Conditions] = {}  # of claims that were looked at before

    def _conditions(self, claim: Claim) -> Conditions:
        return self.own_conditions.get(claim.id, self.conditions)

    def say(self, message: str) -> None:
        """Heartbeat and progress in one write."""
        if not self.workspace.verifications.renew(self.verification, message=message):
            raise Interrupted(message)

    def plan(self) -> Plan:
        self.say("planning the runs")
        claims = tuple(s.claim for s in find_claims(self.workspace, self.verification.claim_ids))
        entries = {claim.id: entry_for(claim) for claim in claims}
        for claim in claims:
            if (last := self._last_look(claim, entries[claim.id])) is not None:
                self.own_conditions[claim.id] = last
        runs = {claim.id: self._enqueued(claim, entries[claim.id]) for claim in claims}
        plan = Plan(claims=claims, entries=entries, runs=runs)
        self._link(plan)
        return plan

    def _last_look(self, claim: Claim, entry: BundledClaim | None) -> Conditions | None:
        """The furthest look at a claim so far, with its seeds, whoever asked for it and how.

        Looks are counted over one protocol on one data set with one version of the training code;
        what is asked now goes on from there. None where there was no look.
        """
        if entry is None or entry.protocol is None:
            return None
        digest = protocol_hash(entry.protocol, self.conditions.preset)
        here = {(self.conditions.data, code_digest())}
        found: list[Conditions] = []
        for stored in self.workspace.archive.assessments(claim.id):
            said = stored.assessment
            if said.witness is not Witness.EXPERIMENT or said.protocol_hash != digest:
                continue
            runs = [run for run in self.workspace.queue.runs(ids=list(said.run_ids)) if run.data]
            if {(run.data, run.code) for run in runs} == here:
                seeds = max(int(run.task.get("seed", 0)) for run in runs) + 1
                found.append(replace(self.conditions, n_seeds=seeds, look=max(said.look, 1)))
        return max(found, key=lambda each: each.look, default=None)

    def _enqueued(self, claim: Claim, entry: BundledClaim | None) -> list[tuple[PlannedRun, int]]:
        planned = planning.plan(entry, self._conditions(claim)) if entry is not None else []
        ids = self.workspace.queue.enqueue([p.request for p in planned], actor=ACTOR)
        return list(zip(planned, ids, strict=True))

    def _link(self, plan: Plan) -> None:
        self.workspace.verifications.link(
            self.verification.id,
            {claim_id: [run_id for _, run_id in runs] for claim_id, runs in plan.runs.items()},
        )

    def read(self, plan: Plan, door: Door) -> None:
        self.say("gathering documents")
        library = Library(self.workspace.archive, door)
        library.gather(plan.claims, self._references())
        while True:
            try:
                return self._read_library(plan, library)
            except RemovedMeanwhile as error:
                self.say(f"reading once more: {error}")

    def _read_library(self, plan: Plan, library: Library) -> None:
        try:
            self._read_with(plan, Reader.of(library, self.workspace.cache_folder))
        except EncoderError as error:
            self.say(f"reading by shared words alone, as the language model failed: {error}")
            self._read_with(plan, Reader.of(library))

    def _read_with(self, plan: Plan, reader: Reader) -> None:
        for place, claim in enumerate(plan.claims, start=1):
            self.say(f"reading for claim {place} of {len(plan.claims)}")
            self.workspace.archive.append(
                reader.assess(claim), kind=claim.kind, verification_id=self.verification.id
            )

    def _references(self) -> list[str]:
        archive = self.workspace.archive
        cited = [r for report in archive.reports() for r in archive.references(report.id)]
        return [reference.arxiv_id for reference in cited if reference.arxiv_id]

    def judge_as_runs_end(self, plan: Plan, claims: Sequence[Claim] | None = None) -> int:
        """Assess each claim once its last run has ended; returns how many runs gave nothing."""
        waiting = list(plan.claims if claims is None else claims)
        while waiting:
            states = self.workspace.queue.states(plan.run_ids)
            is_open = {run_id for run_id, state in states.items() if state in OPEN_STATES}
            ready = [c for c in waiting if not is_open & {i for _, i in plan.runs[c.id]}]
            for claim in ready:
                self._judge(plan, claim)
                waiting.remove(claim)
            n_ended = len(states) - len(is_open)
            left = plural(len(waiting), "claim waits", "claims wait")
            self.say(f"{n_ended:,} of {plural(len(states), 'run')} ended; {left} for runs")
            if waiting:
                self.sleep(POLL_S)
        ended = self.workspace.queue.runs(ids=plan.run_ids)
        return sum(not is_good(run) for run in ended)

    def _judge(self, plan: Plan, claim: Claim) -> None:
        ids = [run_id for _, run_id in plan.runs[claim.id]]
        runs = {run.id: run for run in self.workspace.queue.runs(ids=ids)}
        if self._is_judged(plan, claim, runs) or self._is_behind(plan, claim):
            return
        outcomes = self._outcomes(plan, claim, list(runs.values()))
        assessment = experiment.assess(
            claim, plan.entries[claim.id], outcomes, self._conditions(claim)
        )
        self.workspace.archive.append(
            assessment, kind=claim.kind, verification_id=self.verification.id
        )

    def _outcomes(self, plan: Plan, claim: Claim, runs: Sequence[Run]) -> list[Outcome]:
        by_id = {run.id: run for run in runs}
        wanted = [run_id for _, run_id in plan.runs[claim.id]]
        measured = self.workspace.queue.measurements(wanted, split="validation")
        return [
            Outcome(
                arm=planned.arm,
                run=by_id[run_id],
                predictions=self.workspace.queue.predictions(run_id),
                measurements=measured.get(run_id, ()),
            )
            for planned, run_id in plan.runs[claim.id]
        ]

    def look_until_decided(
        self, plan: Plan, *, seconds_left: Callable[[], float]
    ) -> list[until_decided.Open]:
        """Add seeds to the claim nearest to a decision, again and again; returns what stays open.

        A step that would last longer than the budget is not begun, so that nothing is left half
        done; the runs of one that was begun are waited for.
        """
        while True:
            waiting = [found for claim in plan.claims if (found := self._open(plan, claim))]
            chosen = until_decided.choose(waiting, seconds_left=seconds_left())
            if chosen is None:
                return waiting
            claim = next(one for one in plan.claims if one.id == chosen.claim_id)
            self.own_conditions[claim.id] = replace(
                self.conditions, n_seeds=chosen.next_seeds, look=chosen.look + 1
            )
            plan.runs[claim.id] = self._enqueued(claim, plan.entries[claim.id])
            self._link(plan)
            self.say(
                f"look {chosen.look + 1} at {claim.id}: {chosen.next_seeds} seeds instead of "
                f"{chosen.n_seeds}"
            )
            self.judge_as_runs_end(plan, [claim])

    def _open(self, plan: Plan, claim: Claim) -> until_decided.Open | None:
        """What a claim would take to be decided; None where it is, or no run can."""
        entry = plan.entries[claim.id]
        stored = self.workspace.archive.latest(claim.id, Witness.EXPERIMENT)
        if entry is None or entry.protocol is None or stored is None:
            return None
        if stored.assessment.finding is not Finding.INCONCLUSIVE:
            return None
        runs = self.workspace.queue.runs(ids=[run_id for _, run_id in plan.runs[claim.id]])
        seconds = [run.seconds for run in runs if run.seconds is not None]
        conditions = self._conditions(claim)
        n_seeds = conditions.planned.n_seeds
        outcomes = self._outcomes(plan, claim, runs)
        questions = experiment.open_questions(entry.protocol, outcomes, conditions)
        return until_decided.Open(
            claim_id=claim.id,
            n_seeds=n_seeds,
            look=conditions.look,
            needed=until_decided.needed(questions, next_look=conditions.look + 1),
            seconds_a_seed=sum(seconds) / (n_seeds * (os.cpu_count() or 1)),
        )

    def _is_behind(self, plan: Plan, claim: Claim) -> bool:
        """Whether somebody has meanwhile looked further: with fewer seeds there is no news."""
        last = self._last_look(claim, plan.entries[claim.id])
        return last is not None and last.look > self._conditions(claim).look

    def _is_judged(self, plan: Plan, claim: Claim, runs: Mapping[int, Run]) -> bool:
        """Whether the newest assessment rests on just these runs; then nothing is measured."""
        entry = plan.entries[claim.id]
        stored = self.workspace.archive.latest(claim.id, Witness.EXPERIMENT)
        if stored is None or entry is None or entry.protocol is None:
            return False
        wanted = [runs[run_id] for _, run_id in plan.runs[claim.id]]
        basis = experiment.basis(entry.protocol, wanted, self._conditions(claim))
        return stored.assessment.basis == basis


def is_good(run: Run) -> bool:
    return run.state == "succeeded" and run.is_valid is not False
