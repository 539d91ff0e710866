"""What a rule says when it fires, and how sure it may be. Pure."""

from verifier.judges import Judgement
from verifier.verdict import Finding

PROBABILITY = 0.56  # 5 of 5, rounded down: the lower end of the Wilson interval, see rules.py


def supported(reason: str) -> Judgement:
    return Judgement(finding=Finding.SUPPORTED, reason=reason, probability=PROBABILITY)


def contradicted(reason: str) -> Judgement:
    return Judgement(finding=Finding.CONTRADICTED, reason=reason, probability=PROBABILITY)


def undecided(reason: str) -> Judgement:
    return Judgement(finding=Finding.INCONCLUSIVE, reason=reason)
