"""How an error falls with size: error = floor + amplitude · size^−exponent, fitted on logs.

K sizes, S seeds. The three forms are the law with a floor, the power law without, and a constant.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, special

Floats = NDArray[np.float64]

FLOOR, POWER, CONSTANT = "law with a floor", "power law", "constant"
HUBER = 0.05  # of log error: beyond 5 % a point pulls no harder
INDIFFERENT = 2.0  # of AICc: within this of the best, the simplest form is taken
EXPONENTS = np.geomspace(0.01, 3.0, 60)
FLOORS = np.concatenate(
    [[0.0], np.geomspace(0.02, 30.0, 25)]
)  # floor over the law at the last size


@dataclass(frozen=True, kw_only=True)
class Fit:
    """The parameters of one form; a constant is all floor, with exponent 0."""

    form: str
    floor: float
    amplitude: float
    exponent: float
    aicc: Mapping[str, float]  # of every form, on logs; infinite where there are too few points
    n_points: int

    def at(self, sizes: Floats) -> Floats:
        """Error expected at these sizes."""
        with np.errstate(divide="ignore"):
            return self.floor + self.amplitude * np.asarray(sizes, float) ** -self.exponent


@dataclass(frozen=True, kw_only=True)
class HeldOut:
    """The largest size, foretold from the others."""

    size: float
    predicted: float
    measured: float


@dataclass(frozen=True, kw_only=True)
class Law:
    """The best form with what is known of it; intervals come from resampling seeds."""

    best: Fit
    exponent: float  # of the power law without a floor, which few sizes can tell
    low: float  # 95 % interval of that
    high: float
    held_out: HeldOut | None
    n_seeds: int
    curves: tuple[Fit, ...] = ()  # the best form again on resamples of seeds, if asked for

    def band(self, sizes: Floats) -> tuple[Floats, Floats]:
        """95 % of the resampled curves at each size."""
        low, high = np.quantile(
            np.stack([curve.at(sizes) for curve in self.curves]), [0.025, 0.975], axis=0
        )
        return low, high


def fit(sizes: Floats, errors: Floats, *, form: str | None = None) -> Fit:
    """Fit by Huber's loss on logs, in the form that AICc prefers unless it is said.

    Args:
        sizes: (K,), above 0.
        errors: (K,) or (K, S), above 0; NaN where a seed lacks a size.
        form: one of the three, or None for the best.

    The law with a floor starts from the best of a grid, in which the amplitude follows from the
    other two by linear least squares (variable projection), so no start can be a bad one.
    """
    x, y = _points(sizes, errors)
    if len(x) < 2 or len(np.unique(x)) < 2:
        raise ValueError("A law needs errors at two sizes at least.")
    fitted = {CONSTANT: (np.array([np.median(y)]), 1), POWER: (_line(x, y), 2)}
    fitted[FLOOR] = (_with_floor(x, y), 3)
    aicc = {
        name: _aicc(y - _logs(name, parameters, x), n_parameters + 1)
        for name, (parameters, n_parameters) in fitted.items()
    }
    least = min(aicc.values())
    chosen = form or next(name for name in fitted if aicc[name] <= least + INDIFFERENT)
    floor, amplitude, exponent = _natural(chosen, fitted[chosen][0])
    return Fit(
        form=chosen,
        floor=floor,
        amplitude=amplitude,
        exponent=exponent,
        aicc=aicc,
        n_points=len(x),
    )


def _natural(form: str, p: Floats) -> tuple[float, float, float]:
    """Floor, amplitude and exponent of a form's parameters."""
    if form == CONSTANT:
        return float(np.exp(p[0])), 0.0, 0.0
    if form == POWER:
        return 0.0, float(np.exp(p[0])), float(p[1])
    return float(np.exp(p[0])), float(np.exp(p[1])), float(p[2])


def law(
    sizes: Floats,
    errors: Floats,
    *,
    n_resamples: int = 2000,
    n_curves: int = 0,
    generator: np.random.Generator | None = None,
) -> Law:
    """Fit, resample seeds for intervals, and foretell the largest size from the others.

    `errors` are (K, S) without NaN; resamples take whole seeds with all their sizes. `n_curves`
    resamples are fitted with the best form for a band; each takes some hundredths of a second.
    """
    draw = generator or np.random.default_rng(0)
    best = fit(sizes, errors)
    n_seeds = errors.shape[1]
    chosen = draw.integers(n_seeds, size=(n_resamples, n_seeds))
    of_seed = slopes(sizes, errors)
    low, high = np.quantile(of_seed[chosen].mean(axis=1), [0.025, 0.975])
    return Law(
        best=best,
        exponent=float(of_seed.mean()),
        low=float(low),
        high=float(high),
        held_out=_held_out(sizes, errors),
        n_seeds=n_seeds,
        curves=tuple(fit(sizes, errors[:, seeds], form=best.form) for seeds in chosen[:n_curves]),
    )


def slopes(sizes: Floats, errors: Floats) -> Floats:
    """Exponent of the power law along the first axis, by least squares on logs: (K, …) to (…)."""
    x = np.log(np.asarray(sizes, dtype=np.float64))
    x = (x - x.mean()) / ((x - x.mean()) ** 2).sum()
    return np.asarray(-np.tensordot(x, np.log(errors), axes=(0, 0)))


def _held_out(sizes: Floats, errors: Floats) -> HeldOut | None:
    """None with fewer than four sizes."""
    order = np.argsort(sizes)
    if len(order) < 4:
        return None
    last = float(sizes[order[-1]])
    before = fit(sizes[order[:-1]], errors[order[:-1]])
    return HeldOut(
        size=last,
        predicted=float(before.at(np.array([last]))[0]),
        measured=float(np.nanmean(errors[order[-1]])),
    )


def _points(sizes: Floats, errors: Floats) -> tuple[Floats, Floats]:
    """Logs of sizes and errors, one for each point there is."""
    table = np.asarray(errors, dtype=np.float64).reshape(len(sizes), -1)
    x = np.repeat(np.log(np.asarray(sizes, dtype=np.float64)), table.shape[1])
    y = table.ravel()
    there = ~np.isnan(y)
    if (y[there] <= 0).any():
        raise ValueError("Every error must be above 0, since the law is fitted on logs.")
    return x[there], np.log(y[there])


def _logs(form: str, p: Floats, x: Floats) -> Floats:
    """Log error of a form: constant (log floor), power (log amplitude, exponent), or all three."""
    if form == CONSTANT:
        return np.full_like(x, p[0])
    if form == POWER:
        return np.asarray(p[0] - p[1] * x)
    return np.asarray(np.logaddexp(p[0], p[1] - p[2] * x))


def _line(x: Floats, y: Floats) -> Floats:
    """Log amplitude and exponent of the power law, by Huber's loss from the least-squares line."""
    slope, level = np.polyfit(x, y, 1)
    return _polished(POWER, np.array([level, -slope]), x, y)


def _with_floor(x: Floats, y: Floats) -> Floats:
    """Log floor, log amplitude, exponent."""
    last = x.max()
    at, size_of = np.unique(x, return_inverse=True)
    mean = np.bincount(size_of, weights=y) / np.bincount(size_of)  # of each size, enough to start
    shape = np.log(FLOORS[:, None, None] + np.exp(-EXPONENTS[None, :, None] * (at - last)))
    level = (mean - shape).mean(axis=-1)
    squares = ((mean - shape - level[..., None]) ** 2).sum(axis=-1)
    row, column = np.unravel_index(int(np.argmin(squares)), squares.shape)
    amplitude = level[row, column] + EXPONENTS[column] * last
    floor = level[row, column] + np.log(max(float(FLOORS[row]), 1e-3))
    return _polished(FLOOR, np.array([floor, amplitude, EXPONENTS[column]]), x, y)


def _polished(form: str, start: Floats, x: Floats, y: Floats) -> Floats:
    def residuals(p: Floats) -> Floats:
        return _logs(form, p, x) - y

    def slope(p: Floats) -> Floats:
        return _slope_of_logs(form, p, x)

    solved = optimize.least_squares(
        residuals, start, jac=slope, loss="huber", f_scale=HUBER, x_scale="jac", max_nfev=200
    )
    return np.asarray(solved.x)


def _slope_of_logs(form: str, p: Floats, x: Floats) -> Floats:
    """Derivative of `_logs` by each parameter, (points, parameters)."""
    if form == POWER:
        return np.stack([np.ones_like(x), -x], axis=1)
    share = special.expit(p[1] - p[2] * x - p[0])  # of the falling part
    return np.stack([1 - share, share, -x * share], axis=1)


def _aicc(residuals: Floats, n_parameters: int) -> float:
    """Of normal errors on logs, the variance counted among the parameters (Hurvich, Tsai 1989)."""
    n_points = len(residuals)
    if n_points - n_parameters - 1 <= 0:
        return float("inf")
    variance = max(float(np.mean(residuals**2)), 1e-12)
    correction = 2 * n_parameters * (n_parameters + 1) / (n_points - n_parameters - 1)
    return float(n_points * np.log(variance) + 2 * n_parameters + correction)
