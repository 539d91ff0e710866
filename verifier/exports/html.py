"""The report as one HTML page: charts within, no script, nothing fetched, light and dark."""

from functools import cache
from html import escape
from pathlib import Path

from jinja2 import Environment, StrictUndefined, Template
from markupsafe import Markup

from verifier.charts import (
    Figure,
    describe_counts,
    describe_forest,
    describe_scaling,
    forest,
    scaling,
    status_counts,
    svg,
)
from verifier.dossier import Dossier
from verifier.exports import _words as words
from verifier.exports._account import Account, ScalingAccount, account
from verifier.exports._claim import ClaimAccount
from verifier.looks import FINDING_LOOKS, STATUS_LOOKS

LABEL, SUFFIX, MEDIA_TYPE = "HTML page", ".html", "text/html"

TEMPLATE = Path(__file__).with_name("_report.html.j2")
MOST_ROWS = 12  # of a table that stands open


def render(dossier: Dossier) -> bytes:
    told = account(dossier)
    page = _template().render(
        told=told,
        words=words,
        most_rows=MOST_ROWS,
        status_meanings=[(STATUS_LOOKS[s], text) for s, text in words.STATUS_MEANINGS.items()],
        finding_meanings=[(FINDING_LOOKS[f], text) for f, text in words.FINDING_MEANINGS.items()],
        counts_figure=_counts_figure(told),
        forest_figure=_forest_figure,
        scaling_figures=_scaling_figures,
    )
    return page.encode()


@cache
def _template() -> Template:
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.from_string(TEMPLATE.read_text(encoding="utf-8"))


def _figure(chart: Figure, *, description: str, width: int) -> Markup:
    """A chart with its words; the words inside the drawing are left to those who see it."""
    drawn = svg(chart, width=width)
    return Markup(f'<figure role="img" aria-label="{escape(description)}">{drawn}</figure>')


def _counts_figure(told: Account) -> Markup:
    description = describe_counts(told.counts, told.outdated)
    return _figure(status_counts(told.counts), description=description, width=220)


def _forest_figure(claim: ClaimAccount) -> Markup:
    return _figure(
        forest(claim.estimates, delta=claim.delta),
        description=describe_forest(claim.estimates, claim.delta),
        width=380,
    )


def _scaling_figures(told: ScalingAccount) -> list[tuple[str, Markup]]:
    """One chart for each data set and backbone, with its title."""
    return [
        (
            f"{backbone}, on {data}",
            _figure(scaling(points), description=describe_scaling(points), width=520),
        )
        for (data, backbone), points in told.points.groupby(["data", "backbone"], sort=True)
    ]
