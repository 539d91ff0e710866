"""What came against what was said: how calibrated probabilities are."""

from collections.abc import Mapping, Sequence

import altair as alt
import pandas as pd

from verifier.charts._drawing import INK
from verifier.looks import CATEGORIES


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
