"""Loss = E + A / N^alpha + B / D^beta, of parameters N and tokens D (Hoffmann and others 2022).

Fitted as they do, by Huber's loss of 1e-3 on log loss over a grid of starts, in the corrected form
of Besiroglu and others (2024, arXiv:2404.10102): the sum of the losses, not their mean, so that the
optimiser does not stop too early.
"""

from dataclasses import asdict, dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, special

Floats = NDArray[np.float64]
HUBER = 1e-3
FAR = 6.0  # robust standard deviations from the fit, beyond which a point is an outlier
STARTS = tuple(product((5.0, 15.0), (5.0, 15.0), (0.5,), (0.3, 0.7), (0.3, 0.7)))


@dataclass(frozen=True, kw_only=True)
class TwoPowerLaws:
    floor: float
    of_parameters: float
    alpha: float
    of_tokens: float
    beta: float

    def at(self, n_parameters: Floats, n_tokens: Floats) -> Floats:
        """Loss expected of these numbers of parameters and tokens."""
        return np.asarray(
            self.floor
            + self.of_parameters * n_parameters**-self.alpha
            + self.of_tokens * n_tokens**-self.beta
        )

    def named(self) -> dict[str, float]:
        """With the letters of the papers."""
        return dict(zip(("E", "A", "alpha", "B", "beta"), asdict(self).values(), strict=True))


def two_power_laws(n_parameters: Floats, n_tokens: Floats, loss: Floats) -> TwoPowerLaws:
    """Fit (points,) each."""
    logs = np.log(np.stack([n_parameters, n_tokens]))
    target = np.log(loss)

    def objective(p: Floats) -> tuple[float, Floats]:
        """Huber's loss summed, and its slope; p is log A, log B, log E, alpha, beta."""
        terms = np.stack([p[0] - p[3] * logs[0], p[1] - p[4] * logs[1], np.full_like(target, p[2])])
        found = special.logsumexp(terms, axis=0)
        share = np.exp(terms - found)
        residual = found - target
        size = np.abs(residual)
        value = np.where(size <= HUBER, residual**2 / 2, HUBER * (size - HUBER / 2)).sum()
        pull = np.clip(residual, -HUBER, HUBER)
        slope = np.array(
            [
                (pull * share[0]).sum(),
                (pull * share[1]).sum(),
                (pull * share[2]).sum(),
                -(pull * share[0] * logs[0]).sum(),
                -(pull * share[1] * logs[1]).sum(),
            ]
        )
        return float(value), slope

    solved = [
        optimize.minimize(objective, np.array(start), jac=True, method="BFGS") for start in STARTS
    ]
    best = min(solved, key=lambda each: float(each.fun)).x
    return TwoPowerLaws(
        floor=float(np.exp(best[2])),
        of_parameters=float(np.exp(best[0])),
        alpha=float(best[3]),
        of_tokens=float(np.exp(best[1])),
        beta=float(best[4]),
    )


def outliers(
    fitted: TwoPowerLaws, n_parameters: Floats, n_tokens: Floats, loss: Floats
) -> NDArray[np.int64]:
    """Places of the points further from a fit than FAR times its usual error, on logs.

    The arrays have one number a point.
    """
    residual = np.log(loss) - np.log(fitted.at(n_parameters, n_tokens))
    middle = np.median(residual)
    usual = 1.4826 * np.median(np.abs(residual - middle))  # the normal's standard deviation
    return np.flatnonzero(np.abs(residual - middle) > FAR * usual)
