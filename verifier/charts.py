"""Altair charts from plain data, used by pages and by exports alike: data in, chart out.

Colours are Okabe and Ito's, told apart by colour-blind people, and never carry a meaning alone:
a word, a symbol or a number stands beside each. Text and rules are `currentColor`, so that a chart
follows the light or dark page it stands in.
"""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from textwrap import wrap
from typing import Any, Protocol, TypeAlias

import altair as alt
import pandas as pd
import vl_convert

from verifier.looks import BLUE, CATEGORIES, ROLE_LOOKS, SHAPES, STATUS_LOOKS, role_look
from verifier.verdict import CERTAINTIES, Certainty, Estimate, Status

Figure: TypeAlias = alt.Chart | alt.LayerChart | alt.VConcatChart

DASHES = [[1, 0], [6, 3], [2, 2], [8, 2, 2, 2]]
INK = "currentColor"

RANDOM_ENCODER = "random encoder"
MOST_POINTS = 50  # of a curve; a longer one is a line alone
LABEL_CHARACTERS, VALUE_CHARACTERS = 38, 52


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


def status_counts(counts: Mapping[Status, int]) -> alt.LayerChart:
    """How many claims have each status: one bar each, best first, with its number."""
    rows = [
        {
            "label": f"{look.icon} {look.word}",
            "claims": counts.get(status, 0),
            "colour": look.colour,
        }
        for status, look in STATUS_LOOKS.items()
    ]
    order = [f"{look.icon} {look.word}" for look in STATUS_LOOKS.values()]
    bars = alt.Chart(pd.DataFrame(rows)).encode(
        y=alt.Y(
            "label:N",
            sort=order,
            title=None,
            axis=alt.Axis(labelLimit=200, labelOverlap=False, grid=False),
        ),
        x=alt.X("claims:Q", title="claims", axis=alt.Axis(labels=False, ticks=False, grid=False)),
        tooltip=[alt.Tooltip("label:N", title="status"), alt.Tooltip("claims:Q")],
    )
    colour = alt.Color("colour:N", scale=None, legend=None)
    drawn = [
        bars.mark_bar(height=16).encode(color=colour),
        bars.mark_text(align="left", dx=5, color=INK).encode(text="claims:Q"),
    ]
    return alt.LayerChart(layer=drawn, height=alt.Step(26))


NO_CERTAINTY = "not rated"


def status_by_certainty(counts: Mapping[tuple[Status, Certainty | None], int]) -> alt.LayerChart:
    """How many claims have each status at each certainty: a table of shaded cells with numbers."""
    statuses = [f"{look.icon} {look.word}" for look in STATUS_LOOKS.values()]
    levels: list[str] = [*(level.value for level in CERTAINTIES), NO_CERTAINTY]
    rows = [
        {
            "status": f"{look.icon} {look.word}",
            "certainty": NO_CERTAINTY if level is None else level.value,
            "claims": counts.get((status, level), 0),
            "colour": look.colour,
        }
        for status, look in STATUS_LOOKS.items()
        for level in (*CERTAINTIES, None)
    ]
    most = max([1, *counts.values()])
    cells = alt.Chart(pd.DataFrame(rows)).encode(
        x=alt.X(
            "certainty:N",
            sort=levels,
            title="certainty",
            axis=alt.Axis(orient="top", labelAngle=0, grid=False, domain=False, ticks=False),
        ),
        y=alt.Y(
            "status:N",
            sort=statuses,
            title=None,
            axis=alt.Axis(labelLimit=200, labelOverlap=False, domain=False, ticks=False),
        ),
        tooltip=["status:N", "certainty:N", "claims:Q"],
    )
    shade = alt.Opacity("claims:Q", scale=alt.Scale(domain=[0, most], range=[0.06, 0.5]))
    is_any = alt.datum.claims > 0
    drawn = [
        cells.mark_rect(cornerRadius=4, stroke=None).encode(
            color=alt.Color("colour:N", scale=None, legend=None), opacity=shade.legend(None)
        ),
        cells.transform_filter(is_any).mark_text(color=INK, fontWeight=600).encode(text="claims:Q"),
    ]
    return alt.LayerChart(layer=drawn, height=alt.Step(32))


def describe_certainties(counts: Mapping[tuple[Status, Certainty | None], int]) -> str:
    """The table of status and certainty in words.

    >>> describe_certainties({(Status.VERIFIED, Certainty.LOW): 2, (Status.UNCHECKED, None): 1})
    'Claims by status and certainty: 2 verified with low certainty, 1 unchecked and not rated.'
    """
    told = [
        f"{n} {status.value} "
        + ("and not rated" if level is None else f"with {level.value} certainty")
        for status in STATUS_LOOKS
        for level in (*CERTAINTIES, None)
        if (n := counts.get((status, level), 0))
    ]
    return f"Claims by status and certainty: {', '.join(told) or 'none'}."


def forest(estimates: Sequence[Estimate], *, delta: float | None) -> Figure:
    """Every estimate with its interval, those that decide first; one panel for each unit.

    Raises:
        ValueError: there is no estimate to draw.
    """
    panels = forest_panels(estimates, delta=delta)
    if not panels:
        raise ValueError("There is no estimate to draw.")
    if len(panels) == 1:
        return panels[0]
    apart = alt.Resolve(scale=alt.ScaleResolveMap(color="independent", shape="independent"))
    return alt.VConcatChart(vconcat=panels, resolve=apart)


def forest_panels(estimates: Sequence[Estimate], *, delta: float | None) -> list[alt.LayerChart]:
    """The panels of `forest` one by one, for a page: stacked charts do not follow its width.

    The solid rule is no effect; the dashed one is `delta`, the smallest effect that matters, drawn
    only in the unit of the estimates that decide.
    """
    units = dict.fromkeys(estimate.unit for estimate in ordered(estimates))
    deciding = {estimate.unit for estimate in estimates if estimate.role == "member"}
    return [
        _forest_panel(
            [estimate for estimate in ordered(estimates) if estimate.unit == unit],
            delta=delta if unit in deciding else None,
        )
        for unit in units
    ]


def ordered(estimates: Sequence[Estimate]) -> list[Estimate]:
    """The same estimates by role, those that decide first, otherwise as they came."""
    roles = list(ROLE_LOOKS)
    return sorted(
        estimates, key=lambda e: roles.index(e.role) if e.role in ROLE_LOOKS else len(roles)
    )


def forest_range(estimates: Sequence[Estimate], *, delta: float | None) -> tuple[float, float]:
    """The ends of the axis: every interval, no effect and `delta` lie within, with a margin."""
    ends = [end for estimate in estimates for end in (estimate.low, estimate.high, estimate.value)]
    shown = [end for end in [*ends, 0.0, delta] if end is not None and math.isfinite(end)]
    margin = 0.05 * (max(shown) - min(shown)) or 0.01
    return min(shown) - margin, max(shown) + margin


def _forest_panel(estimates: Sequence[Estimate], *, delta: float | None) -> alt.LayerChart:
    ends = forest_range(estimates, delta=delta)
    rows = _forest_rows(estimates)
    rows[["low", "high"]] = rows[["low", "high"]].clip(
        *ends
    )  # an endless interval ends at the edge
    labels: list[str] = [str(label) for label in rows["label"]]
    scale = alt.Scale(domain=ends, nice=False)
    colour, shape = _role_encodings(list(dict.fromkeys(rows["role"])))
    title = [estimates[0].unit] + ([] if delta is None else [f"dashed: delta {delta:g}"])
    y = alt.Y(
        "label:N",
        sort=labels,
        title=None,
        axis=alt.Axis(
            labelLimit=300,
            labelExpr="split(datum.label, '\\n')",
            labelOffset=-6,
            labelOverlap=False,
            grid=False,
        ),
    )
    drawn = alt.Chart(rows).encode(y=y, color=colour, tooltip=_forest_tooltip())
    n_lines = max(label.count("\n") for label in labels) + 1
    bar = alt.X("low:Q", scale=scale, title=title, axis=alt.Axis(tickCount=5))
    layers = [
        *_rules(delta),
        drawn.mark_rule(strokeWidth=2.5).encode(x=bar, x2="high:Q"),
        drawn.mark_point(filled=True, size=90, opacity=1).encode(x="value:Q", shape=shape),
    ]
    return alt.LayerChart(layer=layers, height=alt.Step(13 * n_lines + 14))


def _forest_rows(estimates: Sequence[Estimate]) -> pd.DataFrame:
    rows: list[dict[str, Any]] = []
    seen: dict[str, int] = {}
    for estimate in estimates:
        values = f"{interval(estimate)}, n = {estimate.n} {estimate.n_counts}"
        label = "\n".join(
            [
                *wrap(estimate.name, LABEL_CHARACTERS, max_lines=3, placeholder=" …"),
                *wrap(values, VALUE_CHARACTERS),
            ]
        )
        seen[label] = seen.get(label, 0) + 1
        rows.append(
            {
                "label": label if seen[label] == 1 else f"{label} ({seen[label]})",
                "name": estimate.name,
                "role": estimate.role,
                "role_word": role_look(estimate.role).word,
                "value": estimate.value,
                "low": estimate.low,
                "high": estimate.high,
                "interval": interval(estimate),
                "n": f"{estimate.n} {estimate.n_counts}",
                "probability": number(estimate.probability, 2),
                "note": estimate.note,
            }
        )
    return pd.DataFrame(rows)


def _forest_tooltip() -> list[alt.Tooltip]:
    return [
        alt.Tooltip("name:N", title="compared"),
        alt.Tooltip("interval:N", title="estimate"),
        alt.Tooltip("n:N"),
        alt.Tooltip("role_word:N", title="role"),
        alt.Tooltip("probability:N", title="probability beyond delta"),
        alt.Tooltip("note:N"),
    ]


def _role_encodings(roles: Sequence[str]) -> tuple[alt.Color, alt.Shape]:
    looks = [role_look(role) for role in roles]
    words = [look.word for look in looks]
    legend = alt.Legend(title=None, orient="top", columns=2) if len(words) > 1 else None
    colours, shapes = [look.colour for look in looks], [look.shape for look in looks]
    return (
        alt.Color("role_word:N", scale=alt.Scale(domain=words, range=colours), legend=legend),
        alt.Shape("role_word:N", scale=alt.Scale(domain=words, range=shapes), legend=legend),
    )


def _rules(delta: float | None) -> list[alt.Chart]:
    """A solid rule at no effect and, where there is a delta, a dashed one at delta."""
    zero = alt.Chart(pd.DataFrame([{"at": 0.0, "says": "no effect"}]))
    rules = [zero.mark_rule(color=INK, opacity=0.6).encode(x="at:Q", tooltip="says:N")]
    if delta is not None:
        smallest = alt.Chart(pd.DataFrame([{"at": delta, "says": f"delta = {delta:g}"}]))
        dashed = smallest.mark_rule(color=INK, opacity=0.8, strokeDash=[5, 4])
        rules.append(dashed.encode(x="at:Q", tooltip="says:N"))
    return rules


def describe_forest(estimates: Sequence[Estimate], delta: float | None) -> str:
    """The forest chart in words, for those who do not see it."""
    if not estimates:
        return "No estimates."
    told = [
        f"{e.name}: {interval(e)} {e.unit}, n = {e.n} {e.n_counts}, {role_look(e.role).word}"
        for e in ordered(estimates)
    ]
    smallest = "" if delta is None else f" The smallest effect that matters is {delta:g}."
    return f"Estimates with their intervals. {'; '.join(told)}.{smallest}"


def describe_counts(counts: Mapping[Status, int]) -> str:
    """The status bars in words.

    >>> describe_counts({Status.VERIFIED: 2, Status.UNCHECKED: 1})
    '3 claims: 2 verified, 1 unchecked.'
    """
    total = sum(counts.values())
    told = [f"{counts[s]} {look.word}" for s, look in STATUS_LOOKS.items() if counts.get(s)]
    return f"{total} claim{'' if total == 1 else 's'}: {', '.join(told) or 'none'}."


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


def calibration(rows: Sequence[Mapping[str, float]]) -> alt.LayerChart:
    """What came against what was said: a point for each bin, its bar the 95 % interval.

    Rows have said, came, low, high and n. The dashed line is where both are equal.
    """
    table = pd.DataFrame(list(rows), columns=["said", "came", "low", "high", "n"])
    share = alt.Scale(domain=(0, 1))
    axis = alt.Axis(format=".0%", values=[0, 0.25, 0.5, 0.75, 1])
    x = alt.X("said:Q", title="probability that was said", scale=share, axis=axis)
    y = alt.Y("came:Q", title="share that came true", scale=share, axis=axis)
    equal = pd.DataFrame({"said": [0.0, 1.0], "came": [0.0, 1.0]})
    line = alt.Chart(equal).mark_line(strokeDash=[4, 4], color=INK, opacity=0.6, strokeWidth=1)
    points = alt.Chart(table)
    tooltip = [
        alt.Tooltip("said:Q", format=".1%", title="said"),
        alt.Tooltip("came:Q", format=".1%", title="came true"),
        alt.Tooltip("n:Q", title="cases"),
    ]
    bars = points.mark_rule(color=CATEGORIES[0], strokeWidth=1.5).encode(
        x=x, y=alt.Y("low:Q", title="share that came true"), y2="high:Q", tooltip=tooltip
    )
    dots = points.mark_point(filled=True, color=CATEGORIES[0], opacity=1).encode(
        x=x,
        y=y,
        size=alt.Size("n:Q", title="cases", scale=alt.Scale(range=[30, 250]), legend=None),
        tooltip=tooltip,
    )
    return alt.LayerChart(layer=[line.encode(x=x, y=y), bars, dots], height=320)


def describe_calibration(rows: Sequence[Mapping[str, float]]) -> str:
    """The same in words, for those who do not see it."""
    if not rows:
        return "No case was counted."
    worst = max(rows, key=lambda row: abs(row["said"] - row["came"]))
    n_off = sum(not row["low"] <= row["said"] <= row["high"] for row in rows)
    return (
        f"Of {len(rows)} bins of probability {n_off} lie further from the line of equality than "
        f"their 95 % intervals; the furthest said {worst['said']:.0%} and came true in "
        f"{worst['came']:.0%} of {worst['n']:g} cases."
    )


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
        axis=alt.Axis(values=log_ticks(lowest, highest), format="~g"),
    )
    rows = _scaling_rows(shown, edge=lowest)
    is_random = rows["objective"] == RANDOM_ENCODER
    layers = _law_layers(rows[~is_random], y, looks, edges=(lowest, highest))
    layers += _trained_layers(rows[~is_random], y, looks)
    if is_random.any():
        layers += _random_layers(rows[is_random], y)
    return alt.LayerChart(layer=layers, height=320)


def _scaling_rows(points: pd.DataFrame, *, edge: float) -> pd.DataFrame:
    """The columns a chart draws; lists and objects stay out of the page."""
    columns = ["data", "backbone", "objective", "n_records", "n_seeds", "error", "low", "high"]
    rows = points[columns].astype({"error": float, "low": float, "high": float})
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
    sizes = sorted(float(size) for size in set(rows["n_records"]))
    low, high = _ends(rows[["n_records"]])
    return alt.X(
        "n_records:Q",
        title=title,
        scale=alt.Scale(type="log", domain=(low, high), nice=False),
        axis=alt.Axis(values=sizes if len(sizes) <= 8 else log_ticks(low, high), format=",d"),
    )


def _random_layers(rows: pd.DataFrame, y: alt.Y) -> list[alt.Chart]:
    said = [f"{RANDOM_ENCODER}, {number(error)}" for error in rows["error"]]
    drawn = alt.Chart(rows.assign(says=said)).encode(tooltip=_scaling_tooltip())
    return [
        drawn.mark_rect(color=INK, opacity=0.08).encode(y="bottom:Q", y2="high:Q"),
        drawn.mark_rule(color=INK, opacity=0.7, strokeDash=[5, 4]).encode(y=y),
        drawn.mark_text(color=INK, align="left", dx=4, dy=-7).encode(
            x=alt.value(0), y=y, text="says:N"
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
    missing = f" {n} point{'' if n == 1 else 's'} cannot be shown on log axes." if n else ""
    return f"{looks.error.capitalize()} against {looks.size}. {'; '.join(told)}.{missing}"


def _told_line(line: pd.DataFrame) -> str:
    first, last = line.sort_values("n_records").iloc[[0, -1]].to_dict("records")
    who = f"{first['objective']}, {first['backbone']}, {first['data']}"
    if first["objective"] == RANDOM_ENCODER:
        return f"{who}: {number(first['error'])} without pretraining"
    if len(line) == 1:
        return f"{who}: {number(first['error'])} at {first['n_records']:,.0f} records"
    return (
        f"{who}: from {number(first['error'])} at {first['n_records']:,.0f} records "
        f"to {number(last['error'])} at {last['n_records']:,.0f}"
    )


def loss_curve(points: pd.DataFrame, *, height: int = 240) -> alt.Chart:
    """Training loss by step, one line for each phase. Columns: phase, step, loss."""
    return _losses(points, "phase", height)


def loss_curves(points: pd.DataFrame) -> alt.Chart:
    """Loss by step, one line for each run. Columns: run, step, loss."""
    return _losses(points, "run", 300)


def _losses(points: pd.DataFrame, by: str, height: int) -> alt.Chart:
    lines = list(dict.fromkeys(points[by]))
    colour = alt.Color(
        f"{by}:N",
        scale=alt.Scale(domain=lines, range=CATEGORIES),
        legend=alt.Legend(title=None, orient="top", columns=4) if len(lines) > 1 else None,
    )
    drawn = alt.Chart(points[[by, "step", "loss"]].dropna(), height=height).encode(
        x=alt.X("step:Q", title="step", axis=alt.Axis(format="~s", tickMinStep=1)),
        y=alt.Y("loss:Q", title="loss", scale=alt.Scale(zero=False)),
        color=colour,
        tooltip=[f"{by}:N", "step:Q", alt.Tooltip("loss:Q", format=".4g")],
    )
    if by == "run":  # told apart by more than colour
        drawn = drawn.encode(strokeDash=alt.StrokeDash("run:N", sort=lines, legend=None))
    line: alt.Chart = drawn.mark_line(point=len(points) <= MOST_POINTS)
    return line


class Mean(Protocol):
    """What `seed_means` draws: verifier.comparison's SeedMean."""

    @property
    def setting(self) -> str: ...
    @property
    def measure(self) -> str: ...
    @property
    def mean(self) -> float: ...
    @property
    def low(self) -> float | None: ...
    @property
    def high(self) -> float | None: ...
    @property
    def n_seeds(self) -> int: ...


def seed_means(found: Sequence[Mean]) -> alt.LayerChart:
    """The mean of one measure for each setting, with its interval over seeds; a row each."""
    rows = [
        {
            "setting": "\n".join(wrap(f"{each.setting}, n = {each.n_seeds}", VALUE_CHARACTERS)),
            "mean": each.mean,
            "low": each.low,
            "high": each.high,
            "says": _mean_words(each),
        }
        for each in found
    ]
    order = [str(row["setting"]) for row in rows]
    axis = alt.Axis(labelLimit=320, labelExpr="split(datum.label, '\\n')", grid=False)
    table = pd.DataFrame(rows).astype({"low": float, "high": float})
    y = alt.Y("setting:N", sort=order, title=None, axis=axis)
    x = alt.X("mean:Q", scale=alt.Scale(zero=False), title=found[0].measure)
    drawn = alt.Chart(table).encode(y=y, tooltip=["setting:N", "says:N"])
    layers = [drawn.mark_point(filled=True, size=90, opacity=1, color=BLUE).encode(x=x)]
    ranged = table.dropna(subset=["low"])
    if not ranged.empty:  # a layer without marks would be an empty picture to a screen reader
        bars = alt.Chart(ranged).encode(y=y, tooltip=["setting:N", "says:N"])
        layers += [bars.mark_rule(strokeWidth=2.5, color=BLUE).encode(x="low:Q", x2="high:Q")]
    n_lines = max(label.count("\n") for label in order) + 1
    return alt.LayerChart(layer=layers, height=alt.Step(13 * n_lines + 16))


def _mean_words(each: Mean) -> str:
    if each.low is None or each.high is None:
        return f"{number(each.mean)} (one seed, no interval)"
    return f"{number(each.mean)} [{number(each.low)}, {number(each.high)}]"


def describe_seed_means(found: Sequence[Mean]) -> str:
    """The means in words."""
    told = [f"{each.setting}: {_mean_words(each)}, n = {each.n_seeds}" for each in found]
    return f"{found[0].measure}, means over seeds. {'; '.join(told)}." if found else "No mean."


INKED = {
    "background": None,
    "font": "Helvetica, Arial, sans-serif",
    "axis": {"labelColor": INK, "titleColor": INK, "labelFontSize": 12, "titleFontSize": 12}
    | {"gridColor": INK, "gridOpacity": 0.12, "domainColor": INK, "tickColor": INK}
    | {"titleFontWeight": "normal", "domainOpacity": 0.5, "tickOpacity": 0.5},
    "legend": {"labelColor": INK, "titleColor": INK, "labelFontSize": 12},
    "text": {"fontSize": 12},
    "view": {"stroke": None},
}


def svg(chart: Figure, *, width: int | None = None) -> str:
    """The chart as SVG text, without a browser or a network; the same chart gives the same text.

    Text takes the colour of the page around it. `width` is that of the plot, in pixels.
    """
    with alt.data_transformers.enable("default", max_rows=None):
        spec = chart.to_dict(validate=False)  # half the time, and tests validate every chart
    spec["config"] = INKED
    if width is not None:
        for panel in spec.get("vconcat", [spec]):
            panel["width"] = width
    return vl_convert.vegalite_to_svg(json.dumps(spec), allowed_base_urls=[])
