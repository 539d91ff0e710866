"""The full text of a paper that is known: from the first source that has it openly."""

from dataclasses import replace

from verifier.claim import InputError
from verifier.document import Document
from verifier.literature import fulltext
from verifier.searching import Desk
from verifier.sources import SOURCES, SourceError
from verifier.web import Refused, Unreachable


def full_text(document: Document, desk: Desk) -> Document | None:
    """The same work with its whole text; None where no source has it.

    Raises:
        InputError: every source that may have it could not be reached or read, and why.
    """
    troubles = []
    for name in SOURCES:
        source = SOURCES.load(name)
        if not hasattr(source, "full_text"):
            continue
        desk.say(f"asking {source.LABEL} for the full text")
        try:
            got = source.full_text(document, door=desk.door)
            if got is not None:
                (read,) = fulltext.read(*got).documents
                return _as_known(document, read, name)
        except (Unreachable, Refused, SourceError, InputError) as error:
            troubles.append(str(error))
    if troubles:
        raise InputError(f"The full text of {document.key} could not be had: {'; '.join(troubles)}")
    return None


def _as_known(document: Document, read: Document, source: str) -> Document:
    """The new text under the old key, with what was known of the paper."""
    return replace(
        document,
        text=read.text,
        title=document.title or read.title,
        extent="full text",
        source=source,
        notes=read.notes,
        id=None,
    )
