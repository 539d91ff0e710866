"""How many claims have which status and certainty."""

from collections.abc import Mapping

import altair as alt
import pandas as pd

from verifier.charts._drawing import INK
from verifier.looks import STATUS_LOOKS
from verifier.plural import plural
from verifier.verdict import CERTAINTIES, Certainty, Status


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


Rated = Mapping[tuple[Status, Certainty | None], int]
NONE_OUTDATED: Rated = {}


def status_by_certainty(counts: Rated, outdated: Rated = NONE_OUTDATED) -> alt.LayerChart:
    """How many claims have each status at each certainty: a table of shaded cells with numbers.

    Behind a number stands how many of these an earlier protocol decided.
    """
    statuses = [f"{look.icon} {look.word}" for look in STATUS_LOOKS.values()]
    levels: list[str] = [*(level.value for level in CERTAINTIES), NO_CERTAINTY]
    most = max([1, *counts.values()])
    rows = [
        {
            "status": f"{look.icon} {look.word}",
            "certainty": NO_CERTAINTY if level is None else level.value,
            "claims": counts.get((status, level), 0),
            "shade": _shade(counts.get((status, level), 0), most),
            "label": _counted(counts, outdated, (status, level)),
            "colour": look.colour,
        }
        for status, look in STATUS_LOOKS.items()
        for level in (*CERTAINTIES, None)
    ]
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
    is_any = alt.datum.claims > 0
    drawn = [
        cells.mark_rect(cornerRadius=4, stroke=None).encode(
            color=alt.Color("colour:N", scale=None, legend=None),
            opacity=alt.Opacity("shade:Q", scale=None, legend=None),
        ),
        cells.transform_filter(is_any).mark_text(color=INK, fontWeight=600).encode(text="label:N"),
    ]
    return alt.LayerChart(layer=drawn, height=alt.Step(32))


def _shade(n: int, most: int) -> float:
    """How strong a cell is: one claim is told from none, whatever there is elsewhere.

    >>> _shade(0, 1000), round(_shade(1, 1000), 2), _shade(1000, 1000)
    (0.06, 0.25, 0.5)
    """
    return 0.25 + 0.25 * n / most if n else 0.06


def _counted(counts: Rated, outdated: Rated, place: tuple[Status, Certainty | None]) -> str:
    n, n_outdated = counts.get(place, 0), outdated.get(place, 0)
    return f"{n} ({n_outdated} earlier)" if n_outdated else str(n)


def describe_certainties(counts: Rated, outdated: Rated = NONE_OUTDATED) -> str:
    """The table of status and certainty in words.

    >>> refuted = {(Status.REFUTED, Certainty.LOW): 2}
    >>> describe_certainties({**refuted, (Status.UNCHECKED, None): 1}, refuted)
    'Claims by status and certainty: 2 refuted with low certainty (2 by an earlier protocol), 1 unchecked and not rated.'
    """  # noqa: E501 - as it is printed
    told = [
        f"{n} {status.value} "
        + ("and not rated" if level is None else f"with {level.value} certainty")
        + by_earlier(outdated.get((status, level), 0))
        for status in STATUS_LOOKS
        for level in (*CERTAINTIES, None)
        if (n := counts.get((status, level), 0))
    ]
    return f"Claims by status and certainty: {', '.join(told) or 'none'}."


def describe_counts(counts: Mapping[Status, int], outdated: Mapping[Status, int]) -> str:
    """The status bars in words; `outdated` counts those that an earlier protocol decided.

    >>> describe_counts({Status.REFUTED: 2, Status.UNCHECKED: 1}, {Status.REFUTED: 2})
    '3 claims: 2 refuted (2 by an earlier protocol), 1 unchecked.'
    """
    total = sum(counts.values())
    told = [
        f"{counts[s]} {look.word}{by_earlier(outdated.get(s, 0))}"
        for s, look in STATUS_LOOKS.items()
        if counts.get(s)
    ]
    return f"{plural(total, 'claim')}: {', '.join(told) or 'none'}."


def by_earlier(n: int) -> str:
    """How many of those just counted were decided by a protocol since replaced, if any were."""
    return f" ({n} by an earlier protocol)" if n else ""
