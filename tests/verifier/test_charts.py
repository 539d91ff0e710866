import math
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from verifier import charts, looks
from verifier.verdict import Certainty, Estimate, Finding, Status

SVG = "{http://www.w3.org/2000/svg}"


def estimate(value: float = 0.02, spread: float = 0.01, **more: Any) -> Estimate:
    kept = {"name": "cpc − jepa", "n": 3, "n_counts": "seeds", **more}
    return Estimate(value=value, low=value - spread, high=value + spread, **kept)


def points(*rows: tuple[str, int, float]) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {
                "data": "synthetic",
                "backbone": "s4d",
                "objective": objective,
                "n_records": n_records,
                "n_seeds": 3,
                "error": error,
                "low": error - 0.01,
                "high": error + 0.01,
            }
            for objective, n_records, error in rows
        ]
    )


def shown_text(drawing: str) -> str:
    return " ".join(etree.fromstring(drawing.encode()).itertext())


def test_every_status_and_every_finding_has_a_look_with_a_word_and_a_symbol() -> None:
    assert set(looks.STATUS_LOOKS) == set(Status)
    assert set(looks.FINDING_LOOKS) == set(Finding)
    for look in (*looks.STATUS_LOOKS.values(), *looks.FINDING_LOOKS.values()):
        assert look.word
        assert len(look.icon) == 1
        assert look.material.startswith(":material/")


@pytest.mark.parametrize("found", [looks.STATUS_LOOKS, looks.FINDING_LOOKS])
def test_no_two_verdict_words_share_a_symbol_or_a_colour(found: dict[Any, looks.Look]) -> None:
    assert len({look.icon for look in found.values()}) == len(found)
    assert len({look.colour for look in found.values()}) == len(found)


def test_streamlit_knows_every_icon_and_badge_colour() -> None:
    names = pytest.importorskip("streamlit.material_icon_names").ALL_MATERIAL_ICONS
    badges = {"red", "orange", "yellow", "green", "blue", "violet", "gray"}
    for look in (*looks.STATUS_LOOKS.values(), *looks.FINDING_LOOKS.values()):
        assert look.material.removeprefix(":material/").removesuffix(":") in names
        assert look.badge in badges


def test_the_status_bars_show_every_status_with_its_number() -> None:
    told = shown_text(charts.svg(charts.status_counts({Status.VERIFIED: 7, Status.REFUTED: 2})))
    for look in looks.STATUS_LOOKS.values():
        assert f"{look.icon} {look.word}" in told
    assert "7" in told
    assert "2" in told
    assert "0" in told


def test_a_forest_names_each_estimate_with_its_interval_n_and_unit() -> None:
    told = shown_text(charts.svg(charts.forest([estimate(-0.0131, 0.0109)], delta=0.01)))
    assert "cpc − jepa" in told
    assert "−0.013 [−0.024, −0.002], n = 3 seeds" in told
    assert "macro AUROC" in told
    assert "delta 0.01" in told


finite = st.floats(-1e3, 1e3)


@given(
    estimates=st.lists(
        st.builds(estimate, value=finite, spread=st.floats(0, 1e3)), min_size=1, max_size=5
    ),
    delta=st.none() | st.floats(0.001, 1.0),
)
def test_a_forest_reaches_around_every_interval_no_effect_and_delta(
    estimates: list[Estimate], delta: float | None
) -> None:
    low, high = charts.forest_range(estimates, delta=delta)
    assert low < min(e.low for e in estimates) or low < 0 <= min(e.low for e in estimates)
    assert high > max(e.high for e in estimates) or high > 0 >= max(e.high for e in estimates)
    assert low < 0 < high
    assert delta is None or high > delta


def test_an_endless_interval_ends_at_the_edge_of_the_axis_and_is_written_as_endless() -> None:
    endless = Estimate(name="a", value=0.1, low=-math.inf, high=0.3, n=2, n_counts="seeds")
    panel = charts.forest_panels([endless], delta=None)[0].to_dict()
    rows = next(rows for rows in panel["datasets"].values() if "role_word" in rows[0])
    assert rows[0]["low"] == charts.forest_range([endless], delta=None)[0]
    assert charts.interval(endless) == "0.100 [−∞, 0.300]"


def test_estimates_that_decide_stand_first_and_roles_differ_in_shape_as_in_colour() -> None:
    control = estimate(name="random", role="control")
    assert [e.role for e in charts.ordered([control, estimate()])] == ["member", "control"]
    roles = looks.ROLE_LOOKS.values()
    assert len({look.shape for look in roles}) == len({look.colour for look in roles}) == len(roles)


def test_each_unit_has_a_panel_of_its_own_and_delta_stands_only_where_something_decides() -> None:
    mixed = [estimate(), estimate(unit="Spearman's ρ", role="description")]
    first, second = charts.forest_panels(mixed, delta=0.01)
    assert "delta 0.01" in shown_text(charts.svg(first))
    assert "delta" not in shown_text(charts.svg(second))
    assert "Spearman's ρ" in shown_text(charts.svg(charts.forest(mixed, delta=0.01)))


def test_two_estimates_of_one_name_keep_a_row_each() -> None:
    panel = charts.forest_panels([estimate(), estimate()], delta=None)[0].to_dict()
    rows = next(rows for rows in panel["datasets"].values() if "role_word" in rows[0])
    assert len({row["label"] for row in rows}) == 2


def test_a_forest_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="no estimate"):
        charts.forest([], delta=0.01)


def test_what_log_axes_cannot_show_is_handed_back_with_the_reason() -> None:
    shown, left_out = charts.plottable(
        points(("cpc", 64, 0.2), ("cpc", 128, 0.0), ("cpc", 0, 0.3), ("random encoder", 0, 0.4))
    )
    assert list(shown["error"]) == [0.2, 0.4]
    assert list(left_out["why"]) == [
        "the error is not above 0",
        "no number of pretraining records",
    ]


def test_a_scaling_chart_shows_sizes_objectives_and_the_random_encoder() -> None:
    chart = charts.scaling(
        points(("cpc", 64, 0.3), ("cpc", 2048, 0.2), ("jepa", 64, 0.31), ("random encoder", 0, 0.4))
    )
    told = shown_text(charts.svg(chart))
    for expected in ("cpc", "jepa", "64", "2,048", "random encoder, 0.400", "pretraining records"):
        assert expected in told


def test_the_random_encoder_is_named_where_lines_have_fallen_below_it() -> None:
    table = points(("cpc", 64, 0.41), ("cpc", 2048, 0.2), ("random encoder", 0, 0.4))
    [name] = [
        layer["encoding"]["x"]
        for layer in charts.scaling(table).to_dict()["layer"]
        if layer["mark"]["type"] == "text"
    ]
    assert name == {"value": "width"}


def test_one_claim_is_told_from_none_beside_a_thousand() -> None:
    low = (Status.REFUTED, Certainty.LOW)
    spec = charts.status_by_certainty({(Status.UNCHECKED, None): 1000, low: 1}).to_dict()
    rows = next(iter(spec["datasets"].values()))
    shades = {row["claims"]: row["shade"] for row in rows}
    assert shades[0] < 0.1 < 0.2 < shades[1] < shades[1000]


def test_an_interval_that_reaches_below_zero_goes_down_to_the_edge() -> None:
    table = points(("cpc", 64, 0.2), ("cpc", 128, 0.1))
    table.loc[1, "low"] = -0.05
    spec = charts.scaling(table).to_dict()
    rows = next(iter(spec["datasets"].values()))
    edge = spec["layer"][0]["encoding"]["y"]["scale"]["domain"][0]
    assert rows[1]["bottom"] == edge > 0
    assert rows[1]["interval"] == "[−0.050, 0.110]"


def test_points_of_one_seed_are_drawn_without_an_interval() -> None:
    table = points(("cpc", 64, 0.2), ("cpc", 128, 0.1))
    table[["low", "high"]] = None
    rows = next(iter(charts.scaling(table).to_dict()["datasets"].values()))
    assert {row["interval"] for row in rows} == {"one seed, no interval"}
    assert {row["low"] for row in rows} == {None}


def test_a_scaling_chart_of_nothing_is_empty_and_not_an_error() -> None:
    assert "<svg" in charts.svg(charts.scaling(points(("cpc", 64, 0.2)).iloc[:0]))


def test_a_loss_curve_has_a_line_for_each_phase() -> None:
    steps = pd.DataFrame({"phase": ["pretrain", "probe"] * 3, "step": range(6), "loss": 0.5})
    told = shown_text(charts.svg(charts.loss_curve(steps)))
    assert "pretrain" in told
    assert "probe" in told


def test_a_drawing_is_the_same_text_each_time_and_as_wide_as_asked() -> None:
    chart = charts.forest([estimate()], delta=0.01)
    assert charts.svg(chart, width=300) == charts.svg(chart, width=300)
    narrow, wide = (
        float(etree.fromstring(charts.svg(chart, width=width).encode()).get("width"))
        for width in (200, 300)
    )
    assert wide - narrow == pytest.approx(100, abs=10)  # labels may overhang


def test_a_drawing_takes_its_text_colour_from_the_page_and_has_no_background() -> None:
    root = etree.fromstring(charts.svg(charts.forest([estimate()], delta=0.01)).encode())
    assert {text.get("fill") for text in root.iter(f"{SVG}text")} == {"currentColor"}
    assert not list(root.iter(f"{SVG}rect"))


def test_long_data_can_be_drawn() -> None:
    steps = pd.DataFrame({"phase": "pretrain", "step": range(6000), "loss": 0.5})
    assert "<svg" in charts.svg(charts.loss_curve(steps))


def test_names_that_hold_markup_are_text_in_the_drawing() -> None:
    drawn = charts.svg(charts.forest([estimate(name="<script>x</script>")], delta=None))
    assert "<script" not in drawn
    assert "<script>x</script>" in shown_text(drawn)


def test_a_forest_in_words_has_every_number() -> None:
    told = charts.describe_forest([estimate(), estimate(name="b", role="control")], 0.01)
    assert "cpc − jepa: 0.020 [0.010, 0.030] macro AUROC, n = 3 seeds, decides" in told
    assert "b: 0.020 [0.010, 0.030] macro AUROC, n = 3 seeds, control" in told
    assert told.endswith("The smallest effect that matters is 0.01.")


def test_scaling_in_words_names_the_ends_of_each_line_and_what_is_missing() -> None:
    told = charts.describe_scaling(
        points(("cpc", 2048, 0.2), ("cpc", 64, 0.3), ("random encoder", 0, 0.4), ("jepa", 64, 0.0))
    )
    assert "cpc, s4d, synthetic: from 0.300 at 64 records to 0.200 at 2,048" in told
    assert "random encoder, s4d, synthetic: 0.400" in told
    assert "1 point cannot be shown" in told


def test_a_chart_of_counts_in_words_says_none_where_there_are_none() -> None:
    assert charts.describe_counts({}, {}) == "0 claims: none."


def test_every_chart_is_valid_by_the_schema() -> None:
    drawn = [
        charts.forest([estimate(), estimate(role="control", unit="α")], delta=0.01),
        charts.scaling(points(("cpc", 64, 0.2), ("random encoder", 0, 0.4))),
        charts.status_counts({Status.VERIFIED: 1}),
        charts.loss_curve(pd.DataFrame({"phase": ["pretrain"], "step": [1], "loss": [0.5]})),
    ]
    for chart in drawn:
        assert chart.to_dict()["$schema"].startswith("https://vega.github.io/schema/vega-lite/")
