"""The text of a PDF, page by page, in reading order: by PDFium, and by pypdf where that fails."""

import re
import unicodedata
from dataclasses import dataclass
from io import BytesIO

import pypdf
import pypdfium2 as pdfium

from verifier.claim import InputError

SOFT_HYPHEN = "\x02"  # PDFium's mark for a hyphen at the end of a line
LIGATURES = {chr(code): unicodedata.normalize("NFKC", chr(code)) for code in range(0xFB00, 0xFB07)}
TABLE = str.maketrans({**LIGATURES, "\x00": None, "￾": None, "\u00ad": None})


@dataclass(frozen=True, kw_only=True)
class Pages:
    title: str  # in the file's metadata; empty where there is none
    pages: list[str]
    notes: tuple[str, ...] = ()


def read_pdf(data: bytes, name: str) -> Pages:
    """The title and the text of each page.

    Raises:
        InputError: encrypted, broken beyond both readers, or without text.
    """
    why = ""
    try:
        read = _by_pdfium(data)
    except pdfium.PdfiumError as error:
        if "password" in str(error).lower():
            raise InputError(f"{name}: it is encrypted; save a copy without a password") from error
        read, why = Pages(title="", pages=[]), str(error)
    if not _has_text(read):
        second = _by_pypdf(data)
        if second is None and why:
            raise InputError(f"{name}: this is no readable PDF ({why})")
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
        title = " ".join(pdf.get_metadata_dict().get("Title", "").split())
        return Pages(title=title, pages=[_page(pdf, number) for number in range(len(pdf))])
    finally:
        pdf.close()


def _by_pypdf(data: bytes) -> Pages | None:
    """More forgiving of broken files, and slower; None where it fails too."""
    try:
        pdf = pypdf.PdfReader(BytesIO(data), strict=False)
        pages = [joined(tidied(page.extract_text())) for page in pdf.pages]
        title = " ".join(((pdf.metadata and pdf.metadata.title) or "").split())
    except Exception:
        return None
    return Pages(title=title, pages=pages, notes=("read by pypdf, as PDFium could not",))


def joined(text: str) -> str:
    r"""Words that pypdf leaves apart at line ends.

    >>> joined("self-super-\nvised S4-\nbased")
    'self-supervised S4-\nbased'
    """
    return re.sub(r"(?<=[a-z])-\n(?=[a-z])", "", text)


def _page(pdf: pdfium.PdfDocument, number: int) -> str:
    page = pdf[number]
    text_page = page.get_textpage()
    try:
        return tidied(str(text_page.get_text_range()))
    finally:
        text_page.close()
        page.close()


def tidied(text: str) -> str:
    r"""Hyphens at line ends joined, ligatures spelt out, one kind of line end.

    >>> tidied("self-super\x02\r\nvised ﬁne tuning\r\n")
    'self-supervised fine tuning\n'
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    text = re.sub(rf"{SOFT_HYPHEN}\n?|￾\n?", "", text)
    return text.translate(TABLE)
