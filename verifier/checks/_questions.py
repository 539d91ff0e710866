"""A rule taken apart: questions that must all have the answer yes, each about one effect.

Supported if every question is answered yes at the level of a 95 % interval's lower end;
contradicted if at least one is answered no at the level of a 90 % interval's upper end. Both with
Holm's correction over the questions, since the claim ranges over all of them. The levels are
multiplied by the share of the error that this look may spend: three quarters at the first.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from math import isfinite, prod
from typing import Any

from models.catalog import did_you_mean
from verifier.checks import Decision, Measured
from verifier.claim import InputError
from verifier.protocol import Protocol
from verifier.statistics.effect import Effect, holm
from verifier.statistics.questions import Question
from verifier.verdict import Estimate, Finding

ONE_SIDED_SUPPORT = 0.025  # the lower end of a 95 % interval
ONE_SIDED_CONTRADICTION = 0.05  # the upper end of a 90 % interval
LEAST_SEEDS_TO_DECIDE = 3  # of two that agree nobody can tell how far a third would move
NOTHING = 1e-9  # of the smallest difference that matters: a smaller spread over seeds is none
COVARIATES = (  # of a run, that a check may hold its score against
    "pretraining_loss",
    "n_updates",
    "n_records",
    "n_pairs",
    "batch_size",
    "n_parameters",
    "width",
)
LEAST_CONFIDENCE = 0.9  # a finding less probable than this is not asserted, whatever the interval


def estimate(
    name: str, effect: Effect, *, unit: str, role: str = "member", note: str = "", turned: int = 1
) -> Estimate:
    """An effect with its 95 % interval for people; `turned` = -1 undoes a sign that was turned."""
    ends = sorted(turned * end for end in effect.interval(0.95))
    return Estimate(
        name=name,
        value=turned * effect.value,
        low=ends[0],
        high=ends[1],
        n=effect.n_seeds,
        n_counts="seeds",
        role=role,
        unit=unit,
        seed_error=effect.seed_error,
        patient_error=effect.patient_error,
        n_patients=effect.n_patients,
        pooled_freedom=effect.pooled_freedom,
        note=note,
    )


def question(
    name: str,
    effect: Effect,
    *,
    threshold: float,
    scale: float,
    unit: str,
    note: str = "",
    turned: int = 1,
) -> Question:
    made = estimate(name, effect, unit=unit, note=note, turned=turned)
    asked = Question(effect=effect, threshold=threshold, estimate=made, scale=scale)
    return replace(asked, estimate=replace(made, probability=asked.probability))


def effect_of(member: Estimate) -> Effect:
    """The effect an estimate was made from.

    Raises:
        ValueError: the estimate does not carry its errors.
    """
    if member.seed_error is None or member.patient_error is None or member.n_patients is None:
        raise ValueError(f"The estimate {member.name!r} does not carry its errors.")
    return Effect(
        value=member.value,
        seed_error=member.seed_error,
        patient_error=member.patient_error,
        n_seeds=member.n,
        n_patients=member.n_patients,
        pooled_freedom=member.pooled_freedom,
    )


def asked_of(member: Estimate, *, delta: float) -> Question:
    """The question whether a stored member exceeds delta."""
    return Question(effect=effect_of(member), threshold=delta, estimate=member, scale=delta)


def nothing_to_weigh(measured: Measured, questions: Collection[Question]) -> Decision | None:
    """The decision where runs are missing or tell nothing of their own spread, otherwise None."""
    if measured.missing:
        return undecided(
            f"Runs are missing: {listed(measured.missing)}.",
            "a comparison without all its runs is not weighed",
        )
    if not questions:
        return undecided("Nothing was measured.", "nothing was measured")
    return _without_spread(questions)


def _without_spread(questions: Collection[Question]) -> Decision | None:
    """Effects from too few seeds, or from seeds that repeat one another, decide nothing."""
    shown = {
        "members": tuple(dict.fromkeys(each.estimate for each in questions)),
        "questions": tuple(questions),
    }
    few = [q.estimate for q in questions if q.effect.n_seeds < LEAST_SEEDS_TO_DECIDE]
    if few:
        return undecided(
            f"Two seeds decide nothing, since nobody can tell how far a third would move: "
            f"{listed([said(each) for each in dict.fromkeys(few)])}. At least "
            f"{LEAST_SEEDS_TO_DECIDE} valid seeds in every comparison are needed.",
            "two seeds do not tell how far seeds move a score",
            **shown,
        )
    alike = [q.estimate for q in questions if q.effect.seed_error < NOTHING * q.scale]
    if alike:
        return undecided(
            f"Every seed gave the same to the last digit: "
            f"{listed([said(each) for each in dict.fromkeys(alike)])}. Runs that repeat one "
            "another are one run, so nothing tells how far another would move.",
            "the seeds repeat one another",
            members=shown["members"],
        )
    return None


def undecided(reason: str, why_no_confidence: str, **more: Any) -> Decision:
    return Decision(
        finding=Finding.INCONCLUSIVE,
        reason=reason,
        confidence=None,
        confidence_reason=why_no_confidence,
        **more,
    )


@dataclass(frozen=True, kw_only=True)
class Answers:
    """What the questions came to, before a rule puts it into words."""

    finding: Finding
    confidence: float | None
    probability: float  # that all hold, were they independent
    no: tuple[Question, ...] = ()  # those clearly answered no
    open: tuple[Question, ...] = ()  # those answered neither way


def answers(
    questions: Sequence[Question], *, share: float = 1.0, support: float = ONE_SIDED_SUPPORT
) -> Answers:
    """Weigh the questions together."""
    above = [each.above for each in questions]
    each_probability = [each.probability for each in questions]
    together = prod(each_probability)
    yes = holm([1 - p for p in above], alpha=support * share)
    no = holm(above, alpha=ONE_SIDED_CONTRADICTION * share)
    least = all_hold(each_probability)
    if all(yes) and least >= LEAST_CONFIDENCE:
        return Answers(finding=Finding.SUPPORTED, confidence=least, probability=together)
    wrong = tuple(q for q, is_no in zip(questions, no, strict=True) if is_no)
    against = max((1 - q.probability for q in wrong), default=0.0)
    if wrong and against >= LEAST_CONFIDENCE:
        return Answers(
            finding=Finding.CONTRADICTED, confidence=against, probability=together, no=wrong
        )
    unsure = [q for q, is_yes, is_no in zip(questions, yes, no, strict=True) if not is_yes | is_no]
    return Answers(
        finding=Finding.INCONCLUSIVE,
        confidence=None,
        probability=together,
        no=wrong,
        open=tuple(unsure) or tuple(questions),
    )


def all_hold(probabilities: Sequence[float]) -> float:
    """Least probability that all hold, whatever their dependence (Bonferroni)."""
    return max(0.0, 1 - sum(1 - p for p in probabilities))


def decided(
    questions: Sequence[Question],
    measured: Measured,
    *,
    more: str = "",
    is_held: bool = True,
    support: float = ONE_SIDED_SUPPORT,
) -> Decision:
    """The answers in words. `more` is said after any of them; support also asks for `is_held`."""
    nothing = nothing_to_weigh(measured, questions)
    if nothing is not None:
        return nothing
    found = answers(questions, share=measured.share, support=support)
    members = tuple(dict.fromkeys(each.estimate for each in questions))
    if found.finding is Finding.SUPPORTED and not is_held:
        return undecided(
            f"Every comparison passes, but not the test of the whole. {more}".strip(),
            "nothing is asserted; each comparison's probability is in its estimate",
            probability=found.probability,
            members=members,
            questions=tuple(questions),
        )
    reason = {
        Finding.SUPPORTED: _supported,
        Finding.CONTRADICTED: _contradicted,
        Finding.INCONCLUSIVE: _inconclusive,
    }[found.finding](questions, found)
    return Decision(
        finding=found.finding,
        reason=f"{reason} {more}".strip(),
        confidence=found.confidence,
        confidence_reason=""
        if found.confidence is not None
        else "nothing is asserted; each comparison's probability is in its estimate",
        probability=found.probability,
        members=members,
        questions=tuple(questions),
    )


def _supported(questions: Sequence[Question], found: Answers) -> str:
    least = min(questions, key=lambda q: q.above)
    n_effects = len(_effects(questions))
    each = "the effect lies" if n_effects == 1 else f"all {n_effects} effects lie"
    return (
        f"With 95 % confidence {each} {_sides(questions)}; the least certain is "
        f"{said(least.estimate)}."
    )


def _contradicted(questions: Sequence[Question], found: Answers) -> str:
    wrong, n_effects = _effects(found.no), len(_effects(questions))
    of_all = f"{len(wrong)} of {n_effects} comparisons" if n_effects > 1 else "the comparison"
    why = ", too small to matter or reversed" if all(q.threshold > 0 for q in found.no) else ""
    return (
        f"In {of_all} the effect is with 95 % confidence not {_sides(found.no)}{why}: "
        f"{listed([said(each) for each in wrong])}."
    )


def _inconclusive(questions: Sequence[Question], found: Answers) -> str:
    unsure = _effects(found.open)
    return (
        f"{len(unsure)} of {len(_effects(questions))} comparisons are undecided: with the runs at "
        f"hand the effect may or may not lie {_sides(found.open)}: "
        f"{listed([said(each) for each in unsure])}."
    )


def _effects(questions: Sequence[Question]) -> tuple[Estimate, ...]:
    """What was asked about; a margin asks about one effect twice."""
    return tuple(dict.fromkeys(each.estimate for each in questions))


def _sides(questions: Sequence[Question]) -> str:
    """Where the claim wants the effects, in words; each by itself where it is not one place."""
    sides = list(dict.fromkeys(side(each) for each in questions))
    if len(sides) == 1:
        return sides[0]
    if len(_effects(questions)) * len(sides) == len(questions):  # every effect is asked of each
        return " and ".join(sides)
    return f"where it has to ({listed([f'{e.estimate.name} {side(e)}' for e in questions])})"


def side(asked: Question) -> str:
    """Where the claim wants the effect, in words."""
    where = "below" if asked.turned < 0 else "above"
    return f"{where} {number(asked.turned * asked.threshold)}"


def number(value: float) -> str:
    return f"{value:g}".replace("-", "−")


def said(member: Estimate) -> str:
    numbers = f"{member.value:+.3f} [{member.low:+.3f}, {member.high:+.3f}]"
    return f"{member.name} {numbers.replace('-', '−')}"


def listed(items: Sequence[str], most: int = 4) -> str:
    shown = "; ".join(items[:most])
    return shown if len(items) <= most else f"{shown}; and {len(items) - most} more"


def options(
    protocol: Protocol, known: Mapping[str, str], defaults: Mapping[str, Any]
) -> dict[str, Any]:
    """What the protocol tells its check; a misspelt key is refused by name.

    Raises:
        InputError: the protocol says something that the check does not know.
    """
    for key in protocol.options:
        if key not in known:
            raise InputError(
                f"{protocol.id}: the check {protocol.check!r} has no option {key!r}."
                f"{did_you_mean(key, known)} Known: {', '.join(known) or 'none'}."
            )
    return {**defaults, **protocol.options}


def check_allowed(protocol: Protocol, value: object, allowed: Collection[str], key: str) -> None:
    """Refuse a value of an option that is none of those allowed.

    Raises:
        InputError: the value, and the nearest that is allowed.
    """
    if not isinstance(value, str) or value not in allowed:
        raise InputError(
            f"{protocol.id}: options.{key} = {value!r}.{did_you_mean(str(value), allowed)} "
            f"Allowed: {', '.join(allowed)}."
        )


def is_said(protocol: Protocol, said: Mapping[str, Any], key: str) -> bool:
    """The yes or no that an option is.

    Raises:
        InputError: it is something else.
    """
    if not isinstance(said[key], bool):
        raise InputError(f"{protocol.id}: options.{key} = {said[key]!r}; it is true or false.")
    return bool(said[key])


def number_of(protocol: Protocol, said: Mapping[str, Any], key: str) -> float:
    """The finite number that an option is.

    Raises:
        InputError: it is something else.
    """
    value = said[key]
    if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
        raise InputError(f"{protocol.id}: options.{key} = {value!r}; it must be a number.")
    return float(value)
