"""Two to eight runs side by side: only what differs, means over seeds, curves on one chart."""

import pandas as pd
import streamlit as st

from app_pages._cache import workspace
from app_pages._looks import state_words
from app_pages._parts import open_run, permalink
from app_pages._tables import is_main
from app_pages._words import duration, plural
from verifier import charts
from verifier.comparison import (
    FEWEST,
    MOST,
    Difference,
    SeedMean,
    differences,
    measure_name,
    seed_means,
)
from verifier.queue import Measurement, Run

queue = workspace().queue


def asked_runs() -> list[Run]:
    """`?runs=3,7,12` as the address has it, in that order; what is no run is left out."""
    words = str(st.query_params.get("runs", ""))[:400].replace(" ", "").split(",")
    ids = [int(word) for word in dict.fromkeys(words) if word.isdecimal() and len(word) <= 18]
    found = {run.id: run for run in queue.runs(ids=ids[:MOST])}
    return [found[id] for id in ids if id in found]


def column(run: Run) -> str:
    return f"run {run.id}"


def which(runs: list[Run]) -> None:
    """The runs themselves, each with a way to it."""
    with st.grid(4, key="compared", min_column_width=210):
        for run in runs:
            with st.container(border=True, height="stretch", key=f"compared_{run.id}"):
                st.button(
                    column(run),
                    key=f"open_{run.id}",
                    icon=":material/open_in_full:",
                    type="tertiary",
                    on_click=open_run,
                    args=(run.id,),
                )
                st.text(run.label)
                validity = " (invalid)" if run.is_valid is False else ""
                took = "" if run.seconds is None else f" · took {duration(run.seconds)}"
                st.caption(f"{state_words(run.state)}{validity}{took}")


def what_differs(found: list[Difference], runs: list[Run]) -> None:
    st.subheader("What differs")
    if not found:
        st.markdown("Nothing that was recorded: they have the same recipe, data and environment.")
        return
    rows = [
        {"Part": d.part, "Setting": d.name}
        | {column(run): value for run, value in zip(runs, d.values, strict=True)}
        for d in found
    ]
    st.dataframe(
        pd.DataFrame(rows),
        hide_index=True,
        height="content",
        key="differences",
        alt="Settings in which the runs differ, one column for each run",
    )
    st.caption("Everything that is the same in all of them is left out.")


def what_was_measured(runs: list[Run], measured: dict[int, list[Measurement]]) -> None:
    st.subheader("What was measured")
    names = dict.fromkeys(measure_name(m) for run in runs for m in measured[run.id])
    if not names:
        st.markdown("Nothing measured yet.")
        return
    by_run = {run.id: {measure_name(m): m.value for m in measured[run.id]} for run in runs}
    rows = [
        {"Measure": name} | {column(run): by_run[run.id].get(name) for run in runs}
        for name in sorted(names, key=_importance)
    ]
    number = st.column_config.NumberColumn(format="%.4f")
    st.dataframe(
        pd.DataFrame(rows),
        hide_index=True,
        height="content",
        placeholder="–",
        key="measured",
        alt="Every measure, one column for each run",
        column_config={column(run): number for run in runs},
    )


def _importance(name: str) -> tuple[bool, bool, str]:
    return (not is_main(name), "test" not in name, name)


def over_seeds(found: list[SeedMean]) -> None:
    """Each group of runs that differ in seed alone, as a mean with its interval."""
    st.subheader("Means over seeds")
    if not found:
        st.markdown("No valid run has ended with a measurement yet.")
        return
    measures = sorted({each.measure for each in found}, key=_importance)
    measure = st.selectbox("Measure", measures, key="measure")
    chosen = [each for each in found if each.measure == measure]
    st.altair_chart(
        charts.seed_means(chosen), key="seed_means", alt=charts.describe_seed_means(chosen)
    )
    st.dataframe(
        pd.DataFrame(
            [
                {
                    "Setting": each.setting,
                    "Mean": each.mean,
                    "From": each.low,
                    "To": each.high,
                    "Seeds": each.n_seeds,
                    "Runs": ", ".join(map(str, each.run_ids)),
                }
                for each in chosen
            ]
        ),
        hide_index=True,
        height="content",
        placeholder="–",
        key="seed_table",
        alt=charts.describe_seed_means(chosen),
        column_config={
            name: st.column_config.NumberColumn(format="%.4f") for name in ("Mean", "From", "To")
        },
    )
    st.caption(
        "The ends are those of the 95 % t interval over seeds; one seed has none. Invalid runs "
        "are never averaged in. Named are the fewest settings that tell the rows apart; all that "
        "differs stands below."
    )


def curves(runs: list[Run]) -> None:
    points = pd.DataFrame(
        [
            {"run": column(run), "phase": p.phase, "step": p.step, "loss": p.loss}
            for run in runs
            for p in queue.progress(run.id)
        ],
        columns=["run", "phase", "step", "loss"],
    ).dropna(subset=["loss"])
    if points.empty:
        return
    st.subheader("Loss")
    phases = list(dict.fromkeys(points["phase"]))
    phase = st.selectbox("Phase", phases, key="phase") if len(phases) > 1 else phases[0]
    shown = points[points["phase"] == phase]
    st.altair_chart(
        charts.loss_curves(shown),
        key="loss_curves",
        alt=f"Loss of {plural(shown['run'].nunique(), 'run')} by step, {phase}",
    )
    if len({str(run.task.get("objective")) for run in runs}) > 1:
        st.caption(
            "The losses of different objectives are different quantities: compare how each falls, "
            "not how high it stands."
        )


runs = asked_runs()
if len(runs) < FEWEST:
    st.title("Compare runs")
    st.info(
        f"Select {FEWEST} to {MOST} runs in the list of runs, then press Compare.",
        icon=":material/compare:",
    )
    st.page_link("app_pages/runs.py", label="All runs", icon=":material/directions_run:")
else:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.page_link("app_pages/runs.py", label="Runs", icon=":material/arrow_back:")
    st.title(f"Compare {plural(len(runs), 'run')}")
    permalink("compare", {"runs": ",".join(str(run.id) for run in runs)})
    which(runs)
    measured = queue.measurements([run.id for run in runs])
    over_seeds(seed_means(runs, measured))
    what_differs(differences(runs), runs)
    what_was_measured(runs, measured)
    curves(runs)
