"""A file's bytes and name in, documents out: text, PDF, HTML, JATS XML, JSON lines of abstracts."""

import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

from selectolax.lexbor import LexborHTMLParser, LexborNode

from verifier.claim import InputError
from verifier.document import Document
from verifier.literature._jats import read_jats
from verifier.literature._pdf import read_pdf
from verifier.literature._titles import reads_like_a_title
from verifier.markup import plain_formula

MAX_BYTES = 50_000_000
FIRST_PAGE = 4_000  # characters searched for an arXiv stamp where there are no pages
PAGE_END = "\f"

ARXIV_STAMP = re.compile(r"arXiv:\s?(?P<id>\d{4}\.\d{4,5})(?:v(?P<version>\d+))?", re.IGNORECASE)
ARXIV_NAME = re.compile(r"(?<![\d.])(?P<id>\d{4}\.\d{4,5})(?:v(?P<version>\d+))?(?![\d])")
DROPPED = (
    "script, style, noscript, template, svg, nav, header, footer, aside, form, iframe, "
    ".ltx_note, .ltx_page_footer, .ltx_page_logo, .ltx_ERROR"  # LaTeXML's footnotes and errors
)
CELLS = frozenset(("td", "th"))
LINES = frozenset(
    "p div section article main h1 h2 h3 h4 h5 h6 li ul ol dl dt dd tr table blockquote pre "
    "figure figcaption br hr".split()
)


@dataclass(frozen=True, kw_only=True)
class Reading:
    """What one reader makes of a file."""

    text: str
    title: str = ""
    notes: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    published: str = ""
    doi: str = ""
    other_keys: tuple[str, ...] = ()
    stamp: str = ""  # what stands beside the text and may name the paper


@dataclass(frozen=True, kw_only=True)
class Import:
    """Documents of one file, and what was left out of them, line by line."""

    documents: tuple[Document, ...]
    left_out: tuple[str, ...] = ()


def read(data: bytes, name: str) -> Import:
    """Everything that can be quoted from a file.

    Raises:
        InputError: too large, of an unknown kind, encrypted, scanned, empty, or ill-formed; all
            problems of a JSON lines file are named together, and then none of it is taken.
    """
    if len(data) > MAX_BYTES:
        raise InputError(
            f"{name}: {len(data):,} bytes; files of up to {MAX_BYTES:,} bytes are read"
        )
    kind = PurePath(name).suffix.lower()
    if kind in (".jsonl", ".ndjson"):
        return read_abstracts(_decoded(data, name), name)
    if kind not in READERS:
        raise InputError(
            f"{name}: cannot read {kind or 'a file without an ending'}; "
            f"known are {', '.join(sorted(READERS))} and .jsonl"
        )
    reading = READERS[kind](data, name)
    if not reading.text.strip():
        raise InputError(f"{name}: there is no text in it")
    return Import(documents=(_document(reading, data, name),))


def _document(reading: Reading, data: bytes, name: str) -> Document:
    first_page = reading.text.split(PAGE_END, 1)[0][:FIRST_PAGE]
    named = (
        ARXIV_NAME.search(PurePath(name).stem)
        or ARXIV_STAMP.search(reading.stamp)
        or ARXIV_STAMP.search(first_page)
    )
    version = named["version"] if named else None
    otherwise = f"doi:{reading.doi}" if reading.doi else f"file:{hashlib.sha256(data).hexdigest()}"
    return Document(
        key=f"arxiv:{named['id']}" if named else otherwise,
        title=reading.title or _first_line(reading.text),
        text=reading.text,
        source="file",
        extent="full text",
        version=int(version) if version else None,
        notes=reading.notes,
        authors=reading.authors,
        published=reading.published,
        doi=reading.doi,
        other_keys=reading.other_keys,
    )


def _read_text(data: bytes, name: str) -> Reading:
    text = _decoded(data, name).replace("\r\n", "\n").replace("\r", "\n")
    return Reading(text=text)


def _read_pdf(data: bytes, name: str) -> Reading:
    read = read_pdf(data, name)
    blank = sum(not page.strip() for page in read.pages)
    notes = (f"{blank} of {len(read.pages)} pages hold no text",) if blank else ()
    text = PAGE_END.join(read.pages) + (PAGE_END if len(read.pages) == 1 else "")
    first = _first_line(text)
    title = read.title or (first if reads_like_a_title(first) else PurePath(name).name)
    return Reading(text=text, title=title, notes=notes + read.notes)


def _read_xml(data: bytes, name: str) -> Reading:
    article = read_jats(data, name)
    return Reading(
        text=article.text,
        title=article.title,
        authors=article.authors,
        published=article.published,
        doi=article.doi,
        notes=article.notices,
        other_keys=(
            *([f"pmc:PMC{article.pmc.removeprefix('PMC')}"] if article.pmc else []),
            *([f"europe_pmc:MED:{article.pubmed}"] if article.pubmed else []),
        ),
    )


def _read_html(data: bytes, name: str) -> Reading:
    tree = LexborHTMLParser(_decoded(data, name))
    titled, mark = tree.css_first("title"), tree.css_first("#watermark-tr")  # the latter: arXiv's
    called = "" if titled is None else " ".join(titled.text().split())
    stamp = "" if mark is None else mark.text()
    for node in tree.css(DROPPED):
        node.decompose()
    for node in tree.css(".ltx_tag"):
        node.insert_after(" ")  # "[1]" and what it numbers
    for node in tree.css("math[alttext]"):
        node.replace_with(plain_formula(node.attributes.get("alttext") or ""))
    root = tree.css_first("article") or tree.css_first("main") or tree.body
    heading = tree.css_first("h1")
    return Reading(
        text=_lines(root) if root is not None else "",
        title=(" ".join(_lines(heading).split()) if heading is not None else "") or called,
        stamp=stamp,
    )


def _lines(root: LexborNode) -> str:
    """The text of a page: one block element a paragraph, headings on lines of their own."""
    parts: list[str] = []
    for node in root.traverse(include_text=True):
        if node.tag == "-text":
            parts.append(re.sub(r"\s+", " ", node.text()))
        elif node.tag in LINES:
            parts.append("\n\n")
        elif node.tag in CELLS:
            parts.append(" ")  # "0.91" beside "0.92" is not "0.910.92"
        previous = node.prev
        if node.tag == "-text" and previous is not None and previous.tag in LINES:
            parts.insert(-1, "\n\n")
    text = re.sub(r" *\n[\n ]*", "\n\n", re.sub(r"[ \t]+", " ", "".join(parts)))
    return text.strip()


READERS: dict[str, Callable[[bytes, str], Reading]] = {
    ".txt": _read_text,
    ".md": _read_text,
    ".pdf": _read_pdf,
    ".html": _read_html,
    ".htm": _read_html,
    ".xhtml": _read_html,
    ".xml": _read_xml,
    ".nxml": _read_xml,
}


def read_abstracts(text: str, name: str) -> Import:
    """One JSON object a line: arxiv_id, title, abstract and, where known, version and more.

    A line without an abstract has nothing to quote: it is left out and named.
    """
    documents: list[Document] = []
    left_out: list[str] = []
    problems: list[str] = []
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            entry = _entry(line)
        except ValueError as error:
            problems.append(f"line {number}: {error}")
            continue
        if entry.get("abstract"):
            documents.append(_abstract(entry))
        else:
            left_out.append(f"line {number}: arXiv {entry['arxiv_id']} has no abstract")
    if problems:
        raise InputError(f"{name}: nothing was read, because of " + "; ".join(problems))
    if not documents:
        raise InputError(f"{name}: no line holds an abstract")
    return Import(documents=tuple(documents), left_out=tuple(left_out))


FIELDS: dict[str, tuple[type, ...]] = {
    "arxiv_id": (str,),
    "title": (str,),
    "abstract": (str, type(None)),
    "version": (str, int, type(None)),
    "authors": (list, type(None)),
    "published": (str, type(None)),
    "abstract_complete": (bool, type(None)),
}


def _entry(line: str) -> dict[str, Any]:
    """One line as an object with the fields it needs; ValueError says what is wrong with it."""
    try:
        entry = json.loads(line)
    except json.JSONDecodeError as error:
        raise ValueError(f"no JSON ({error.msg} at column {error.colno})") from error
    if not isinstance(entry, dict):
        raise ValueError(f"an object is needed, found {type(entry).__name__}")
    for name, types in FIELDS.items():
        if not isinstance(entry.get(name), types):
            allowed = " or ".join("null" if t is type(None) else t.__name__ for t in types)
            raise ValueError(f"{name} is {entry.get(name)!r}; allowed: {allowed}")
    if not ARXIV_NAME.fullmatch(entry["arxiv_id"]) and "/" not in entry["arxiv_id"]:
        raise ValueError(f"arxiv_id is {entry['arxiv_id']!r}; allowed: one like 2605.12241")
    _version(entry)
    return entry


def _version(entry: dict[str, Any]) -> int | None:
    written = str(entry.get("version") or "").removeprefix("v")
    if written and not written.isdigit():
        raise ValueError(f"version is {entry['version']!r}; allowed: one like v2, or null")
    return int(written) if written else None


def _abstract(entry: dict[str, Any]) -> Document:
    whole = entry.get("abstract_complete") is not False
    return Document(
        key=f"arxiv:{re.sub(r'v[0-9]+$', '', entry['arxiv_id'])}",
        title=entry["title"],
        text=entry["abstract"],
        source="file",
        authors=tuple(map(str, entry.get("authors") or ())),
        published=entry.get("published") or "",
        url=f"https://arxiv.org/abs/{entry['arxiv_id']}",
        version=_version(entry),
        notes=() if whole else ("abstract incomplete",),
    )


def _decoded(data: bytes, name: str) -> str:
    """UTF-8 (with or without a mark), UTF-16 with a mark, else Windows-1252."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings = ["utf-16"]
    else:
        encodings = ["utf-8-sig", "cp1252"]
    if b"\x00" in data and encodings[0] != "utf-16":
        raise InputError(
            f"{name}: this is no text, it holds zero bytes; if it is UTF-16, save it as UTF-8"
        )
    for encoding in encodings:
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise InputError(f"{name}: neither {' nor '.join(encodings)} text")


def _first_line(text: str) -> str:
    """The first line with words, without Markdown's marks, shortened to what a title can be."""
    for line in text.splitlines():
        title = line.strip().lstrip("#").strip()
        if re.search(r"\w{2}", title) and not ARXIV_STAMP.match(title):
            return title[:300]
    return ""
