"""The text of a PDF, page by page, in reading order: by PDFium, and by pypdf where that fails."""

import logging
import math
import re
import unicodedata
from dataclasses import dataclass
from io import BytesIO

import pypdf
import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

from verifier.claim import InputError
from verifier.literature._pages import HYPHEN, without_hyphens, without_running
from verifier.literature._titles import title_of

LIGATURES = {chr(code): unicodedata.normalize("NFKC", chr(code)) for code in range(0xFB00, 0xFB07)}
MOST_CHARACTERS = 20_000  # of the first page, looked at for the largest
UPRIGHT = 0.1  # radians a character may lean; a stamp at the margin stands on its side
TABLE = str.maketrans({**LIGATURES, "\x00": None, "\u00ad": None})


@dataclass(frozen=True, kw_only=True)
class Pages:
    title: str  # of the paper, as its metadata or its first page has it; empty where none is known
    pages: list[str]
    notes: tuple[str, ...] = ()


def read_pdf(data: bytes, name: str) -> Pages:
    """The title and the text of each page.

    Raises:
        InputError: encrypted, broken beyond both readers, or without text.
    """
    why = ""
    if b"%PDF" not in data[:1024]:
        begins = f"it begins {data[:12]!r}" if data else "it is empty"
        raise InputError(f"{name}: this is no PDF, {begins}")
    try:
        read = _by_pdfium(data)
    except pdfium.PdfiumError as error:
        if "password" in str(error).lower():
            raise InputError(f"{name}: it is encrypted; save a copy without a password") from error
        read, why = Pages(title="", pages=[]), str(error)
    if not _has_text(read):
        second = _by_pypdf(data)
        if second is None and why:
            raise InputError(
                f"{name}: its {len(data):,} bytes begin as a PDF does, but cannot be read ({why}); "
                "was it cut short? Fetch or save it again"
            )
        read = second if second is not None and _has_text(second) else read
    if not _has_text(read):
        raise InputError(
            f"{name}: its {len(read.pages)} pages hold no text; it is empty or scanned. "
            "Run a text recognition (OCR) over it first"
        )
    return read


def _has_text(read: Pages) -> bool:
    return any(page.strip() for page in read.pages)


def _by_pdfium(data: bytes) -> Pages:
    pdf = pdfium.PdfDocument(data)
    try:
        pages = [_page(pdf, n) for n in range(len(pdf))]
        title = title_of(
            pdf.get_metadata_dict().get("Title", ""), tidied("".join(pages[:1])), _sizes(pdf)
        )
        return Pages(title=title, pages=_read(pages))
    finally:
        pdf.close()


def _read(pages: list[str]) -> list[str]:
    """Pages as the reader of the file gave them, without what the layout put between words."""
    return without_hyphens(without_running([tidied(page) for page in pages]))


def _by_pypdf(data: bytes) -> Pages | None:
    """More forgiving of broken files, and slower; None where it fails too."""
    logging.getLogger("pypdf").setLevel(logging.CRITICAL)  # what is wrong is said once, by us
    try:
        pdf = pypdf.PdfReader(BytesIO(data), strict=False)
        read = [marked(page.extract_text()) for page in pdf.pages]
        title = title_of((pdf.metadata and pdf.metadata.title) or "", "".join(read[:1]))
        pages = _read(read)
    except Exception:
        return None
    return Pages(title=title, pages=pages, notes=("read by pypdf, as PDFium could not",))


def marked(text: str) -> str:
    r"""Hyphens at line ends, which pypdf leaves as they are, with PDFium's mark for them.

    >>> marked("self-super-\nvised")
    'self-super\x02\nvised'
    """
    return re.sub(r"(?<=\w)-\n(?=\w)", f"{HYPHEN}\n", text)


def _page(pdf: pdfium.PdfDocument, number: int) -> str:
    page = pdf[number]
    text_page = page.get_textpage()
    try:
        return str(text_page.get_text_range())
    finally:
        text_page.close()
        page.close()


def _sizes(pdf: pdfium.PdfDocument) -> list[tuple[str, float]]:
    """The upright characters of the first page with the size they are set in, in points.

    Many writers leave the font at a size of 1 and scale it by the matrix of the text.
    """
    if not len(pdf):
        return []
    page = pdf[0]
    text_page = page.get_textpage()
    matrix = pdfium_c.FS_MATRIX()
    found: list[tuple[str, float]] = []
    try:
        for at in range(min(text_page.count_chars(), MOST_CHARACTERS)):
            letter = chr(pdfium_c.FPDFText_GetUnicode(text_page.raw, at))
            if abs(pdfium_c.FPDFText_GetCharAngle(text_page.raw, at)) > UPRIGHT:
                continue
            size = 0.0  # of spaces and line ends that PDFium puts in
            if pdfium_c.FPDFText_GetMatrix(text_page.raw, at, matrix):
                font = pdfium_c.FPDFText_GetFontSize(text_page.raw, at)
                size = float(font * math.hypot(matrix.c, matrix.d))
            found.append((letter.translate(TABLE), size))
    finally:
        text_page.close()
        page.close()
    return found


def tidied(text: str) -> str:
    r"""Ligatures spelt out, one kind of line end, one mark for a hyphen that ends a line.

    >>> tidied("self-super\x02\r\nvised \ufb01ne tuning\r\n")
    'self-super\x02\nvised fine tuning\n'
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n").translate(TABLE)
    return re.sub("\ufffe\n?", f"{HYPHEN}\n", text)
