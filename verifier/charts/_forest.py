"""Estimates with their intervals, one below the other."""

import math
from collections.abc import Sequence
from textwrap import wrap
from typing import Any

import altair as alt
import pandas as pd

from verifier.charts._drawing import INK, VALUE_CHARACTERS, Figure
from verifier.charts._written import interval, number
from verifier.looks import ROLE_LOOKS, role_look
from verifier.verdict import Estimate

LABEL_CHARACTERS = 38


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
