"""Report formats, one per file: text in, Report out. They store nothing and know no database.

Each importer has

- `LABEL`, its name for people, and `LOOKS_FOR`, the sentence an error says when nothing is found;
- `accepts(text, name) -> bool`: does this look like my format? Cheap, and never an error;
- `read(text) -> Report`: all or nothing. Every problem of the file, up to ten, is named with its
  line in one InputError.

A claim that stands twice in one file (but for case, spacing and a full stop at its end) is kept
once, the first time.
"""

from dataclasses import replace
from pathlib import PurePath

from models.catalog import Catalog
from verifier.claim import InputError, Report
from verifier.importers._decode import decoded

IMPORTERS = Catalog(__name__)


def read(data: bytes, *, name: str, format: str | None = None) -> Report:
    r"""Read a file's claims with the first importer that accepts it, or with the named one.

    A report without a title bears its file's name.

    >>> read(b"claim,confidence\nCPC scales best.,11 %", name="mine.csv").claims[0].confidence
    0.11
    """
    file = decoded(data, name=name)
    text = file.text
    chosen = _accepting(text, name) if format is None else _named(format)
    importer = IMPORTERS.load(chosen)
    report: Report = importer.read(text)
    if not report.claims:
        raise InputError(
            f"No claim found in {name!r}, read as {importer.LABEL}. "
            f"Looked for: {importer.LOOKS_FOR}."
        )
    title = report.title or PurePath(name).stem
    return replace(report, title=title, notes=(*file.notes, *report.notes))


def text_of(data: bytes, *, name: str) -> str:
    """A file's text as its report keeps it, by which it is known again."""
    return decoded(data, name=name).text


def _accepting(text: str, name: str) -> str:
    for candidate in IMPORTERS:
        if IMPORTERS.load(candidate).accepts(text, name):
            return candidate
    known = [IMPORTERS.load(candidate) for candidate in IMPORTERS]
    looked_for = "\n".join(f"- {importer.LABEL}: {importer.LOOKS_FOR}" for importer in known)
    raise InputError(f"No claim found in {name!r}: no known format fits. Looked for:\n{looked_for}")


def _named(format: str) -> str:
    try:
        return IMPORTERS.check(format)
    except LookupError as error:
        raise InputError(str(error)) from None
