"""RIS, for Zotero, EndNote, Mendeley: a tag, two spaces, a dash, a space, a value."""

from collections.abc import Iterator, Sequence

from verifier.citations._facts import Facts, facts
from verifier.document import Document

LABEL, SUFFIX, MEDIA_TYPE = "RIS", ".ris", "application/x-research-info-systems"


def render(documents: Sequence[Document]) -> bytes:
    """UTF-8 with the line ends that RIS asks for; an abstract goes along where that is stored."""
    lines = [f"{tag}  - {value}" for d in documents for tag, value in _tags(facts(d))]
    return "".join(f"{line}\r\n" for line in lines).encode()


def _tags(known: Facts) -> Iterator[tuple[str, str]]:
    yield "TY", _type(known)
    yield "TI", known.title
    for name in known.authors:
        yield "AU", ", ".join(part for part in name if part)
    if known.date:
        yield "PY", known.year
        yield "DA", "/".join(known.date)
    for tag, value in (
        ("DO", known.doi),
        ("AN", f"arXiv:{known.arxiv_id}" if known.arxiv_id else ""),
        ("UR", known.url),
        ("AB", known.abstract),
        ("N1", known.caution[:1].upper() + known.caution[1:]),
    ):
        if value:
            yield tag, value
    yield "ER", ""


def _type(known: Facts) -> str:
    """An article has a DOI of its own; a preprint is not published; of a file we know neither."""
    if known.doi:
        return "JOUR"
    return "UNPB" if known.arxiv_id else "GEN"
