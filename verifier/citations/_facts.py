"""What of a stored document a citation can give, the same in every format."""

import re
from dataclasses import dataclass

from verifier.citations._names import Name, parted
from verifier.document import Document

DATE = re.compile(r"(?P<year>\d{4})(?:-(?P<month>\d{2})(?:-(?P<day>\d{2}))?)?")
OF_ARXIV = "10.48550/arxiv."  # the DOIs that arXiv's preprints have of their own


@dataclass(frozen=True, kw_only=True)
class Facts:
    title: str
    authors: tuple[Name, ...]
    date: tuple[str, ...]  # year, month and day as far as they are known
    doi: str  # of the article; that of a preprint says what its arXiv id says
    arxiv_id: str
    url: str
    caution: str  # "withdrawn (…)" and its like
    abstract: str

    @property
    def year(self) -> str:
        return self.date[0] if self.date else ""


def facts(document: Document) -> Facts:
    keys = (document.key, *document.other_keys)
    ids = [key.removeprefix("arxiv:") for key in keys if key.startswith("arxiv:")]
    dated = DATE.match(document.published)
    doi = "" if document.doi.startswith(OF_ARXIV) else document.doi
    return Facts(
        title=" ".join(document.title.split()) or document.short_key,
        authors=tuple(parted(name) for name in document.authors if name.strip()),
        date=tuple(part for part in dated.groups() if part) if dated else (),
        doi=doi,
        arxiv_id=ids[0] if ids else "",
        url=_address(document, doi, ids),
        caution=document.caution,
        abstract=" ".join(document.text.split()) if document.extent == "abstract" else "",
    )


def _address(document: Document, doi: str, ids: list[str]) -> str:
    if doi:
        return f"https://doi.org/{doi}"
    if ids:
        return f"https://arxiv.org/abs/{ids[0]}"
    return document.url if re.match(r"https?://", document.url) else ""
