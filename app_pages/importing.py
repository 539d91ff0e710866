"""Bring in a report: read, shown, and only then stored. Or documents to check claims against."""

from pathlib import Path
from typing import NamedTuple

import pandas as pd
import streamlit as st

from app_pages._cache import workspace
from app_pages._looks import reported_words
from app_pages._parts import report_label, told
from app_pages._words import NONE, literal, plural
from verifier import intake
from verifier.claim import InputError
from verifier.document import Document

MOST_AT_ONCE = 50  # rows of the preview; a longer one scrolls in its frame
MOST_BYTES = 20 * 1024 * 1024  # as in .streamlit/config.toml
UPLOAD, PATH = "upload a file", "a file on this machine"


class Given(NamedTuple):
    name: str
    data: bytes


def given_file() -> Given | None:
    """The report a person points at, whole, or None while there is none."""
    way = st.radio("Where is it", [UPLOAD, PATH], horizontal=True, key="way")
    if way == UPLOAD:
        uploaded = st.file_uploader(
            "Report",
            key="report_file",
            help="Synthesis text, Markdown, HTML, CSV, TSV, JSON or JSON lines, up to 5 MB",
        )
        return None if uploaded is None else Given(uploaded.name, uploaded.getvalue())
    path = st.text_input("Path of the file", key="report_path", max_chars=1000)
    return read_path(path.strip()) if path and path.strip() else None


def read_path(written: str) -> Given:
    """A regular file of this machine.

    Raises:
        InputError: there is none, or it is too large.
    """
    try:
        path = Path(written).expanduser()
        if not path.is_file():
            raise InputError(f"There is no file {written!r} on this machine.")
        size = path.stat().st_size
        if size > MOST_BYTES:
            raise InputError(f"{path.name} has {size / 2**20:.0f} MB; at most 20 MB are read.")
        return Given(path.name, path.read_bytes())
    except (OSError, ValueError, RuntimeError) as error:  # the last for nobody's home folder, ~x
        if isinstance(error, InputError):
            raise
        raise InputError(f"{written!r} cannot be read: {str(error).rstrip('.')}.") from None


def show_error(error: InputError) -> None:
    """The importer's own words, line by line."""
    st.error("This cannot be read as it is. Nothing was stored.", icon=":material/error:")
    st.text(str(error))


def report_section() -> None:
    try:
        given = given_file()
        read = None if given is None else intake.preview(workspace(), given.data, name=given.name)
    except InputError as error:
        show_error(error)
        return
    if read is not None:
        say_whether_stored(read)
        show_preview(read)


def show_preview(read: intake.Intake) -> None:
    n_new = sum(decision.is_new for decision in read.decisions)
    n_known = len(read.decisions) - n_new
    is_stored = read.known_report_id is not None
    st.subheader("What stands in it" if is_stored else "What importing would do")
    st.text(read.report.title)
    st.caption(literal(_about(read)))
    split = "" if is_stored else f": {n_new} new, {n_known} linked to claims already known"
    st.markdown(
        f"**{plural(len(read.decisions), 'claim')}**{split}. "
        f"{plural(len(read.report.references), 'reference')}."
    )
    st.dataframe(
        decisions(read),
        hide_index=True,
        height="content" if len(read.decisions) <= MOST_AT_ONCE else "auto",
        key="preview",
        alt="Each claim of the report, and what importing it would do",
        column_config={
            "Statement": st.column_config.TextColumn("Statement", width="large"),
            "Match": st.column_config.ProgressColumn(
                "Match", min_value=0, max_value=100, format="%.0f", width=110
            ),
        },
    )
    if is_stored:
        return
    st.button(
        f"Import {plural(len(read.decisions), 'claim')}",
        type="primary",
        icon=":material/upload_file:",
        key="import",
        on_click=keep,
        args=(read,),
    )


def _about(read: intake.Intake) -> str:
    report = read.report
    parts = [f"read as {report.format}", report.author]
    parts += [report.reported_on.isoformat()] if report.reported_on else []
    parts += report.notes
    return " · ".join(part for part in parts if part)


def decisions(read: intake.Intake) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {
                "Line": decision.reported.line,
                "Statement": decision.reported.statement
                + (" ✂" if decision.reported.is_cut else ""),
                "The report says": reported_words(
                    decision.reported.verified, decision.reported.confidence
                ),
                "Becomes": "new claim" if decision.is_new else f"mention of {decision.claim_id}",
                "Match": decision.score,
                "Tested by": decision.protocol_id or NONE,
                "Remarks": "; ".join(decision.remarks) or NONE,
            }
            for decision in read.decisions
        ]
    )


def keep(read: intake.Intake) -> None:
    with told():
        st.session_state["stored_report"] = intake.store(workspace(), read)


def say_whether_stored(read: intake.Intake) -> None:
    """That it was stored, now or before, with the way on."""
    stored_now, report_id = st.session_state.pop("stored_report", None), read.known_report_id
    if report_id is None:
        return
    label = report_label(report_id, workspace().archive.report_titles()[report_id])
    if stored_now == report_id:
        st.success(f"Imported as report {report_id}.", icon=":material/check_circle:")
    else:
        st.info(
            f"This text was imported before, as report {report_id}.", icon=":material/done_all:"
        )
    st.page_link(
        "app_pages/claims.py",
        label="See its claims and verify them",
        icon=":material/fact_check:",
        query_params={"report": label},
    )


def document_section() -> None:
    st.caption(
        "Claims are checked against these and against what a search of the literature brings. "
        "PDF, HTML, JATS XML, plain text, or JSON lines with one document each."
    )
    uploaded = st.file_uploader(
        "Documents", accept_multiple_files=True, key="document_files", help="Up to 20 MB each"
    )
    st.button(
        f"Add {plural(len(uploaded), 'file')}",
        key="add_documents",
        icon=":material/note_add:",
        disabled=not uploaded,
        on_click=add,
    )
    for is_added, words in st.session_state.pop("documents_said", []):
        (st.success if is_added else st.error)(literal(words))
    stored = workspace().archive.documents()
    if not stored:
        st.info("No document is stored yet.", icon=":material/menu_book:")
        return
    st.dataframe(
        documents(stored),
        hide_index=True,
        key="documents",
        alt="The documents that are stored, with their source and extent",
        column_config={
            "Title": st.column_config.TextColumn("Title", width="large"),
            "Characters": st.column_config.NumberColumn("Characters", format="localized"),
        },
    )


def add() -> None:
    """Store each file or say why not; one bad file holds up no other."""
    said = []
    for file in st.session_state["document_files"]:
        try:
            added = intake.add_documents(workspace(), file.getvalue(), name=file.name)
        except InputError as error:
            said.append((False, str(error)))
        else:
            said.append((True, f"{file.name}: {plural(len(added), 'document')} stored."))
    st.session_state["documents_said"] = said


def documents(stored: list[Document]) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {
                "Title": document.title,
                "Source": document.source,
                "Extent": document.extent,
                "Published": document.published[:10] or NONE,
                "Characters": len(document.text),
                "Key": document.short_key,
                "Notes": "; ".join(document.notes) or NONE,
            }
            for document in stored
        ]
    )


st.title("Import")
st.caption(
    "A report is read and shown first, each claim with its line and what it would become; nothing "
    "is stored before you say so."
)
reports, papers = st.tabs(["A report full of claims", "Documents to check against"])
with reports:
    report_section()
with papers:
    document_section()
