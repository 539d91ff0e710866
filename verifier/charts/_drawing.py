"""What all charts share, and charts as SVG."""

import json
from typing import TypeAlias

import altair as alt
import vl_convert

Figure: TypeAlias = alt.Chart | alt.LayerChart | alt.VConcatChart
INK = "currentColor"
VALUE_CHARACTERS = 52  # of a line of a label
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
