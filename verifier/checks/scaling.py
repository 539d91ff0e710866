"""For which arms does the error fall with size by the clearest law?

A statement about scaling needs at least five sizes over one and a half decades and three seeds;
with less there are points to look at and the words "insufficient range", never a fit.

Clear is decided beforehand: within a seed, how closely the logs of error and size follow a
falling straight line, as Fisher's z of their correlation. Every favoured arm has to be clearer
than every rival by more than the margin, and to scale at all: the 95 % interval of its exponent
lies above 0 and a law explains its errors better than a constant by 2 of AICc or more. Where no
arm scales, the correlations are those of noise, and nothing is decided.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from math import log10

import numpy as np
from numpy.typing import NDArray

from verifier.checks import Decision, Measured
from verifier.checks._questions import decided, listed, number_of, options, question, undecided
from verifier.protocol import Protocol
from verifier.statistics.effect import Effect
from verifier.statistics.moderation import NONE, Kin, alone, compared, moderated
from verifier.statistics.power_law import CONSTANT, Law, law, slopes
from verifier.statistics.questions import Question
from verifier.statistics.scores import Scores, combined, common_seeds, having

LABEL = "the error of favoured arms falls with size by a clearer law than that of rivals"
OPTIONS: Mapping[str, str] = {
    "margin": "by how much clearer, in Fisher's z of the correlation of logs; 1.25 where not said",
}
MARGIN = 1.25  # such as a correlation of −0.97 against one of −0.70: ten seeds tell no less apart
LEAST_SIZES = 5
LEAST_DECADES = 1.5
LEAST_SEEDS_OF_A_LAW = 3
LEAST_EVIDENCE = 2.0  # of AICc
SOME_EXPONENT = 0.05  # an error that falls by a ninth over a decade
LEAST_ERROR = 1e-9  # of a resample: a perfect score has no logarithm of its error
LARGEST_Z = 4.0  # of a correlation that noise cannot tell from one
Floats = NDArray[np.float64]
Line = tuple[str, str, str]  # arm, context, probe


def decide(measured: Measured, *, protocol: Protocol) -> Decision:
    margin = number_of(protocol, options(protocol, OPTIONS, {"margin": MARGIN}), "margin")
    lacking = insufficient(measured.sizes, n_seeds=measured.n_seeds)
    if lacking is not None:
        return undecided(
            f"{lacking}. The measured errors are shown as points.",
            "nothing is asserted about a scaling law",
        )
    lines = _lines(measured, protocol)
    questions = _questions(lines, protocol, margin)
    if not measured.missing and (why := _why_not(lines, questions, protocol)):
        return undecided(
            f"{why} The measured errors are shown as points.",
            "a claim is not decided by part of its comparisons",
        )
    laws = {name: _law(line) for name, line in lines.items()}
    favoured = {arm.name for arm in protocol.favoured}
    exponents = _exponents(lines)
    falling = {name for name in laws if _scales(exponents[name], laws[name])}
    words = "; ".join(_said(_named(*name, protocol), found) for name, found in laws.items())
    if laws and not falling and not measured.missing:
        return undecided(
            f"No arm's error falls with size by a law, so there is none to be clearer: {words}.",
            "nothing is asserted about a scaling law",
            members=tuple(each.estimate for each in questions),
            questions=_whether_any_falls(exponents, protocol),
        )
    is_held = all(name in falling for name in laws if name[0] in favoured)
    return decided(questions, measured, more=f"{words}.", is_held=is_held)


def _whether_any_falls(
    exponents: Mapping[Line, Effect | None], protocol: Protocol
) -> tuple[Question, ...]:
    """Whether each arm's exponent lies above 0: what decides where no arm is shown to scale."""
    return tuple(
        question(
            _named(f"exponent of {line[0]}", line[1], line[2], protocol),
            effect,
            threshold=0.0,
            scale=SOME_EXPONENT,
            unit="exponent",
        )
        for line, effect in exponents.items()
        if effect is not None
    )


def insufficient(sizes: tuple[int, ...], *, n_seeds: int) -> str | None:
    """What is lacking for a scaling statement, with the numbers; None if nothing is."""
    unique = sorted({size for size in sizes if size > 0})
    decades = log10(unique[-1] / unique[0]) if unique else 0.0
    # a range given to whole records may miss a decade by a rounding
    is_wide = round(decades, 2) >= LEAST_DECADES
    if len(unique) >= LEAST_SIZES and is_wide and n_seeds >= LEAST_SEEDS_OF_A_LAW:
        return None
    return (
        f"Insufficient range: {len(unique)} sizes over {decades:.1f} decades with {n_seeds} seeds; "
        f"{LEAST_SIZES} sizes over {LEAST_DECADES} decades and {LEAST_SEEDS_OF_A_LAW} seeds are "
        "needed"
    )


def _lines(measured: Measured, protocol: Protocol) -> dict[Line, list[Scores]]:
    """The scores of each arm over the sizes that were really used, smallest first."""
    found: dict[Line, list[Scores]] = {}
    for arm in (*protocol.favoured, *protocol.rivals):
        for place, scores in sorted(measured.scores.items()):
            if place[:2] == ("arm", arm.name):
                really = replace(scores, size=measured.used.get(scores.size, scores.size))
                found.setdefault((arm.name, place[2], place[4]), []).append(really)
    return {
        line: sorted(each, key=lambda scores: scores.size)
        for line, each in found.items()
        if len(each) >= LEAST_SIZES and len(common_seeds(each)) >= LEAST_SEEDS_OF_A_LAW
    }


def _why_not(
    lines: Mapping[Line, list[Scores]], questions: Sequence[Question], protocol: Protocol
) -> str:
    """Why arms cannot be compared by their laws: invalid runs, or a perfect score."""
    contexts = [context.name for context in protocol.contexts] or [""]
    within = [(context, probe) for context in contexts for probe in protocol.probes]
    lost = [
        _named(arm.name, *place, protocol)
        for place in within
        for arm in (*protocol.favoured, *protocol.rivals)
        if (arm.name, *place) not in lines
    ]
    if lost:
        return f"Too few seeds have every size of {listed(lost)}."
    n_pairs = len(protocol.favoured) * len(protocol.rivals) * len(within)
    if len(questions) < n_pairs:
        return f"Only {len(questions)} of {n_pairs} pairs of arms have seeds in common."
    perfect = [
        _named(*line, protocol)
        for line, found in lines.items()
        if any((each.whole >= 1).any() for each in found)
    ]
    return f"An error of 0 has no logarithm: {listed(perfect)}." if perfect else ""


def _questions(
    lines: Mapping[Line, list[Scores]], protocol: Protocol, margin: float
) -> list[Question]:
    asked = []
    for favoured in protocol.favoured:
        for rival in protocol.rivals:
            for (arm, context, probe), own in lines.items():
                theirs = lines.get((rival.name, context, probe))
                if arm != favoured.name or theirs is None:
                    continue
                effect = combined([*own, *theirs], _clearer(own, theirs))
                if effect is not None:
                    kin = _kin(lines, common_seeds([*own, *theirs]))
                    effect = moderated(effect, kin, terms=2)
                    name = _named(f"clarity of {arm} − {rival.name}", context, probe, protocol)
                    asked.append(
                        question(
                            name,
                            effect,
                            threshold=margin,
                            scale=MARGIN,
                            unit="Fisher's z",
                        )
                    )
    return asked


def _kin(lines: Mapping[Line, list[Scores]], seeds: Sequence[int]) -> Kin:
    """How far the clarity of arms differs over these seeds, in every context and probe."""
    cells: dict[tuple[str, str], list[Floats]] = {}
    for (_, context, probe), line in lines.items():
        rows = having(line, seeds)
        if len(rows) == len(line):
            own = clarity(_log_sizes(line), np.stack([each.whole for each in rows]))
            cells.setdefault((context, probe), []).append(own)
    return sum((compared(np.stack(cell)) for cell in cells.values()), NONE)


def _log_sizes(line: Sequence[Scores]) -> Floats:
    return np.log([scores.size for scores in line])


class _clearer:  # noqa: N801 - a function that remembers the sizes
    """The difference of two arms' clarity, from their scores stacked over sizes."""

    def __init__(self, own: list[Scores], theirs: list[Scores]) -> None:
        self.own, self.theirs = _log_sizes(own), _log_sizes(theirs)

    def __call__(self, scores: Floats) -> Floats:
        first = clarity(self.own, scores[: len(self.own)])
        return np.asarray(first - clarity(self.theirs, scores[len(self.own) :]))


def clarity(log_sizes: Floats, scores: Floats) -> Floats:
    """Fisher's z of minus the correlation of log size and log error, along the first axis."""
    errors = np.log(np.maximum(1 - scores, LEAST_ERROR))
    x = (log_sizes - log_sizes.mean()).reshape(-1, *[1] * (errors.ndim - 1))
    y = errors - errors.mean(axis=0)
    scale = np.sqrt((x**2).sum() * (y**2).sum(axis=0))
    with np.errstate(divide="ignore", invalid="ignore"):
        falling = np.where(scale > 0, -(x * y).sum(axis=0) / scale, 0.0)
    most = np.tanh(LARGEST_Z)
    return np.asarray(np.arctanh(np.clip(falling, -most, most)))


def _law(line: list[Scores]) -> Law:
    seeds = common_seeds(line)
    errors = np.stack([1 - scores.only(seeds).whole for scores in line])
    return law(np.array([scores.size for scores in line], dtype=np.float64), errors)


def _exponents(lines: Mapping[Line, list[Scores]]) -> dict[Line, Effect | None]:
    """The exponent of each arm's law, its spread over seeds steadied by that of all arms'."""

    def exponent(line: list[Scores]) -> Callable[[Floats], Floats]:
        sizes = np.exp(_log_sizes(line))
        return lambda scores: slopes(sizes, np.maximum(1 - scores, LEAST_ERROR))

    of_seeds = []
    for line in lines.values():
        rows = having(line, common_seeds(line))
        of_seeds.append(exponent(line)(np.stack([each.whole for each in rows])))
    kin = alone(of_seeds)
    found = {name: combined(line, exponent(line)) for name, line in lines.items()}
    return {
        name: None if effect is None else moderated(effect, kin, terms=1)
        for name, effect in found.items()
    }


def _scales(exponent: Effect | None, found: Law) -> bool:
    aicc = found.best.aicc
    evidence = aicc[CONSTANT] - min(value for form, value in aicc.items() if form != CONSTANT)
    return exponent is not None and exponent.interval(0.95)[0] > 0 and evidence >= LEAST_EVIDENCE


def _named(what: str, context: str, probe: str, protocol: Protocol) -> str:
    parts = [context, probe if len(protocol.probes) > 1 else ""]
    within = ", ".join(part for part in parts if part)
    return f"{what} ({within})" if within else what


def _said(name: str, found: Law) -> str:
    text = (
        f"{name}: exponent {found.exponent:.3f} "
        f"[{found.low:.3f}, {found.high:.3f}], best by AICc a {found.best.form}"
    )
    if found.held_out is not None:
        off = abs(found.held_out.predicted - found.held_out.measured)
        text += f", error at the largest size foretold within {off:.3f}"
    return text.replace("-", "−")
