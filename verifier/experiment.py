"""The experiment witness: what runs of our own say about a claim, as an assessment."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from verifier import certainty
from verifier.checks import CHECKS, Decision, Measured
from verifier.checks._questions import answers
from verifier.claim import Claim
from verifier.conformity import compare
from verifier.measuring import measure
from verifier.outcomes import Outcome, comparison_of, failure, scope_of, setting_of, tallies
from verifier.planning import Conditions
from verifier.protocol import BundledClaim, Protocol, protocol_hash
from verifier.queue import fingerprint_of
from verifier.reach import regime, within_reach
from verifier.runs import Run
from verifier.sensitivity import would_change
from verifier.statistics.effect import Incomparable
from verifier.statistics.looking import share_of_look
from verifier.statistics.questions import Question
from verifier.stress import stressed, turned, unjudged
from verifier.verdict import Assessment, CheckKind, Estimate, Finding, Kind, Witness, lowered

ENGINE = "7"  # raised whenever the same runs would be judged differently
RANDOM_ENCODER = "random encoder"  # the control by which pretraining has to have done something
SHUFFLED = "shuffled labels"  # the control of the probe, of which pretraining need do nothing


def assess(
    claim: Claim, entry: BundledClaim | None, outcomes: Sequence[Outcome], conditions: Conditions
) -> Assessment:
    """What our own runs say about a claim; pure once the runs are there."""
    common = {
        "claim_id": claim.id,
        "witness": Witness.EXPERIMENT,
        "command": (
            f"python -m verifier verify {claim.id} --preset {conditions.preset.name} "
            f"--data {conditions.data}" + (" --until-decided" if conditions.look > 1 else "")
        ),
        "run_ids": tuple(outcome.run.id for outcome in outcomes),
    }
    if entry is None or entry.protocol is None:
        return _untested(claim, entry, outcomes, common)
    return _tested(entry.protocol, outcomes, conditions, common)


def _untested(
    claim: Claim,
    entry: BundledClaim | None,
    outcomes: Sequence[Outcome],
    common: Mapping[str, Any],
) -> Assessment:
    facts = {
        outcome.arm["recipe"]: outcome.run.result["facts"]
        for outcome in outcomes
        if outcome.run.result is not None and "facts" in outcome.run.result
    }
    rows = compare(entry.expectations, facts) if entry is not None else ()
    reason = _why_untested(claim, entry)
    return Assessment(
        **common,
        finding=Finding.NOT_TESTABLE,
        reason=reason,
        confidence_reason="no experiment of ours bears on it",
        conformity=rows,
        protocol_id=None if entry is None else entry.claim.id,
        basis=fingerprint_of({"engine": ENGINE, "reason": reason, "rows": list(rows)}),
    )


def _why_untested(claim: Claim, entry: BundledClaim | None) -> str:
    if entry is None:
        return (
            "No bundled protocol tests this claim. Choose one on the claim's page if one of them "
            "does, or add one under verifier/claims/."
        )
    if claim.kind is Kind.DESCRIPTIVE:
        return (
            "Descriptive: it says what a study did or is, which only the study's own text can "
            "settle; training models of our own says nothing about it."
        )
    return entry.untested_because or "This version has no protocol that tests it."


def basis(protocol: Protocol, runs: Iterable[Run], conditions: Conditions) -> str:
    """Digest of all that decides an assessment, known before anything is measured."""
    said = sorted((run.fingerprint, run.state, run.is_valid) for run in runs)
    digest = protocol_hash(protocol, conditions.preset)
    decided = {"engine": ENGINE, "protocol": digest, "runs": said, "look": conditions.look}
    return fingerprint_of(decided)


def open_questions(
    protocol: Protocol, outcomes: Sequence[Outcome], conditions: Conditions
) -> tuple[Question, ...]:
    """What the runs leave undecided at this look; all that was asked where that cannot be told."""
    measured = _measured(protocol, outcomes, conditions)
    decision: Decision = CHECKS.load(protocol.check).decide(measured, protocol=protocol)
    questions = decision.questions
    return answers(questions, share=measured.share).open if questions else ()


def _is_of_pretraining(control: Estimate) -> bool:
    """Whether an arm is compared with the encoder that it was before its pretraining."""
    return RANDOM_ENCODER in control.name and SHUFFLED not in control.name


def _tested(
    protocol: Protocol,
    outcomes: Sequence[Outcome],
    conditions: Conditions,
    common: Mapping[str, Any],
) -> Assessment:
    measured = _measured(protocol, outcomes, conditions)
    decision = _decide(measured, protocol=protocol)
    under_stress = stressed(protocol, measured, _decide, tallies(outcomes))
    turned_round = turned(decision, under_stress)
    nuisances = tuple(each.nuisance for each in under_stress)
    members, described = _bearing(measured, decision)
    setting = setting_of(outcomes, conditions)
    grounds = certainty.reasons(
        setting,
        members=members,
        questions=decision.questions,
        controls=[each for each in measured.controls if _is_of_pretraining(each)],
        n_seeds=measured.n_seeds,
        nuisances=nuisances,
    )
    said = [
        decision.reason,
        *regime(decision),
        *turned_round,
        *unjudged(under_stress),
        *_looked(decision, conditions),
    ]
    return Assessment(
        **common,
        finding=decision.finding,
        reason=" ".join(said),
        look=conditions.look,
        confidence=decision.confidence,
        confidence_reason=decision.confidence_reason,
        nuisances=nuisances,
        is_turned_by_stress=bool(turned_round),
        would_change=would_change(decision.finding, decision.questions, look=conditions.look),
        certainty=lowered(grounds),
        reasons=grounds,
        kind=CheckKind.REDUCED_REPLICATION,
        scope=scope_of(outcomes, measured, conditions),
        estimates=(
            *members,
            *measured.controls,
            *(estimate for each in under_stress for estimate in each.estimates),
            *described,
            *measured.points,
        ),
        protocol_id=protocol.id,
        protocol_hash=protocol_hash(protocol, conditions.preset),
        basis=basis(protocol, (outcome.run for outcome in outcomes), conditions),
    )


def _measured(protocol: Protocol, outcomes: Sequence[Outcome], conditions: Conditions) -> Measured:
    """What the runs came to; where they cannot be compared, nothing, and why."""
    gone = [
        failure(outcome.run)
        for outcome in outcomes
        if outcome.arm["role"] == "arm" and outcome.run.state != "succeeded"
    ]
    share = share_of_look(conditions.look)
    runs = [comparison_of(outcome) for outcome in outcomes]
    try:
        return measure(protocol, runs, missing=gone, share=share)
    except Incomparable as error:
        return Measured(missing=(*gone, f"they cannot be compared. {error}".rstrip(".")))


def _decide(measured: Measured, *, protocol: Protocol) -> Decision:
    decision: Decision = CHECKS.load(protocol.check).decide(measured, protocol=protocol)
    return within_reach(decision, protocol)


def _bearing(
    measured: Measured, decision: Decision
) -> tuple[tuple[Estimate, ...], tuple[Estimate, ...]]:
    """The estimates that decide, and those that only describe."""
    if decision.members is None:
        return measured.members, ()
    decides = {member.name for member in decision.members}
    others = (m for m in measured.members if m.name not in decides)
    return decision.members, tuple(
        replace(each, role="description", probability=None) for each in others
    )


def _looked(decision: Decision, conditions: Conditions) -> list[str]:
    """What the look may spend, where that may be why nothing is decided or seeds were added."""
    is_open = decision.finding is Finding.INCONCLUSIVE and decision.questions
    if conditions.look == 1 and not is_open:
        return []
    share = share_of_look(conditions.look)
    which = "The first look" if conditions.look == 1 else f"Look {conditions.look}"
    return [
        f"{which} at a growing number of seeds may spend {share:.0%} of the usual error rates, "
        "so that all looks together are wrong no more often than one."
    ]
