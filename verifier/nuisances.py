"""What a nuisance did, in the words that pages and reports share."""

from verifier.looks import FINDING_LOOKS
from verifier.verdict import Finding, Interval, Nuisance

NOTHING = "—"


def shift(each: Nuisance) -> str:
    """How far its effects moved on average.

    >>> shift(Nuisance(name="n", says="", n_runs=5, n_planned=5, n_effects=4, shift=0.0131))
    '+0.013 on average of 4 effects'
    """
    if each.shift is None:
        return NOTHING
    many = f" on average of {each.n_effects} effects" if each.n_effects > 1 else ""
    return f"{_signed(each.shift)}{many}"


def moved_most(each: Nuisance) -> str:
    """The effect that moved most, without the nuisance and with it; if none can, why."""
    if each.was is None or each.became is None:
        return each.reason or NOTHING
    return (
        f"{each.moved_most}: {_interval(each.was)} → {_interval(each.became)} {each.unit}".strip()
    )


def _interval(found: Interval) -> str:
    value, low, high = map(_signed, found)
    return f"{value} [{low}, {high}]"


def _signed(value: float) -> str:
    return f"{value:+.3f}".replace("-", "−")


def findings_of(each: Nuisance) -> str:
    """The finding of the same seeds without it, and with it."""
    return f"{_word(each.before)} → {_word(each.finding)}" if each.is_judged else NOTHING


def _word(finding: Finding | None) -> str:
    return NOTHING if finding is None else FINDING_LOOKS[finding].word
