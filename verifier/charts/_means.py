"""Means over seeds, one setting a row."""

from collections.abc import Sequence
from textwrap import wrap
from typing import Protocol

import altair as alt
import pandas as pd

from verifier.charts._drawing import VALUE_CHARACTERS
from verifier.charts._written import number
from verifier.looks import BLUE


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
    # a line for each part of its name: on a phone a longer one would run out of the picture
    title = found[0].measure.split(", ")
    x = alt.X("mean:Q", scale=alt.Scale(zero=False), title=title, axis=alt.Axis(tickCount=8))
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
