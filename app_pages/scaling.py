"""How errors fall with more pretraining: points, laws where the range allows, runs behind them."""

from collections.abc import Callable, Sequence

import pandas as pd
import streamlit as st

from app_pages._cache import ledger, scaling_lines, scaling_points
from app_pages._parts import BOUND, RUN_PAGE
from app_pages._words import literal, plural
from verifier import charts, laws, scaling
from verifier.laws import Line
from verifier.measures import MEASURES
from verifier.trained import AXES, BATCH, RECORDS

PICKS = "point"  # what a click on the chart chooses
MOST_LINKS = 30
USUAL = "usual settings"
BASELINE = "The dashed line is the same network with random weights: what pretraining has to beat."
NO_BASELINE = "No run says what this network does with random weights."


def one_of(
    label: str, options: Sequence[str], *, key: str, words: Callable[[str], str] = str
) -> str:
    chosen = st.selectbox(label, options, key=key, bind=BOUND, format_func=words)
    return chosen or options[0]


def measures_taken() -> list[str]:
    """Measures that some run has taken, in their order; those of pairs last."""
    taken = {key for one in ledger().trained() for key in one.values}
    return [key for key in MEASURES if key in taken]


def axes_of(points_are_of_pairs: bool) -> list[str]:
    return list(AXES) if points_are_of_pairs else [RECORDS, BATCH]


def figure(points: pd.DataFrame, found: Sequence[Line], measure: str, along: str) -> str | None:
    """The chart with its words; returns the name of the point that was clicked, if any."""
    shown, hidden = charts.plottable(points)
    looks = charts.ScalingLooks(
        error=MEASURES[measure].title,
        size=AXES[along],
        curves=laws.curves(found),
        held_out=laws.held_out(found),
        picks=PICKS,
    )
    clicked = None
    if not shown.empty:
        told = f"{charts.describe_scaling(points, looks)} {laws.describe(found)}"
        event = st.altair_chart(
            charts.scaling(points, looks),
            key="scaling_chart",
            alt=told,
            on_select="rerun",
            selection_mode=[PICKS],
        )
        clicked = clicked_point(event)
        has_random = (shown["objective"] == charts.RANDOM_ENCODER).any()
        st.caption(
            "Bars are 95 % intervals over seeds. A line with a band is the fitted law and 95 % of "
            "its fits to resampled seeds; a ring is what the smaller sizes foretell of the "
            f"largest. {BASELINE if has_random else NO_BASELINE} Click a point for its runs."
        )
    if not hidden.empty:
        reasons = ", ".join(sorted(set(hidden["why"])))
        st.caption(f"{plural(len(hidden), 'point')} cannot stand on log axes: {literal(reasons)}.")
    return clicked


def clicked_point(event: object) -> str | None:
    picked = getattr(event, "selection", {}).get(PICKS) or []
    if not picked:
        return None
    return point_name(picked[0].get("series"), picked[0].get("n_records"))


def point_name(series: object, n_records: object) -> str:
    return f"{series} {n_records}"


def exponents(found: Sequence[Line]) -> None:
    """Every exponent with its interval, and the held-out size; or why there is none."""
    if not found:
        return
    st.subheader("Exponents")
    rows = laws.table(found)
    rows.loc[rows["settings"] == "", "settings"] = USUAL
    if rows["exponent"].isna().all():
        rows = rows[["objective", "settings", "n_sizes", "n_seeds", "why_not"]]
    elif (rows["why_not"] == "").all():
        rows = rows.drop(columns=["why_not"])
    number = st.column_config.NumberColumn
    st.dataframe(
        rows,
        hide_index=True,
        placeholder="–",
        key="exponents",
        alt="Exponent of every curve with its interval, and what was foretold of the largest size",
        column_config={
            "objective": st.column_config.TextColumn("Objective"),
            "settings": st.column_config.TextColumn("Settings"),
            "form": st.column_config.TextColumn("Best form", help="By AICc, on log errors"),
            "exponent": number("Exponent", format="%.3f", help="Of the power law without a floor"),
            "low": number("From", format="%.3f"),
            "high": number("To", format="%.3f"),
            "floor": number("Floor", format="%.3f", help="Of the best form"),
            "held_out_size": number("Held-out size", format="localized"),
            "predicted": number("Foretold", format="%.4f"),
            "measured": number("Measured", format="%.4f"),
            "n_sizes": number("Sizes"),
            "n_seeds": number("Seeds with every size"),
            "why_not": st.column_config.TextColumn("Why no law", width="large"),
        },
    )


def table(points: pd.DataFrame, along: str) -> None:
    columns = ["objective", "settings", "n_records", "n_seeds", "error", "low", "high"]
    if not points["settings"].any():
        columns.remove("settings")
    st.subheader("Points")
    st.dataframe(
        points[columns],
        hide_index=True,
        placeholder="–",
        key="scaling_table",
        alt="Mean error over seeds for every objective and size, with its interval",
        column_config={
            "objective": st.column_config.TextColumn("Objective"),
            "settings": st.column_config.TextColumn("Differs in"),
            "n_records": st.column_config.NumberColumn(
                AXES[along].capitalize(), format="localized"
            ),
            "n_seeds": st.column_config.NumberColumn("Seeds"),
            "error": st.column_config.NumberColumn("Error", format="%.4f"),
            "low": st.column_config.NumberColumn("From", format="%.4f"),
            "high": st.column_config.NumberColumn("To", format="%.4f"),
        },
    )


def runs_behind(points: pd.DataFrame, clicked: str | None) -> None:
    """The runs of one point, chosen by a click on the chart or from the list."""
    st.subheader("Runs behind a point")
    names = {
        point_name(row["series"], row["n_records"]): f"{row['objective']}"
        + (f" ({row['settings']})" if row["settings"] else "")
        + f", {row['n_records']:,}"
        for row in points.to_dict("records")
    }
    chosen = st.selectbox(
        "Point", list(names), index=None, key="chosen_point", format_func=names.__getitem__,
        placeholder="click one in the chart, or choose it here",
    )  # fmt: skip
    name = clicked if clicked in names else chosen
    if name is None:
        return
    place = list(names).index(name)
    run_ids = points.iloc[place]["run_ids"]
    st.markdown(f"**{literal(names[name])}**: {plural(len(run_ids), 'run')}")
    with st.container(horizontal=True):
        for run_id in run_ids[:MOST_LINKS]:
            st.page_link(
                RUN_PAGE, label=f"Run {run_id}", icon=":material/directions_run:",
                query_params={"id": str(run_id)},
            )  # fmt: skip
    if len(run_ids) > MOST_LINKS:
        st.caption(f"The first {MOST_LINKS} are shown.")


def nothing_yet() -> None:
    st.info(
        "No run has been scored yet. Verify a claim about scaling, and its runs appear here.",
        icon=":material/show_chart:",
    )
    st.page_link("app_pages/claims.py", label="Choose claims", icon=":material/fact_check:")


def settings_of(points: pd.DataFrame) -> pd.DataFrame:
    """Only the commonest settings, unless a person asks for another: many lines are unreadable."""
    trained = points[points["objective"] != charts.RANDOM_ENCODER]
    if trained.empty:
        return points
    options = [USUAL, *sorted(set(trained["settings"]) - {""})]
    chosen = one_of("Settings", options, key="settings") if len(options) > 1 else USUAL
    wanted = "" if chosen == USUAL else chosen
    return scaling.beside(trained[trained["settings"] == wanted], points)


def show(taken: Sequence[str]) -> None:
    with st.container(horizontal=True):
        measure = one_of("Measured by", taken, key="measure", words=lambda key: MEASURES[key].word)
        axes = axes_of(MEASURES[measure].is_of_pairs)
        along = one_of("Against", axes, key="against", words=AXES.__getitem__)
        points = scaling_points(measure, along)
        data = one_of("Data set", sorted(set(points["data"])), key="data")
        on_data = points[points["data"] == data]
        n_sizes = on_data.groupby("backbone")["n_records"].nunique()
        widest = sorted(n_sizes.index, key=lambda name: (-n_sizes[name], name))
        backbone = one_of("Backbone", widest, key="backbone")
        chosen = settings_of(on_data[on_data["backbone"] == backbone])
    found = scaling_lines(measure, along, tuple(chosen["series"].unique()))
    note = laws.range_note(found)
    if note is not None:
        st.info(literal(note), icon=":material/straighten:")
    clicked = figure(chosen, found, measure, along)
    exponents(found)
    runs_behind(chosen, clicked)
    table(chosen, along)


st.title("Scaling")
st.caption("Errors on the test fold, averaged over seeds. Less is better in every chart.")
ledger().refreshed()
taken = measures_taken()
if taken:
    show(taken)
else:
    nothing_yet()
counted_out = ledger().left_out()
if counted_out:
    told = ", ".join(f"{n} {why}" for why, n in counted_out.items())
    st.caption(f"Runs that count for no point: {told}.")
