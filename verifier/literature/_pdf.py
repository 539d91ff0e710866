"""The text of a PDF, page by page, in reading order (pypdfium2)."""

import re
import unicodedata

import pypdfium2 as pdfium

from verifier.claim import InputError

SOFT_HYPHEN = "\x02"  # PDFium's mark for a hyphen at the end of a line
LIGATURES = {chr(code): unicodedata.normalize("NFKC", chr(code)) for code in range(0xFB00, 0xFB07)}
TABLE = str.maketrans({**LIGATURES, "\x00": None, "￾": None, "\u00ad": None})


def read_pdf(data: bytes, name: str) -> tuple[str, list[str]]:
    """The title in the file's metadata ("" where none) and the text of each page."""
    try:
        pdf = pdfium.PdfDocument(data)
    except pdfium.PdfiumError as error:
        raise InputError(f"{name}: {_why(error)}") from error
    try:
        title = " ".join(pdf.get_metadata_dict().get("Title", "").split())
        pages = [_page(pdf, number) for number in range(len(pdf))]
    finally:
        pdf.close()
    if not any(page.strip() for page in pages):
        raise InputError(
            f"{name}: its {len(pages)} pages hold no text; it is empty or scanned. "
            "Run a text recognition (OCR) over it first"
        )
    return title, pages


def _why(error: Exception) -> str:
    if "password" in str(error).lower():
        return "it is encrypted; save a copy without a password"
    return f"this is no readable PDF ({error})"


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
