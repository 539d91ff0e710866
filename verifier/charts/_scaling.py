"""Error against the number of pretraining records, with laws and held-out sizes."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import altair as alt
import pandas as pd

from verifier.charts._drawing import INK
from verifier.charts._written import number
from verifier.looks import CATEGORIES, SHAPES
from verifier.plural import plural

SPACE = 0.12  # of a log axis, that the figures of one size take
DASHES = [[1, 0], [6, 3], [2, 2], [8, 2, 2, 2]]
RANDOM_ENCODER = "random encoder"


def plottable(points: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Split scaling points into those log axes can show and those they cannot, with a `why`.

    Report the second: a point that vanishes silently misleads.
    """
    is_random = points["objective"] == RANDOM_ENCODER
    has_error = points["error"].notna() & (points["error"] > 0)
    has_records = is_random | (points["n_records"].notna() & (points["n_records"] > 0))
    shown = points[has_error & has_records]
    left_out = points[~(has_error & has_records)].copy()
    left_out["why"] = [
        "the error is not above 0" if not okay else "no number of pretraining records"
        for okay in has_error[left_out.index]
    ]
    return shown, left_out


@dataclass(frozen=True, kw_only=True)
class ScalingLooks:
    """What a scaling chart shows beside its points: titles, fitted curves, held-out sizes."""

    error: str = "error: 1 − macro AUROC"
    size: str = "pretraining records"
    curves: pd.DataFrame | None = None  # of verifier.laws
    held_out: pd.DataFrame | None = None
    picks: str = ""  # name of the selection that a click on a point makes, by series and n_records


def scaling(points: pd.DataFrame, looks: ScalingLooks = ScalingLooks()) -> alt.LayerChart:
    """Error against pretraining records on log axes: the points of verifier.scaling.

    One line for each objective and setting, bars for 95 % intervals over seeds, a dashed line with
    its band for the random encoder. What `plottable` leaves out is not here. Several backbones are
    told apart by dashes; one data set and backbone in a chart reads best. An interval that reaches
    down to 0 or below is drawn to the bottom edge.
    """
    shown, _ = plottable(points)
    lowest, highest = _ends(shown[["error", "low", "high"]])
    y = alt.Y(
        "error:Q",
        title=looks.error,
        scale=alt.Scale(type="log", domain=(lowest, highest), nice=False),
        axis=alt.Axis(values=log_ticks(lowest, highest), format="~g", labelOverlap="greedy"),
    )
    rows = _scaling_rows(shown, edge=lowest)
    is_random = rows["objective"] == RANDOM_ENCODER
    layers = _law_layers(rows[~is_random], y, looks, edges=(lowest, highest))
    layers += _trained_layers(rows[~is_random], y, looks)
    if is_random.any():
        layers += _random_layers(rows[is_random], y)
    return alt.LayerChart(layer=layers, height=440)


def _scaling_rows(points: pd.DataFrame, *, edge: float) -> pd.DataFrame:
    """The columns a chart draws; lists and objects stay out of the page."""
    columns = ["data", "backbone", "objective", "n_records", "n_seeds", "error", "low", "high"]
    rows = points[columns].astype({"error": float, "low": float, "high": float})
    rows["settings"] = points.get("settings", "")
    rows["series"] = points["series"] if "series" in points else points["objective"]
    rows["bottom"] = rows["low"].where(rows["low"].isna() | (rows["low"] > 0), edge)
    rows["interval"] = [
        "one seed, no interval" if pd.isna(low) else f"[{number(low)}, {number(high)}]"
        for low, high in zip(rows["low"], rows["high"], strict=True)
    ]
    return rows


def _ends(values: pd.DataFrame) -> tuple[float, float]:
    """The ends of a log axis around all positive values, with a margin."""
    positive = [float(v) for v in values.astype(float).to_numpy().ravel() if v > 0]
    return (min(positive) * 0.92, max(positive) * 1.08) if positive else (0.01, 1.0)


def log_ticks(low: float, high: float) -> list[float]:
    """1, 2, 5 in every decade between the ends; all nine figures where those are fewer than three.

    >>> log_ticks(0.04, 0.6)
    [0.05, 0.1, 0.2, 0.5]
    >>> log_ticks(0.13, 0.34)
    [0.2, 0.3]
    """
    decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    within: list[float] = []
    for figures in ((1, 2, 5), range(1, 10)):
        ticks = [float(f"{figure}e{decade}") for decade in decades for figure in figures]
        within = [tick for tick in ticks if low <= tick <= high]
        if len(within) >= 3:
            break
    return within


def _scaling_tooltip(size: str = "pretraining records") -> list[alt.Tooltip]:
    return [
        alt.Tooltip("objective:N"),
        alt.Tooltip("backbone:N"),
        alt.Tooltip("data:N"),
        alt.Tooltip("n_records:Q", title=size, format=","),
        alt.Tooltip("error:Q", title="mean error", format=".4f"),
        alt.Tooltip("interval:N", title="95 % interval"),
        alt.Tooltip("n_seeds:Q", title="seeds"),
    ]


def _law_layers(
    rows: pd.DataFrame, y: alt.Y, looks: ScalingLooks, *, edges: tuple[float, float]
) -> list[alt.Chart]:
    """Bands and curves of fitted laws, and rings where the largest size was foretold."""
    layers: list[alt.Chart] = []
    colour = alt.Color("objective:N", **_objective_looks(rows, CATEGORIES))
    if looks.curves is not None and not looks.curves.empty:
        within = looks.curves.assign(
            low=looks.curves["low"].clip(*edges), high=looks.curves["high"].clip(*edges)
        )
        drawn = alt.Chart(within).encode(
            x=_records_axis(rows, looks.size), color=colour, detail="series:N"
        )
        layers += [
            drawn.mark_area(opacity=0.15).encode(y=_as(y, "low:Q"), y2="high:Q"),
            drawn.mark_line(strokeWidth=2).encode(y=_as(y, "fitted:Q")),
        ]
    if looks.held_out is not None and not looks.held_out.empty:
        foretold = alt.Chart(looks.held_out).encode(
            x=_records_axis(rows, looks.size),
            color=colour,
            tooltip=[
                alt.Tooltip("objective:N"),
                alt.Tooltip("n_records:Q", title=f"held out, {looks.size}", format=","),
                alt.Tooltip("predicted:Q", title="foretold by the smaller sizes", format=".4f"),
                alt.Tooltip("measured:Q", title="measured", format=".4f"),
            ],
        )
        ring = foretold.mark_point(shape="circle", size=200, filled=False, strokeWidth=1.5)
        layers.append(ring.encode(y=_as(y, "predicted:Q")))
    return layers


def _as(axis: alt.Y, column: str) -> alt.Y:
    """Another column on the same axis."""
    shared = axis.copy()
    shared.shorthand = column
    return shared


def _trained_layers(rows: pd.DataFrame, y: alt.Y, looks: ScalingLooks) -> list[alt.Chart]:
    drawn = alt.Chart(rows).encode(
        x=_records_axis(rows, looks.size),
        color=alt.Color("objective:N", **_objective_looks(rows, CATEGORIES)),
        detail="series:N",
        tooltip=_scaling_tooltip(looks.size),
    )
    # points of a series with a law are not joined: the law is its line
    has_law = rows["series"].isin([] if looks.curves is None else list(looks.curves["series"]))
    line = drawn.mark_line(strokeWidth=2).encode(y=y)
    line.data = rows[~has_law]
    backbones = sorted(set(rows["backbone"]))
    if len(backbones) > 1:
        scale = alt.Scale(domain=backbones, range=DASHES)
        line = line.encode(strokeDash=alt.StrokeDash("backbone:N", scale=scale))
    marks = drawn.mark_point(filled=True, size=80, opacity=1).encode(
        y=y, shape=alt.Shape("objective:N", **_objective_looks(rows, SHAPES))
    )
    if looks.picks:
        picked = alt.selection_point(name=looks.picks, fields=["series", "n_records"])
        marks = marks.add_params(picked)
    bars = drawn.mark_rule(strokeWidth=1.5).encode(y="bottom:Q", y2="high:Q")
    return [*([] if has_law.all() else [line]), bars, marks]


def _objective_looks(rows: pd.DataFrame, looks: list[str]) -> dict[str, Any]:
    """The same domain, title and place for colour and shape, so that they share one legend."""
    domain = sorted(set(rows["objective"]))
    ranged = [looks[place % len(looks)] for place in range(len(domain))]
    return {
        "scale": alt.Scale(domain=domain, range=ranged),
        "legend": alt.Legend(title=None, orient="top", columns=3, symbolOpacity=1),
    }


def _records_axis(rows: pd.DataFrame, title: str) -> alt.X:
    """The sizes themselves as ticks where they are few."""
    low, high = _ends(rows[["n_records"]])
    sizes = apart({float(size) for size in rows["n_records"]}, low=low, high=high)
    return alt.X(
        "n_records:Q",
        title=title,
        scale=alt.Scale(type="log", domain=(low, high), nice=False),
        axis=alt.Axis(values=sizes if len(sizes) <= 8 else log_ticks(low, high), format=",d"),
    )


def apart(sizes: Iterable[float], *, low: float, high: float) -> list[float]:
    """Sizes whose figures do not run into each other on a log axis; of two close ones the larger.

    Vega would leave out every other one until none touch, and so nearly all where two lie close.

    >>> apart({56, 136, 330, 800, 1868, 1896, 1900}, low=50, high=2000)
    [56, 136, 330, 800, 1900]
    """
    nearest = SPACE * math.log(high / low)
    kept: list[float] = []
    for size in sorted(sizes, reverse=True):
        if not kept or math.log(kept[-1] / size) >= nearest:
            kept.append(size)
    return kept[::-1]


def _random_layers(rows: pd.DataFrame, y: alt.Y) -> list[alt.Chart]:
    said = [
        f"{RANDOM_ENCODER}{f' ({settings})' if settings else ''}, {number(error)}"
        for settings, error in zip(rows["settings"], rows["error"], strict=True)
    ]
    drawn = alt.Chart(rows.assign(says=said)).encode(tooltip=_scaling_tooltip())
    return [
        drawn.mark_rect(color=INK, opacity=0.08).encode(y="bottom:Q", y2="high:Q"),
        drawn.mark_rule(color=INK, opacity=0.7, strokeDash=[5, 4]).encode(y=y),
        drawn.mark_text(color=INK, align="right", dx=-4, dy=-7).encode(
            x=alt.value("width"),
            y=y,
            text="says:N",  # where most lines have fallen below it
        ),
    ]


def describe_scaling(points: pd.DataFrame, looks: ScalingLooks = ScalingLooks()) -> str:
    """The scaling chart in words: each line from its smallest to its largest size."""
    shown, left_out = plottable(points)
    if shown.empty:
        return "No point can be shown."
    by = ["data", "backbone", "objective", *(["series"] if "series" in shown else [])]
    told = [_told_line(line) for _, line in shown.groupby(by, sort=True)]
    n = len(left_out)
    missing = f" {plural(n, 'point')} cannot be shown on log axes." if n else ""
    return f"{looks.error.capitalize()} against {looks.size}. {'; '.join(told)}.{missing}"


def _told_line(line: pd.DataFrame) -> str:
    first, last = line.sort_values("n_records").iloc[[0, -1]].to_dict("records")
    who = f"{first['objective']}, {first['backbone']}, {first['data']}"
    if first["objective"] == RANDOM_ENCODER:
        settings = f" ({first['settings']})" if first.get("settings") else ""
        return f"{who}{settings}: {number(first['error'])} without pretraining"
    if len(line) == 1:
        return f"{who}: {number(first['error'])} at {first['n_records']:,.0f} records"
    return (
        f"{who}: from {number(first['error'])} at {first['n_records']:,.0f} records "
        f"to {number(last['error'])} at {last['n_records']:,.0f}"
    )
