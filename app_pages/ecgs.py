"""A record on ECG paper: its labels, its report, and the reports a trained model puts nearest."""

from math import ceil

import pandas as pd
import streamlit as st

from app_pages._cache import ledger, shelf, workspace
from app_pages._parts import BOUND
from app_pages._words import literal, plural
from verifier import ecg_paper, ecgs
from verifier.ecgs import Shelf, ShelfName
from verifier.queue import Run

PER_PAGE = 8
ANY_FOLD = "any"
MOST_RUNS = 20
RECORD = "record"  # of the address

queue = workspace().queue


def chosen_shelf() -> ShelfName:
    there = {name.key: name for name in ecgs.shelves(workspace().cache_folder)}

    def words(key: str) -> str:
        name = there[key]
        return f"{name.data_set}, {name.sampling_hz} Hz" + (
            " (made up, always there)" if key == ecgs.SYNTHETIC else ""
        )

    key = st.selectbox("Data set", list(there), key="data", bind=BOUND, format_func=words)
    return there[key or ecgs.SYNTHETIC]


def found_rows(opened: Shelf) -> list[int]:
    with st.grid(3, key="filters", min_column_width=170, vertical_alignment="bottom"):
        labels = st.multiselect("Labels", opened.label_names, key="label", bind=BOUND)
        folds = [ANY_FOLD, *dict.fromkeys(opened.splits)]
        fold = st.selectbox("Fold", folds, key="fold", bind=BOUND) or ANY_FOLD
        words = st.text_input(
            "Patient, record or words of the report", key="words", bind=BOUND, type="search",
            max_chars=100,
        )  # fmt: skip
    split = "" if fold == ANY_FOLD else fold
    found = opened.find(labels=labels, split=split, words=words or "")
    return [int(row) for row in found]


def show_record(record_id: str) -> None:
    st.query_params[RECORD] = record_id


def pick(ids: list[str]) -> None:
    click = st.session_state.get("pick_record")
    if click is not None and 0 <= click["row"] < len(ids):
        show_record(ids[click["row"]])


def listing(opened: Shelf, rows: list[int]) -> None:
    """A page of the records that were found, each with a button that shows it."""
    n_pages = ceil(len(rows) / PER_PAGE)
    slot = st.container()
    number = st.pagination(n_pages, key="page", bind=BOUND) if n_pages > 1 else 1
    some = rows[(number - 1) * PER_PAGE : number * PER_PAGE]
    ids = [opened.record_ids[row] for row in some]
    table = pd.DataFrame(
        {
            "record": ids,
            "labels": [", ".join(opened.labels(row)) or "none known" for row in some],
            "patient": [opened.patient_ids[row] for row in some],
            "fold": [opened.splits[row] for row in some],
            "report": [opened.reports[row] for row in some],
        }
    )
    with slot:
        st.dataframe(
            table,
            hide_index=True,
            height="content",
            key="records",
            alt="Records with their labels, patient, fold and report",
            column_config={
                "record": st.column_config.ButtonColumn(
                    "Record", type="tertiary", key="pick_record", on_click=pick, args=(ids,),
                    pinned=True, alignment="left",
                ),
                "labels": st.column_config.TextColumn("Labels"),
                "patient": st.column_config.TextColumn("Patient"),
                "fold": st.column_config.TextColumn("Fold"),
                "report": st.column_config.TextColumn("Report", width="large"),
            },
        )  # fmt: skip


def wanted_row(opened: Shelf, rows: list[int]) -> int | None:
    """The record of the address, or else the first that was found."""
    asked = str(st.query_params.get(RECORD, ""))[:200]
    if asked and (row := opened.row_of(asked)) is not None:
        return row
    if asked:
        st.warning(
            f"This data set has no record “{literal(asked)}”; the first one found is shown.",
            icon=":material/search_off:",
        )
    return rows[0] if rows else None


def neighbours(rows: list[int], row: int) -> None:
    """One record back, one on, among those found."""
    place = rows.index(row) if row in rows else -1
    before = rows[place - 1] if place > 0 else None
    after = rows[place + 1] if place + 1 < len(rows) else None
    with st.container(horizontal=True):
        for key, label, icon, shortcut, other in (
            ("previous", "Previous", ":material/chevron_left:", "K", before),
            ("next", "Next", ":material/chevron_right:", "J", after),
        ):
            st.button(
                label, icon=icon, key=key, shortcut=shortcut, disabled=other is None,
                on_click=show_record, args=(opened.record_ids[other] if other is not None else "",),
            )  # fmt: skip


def paper(opened: Shelf, row: int) -> None:
    record_id = opened.record_ids[row]
    labels = ", ".join(opened.labels(row)) or "no label known"
    arrangement = st.radio(
        "Arrangement", list(ecg_paper.ARRANGEMENTS), horizontal=True, key="arrangement", bind=BOUND,
    )  # fmt: skip
    alt = (
        f"Twelve-lead ECG of record {record_id} on paper, 25 mm per second and 10 mm per "
        f"millivolt, {arrangement}. Labels: {labels}."
    )
    drawn = ecg_paper.draw(
        opened.signal_mv(row), sampling_hz=opened.sampling_hz, arrangement=arrangement, title=alt
    )
    st.image(drawn, width="stretch", alt=alt)
    st.download_button(
        "This picture as SVG, in true size",
        drawn,
        file_name=f"{opened.name}-{record_id}.svg".replace("/", "-"),
        mime="image/svg+xml",
        icon=":material/download:",
        key="svg",
        on_click="ignore",
    )


def said_of(opened: Shelf, row: int) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        for label in opened.labels(row):
            st.badge(literal(label), icon=":material/label:", color="blue")
        if not opened.labels(row):
            st.caption("No label is known.", width="content")
        st.caption(
            literal(f"patient {opened.patient_ids[row]} · {opened.splits[row]} fold"),
            width="content",
        )
    st.subheader("Its report")
    if opened.reports[row].strip():
        st.text(opened.reports[row])
    else:
        st.markdown("It has no report.")


def runs_that_saw(opened: Shelf) -> list[Run]:
    """Runs that placed the reports of this data set, the newest first."""
    ledger().refreshed()
    able = [
        one.run_id
        for one in ledger().trained()
        if "R@10" in one.values and one.data.partition(":")[0] == opened.name
    ]
    newest = queue.runs(ids=sorted(able)[-MOST_RUNS:]) if able else []
    return [run for run in newest if ecgs.has_seen(opened, task=run.task, result=run.result or {})]


def nearest_reports(opened: Shelf, row: int) -> None:
    st.subheader("Nearest reports")
    runs = {run.id: run for run in runs_that_saw(opened)}
    if not runs:
        st.markdown(
            "No run has learned ECGs and reports of this data set together yet. Verify a claim "
            "about alignment, or train a recipe with the probe *retrieval*."
        )
        return
    run_id = st.selectbox(
        "Under the model of", list(runs), key="model",
        format_func=lambda each: f"run {each}: {runs[each].label}",
    )  # fmt: skip
    found = near_reports(int(run_id), opened.record_ids[row])
    if found is None:
        st.markdown(
            "This run kept no place for this record: it was not in the run's test fold, or the "
            "run is older than this page."
        )
        return
    table = pd.DataFrame(
        {
            "report": [opened.report_of(each.record_id) or "not known here" for each in found],
            "similarity": [each.similarity for each in found],
            "whose": ["its own" if each.is_own else each.record_id for each in found],
        }
    )
    st.dataframe(
        table,
        hide_index=True,
        height="content",
        key="nearest",
        alt="Reports nearest to this record under the chosen model, with their similarity",
        column_config={
            "report": st.column_config.TextColumn("Report", width="large"),
            "similarity": st.column_config.NumberColumn("Cosine", format="%.3f"),
            "whose": st.column_config.TextColumn("Whose it is"),
        },
    )


@st.cache_data(max_entries=500, show_spinner=False)
def near_reports(run_id: int, record_id: str) -> list[ecgs.Near] | None:
    kept = queue.predictions(run_id)
    return None if kept is None else ecgs.nearest(kept, record_id)


st.title("ECGs")
st.caption("Records as training sees them, on standard paper. Nothing is measured for you here.")
opened_or_none = shelf(chosen_shelf())
if opened_or_none is None:
    st.warning(
        "This data set is not whole on this disk; prepare it again.", icon=":material/error:"
    )
else:
    opened = opened_or_none
    rows = found_rows(opened)
    st.markdown(f"**{plural(len(rows), 'record')}** of {len(opened.record_ids):,}")
    row = wanted_row(opened, rows)
    if row is None:
        st.info("No record passes these filters.", icon=":material/filter_alt_off:")
    else:
        st.header(literal(opened.record_ids[row]))
        neighbours(rows, row)
        paper(opened, row)
        said_of(opened, row)
        nearest_reports(opened, row)
    if rows:
        st.subheader("Records found")
        listing(opened, rows)
