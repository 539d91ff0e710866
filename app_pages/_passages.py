"""Other people's text in its place: quotes within documents, claims within reports.

Everything here is untrusted. It reaches the page as plain text or escaped, never as Markdown.
"""

import re
from html import escape
from typing import NamedTuple
from urllib.parse import urlsplit

import streamlit as st

from app_pages._looks import badge, finding_words
from app_pages._words import literal, percent, quoted
from verifier.archive import Mention, StoredReport
from verifier.document import Document
from verifier.literature.sections import page_words
from verifier.looks import FINDING_LOOKS
from verifier.verdict import Evidence

CUT_HEAD, CUT_TAIL = re.compile(r"^\S{0,40}\s+"), re.compile(r"\s+\S{0,40}$")  # half a word
AROUND = 320  # characters of the document shown on either side of a quote
LINES_AROUND = 3
MARK = "background:rgba(230,159,0,.28);color:inherit;border-radius:3px;padding:0 .15em"
BLOCK = "border-left:3px solid rgba(128,128,128,.45);padding:.1rem 0 .1rem .9rem;line-height:1.55"


class Surroundings(NamedTuple):
    before: str
    quote: str
    after: str
    is_in_place: bool  # the offsets still hold the quote


def surroundings(document: Document | None, found: Evidence) -> Surroundings:
    """The quote with the text around it; alone where the document no longer holds it there."""
    text = "" if document is None else document.text
    if text[found.start : found.end] != found.quote:
        return Surroundings("", found.quote, "", is_in_place=False)
    start, end = max(found.start - AROUND, 0), min(found.end + AROUND, len(text))
    before, after = text[start : found.start].lstrip(), text[found.end : end].rstrip()
    if start:
        before = "… " + CUT_HEAD.sub("", before)
    if end < len(text):
        after = CUT_TAIL.sub("", after) + " …"
    return Surroundings(before, found.quote, after, is_in_place=True)


def marked(parts: Surroundings) -> str:
    """HTML with everything escaped and the quote marked.

    >>> marked(Surroundings("a < ", "<b>", "", True)).count("<mark")
    1
    """
    mark = f'<mark style="{MARK}">{quoted(parts.quote)}</mark>'
    return f'<div style="{BLOCK}">{quoted(parts.before)}{mark}{quoted(parts.after)}</div>'


def passage(document: Document | None, found: Evidence, *, key: str) -> None:
    """One piece of evidence: its stance, where it stands, and the text around it."""
    with st.container(border=True, key=key):
        with st.container(horizontal=True, vertical_alignment="center"):
            if found.stance is None:
                st.badge("not judged", icon=":material/pending:", color="gray")
            else:
                badge(FINDING_LOOKS[found.stance], help="What the passage says of the claim")
            if document is not None and document.retraction:
                st.badge("withdrawn", icon=":material/report:", color="red")
            if document is not None and document.removal is not None:
                st.badge(
                    "removed from reading",
                    icon=":material/delete:",
                    color="red",
                    help="Kept for this history; verify the claim again to have it judged without.",
                )
            if found.is_primary:
                st.badge("primary source", icon=":material/star:", color="blue")
            st.caption(_figures(found), width="content")
        parts = surroundings(document, found)
        st.html(marked(parts))
        if not parts.is_in_place:
            st.caption(":material/warning: The document no longer holds this quote at its place.")
        _source(document, found.start if parts.is_in_place else None)


def _figures(found: Evidence) -> str:
    shared = f"relevance {percent(found.score)}"
    if found.stance is None or found.probability is None:
        return shared
    return (
        f"{finding_words(found.stance)[2:]} with probability {percent(found.probability)}; {shared}"
    )


def _source(document: Document | None, place: int | None) -> None:
    if document is None:
        st.caption("The document is not stored.")
        return
    about = [", ".join(document.authors[:3]), document.published[:10], document.extent]
    version = f"version {document.version}" if document.version else ""
    page = "" if place is None else page_words(document.text, place)
    about += [page, version, *document.notes, document.short_key]
    with st.container(horizontal=True, vertical_alignment="center"):
        st.text(document.title or document.short_key, width="content")
        st.page_link(
            "app_pages/paper.py",
            label="Paper",
            icon=":material/menu_book:",
            query_params={"id": str(document.id)},
        )
        if is_web_address(document.url):
            st.link_button("Source", document.url, icon=":material/open_in_new:", type="tertiary")
    st.caption(literal(" · ".join(part for part in about if part)))


def is_web_address(url: str) -> bool:
    """Only such an address becomes a link.

    >>> is_web_address("https://arxiv.org/abs/2605.12241"), is_web_address("javascript:alert(1)")
    (True, False)
    """
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.netloc)


def mention(said: Mention, report: StoredReport | None) -> None:
    """A claim as a report words it, in the lines around it."""
    with st.container(border=True, key=f"mention_{said.report_id}_{said.position}"):
        st.text(said.report_title)
        st.caption(literal(_about(said)))
        if said.is_cut:
            st.badge("cut off in the report", icon=":material/content_cut:", color="orange")
        for remark in said.remarks:
            st.markdown(f":material/info: {literal(remark)}")
        st.html(_lines(said, report))
        if report is not None and report.notes:
            st.caption(literal(f"The report: {'; '.join(report.notes)}."))


def _about(said: Mention) -> str:
    verdict = {True: "verified", False: "not verified", None: "no verdict"}[said.verified]
    parts = [f"line {said.line}", f"claim {said.position}", f"the report's own verdict: {verdict}"]
    if said.confidence is not None:
        parts.append(f"its confidence: {percent(said.confidence)}")
    score = said.match_score
    parts.append("first seen here" if score is None else f"matched with {score:.0f} of 100")
    return " · ".join(parts)


def _lines(said: Mention, report: StoredReport | None) -> str:
    lines = [] if report is None else report.text.split("\n")  # as importers count
    if not 1 <= said.line <= len(lines):
        return f'<div style="{BLOCK}"><mark style="{MARK}">{escape(said.statement)}</mark></div>'
    first = max(said.line - 1 - LINES_AROUND, 0)
    shown = enumerate(lines[first : said.line + LINES_AROUND], start=first + 1)
    return f'<div style="{BLOCK}">{"".join(_line(n, text, said.line) for n, text in shown)}</div>'


def _line(number: int, text: str, marked_line: int) -> str:
    inside = escape(text.replace("\t", "   ")) or "&nbsp;"
    if number == marked_line:
        inside = f'<mark style="{MARK}">{inside}</mark>'
    return f'<div><span style="opacity:.55;padding-right:.8em">{number}</span>{inside}</div>'
