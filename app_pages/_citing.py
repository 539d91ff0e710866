"""Papers to take along to a reference manager."""

from collections.abc import Sequence
from types import ModuleType

import streamlit as st

from verifier.citations import CITATIONS
from verifier.document import Document


def cite(documents: Sequence[Document], *, stem: str, key: str) -> None:
    """A small button that offers every format of citation as a file."""
    with st.popover("Cite", icon=":material/format_quote:", key=f"cite_{key}"):
        for name in CITATIONS:
            _download(CITATIONS.load(name), documents, stem=stem, key=f"cite_{key}_{name}")


def _download(format: ModuleType, documents: Sequence[Document], *, stem: str, key: str) -> None:
    st.download_button(
        format.LABEL,
        data=lambda: format.render(documents),
        file_name=f"{stem}{format.SUFFIX}",
        mime=format.MEDIA_TYPE,
        icon=":material/download:",
        type="tertiary",
        key=key,
        on_click="ignore",
    )
