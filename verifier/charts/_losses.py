"""Loss by training step."""

import altair as alt
import pandas as pd

from verifier.looks import CATEGORIES

MOST_POINTS = 50  # of a curve; a longer one is a line alone
SMALL = 200  # pixels high, below which no room is spent on the name of the axis


def loss_curve(points: pd.DataFrame, *, height: int = 240) -> alt.Chart:
    """Training loss by step, one line for each phase that has any. Columns: phase, step, loss."""
    return _losses(points.dropna(subset=["loss"]), "phase", height)


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
        x=alt.X(
            "step:Q",
            title="step" if height >= SMALL else None,
            axis=alt.Axis(format="~s", tickMinStep=1),
        ),
        y=alt.Y("loss:Q", title="loss", scale=alt.Scale(zero=False)),
        color=colour,
        tooltip=[f"{by}:N", "step:Q", alt.Tooltip("loss:Q", format=".4g")],
    )
    if by == "run":  # told apart by more than colour
        drawn = drawn.encode(strokeDash=alt.StrokeDash("run:N", sort=lines, legend=None))
    line: alt.Chart = drawn.mark_line(point=len(points) <= MOST_POINTS)
    return line
