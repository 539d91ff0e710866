"""Is one setting the best of a graded set, such as one width among several?

It must exceed every other setting by more than delta; what is said besides is the shape, whether
the best lies inside the range or at its end, and whether the score rises or falls with the grade.
"""

from collections.abc import Mapping

import numpy as np

from verifier.checks import Decision, Measured
from verifier.checks._questions import COVARIATES, asked_of, check_allowed, decided, options
from verifier.protocol import Protocol
from verifier.statistics.ranks import page
from verifier.statistics.scores import Scores, common_seeds

LABEL = "one setting is better than every other by more than delta"
OPTIONS: Mapping[str, str] = {
    "over": "the covariate that grades the arms; 'width' where not stated",
}


def decide(measured: Measured, *, protocol: Protocol) -> Decision:
    over = options(protocol, OPTIONS, {"over": "width"})["over"]
    check_allowed(protocol, over, COVARIATES, "over")
    questions = [asked_of(m, delta=protocol.delta) for m in measured.members]
    return decided(questions, measured, more=_shape(measured, protocol, over))


def _shape(measured: Measured, protocol: Protocol, over: str) -> str:
    """The curve over the grade, averaged over seeds, contexts and probes, in words."""
    largest = max((place[3] for place in measured.scores), default=0)
    arms = [arm.name for arm in (*protocol.favoured, *protocol.rivals)]
    graded: dict[str, list[Scores]] = {
        arm: [s for p, s in sorted(measured.scores.items()) if p[:2] == ("arm", arm)]
        for arm in arms
    }
    graded = {arm: [s for s in found if s.size == largest] for arm, found in graded.items()}
    grades = {
        arm: float(np.mean(found[0].covariates[over]))
        for arm, found in graded.items()
        if found and over in found[0].covariates
    }
    if len(grades) < 3 or len(set(grades.values())) < len(grades):
        return ""
    order = sorted(grades, key=lambda arm: grades[arm])
    means = [float(np.mean([s.whole.mean() for s in graded[arm]])) for arm in order]
    best = int(np.argmax(means))
    first = [graded[arm][0] for arm in order]
    seeds = common_seeds(first)
    if not seeds:
        return ""
    table = np.stack([each.only(seeds).whole for each in first], axis=1)
    curve = ", ".join(f"{grades[a]:g}: {mean:.3f}" for a, mean in zip(order, means, strict=True))
    lies = "inside the range" if 0 < best < len(order) - 1 else "at an end of the range"
    rises = f"Page's p = {page(table):.2g} for a rise, {page(-table):.2g} for a fall"
    return f"By {over}, {curve}: the best lies {lies}; {rises}."
