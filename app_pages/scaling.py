"""How the error falls with more pretraining records, as measured; no curve where range is short."""

import pandas as pd
import streamlit as st

from app_pages._cache import workspace
from app_pages._parts import BOUND
from app_pages._words import literal, plural
from verifier import charts, scaling

queue = workspace().queue


def one_of(label: str, options: list[str], *, key: str) -> str:
    chosen = st.selectbox(label, options, key=key, bind=BOUND)
    return chosen or options[0]


def figure(points: pd.DataFrame) -> None:
    shown, hidden = charts.plottable(points)
    if not shown.empty:
        st.altair_chart(
            charts.scaling(points), key="scaling_chart", alt=charts.describe_scaling(points)
        )
        st.caption(
            "Bars are 95 % intervals over seeds. The dashed line is the same network with random "
            "weights: what pretraining has to beat."
        )
    if not hidden.empty:
        reasons = ", ".join(sorted(set(hidden["why"])))
        st.caption(f"{plural(len(hidden), 'point')} cannot stand on log axes: {literal(reasons)}.")


def table(points: pd.DataFrame) -> None:
    columns = ["objective", "settings", "n_records", "n_seeds", "error", "low", "high", "auroc"]
    if not points["settings"].any():
        columns.remove("settings")
    st.dataframe(
        points[columns],
        hide_index=True,
        key="scaling_table",
        alt="Mean error over seeds for every objective and size, with its interval",
        column_config={
            "objective": st.column_config.TextColumn("Objective"),
            "settings": st.column_config.TextColumn("Differs in"),
            "n_records": st.column_config.NumberColumn("Pretraining records", format="localized"),
            "n_seeds": st.column_config.NumberColumn("Seeds"),
            "error": st.column_config.NumberColumn("Error", format="%.4f"),
            "low": st.column_config.NumberColumn("From", format="%.4f"),
            "high": st.column_config.NumberColumn("To", format="%.4f"),
            "auroc": st.column_config.NumberColumn("Macro AUROC", format="%.4f"),
        },
    )


def nothing_yet() -> None:
    st.info(
        "No run has been scored yet. Verify a claim about scaling, and its runs appear here.",
        icon=":material/show_chart:",
    )
    st.page_link("app_pages/claims.py", label="Choose claims", icon=":material/fact_check:")


st.title("Scaling")
st.caption("Error is 1 − macro AUROC of the linear probe on the test fold, averaged over seeds.")
runs = queue.runs()
measured = queue.measurements([run.id for run in runs])
points = scaling.points(runs, measured)
if points.empty:
    nothing_yet()
else:
    with st.container(horizontal=True):
        data = one_of("Data set", sorted(set(points["data"])), key="data")
        on_data = points[points["data"] == data]
        backbone = one_of("Backbone", sorted(set(on_data["backbone"])), key="backbone")
    chosen = on_data[on_data["backbone"] == backbone]
    note = scaling.range_note(chosen)
    if note is not None:
        st.info(literal(note), icon=":material/straighten:")
    figure(chosen)
    table(chosen)
counted_out = scaling.left_out(runs, measured)
if counted_out:
    told = ", ".join(f"{n} {why}" for why, n in counted_out.items())
    st.caption(f"Runs that count for no point: {told}.")
