"""From bytes nobody vouches for to text."""

import codecs

from verifier.claim import InputError

SIZE_LIMIT_BYTES = 5_000_000  # some ten thousand claims; more is not a report
ALLOWED = "UTF-8, or UTF-16 with a byte order mark"
BINARY = {
    b"%PDF-": "a PDF document",
    b"PK\x03\x04": "a ZIP archive, such as a Word or Excel file",
    b"\x1f\x8b": "a gzip archive",
    b"\x89PNG": "a PNG picture",
}


def decoded(data: bytes, *, name: str) -> str:
    r"""Return the file as text with plain line ends.

    >>> decoded(b"\xef\xbb\xbfone\r\ntwo", name="a.txt")
    'one\ntwo'
    """
    if len(data) > SIZE_LIMIT_BYTES:
        raise InputError(
            f"{name!r} has {len(data):,} bytes; at most {SIZE_LIMIT_BYTES:,} are allowed."
        )
    _refuse_known_binary(data, name=name)
    text = _text(data, name=name)
    if not text.strip():
        raise InputError(f"{name!r} is empty.")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _refuse_known_binary(data: bytes, *, name: str) -> None:
    for start, kind in BINARY.items():
        if data.startswith(start):
            raise InputError(f"{name!r} is {kind}; a report must be text ({ALLOWED}).")


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
