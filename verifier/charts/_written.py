"""Numbers and intervals as people read them."""

import math

from verifier.verdict import Estimate


def number(value: float | None, digits: int = 3) -> str:
    """Write a number for people: rounded, with a true minus sign; a missing one is a dash.

    >>> number(-0.01249), number(-0.0001), number(12345.0), number(-math.inf), number(None)
    ('−0.012', '0.000', '12,345', '−∞', '—')
    """
    if value is None or math.isnan(value):
        return "—"
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    if abs(value) >= 1000:
        digits = 0
    written = f"{value:,.{digits}f}"
    is_zero = not any(figure in written for figure in "123456789")
    return written.replace("-", "" if is_zero else "−")


def interval(estimate: Estimate) -> str:
    """Write an estimate with its interval, naming the level where it is not the usual 95 %.

    >>> interval(Estimate(name="a", value=0.0131, low=0.002, high=0.0242, n=3, n_counts="seeds"))
    '0.013 [0.002, 0.024]'
    """
    written = f"{number(estimate.value)} [{number(estimate.low)}, {number(estimate.high)}]"
    return written if estimate.level == 0.95 else f"{written} ({100 * estimate.level:g} % interval)"
