"""References, and the arXiv ids in their addresses."""

import re
from collections.abc import Iterable

from verifier.claim import Reference
from verifier.importers._text import clean

INSIDE = r"\([^\s()<>\[\]]*\)"  # brackets that close, as in an address of The Lancet
URL = re.compile(
    rf"https?://(?:{INSIDE}|[^\s<>\"'`\])|(])*(?:{INSIDE}|[^\s<>\"'`\])|(.,;:])", re.IGNORECASE
)
ID = r"(\d{4}\.\d{4,5}|[a-z]+(?:-[a-z]+)*(?:\.[A-Z]{2})?/\d{7})(?:v([1-9]\d*))?"
IN_URL = re.compile(
    r"https?://(?:[\w-]+\.)*arxiv\.org/(?:abs|pdf|html|format|e-print|src)/"
    + ID
    + r"(?:\.pdf)?/?(?:[?#].*)?",
    re.IGNORECASE,
)
IN_DOI = re.compile(r"https?://(?:dx\.)?doi\.org/10\.48550/arxiv\." + ID, re.IGNORECASE)
IN_TEXT = re.compile(r"\barxiv:\s*" + ID, re.IGNORECASE)
DOI = re.compile(
    rf"\b10\.\d{{4,9}}/(?:{INSIDE}|[^\s<>\"'`\])|(])*(?:{INSIDE}|[^\s<>\"'`\])|(.,;:])"
)
BARE = re.compile(r"(?:arxiv:\s*)?" + ID, re.IGNORECASE)


def references_in(listed: Iterable[str]) -> tuple[Reference, ...]:
    """The first address, arXiv id or DOI of each line of a list of references.

    >>> [r.url for r in references_in(["1. A. arXiv:1807.03748.", "2. B. doi:10.1000/x", "3. C."])]
    ['https://arxiv.org/abs/1807.03748', 'https://doi.org/10.1000/x']
    """
    found = (address_in(text) for text in listed)
    addresses = [address for address in found if address]
    return tuple(reference(address, position=n) for n, address in enumerate(addresses, start=1))


def address_in(text: str) -> str:
    """What `reference` can read of a line; empty where it names no address."""
    if match := URL.search(text):
        return match[0]
    if match := IN_TEXT.search(text):
        return f"{match[1]}v{match[2]}" if match[2] else match[1]
    match = DOI.search(text)
    return f"https://doi.org/{match[0]}" if match else ""


def reference(text: str, *, position: int) -> Reference:
    """Read an http(s) address or a bare arXiv id; anything else is a ValueError.

    Only http and https: a page will show the address as a link.

    >>> reference("http://arxiv.org/abs/2605.12241v1", position=1).arxiv_id
    '2605.12241'
    >>> reference("arXiv:hep-th/9901001v2", position=1).url
    'https://arxiv.org/abs/hep-th/9901001v2'
    """
    address = clean(text).removeprefix("<").removesuffix(">")
    bare = BARE.fullmatch(address)
    if bare:
        version = f"v{bare[2]}" if bare[2] else ""
        address = f"https://arxiv.org/abs/{bare[1]}{version}"
    elif not URL.fullmatch(address):
        raise ValueError(
            f"the reference is {address[:80]!r}; allowed: an http or https address, or an arXiv id."
        )
    match = IN_URL.fullmatch(address) or IN_DOI.fullmatch(address)
    return Reference(
        url=address,
        arxiv_id=match[1] if match else None,
        version=int(match[2]) if match and match[2] else None,
        position=position,
    )
