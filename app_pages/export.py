"""The whole answer as a file: choose what and how, look at it, take it."""

from base64 import b64encode
from types import ModuleType

import streamlit as st

from app_pages._cache import workspace
from app_pages._parts import BOUND, report_label
from app_pages._words import literal
from verifier.dossier import gather
from verifier.exports import EXPORTS

ALL = "all claims"
MOST_PREVIEWED = 60_000  # characters of a text shown on the page


def chosen_report() -> int | None:
    titles = workspace().archive.report_titles()
    ids = {report_label(id, title): id for id, title in titles.items()}
    chosen = st.selectbox("What", [ALL, *ids], key="export_report", bind=BOUND)
    return ids.get(chosen)


def chosen_format() -> str:
    return st.selectbox("Format", list(EXPORTS), key="format", bind=BOUND)


def rendered(export: ModuleType, report_id: int | None) -> bytes:
    made: bytes = export.render(gather(workspace(), report_id=report_id))
    return made


def preview(export: ModuleType, report_id: int | None) -> None:
    """HTML in a frame of its own origin, anything textual as its source."""
    data = rendered(export, report_id)
    if export.MEDIA_TYPE.startswith("text/html"):
        # a data address has no origin, so nothing inside can reach this page
        address = f"data:text/html;charset=utf-8;base64,{b64encode(data).decode()}"
        st.iframe(address, height=720, alt="Preview of the HTML report")
        return
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        st.caption(f"{len(data):,} bytes that are no text; download the file to look at it.")
        return
    with st.container(height=600, key="previewed"):
        st.code(text[:MOST_PREVIEWED], language=None, wrap_lines=True)
    if len(text) > MOST_PREVIEWED:
        st.caption(f"The first {MOST_PREVIEWED:,} of {len(text):,} characters.")


st.title("Export")
st.caption(
    "Status, confidence, evidence, estimates, runs and the commands that reproduce them. Made "
    "from the database as it stands when you press."
)
with st.container(horizontal=True, vertical_alignment="bottom"):
    report_id = chosen_report()
    name = chosen_format()
export = EXPORTS.load(name)
stem = "replicheck" if report_id is None else f"replicheck-report-{report_id}"
with st.container(horizontal=True, vertical_alignment="center"):
    st.download_button(
        f"Download {literal(export.LABEL)}",
        data=lambda: rendered(export, report_id),
        file_name=f"{stem}{export.SUFFIX}",
        mime=export.MEDIA_TYPE,
        type="primary",
        icon=":material/download:",
        key="download",
        on_click="ignore",
    )
    is_shown = st.toggle("Preview", key="preview", bind=BOUND)
if is_shown:
    preview(export, report_id)
