"""Every st.cache_* wrapper. What they keep is shared by all sessions: never a database session."""

import gc
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import streamlit as st

from app_pages._who import person
from verifier import laws, scaling
from verifier.archive import ClaimFilter, Facets
from verifier.ecgs import Shelf, ShelfName, open_shelf
from verifier.forecast import Paces, paces
from verifier.ledger import Ledger
from verifier.workspace import (
    Workspace,
    database_url,
    home_folder,
    is_read_only,
    open_workspace,
)

Stamp = tuple[object, ...]
N_PACED = 300  # runs of late that tell how long the next will take


def workspace() -> Workspace:
    """The one open workspace of this process, for the folder and database now in force."""
    return _opened(str(home_folder()), database_url(), is_closed=is_read_only())


@st.cache_resource(
    show_spinner="Opening the database …",
    max_entries=4,
    on_release=lambda opened: opened.database.close(),
)
def _opened(home: str, url: str, *, is_closed: bool) -> Workspace:
    """Opened once; the arguments are what open_workspace reads, here so that a change reopens."""
    environment = {"VERIFIER_HOME": home, "VERIFIER_DATABASE_URL": url}
    environment["VERIFIER_READ_ONLY"] = "1" if is_closed else ""
    opened = open_workspace(environment, who=person)
    _keep_from_collector()
    return opened


def _keep_from_collector() -> None:
    """Let the garbage collector pass over what is loaded by now and stays.

    Walking over all modules costs 0.1 s, in the middle of somebody's visit.
    """
    gc.collect()
    gc.freeze()


def ledger() -> Ledger:
    """What ended runs came to, up to date as far as `refreshed` was called."""
    return _ledger(str(home_folder()), database_url())


@st.cache_resource(show_spinner="Reading the runs …", max_entries=4)
def _ledger(home: str, url: str) -> Ledger:
    read = Ledger(workspace().queue)
    read.refreshed()
    _keep_from_collector()
    return read


def scaling_points(measure: str, along: str) -> pd.DataFrame:
    """The points of every series under one measure; computed again only when a run has ended."""
    kept = ledger()
    return _points(str(home_folder()), database_url(), repr(kept.refreshed()), measure, along)


@st.cache_data(show_spinner="Reading the runs …", max_entries=30)
def _points(home: str, url: str, stamp: str, measure: str, along: str) -> pd.DataFrame:
    return scaling.points_of(ledger().trained(), measure=measure, along=along)


def scaling_lines(measure: str, along: str, series: tuple[str, ...]) -> list[laws.Line]:
    """The laws of some series; a fit takes a second, and is kept until a run ends."""
    stamp = repr(ledger().refreshed())
    return _lines(str(home_folder()), database_url(), stamp, measure, along, series)


@st.cache_data(show_spinner="Fitting …", max_entries=100)
def _lines(
    home: str, url: str, stamp: str, measure: str, along: str, series: tuple[str, ...]
) -> list[laws.Line]:
    points = _points(home, url, stamp, measure, along)
    return laws.lines(points[points["series"].isin(series)])


@dataclass(frozen=True)
class Choices:
    """What the claims at hand can be filtered by."""

    topics: list[str]
    studies: list[str]
    reports: dict[int, str]  # titles by id


def choices() -> Choices:
    return _choices(str(workspace().database.url), workspace().archive.stamp())


@st.cache_data(max_entries=8, ttl=3600, show_spinner=False)
def _choices(url: str, stamp: Stamp) -> Choices:
    """The arguments are what decides the answer."""
    archive = workspace().archive
    return Choices(archive.topics(), archive.studies(), archive.report_titles())


def facets(wanted: ClaimFilter) -> Facets:
    return _facets(wanted, repr(wanted), str(workspace().database.url), workspace().archive.stamp())


@st.cache_data(max_entries=256, ttl=3600, show_spinner=False)
def _facets(_wanted: ClaimFilter, said: str, url: str, stamp: Stamp) -> Facets:
    return workspace().archive.facets(_wanted)


def known_paces() -> Paces:
    """How long runs took of late; looked up anew when one has ended."""
    return _paces(str(workspace().database.url), workspace().queue.stamp())


@st.cache_data(max_entries=8, ttl=3600, show_spinner=False)
def _paces(url: str, stamp: tuple[int, object]) -> Paces:
    return paces(workspace().queue.runs(states=("succeeded",), limit=N_PACED))


def shelf(name: ShelfName) -> Shelf | None:
    """A data set's index, opened once for all sessions; signals stay on the disk."""
    return _shelf(str(workspace().cache_folder), name.key, name.stamp)


@st.cache_resource(show_spinner="Opening the data set …", max_entries=6)
def _shelf(cache: str, key: str, stamp: int) -> Shelf | None:
    return open_shelf(Path(cache), key)
