"""How far two reviewers agree beyond what chance would give: Cohen's kappa (1960)."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist


@dataclass(frozen=True, kw_only=True)
class Agreement:
    """`kappa` is None, with a reason, where chance alone already gives full agreement."""

    n: int  # things that both judged
    observed: float  # share on which they agreed
    expected: float  # share on which two independent people with these habits would
    kappa: float | None
    low: float | None
    high: float | None
    reason: str = ""


def agreement(pairs: Sequence[tuple[str, str]], *, level: float = 0.95) -> Agreement:
    """Cohen's kappa of two judgements of each thing, with an interval.

    The interval is Wilson's for the observed agreement, carried through kappa with the expected
    agreement held fixed: unlike the large-sample one it does not shrink to a point when a handful
    of judgements happen to agree.

    Raises:
        ValueError: there is no pair.
    """
    n = len(pairs)
    if n == 0:
        raise ValueError("Nothing was judged twice.")
    first, second = zip(*pairs, strict=True)
    observed = sum(a == b for a, b in pairs) / n
    expected = sum(first.count(word) * second.count(word) for word in set(first)) / n**2
    if expected == 1:
        return Agreement(
            n=n,
            observed=observed,
            expected=expected,
            kappa=None,
            low=None,
            high=None,
            reason="both used one and the same word throughout, so chance explains it all",
        )
    low, high = (_kappa(end, expected) for end in wilson(observed, n, level=level))
    return Agreement(
        n=n,
        observed=observed,
        expected=expected,
        kappa=_kappa(observed, expected),
        low=low,
        high=high,
    )


def _kappa(observed: float, expected: float) -> float:
    return max(-1.0, (observed - expected) / (1 - expected))


def wilson(share: float, n: int, *, level: float) -> tuple[float, float]:
    """Wilson's (1927) interval of a share.

    >>> [round(end, 3) for end in wilson(0.5, 10, level=0.95)]
    [0.237, 0.763]
    """
    z = NormalDist().inv_cdf((1 + level) / 2)
    middle = (share + z**2 / (2 * n)) / (1 + z**2 / n)
    reach = z / (1 + z**2 / n) * sqrt(share * (1 - share) / n + z**2 / (4 * n**2))
    return max(0.0, middle - reach), min(1.0, middle + reach)
