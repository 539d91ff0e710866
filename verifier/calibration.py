"""How often is the engine wrong? Claims with planted truth, judged by the very same code.

The simulated scores go through measuring.py and a check as those of a run do. Every claim is also
looked at several times as its seeds come in, each look spending its share of the error rates.
"""

import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from multiprocessing import get_context
from typing import Any

import numpy as np

from verifier.checks import CHECKS, Decision
from verifier.executors import ONE_THREAD
from verifier.measuring import of_scores
from verifier.protocol import Protocol
from verifier.scoring import score
from verifier.simulation import EFFECTS, PLANTED, Planted, World, plant
from verifier.statistics.looking import share_of_look
from verifier.statistics.reliability import calibration_error, reliability
from verifier.statistics.scores import Place, Scores
from verifier.verdict import Finding

# Claims of each check for one of the dearest, whose simulated runs are the most.
PARTS: Mapping[str, int] = {
    "exceeds": 4,
    "equivalent": 4,
    "ordering": 4,
    "optimum": 4,
    "trend": 4,
    "correlation": 2,
    "scaling": 2,
}


@dataclass(frozen=True, kw_only=True)
class Judged:
    """One simulated claim and what was made of it."""

    check: str
    multiple: float  # the planted effect, in multiples of delta
    is_true: bool
    finding: Finding
    confidence: float | None
    probability: float | None  # given by the engine for "the claim holds"
    covered: tuple[bool, ...] = ()  # whether each member's 95 % interval holds the true effect
    when_looking: Finding = Finding.INCONCLUSIVE  # the first decision of several looks
    n_looks: int = 1

    @property
    def is_wrong(self) -> bool:
        return _is_wrong(self.finding, self.is_true)


def _is_wrong(finding: Finding, is_true: bool) -> bool:
    right = Finding.SUPPORTED if is_true else Finding.CONTRADICTED
    return finding not in (Finding.INCONCLUSIVE, right)


def simulate(check: str, multiple: float, world: World, generator: np.random.Generator) -> Judged:
    """Plant one effect, in multiples of delta, and judge it at once and by looking."""
    planted = plant(check, multiple, world, generator)
    scores = score(planted.protocol, planted.runs)
    decided = _decided(planted.protocol, scores, share=share_of_look(1))
    looked, n_looks = _looked(planted, scores, world.n_seeds)
    return Judged(
        check=check,
        multiple=multiple,
        is_true=planted.is_true,
        finding=decided.finding,
        confidence=decided.confidence,
        probability=decided.probability,
        covered=tuple(m.low <= planted.effect <= m.high for m in decided.members or ()),
        when_looking=looked,
        n_looks=n_looks,
    )


def looks_up_to(n_seeds: int) -> tuple[int, ...]:
    """After how many seeds to look: from three, each time half as many again.

    >>> looks_up_to(10)
    (3, 5, 8, 10)
    """
    found = [min(3, n_seeds)]
    while found[-1] < n_seeds:
        found.append(min(-(-found[-1] * 3 // 2), n_seeds))
    return tuple(found)


def _looked(planted: Planted, scores: Mapping[Place, Scores], n_seeds: int) -> tuple[Finding, int]:
    """The first decision, and at which look; undecided after the last."""
    looks = looks_up_to(n_seeds)
    for look, seeds in enumerate(looks, start=1):
        some = {place: each.only(range(seeds)) for place, each in scores.items()}
        decided = _decided(planted.protocol, some, share=share_of_look(look))
        if decided.finding is not Finding.INCONCLUSIVE:
            return decided.finding, look
    return Finding.INCONCLUSIVE, len(looks)


def _decided(protocol: Protocol, scores: Mapping[Place, Scores], *, share: float) -> Decision:
    measured = of_scores(protocol, scores, used={}, share=share)
    decided: Decision = CHECKS.load(protocol.check).decide(measured, protocol=protocol)
    return decided


def calibrate(
    n_claims: int,
    world: World,
    *,
    seed: int = 0,
    n_processes: int | None = None,
    checks: Iterable[str] = tuple(PLANTED),
    report: Callable[[int, int], None] = lambda done, total: None,
) -> dict[str, Any]:
    """Judge about `n_claims` simulated claims, the same number for each effect, and count."""
    began = time.monotonic()
    tasks = _tasks(n_claims, world, seed, list(checks))
    judged = []
    with _one_thread_each():
        pool = ProcessPoolExecutor(n_processes or os.cpu_count() or 1, get_context("spawn"))
        with pool:
            for done, one in enumerate(pool.map(_one, tasks, chunksize=4), start=1):
                judged.append(one)
                report(done, len(tasks))
    return {
        **counted([each for each, _ in judged]),
        "seconds": round(time.monotonic() - began, 1),
        "processor_seconds": round(sum(seconds for _, seconds in judged), 1),
        "world": asdict(world),
    }


Task = tuple[str, float, World, int]


def _tasks(n_claims: int, world: World, seed: int, checks: Sequence[str]) -> list[Task]:
    """In an order that mixes checks, so that the dear ones do not come last."""
    parts = sum(PARTS[check] for check in checks)
    found = []
    for place, check in enumerate(checks):
        each = max(-(-n_claims * PARTS[check] // (parts * len(EFFECTS))), 1)
        for which, effect in enumerate(EFFECTS):
            start = seed + (place * len(EFFECTS) + which) * 1_000_003
            found += [((n + 0.5) / each, (check, effect, world, start + n)) for n in range(each)]
    return [task for _, task in sorted(found, key=lambda each: each[0])]


@contextmanager
def _one_thread_each() -> Iterator[None]:
    """Processes begun meanwhile compute with one thread: several would only wait for each other.

    Numpy reads the number when it is imported, so they have to be begun anew, not forked.
    """
    before = {name: os.environ.get(name) for name in ONE_THREAD}
    os.environ.update(ONE_THREAD)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def _one(task: Task) -> tuple[Judged, float]:
    check, effect, world, seed = task
    began = time.process_time()
    found = simulate(check, effect, world, np.random.default_rng(seed))
    return found, time.process_time() - began


# counting


def counted(judged: Sequence[Judged]) -> dict[str, Any]:
    """Rates by check, with their cases under "n"; None where there was no case to count."""
    checks = sorted({each.check for each in judged})
    of = {check: [j for j in judged if j.check == check] for check in checks}
    twice = {check: [j for j in of[check] if j.multiple == 2.0] for check in checks}
    said = [j for j in judged if j.probability is not None]
    sure = [j for j in judged if j.confidence is not None]
    return {
        "claims": len(judged),
        "wrong_decisive": {c: _rate(j.is_wrong for j in of[c]) for c in checks},
        "wrong_decisive_when_looking": {
            c: _rate(_is_wrong(j.when_looking, j.is_true) for j in of[c]) for c in checks
        },
        "right_decisive_at_2_delta": {c: _rate(_is_right(j) for j in twice[c]) for c in checks},
        "coverage": {c: _rate(hit for j in of[c] for hit in j.covered) for c in checks},
        "expected_calibration_error": calibration_error(
            np.array([j.probability for j in said]), np.array([j.is_true for j in said])
        ),
        "calibration_error_of_decisions": calibration_error(
            np.array([j.confidence for j in sure]), np.array([not j.is_wrong for j in sure])
        ),
        "reliability": reliability(
            np.array([j.probability for j in said]), np.array([j.is_true for j in said])
        ),
        "decisive": {
            c: _rate(j.finding is not Finding.INCONCLUSIVE for j in of[c]) for c in checks
        },
        "decisive_when_looking": {
            c: _rate(j.when_looking is not Finding.INCONCLUSIVE for j in of[c]) for c in checks
        },
        "n": {
            "claims": {c: len(of[c]) for c in checks},
            "at_2_delta": {c: len(twice[c]) for c in checks},
            "intervals": {c: sum(len(j.covered) for j in of[c]) for c in checks},
        },
        "by_effect": {
            check: {
                f"{effect:g} delta": _shares([j for j in of[check] if j.multiple == effect])
                for effect in EFFECTS
            }
            for check in checks
        },
    }


def _is_right(judged: Judged) -> bool:
    return judged.finding is not Finding.INCONCLUSIVE and not judged.is_wrong


def _shares(cases: Sequence[Judged]) -> dict[str, float | None]:
    words = (Finding.SUPPORTED, Finding.CONTRADICTED, Finding.INCONCLUSIVE)
    return {word.value: _rate(j.finding is word for j in cases) for word in words}


def _rate(hits: Iterable[bool]) -> float | None:
    found = [bool(hit) for hit in hits]
    return sum(found) / len(found) if found else None
