"""The law that each scaling curve follows: fits of verifier.statistics on points of scaling."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from verifier import scaling
from verifier.charts import RANDOM_ENCODER
from verifier.statistics.power_law import Law, law

N_CURVES = 40  # resampled fits behind a band
TOO_SHORT = "insufficient range"
MOST_NAMED = 3  # of many lines the number says more
N_PLACES = 40  # of the drawn curve, within the sizes that were measured

TABLE = [
    "objective",
    "settings",
    "form",
    "exponent",
    "low",
    "high",
    "floor",
    "held_out_size",
    "predicted",
    "measured",
    "n_sizes",
    "n_seeds",
    "why_not",
]


@dataclass(frozen=True, kw_only=True)
class Line:
    """One series with its law, or the words why none is asserted."""

    objective: str
    settings: str
    series: str
    sizes: tuple[float, ...]
    n_seeds: int  # that have every size
    law: Law | None
    why_not: str = ""


def lines(points: pd.DataFrame) -> list[Line]:
    """A law for each series that reaches far enough; the random encoder is no series.

    Only seeds that have every size of their series count, so that a size is never compared with
    another one of other seeds.
    """
    trained = points[(points["objective"] != RANDOM_ENCODER) & (points["n_records"] > 0)]
    return [_line(line) for _, line in trained.groupby("series", sort=False)]


def _line(line: pd.DataFrame) -> Line:
    ordered = line.sort_values("n_records")
    sizes = tuple(float(size) for size in ordered["n_records"])
    each = list(ordered["errors"])
    seeds = sorted(set(each[0]).intersection(*each[1:]))
    errors = np.array([[found[seed] for seed in seeds] for found in each], dtype=np.float64)
    first = ordered.iloc[0]
    why_not = _why_not(line, errors)
    return Line(
        objective=str(first["objective"]),
        settings=str(first["settings"]),
        series=str(first["series"]),
        sizes=sizes,
        n_seeds=len(seeds),
        law=None if why_not else law(np.array(sizes), errors, n_curves=N_CURVES),
        why_not=why_not,
    )


def _why_not(
    line: pd.DataFrame, errors: "np.ndarray[tuple[int, ...], np.dtype[np.float64]]"
) -> str:
    short_of = scaling.reach(line)
    if short_of is not None:
        return f"{TOO_SHORT}: {short_of}"
    if errors.shape[1] < scaling.FEWEST_SEEDS:
        return f"{TOO_SHORT}: {errors.shape[1]} seeds have every size"
    if (errors <= 0).any():
        return "an error of 0 has no logarithm"
    return ""


def range_note(found: Sequence[Line]) -> str | None:
    """Which lines reach too little for a law, in a sentence; what each has stands in the table."""
    short = [line.objective for line in found if line.why_not.startswith(TOO_SHORT)]
    if not short:
        return None
    who = ", ".join(short)
    if len(short) == len(found):
        who = "every line"
    elif len(short) > MOST_NAMED or len(set(short)) < len(short):
        who = f"{len(short)} of {len(found)} lines"
    return (
        f"{TOO_SHORT.capitalize()}: {who}. A law takes {scaling.FEWEST_SIZES} sizes over "
        f"{scaling.FEWEST_DECADES:g} decades with {scaling.FEWEST_SEEDS} seeds at each."
    )


def table(found: Sequence[Line]) -> pd.DataFrame:
    """One row for each series: exponent with its interval, held-out size, or why there is none."""
    return pd.DataFrame([_row(line) for line in found], columns=TABLE)


def _row(line: Line) -> dict[str, object]:
    said: dict[str, object] = {
        "objective": line.objective,
        "settings": line.settings,
        "n_sizes": len(line.sizes),
        "n_seeds": line.n_seeds,
        "why_not": line.why_not,
    }
    if line.law is None:
        return said
    held_out = line.law.held_out
    return said | {
        "form": line.law.best.form,
        "exponent": line.law.exponent,
        "low": line.law.low,
        "high": line.law.high,
        "floor": line.law.best.floor,
        "held_out_size": held_out.size if held_out else None,
        "predicted": held_out.predicted if held_out else None,
        "measured": held_out.measured if held_out else None,
    }


def curves(found: Sequence[Line]) -> pd.DataFrame:
    """The fitted curves with their bands, at places between the smallest and the largest size."""
    rows = []
    for line in found:
        if line.law is None:
            continue
        places = np.geomspace(line.sizes[0], line.sizes[-1], N_PLACES)
        low, high = line.law.band(places)
        fitted = line.law.best.at(places)
        rows += [
            {
                "objective": line.objective,
                "series": line.series,
                "n_records": float(place),
                "fitted": float(middle),
                "low": float(under),
                "high": float(over),
            }
            for place, middle, under, over in zip(places, fitted, low, high, strict=True)
        ]
    return pd.DataFrame(rows, columns=["objective", "series", "n_records", "fitted", "low", "high"])


def held_out(found: Sequence[Line]) -> pd.DataFrame:
    """What the smaller sizes foretold of the largest, beside what was measured there."""
    rows = [
        {
            "objective": line.objective,
            "series": line.series,
            "n_records": told.size,
            "predicted": told.predicted,
            "measured": told.measured,
        }
        for line in found
        if line.law is not None and (told := line.law.held_out) is not None
    ]
    return pd.DataFrame(rows, columns=["objective", "series", "n_records", "predicted", "measured"])


def describe(found: Sequence[Line]) -> str:
    """The laws in words, for those who do not see the chart."""
    return " ".join(_said(line) for line in found)


def _said(line: Line) -> str:
    name = line.objective + (f" ({line.settings})" if line.settings else "")
    if line.law is None:
        return f"{name}: {line.why_not}."
    return (
        f"{name}: exponent {line.law.exponent:.3f} "
        f"[{line.law.low:.3f}, {line.law.high:.3f}], best described by a {line.law.best.form}."
    )
