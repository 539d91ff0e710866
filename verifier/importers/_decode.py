"""From bytes nobody vouches for to text."""

import codecs
from dataclasses import dataclass

from verifier.claim import InputError

SIZE_LIMIT_BYTES = 5_000_000  # some ten thousand claims; more is not a report
ALLOWED = "UTF-8, UTF-16 with a byte order mark, or Windows-1252 of western languages"
# Spreadsheets of western Windows write no UTF-8. Only letters and signs that their texts hold:
# broken UTF-8 read that way would show others.
WESTERN = frozenset("äöüÄÖÜßéèêëàâáçñóòôíìîïúùûåæøœÉÀÅÆØ€…–—‘’‚“”„«»•·±×²³µ°§ \xa0")
BROKEN_UTF8 = "â€"  # how quotation marks and dashes of UTF-8 begin there
READ_AS_WESTERN = "read as Windows-1252, since it is not UTF-8"
BINARY = {
    b"%PDF-": "a PDF document (paste its text into a text file, or add it as a document)",
    b"PK\x03\x04": "a ZIP archive, such as a Word or Excel file (save it as text or CSV)",
    b"\xd0\xcf\x11\xe0": "an old Word or Excel file (save it as text or CSV)",
    b"{\\rtf": "a rich text file (save it as plain text)",
    b"\x1f\x8b": "a gzip archive",
    b"\x89PNG": "a PNG picture",
}


@dataclass(frozen=True, kw_only=True)
class Decoded:
    text: str  # with plain line ends
    notes: tuple[str, ...] = ()  # what was taken for granted


def decoded(data: bytes, *, name: str) -> Decoded:
    r"""Return the file as text.

    >>> decoded(b"\xef\xbb\xbfone\r\ntwo", name="a.txt").text
    'one\ntwo'
    >>> decoded(b"CPC schl\xe4gt S4.", name="a.txt")
    Decoded(text='CPC schlägt S4.', notes=('read as Windows-1252, since it is not UTF-8',))
    """
    if len(data) > SIZE_LIMIT_BYTES:
        raise InputError(
            f"{name!r} has {len(data):,} bytes; at most {SIZE_LIMIT_BYTES:,} are allowed."
        )
    _refuse_known_binary(data, name=name)
    western = _western(data)
    text = _text(data, name=name) if western is None else western
    if not text.strip():
        raise InputError(f"{name!r} is empty.")
    notes = () if western is None else (READ_AS_WESTERN,)
    return Decoded(text=text.replace("\r\n", "\n").replace("\r", "\n"), notes=notes)


def _refuse_known_binary(data: bytes, *, name: str) -> None:
    for start, kind in BINARY.items():
        if data.startswith(start):
            raise InputError(f"{name!r} is {kind}; a report must be text.")


def _western(data: bytes) -> str | None:
    """The text, if it can only be Windows-1252: no UTF-8, no NUL, no unlikely letter."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF8)) or 0 in data:
        return None
    try:
        data.decode()
    except UnicodeDecodeError:
        text = data.decode("cp1252", "replace")
        is_likely = all(c in WESTERN for c in text if not c.isascii())
        return text if is_likely and BROKEN_UTF8 not in text else None
    return None


def _text(data: bytes, *, name: str) -> str:
    is_utf16 = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    encoding = "utf-16" if is_utf16 else "utf-8-sig"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        # The decoder for UTF-8 counts from after the mark it has skipped.
        skipped = 3 if not is_utf16 and data.startswith(codecs.BOM_UTF8) else 0
        offset = error.start + skipped
        label = "UTF-16" if is_utf16 else "UTF-8"
        raise InputError(
            f"{name!r} is not {label} at byte {offset} (0x{data[offset]:02x}). Allowed: {ALLOWED}."
        ) from None
    if "\0" in text:
        offset = 2 + 2 * text.index("\0") if is_utf16 else data.index(0)
        raise InputError(
            f"{name!r} holds a NUL at byte {offset}, so it is binary or in another encoding. "
            f"Allowed: {ALLOWED}."
        )
    return text
