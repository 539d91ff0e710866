"""Altair charts from plain data, used by pages and by exports alike: data in, chart out.

Colours are Okabe and Ito's, told apart by colour-blind people, and never carry a meaning alone:
a word, a symbol or a number stands beside each. Text and rules are `currentColor`, so that a chart
follows the light or dark page it stands in.
"""

from verifier.charts._counts import (
    describe_certainties,
    describe_counts,
    status_by_certainty,
    status_counts,
)
from verifier.charts._drawing import Figure, svg
from verifier.charts._forest import describe_forest, forest, forest_panels, forest_range, ordered
from verifier.charts._losses import loss_curve, loss_curves
from verifier.charts._means import describe_seed_means, seed_means
from verifier.charts._reliability import calibration, describe_calibration
from verifier.charts._scaling import (
    RANDOM_ENCODER,
    ScalingLooks,
    describe_scaling,
    log_ticks,
    plottable,
    scaling,
)
from verifier.charts._written import interval, number

__all__ = [
    "RANDOM_ENCODER",
    "Figure",
    "ScalingLooks",
    "calibration",
    "describe_calibration",
    "describe_certainties",
    "describe_counts",
    "describe_forest",
    "describe_scaling",
    "describe_seed_means",
    "forest",
    "forest_panels",
    "forest_range",
    "interval",
    "log_ticks",
    "loss_curve",
    "loss_curves",
    "number",
    "ordered",
    "plottable",
    "scaling",
    "seed_means",
    "status_by_certainty",
    "status_counts",
    "svg",
]
