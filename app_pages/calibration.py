"""How far each witness can be trusted: what it said against what came, and how often it errs."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

from app_pages._cache import workspace
from app_pages._words import literal, plural
from verifier import charts, figures
from verifier.statistics.reliability import wilson

RATES = {
    "wrong_decisive": ("Decided wrongly", "claims", "at most 5 %"),
    "wrong_decisive_when_looking": ("… when looking as seeds come in", "claims", "at most 5 %"),
    "right_decisive_at_2_delta": ("Decided rightly at twice delta", "at_2_delta", "at least 90 %"),
    "coverage": ("95 % intervals that hold the truth", "intervals", "93 to 97 %"),
}
CORPORA = {"scifact": "SciFact's claims", "field": "this field's claims"}


def share(rate: float | None, n: int) -> str:
    """A rate with its 95 % interval and what it was counted over."""
    if rate is None or not n:
        return "—"
    low, high = wilson(round(rate * n), n)
    return f"{100 * rate:.1f} % ({100 * low:.1f}–{100 * high:.1f}), n = {n:,}"


def rates(found: Mapping[str, Any]) -> pd.DataFrame:
    """A row for each check, a column for each rate."""
    rows = []
    for check in found["wrong_decisive"]:
        row = {"Check": check}
        for key, (title, counted, _) in RATES.items():
            row[title] = share(found[key][check], found["n"][counted][check])
        rows.append(row)
    return pd.DataFrame(rows)


def diagram(rows: list[Mapping[str, float]], *, key: str) -> None:
    st.altair_chart(charts.calibration(rows), key=key, alt=charts.describe_calibration(rows))


def experiment(found: Mapping[str, Any], *, is_own: bool) -> None:
    st.subheader("The experiment witness")
    world = found["world"]
    st.markdown(
        f"{plural(found['claims'], 'claim')} with planted truth went through the engine itself: "
        "scores of simulated runs, measured, resampled and decided by each check. The true effects "
        "are 0, ½, 1, 2 and 4 times the smallest that matters (delta), the spread over seeds and "
        "patients is what stored runs had, and each claim has "
        f"{plural(world['n_seeds'], 'seed')} and {plural(world['n_patients'], 'test patient')}. "
        "An effect of exactly delta does not exceed it."
    )
    error = found["expected_calibration_error"]
    sure = found["calibration_error_of_decisions"]
    left, middle, right = st.columns(3)
    left.metric("Expected calibration error", charts.number(error), border=True)
    middle.metric("… of the confidence of decisions", charts.number(sure), border=True)
    right.metric("Claims", f"{found['claims']:,}", border=True)
    diagram(found["reliability"], key="calibration_experiment")
    st.caption(
        "Each point is a tenth of the scale; its bar is the 95 % interval of what came. On the "
        "dashed line a probability means what it says; the expected calibration error is how far "
        "off it the points are, each by the share of claims in it."
    )
    st.dataframe(
        rates(found),
        hide_index=True,
        key="calibration_rates",
        alt="How often every check decided wrongly and rightly, and how its intervals cover",
    )
    goals = "; ".join(f"{title.removeprefix('… ')}: {goal}" for title, _, goal in RATES.values())
    st.caption(literal(f"Goals: {goals}. Intervals in brackets are Wilson's, 95 %."))
    whence = "calibrated here" if is_own else "the figures that came with the program"
    st.caption(f"These are {whence}. To make them again:")
    st.code("python -m verifier calibrate --json", language=None, wrap_lines=True)


def literature() -> None:
    st.subheader("The literature witness")
    found = figures.of_literature()
    if not found:
        st.info(
            "This version keeps no pairs that the literature's judge was not fitted on. "
            "`python -m verifier bench literature` measures it on labelled claims.",
            icon=":material/menu_book:",
        )
        return
    st.markdown(
        "Labelled pairs of a claim and a document, each judged by a model that had not seen it. "
        "What is said is the probability of the likeliest finding."
    )
    for (corpus, figure), place in zip(found.items(), st.columns(len(found)), strict=True):
        with place:
            error = charts.number(figure["expected_calibration_error"])
            st.markdown(
                f"**{CORPORA.get(corpus, literal(corpus))}**: {figure['n']:,} pairs, expected "
                f"calibration error {error}"
            )
            diagram(figure["reliability"], key=f"calibration_{corpus}")


st.title("How far to trust it")
experiment_figures, is_made_here = figures.last(workspace().home)
experiment(experiment_figures, is_own=is_made_here)
literature()
