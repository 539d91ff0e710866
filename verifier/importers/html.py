"""A page saved from a browser: its headings, lists and tables, read as Markdown's are."""

import re
from dataclasses import replace
from html.parser import HTMLParser

from verifier.claim import Report
from verifier.importers._grid import Numbered
from verifier.importers._prose import report_of
from verifier.importers._text import clean
from verifier.markup import raised

LABEL = "HTML page"
LOOKS_FOR = (
    "a table with a column claim or statement, a list under a heading with the word "
    '"Claims" (or "Findings"), or lines that begin with "Claim 1:"'
)
PAGE = re.compile(
    r"\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html)\b", re.I | re.S
)
UNSEEN = frozenset("script style template noscript svg nav head button select".split())
BLOCKS = frozenset(
    "p div br hr section article main header footer aside blockquote pre table thead tbody ul ol "
    "dl dt dd figure figcaption details summary body html".split()
)
HEADINGS = {f"h{level}": level for level in range(1, 7)}
BOLD = frozenset(("b", "strong"))
MARKS = re.compile(r"([\\`*|])")


def accepts(text: str, name: str) -> bool:
    return name.casefold().endswith((".html", ".htm", ".xhtml")) or bool(PAGE.match(text[:2000]))


def read(text: str) -> Report:
    page = _Page()
    page.feed(text)
    page.close()
    page.end_line()
    report = report_of(page.written, text=text, format="html")
    return report if report.title else replace(report, title=clean(page.title))


class _Page(HTMLParser):
    """A page's words as numbered lines of Markdown; the numbers are those of the file."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.written: list[Numbered] = []
        self.title = ""
        self.unseen: list[str] = []  # open elements whose words nobody sees
        self.is_raised = False  # in <sup>: a power or a mark
        self.lists: list[str] = []  # open lists, "ul" or "ol"
        self.row: list[str] | None = None  # the cells of the open row
        self.is_first_row = False
        self.begins = 0
        self.line = ""

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag == "body":
            self.unseen = []  # a head need not be closed
        elif tag in UNSEEN:
            self.unseen.append(tag)
        elif tag in HEADINGS:
            self.end_line()
            self.line = "#" * HEADINGS[tag] + " "
        elif tag == "li":
            self.end_line()
            depth = max(len(self.lists) - 1, 0)
            is_numbered = self.lists[-1:] == ["ol"]
            self.line = "    " * depth + ("1. " if is_numbered else "- ")
        elif tag in ("td", "th"):
            self._end_cell()
            self.row = [*(self.row or []), ""]
        elif tag == "tr":
            self._end_row()
            self.row = []
        elif tag in BOLD and self.row is None:
            self.line += "**"
        elif tag == "sup":
            self.is_raised = True
        elif tag == "dt" and self.row is None:
            self.end_line()
            self.line = "- **"
        elif tag == "dd" and self.row is None:
            self.line = self.line or "- "
        elif tag in BLOCKS:
            self._begin_block(tag)

    def _begin_block(self, tag: str) -> None:
        if self.row is not None:
            self.line += " "
            return
        is_in_item = bool(re.fullmatch(r"\s*(?:-|1\.) ", self.line))  # <li><p>: one line
        if not is_in_item:
            self.end_line()
        if tag in ("ul", "ol"):
            self.lists.append(tag)
        self.is_first_row = self.is_first_row or tag == "table"

    def handle_endtag(self, tag: str) -> None:
        if tag in self.unseen:
            while self.unseen.pop() != tag:
                pass
        elif tag in BOLD and self.row is None:
            self.line += "**"
        elif tag == "sup":
            self.is_raised = False
        elif tag == "dt" and self.row is None:
            self.line += "**: "
        elif tag in ("td", "th"):
            self._end_cell()
        elif tag in ("tr", "table"):
            self._end_row()
            if tag == "table":
                self.written.append((self.getpos()[0], ""))
        elif tag in ("ul", "ol"):
            self.end_line()
            self.lists = self.lists[:-1]
        elif tag in BLOCKS or tag in HEADINGS or tag == "li":
            self.line += " " * (self.row is not None)
            if self.row is None:
                self.end_line()

    def handle_data(self, data: str) -> None:
        if "head" in self.unseen and self.lasttag == "title":
            self.title += data
        elif not self.unseen:
            above = raised(self.line, data) if self.is_raised else data
            words = re.sub(r"\s+", " ", MARKS.sub(r"\\\1", above))
            if not self.line.strip() and not words.strip():
                return
            self.begins = self.begins or self.getpos()[0] + _leading_lines(data)
            self.line += words.lstrip() if self.line[-1:] in ("", " ") else words

    def end_line(self) -> None:
        """A block has ended: its words are a line, with an empty one after it."""
        words = self.line.replace("****", "").rstrip()
        if re.search(r"\w", words):
            at = self.begins or self.getpos()[0]
            self.written += [(at, words), (at, "")]
        self.line, self.begins = "", 0

    def _end_cell(self) -> None:
        if self.row:
            self.row[-1] += self.line.strip()
            self.line = ""

    def _end_row(self) -> None:
        self._end_cell()
        if self.row:
            at = self.begins or self.getpos()[0]
            if self.is_first_row:
                self.written.append((at, ""))
            self.written.append((at, f"| {' | '.join(self.row)} |"))
            if self.is_first_row:
                self.written.append((at, "|" + "---|" * len(self.row)))
        self.is_first_row = self.is_first_row and not self.row
        self.row, self.line, self.begins = None, "", 0


def _leading_lines(data: str) -> int:
    """Lines that pass before the first word."""
    return data[: len(data) - len(data.lstrip())].count("\n")
