"""What would change a verdict: the smallest change of the estimate, of delta, or of n. Pure."""

from collections.abc import Sequence
from dataclasses import replace
from math import sqrt

from verifier.checks._questions import (
    LEAST_SEEDS_TO_DECIDE,
    ONE_SIDED_CONTRADICTION,
    ONE_SIDED_SUPPORT,
    answers,
    number,
)
from verifier.statistics.effect import Effect
from verifier.statistics.looking import share_of_look
from verifier.statistics.questions import Question
from verifier.verdict import Finding

MOST_SEEDS = 1000  # beyond this nobody waits


def would_change(
    finding: Finding, questions: Sequence[Question], *, look: int = 1
) -> tuple[str, ...]:
    """Sentences, each with its number; none where nothing was measured.

    `look` is the number of the look, to whose share the runs were held; more seeds would be held
    to that of the next.

    Each question is looked at by itself, so with many of them the correction for their number
    makes the real distance a little smaller.
    """
    if not questions:
        return ()
    share = share_of_look(look)
    if finding is Finding.SUPPORTED:
        return _what_ends_support(questions, share)
    if finding is Finding.CONTRADICTED:
        return _what_ends_contradiction(questions, share)
    still_open = answers(questions, share=share).open
    return tuple(_seeds_for(asked, among=len(questions), look=look) for asked in still_open)


def _what_ends_support(questions: Sequence[Question], share: float) -> tuple[str, ...]:
    least = min(questions, key=lambda asked: _low(asked, share) - asked.threshold)
    low = _low(least, share)
    return (
        f"It would no longer be supported if {_name(least)} were {low - least.threshold:.3f} "
        f"{_less(least)} than {_shown(least, least.effect.value)}, the errors staying as they are.",
        f"It would no longer be supported with {_threshold(least)} {_beyond(least)} "
        f"{_shown(least, low)} instead of {number(least.turned * least.threshold)}.",
    )


def _what_ends_contradiction(questions: Sequence[Question], share: float) -> tuple[str, ...]:
    worst = min(questions, key=lambda asked: _high(asked, share) - asked.threshold)
    high = _high(worst, share)
    found = [
        f"It would no longer be contradicted if {_name(worst)} were {worst.threshold - high:.3f} "
        f"{_more(worst)} than {_shown(worst, worst.effect.value)}, the errors staying as they are."
    ]
    if high > 0 or worst.threshold != worst.scale:
        found.append(
            f"It would no longer be contradicted with {_threshold(worst)} {_short_of(worst)} "
            f"{_shown(worst, high)} instead of {number(worst.turned * worst.threshold)}."
        )
    else:
        found.append(
            "No smaller delta would end the contradiction: the effect is on the other side of 0."
        )
    return tuple(found)


def _seeds_for(asked: Question, *, among: int, look: int) -> str:
    """How many seeds would decide one of several questions, if it kept its value and spread."""
    n_seeds = seeds_to_decide(asked, look=look + 1)
    threshold = number(asked.turned * asked.threshold)
    if n_seeds is None:
        return (
            f"No number of seeds up to {MOST_SEEDS:,} would decide {_name(asked)} "
            f"({_shown(asked, asked.effect.value, signed=True)}): with the test patients at hand "
            f"its interval would still contain {threshold}."
        )
    is_above = (asked.effect.value > asked.threshold) == (asked.turned > 0)
    side = "above" if is_above else "below"
    if n_seeds <= asked.effect.n_seeds:
        return (
            f"{_name(asked)} ({_shown(asked, asked.effect.value, signed=True)}) lies wholly {side} "
            f"{threshold} by itself, but not with what is asked of one among {among}: with a "
            f"few seeds more than {asked.effect.n_seeds} it would."
        )
    return (
        f"{_name(asked)} would lie wholly {side} {threshold} with "
        f"about {n_seeds} seeds instead of {asked.effect.n_seeds}, if it stayed at "
        f"{_shown(asked, asked.effect.value, signed=True)} with the same spread."
    )


def seeds_to_decide(asked: Question, *, look: int) -> int | None:
    """The smallest number of seeds whose interval leaves the threshold out; None if none does.

    The interval is what a look with this number may use.
    """
    share = share_of_look(look)
    low, high = max(asked.effect.n_seeds, LEAST_SEEDS_TO_DECIDE), MOST_SEEDS
    if not _decides(asked.effect, asked.threshold, n_seeds=high, share=share):
        return None
    while low < high:  # deciding gets easier with every seed, so halving finds the first
        middle = (low + high) // 2
        if _decides(asked.effect, asked.threshold, n_seeds=middle, share=share):
            high = middle
        else:
            low = middle + 1
    return high


def _decides(now: Effect, threshold: float, *, n_seeds: int, share: float) -> bool:
    seed_error = now.seed_error * sqrt(now.n_seeds / n_seeds)
    then = replace(now, seed_error=seed_error, n_seeds=n_seeds)
    low, high = then.interval(1 - 2 * ONE_SIDED_SUPPORT * share)
    return not low <= threshold <= high


def _low(asked: Question, share: float) -> float:
    return asked.effect.interval(1 - 2 * ONE_SIDED_SUPPORT * share)[0]


def _high(asked: Question, share: float) -> float:
    return asked.effect.interval(1 - 2 * ONE_SIDED_CONTRADICTION * share)[1]


def _name(asked: Question) -> str:
    return asked.estimate.name


def _shown(asked: Question, value: float, *, signed: bool = False) -> str:
    """An effect with the sign that people see."""
    return f"{asked.turned * value:{'+' if signed else ''}.3f}".replace("-", "−")


def _threshold(asked: Question) -> str:
    return "delta" if asked.threshold == asked.scale else "a threshold"


def _less(asked: Question) -> str:
    return "smaller" if asked.turned > 0 else "larger"


def _more(asked: Question) -> str:
    return "larger" if asked.turned > 0 else "smaller"


def _beyond(asked: Question) -> str:
    return "above" if asked.turned > 0 else "below"


def _short_of(asked: Question) -> str:
    return "below" if asked.turned > 0 else "above"
