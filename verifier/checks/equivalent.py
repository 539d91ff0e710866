"""Are arms about equal: does every difference lie within the margin?

Two one-sided tests (TOST) for each member, each at the level of a 90 % interval's end; the claim
holds if every 90 % interval lies inside the margin, and is contradicted if one lies outside.
"""

from collections.abc import Mapping
from dataclasses import replace

from verifier.checks import Decision, Measured
from verifier.checks._questions import all_hold, decided, effect_of, number, number_of, options
from verifier.claim import InputError
from verifier.protocol import Protocol
from verifier.statistics.effect import negated
from verifier.statistics.questions import Question
from verifier.verdict import Estimate

LABEL = "every favoured arm is about equal to every rival"
OPTIONS: Mapping[str, str] = {
    "at_least": "the lower end of the margin; −delta where not stated, 0 for “slightly ahead”",
    "at_most": "the upper end of the margin; delta where not stated",
}
LEVEL = 0.05


def decide(measured: Measured, *, protocol: Protocol) -> Decision:
    ends = options(protocol, OPTIONS, {"at_least": -protocol.delta, "at_most": protocol.delta})
    least, most = (number_of(protocol, ends, end) for end in ("at_least", "at_most"))
    if not least < most:
        raise InputError(
            f"{protocol.id}: options.at_least = {least:g} must lie below "
            f"options.at_most = {most:g}."
        )
    questions = [
        asked
        for member in measured.members
        for asked in _sides(member, least, most, scale=protocol.delta)
    ]
    margin = f"The margin is {number(least)} to {number(most)}."
    return decided(questions, measured, more=margin, support=LEVEL)


def _sides(
    member: Estimate, least: float, most: float, *, scale: float
) -> tuple[Question, Question]:
    effect = effect_of(member)
    above = Question(effect=effect, threshold=least, estimate=member, scale=scale)
    below = Question(effect=negated(effect), threshold=-most, estimate=member, scale=scale)
    within = replace(member, probability=all_hold([above.probability, below.probability]))
    return replace(above, estimate=within), replace(below, estimate=within)
