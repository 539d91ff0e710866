"""JATS XML, as PubMed Central and many publishers give it: headings and paragraphs on their lines.

What is no running text is left out: tables, formulae as code, figures' drawings. Captions stay.
Entities of other people's making are not expanded and nothing is fetched.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from lxml import etree

from verifier.claim import InputError

LEFT_OUT = {
    "table", "tex-math", "annotation", "annotation-xml", "graphic", "media", "inline-graphic",
    "object-id", "alternatives", "processing-instruction", "fn-group", "journal-meta",
}  # fmt: skip
BLOCKS = {"p", "title", "list-item", "mixed-citation", "element-citation", "disp-quote", "def"}


@dataclass(frozen=True, kw_only=True)
class Article:
    title: str
    text: str
    doi: str
    pmc: str
    authors: tuple[str, ...]
    published: str


def read_jats(data: bytes, name: str) -> Article:
    """Title, abstract, body and references of one article.

    Raises:
        InputError: this is no XML, or no article with text.
    """
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, recover=False)
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        raise InputError(f"{name}: this is no well-formed XML ({error})") from error
    article = root if _tag(root) == "article" else next(root.iter("{*}article"), None)
    if article is None:
        raise InputError(f"{name}: the XML is of {_tag(root)!r}; only JATS articles are read")
    blocks = [*_abstract(article), *_part(article, "body"), *_references(article)]
    title = _inline(article.find(".//{*}article-meta//{*}article-title"))
    return Article(
        title=title,
        text="\n\n".join([title, *blocks] if title and blocks else blocks),
        doi=_id(article, "doi").lower(),
        pmc=_id(article, "pmc") or _id(article, "pmcid"),
        authors=tuple(_authors(article)),
        published=_published(article),
    )


def _abstract(article: etree._Element) -> Iterator[str]:
    for abstract in article.iterfind(".//{*}article-meta/{*}abstract"):
        if abstract.get("abstract-type") in (None, "summary"):
            if _tag(next(iter(abstract), None)) != "title":
                yield "Abstract"
            yield from _blocks(abstract)


def _part(article: etree._Element, name: str) -> Iterator[str]:
    found = article.find(f"{{*}}{name}")
    if found is not None:
        yield from _blocks(found)


def _references(article: etree._Element) -> Iterator[str]:
    for listed in article.iterfind("{*}back/{*}ref-list"):
        if _tag(next(iter(listed), None)) != "title":
            yield "References"
        yield from _blocks(listed)


def _blocks(node: etree._Element) -> Iterator[str]:
    """Each heading and paragraph on one line; a section's number stands before its title."""
    for child in node:
        tag = _tag(child)
        if tag in LEFT_OUT or not tag:
            continue
        if tag in BLOCKS:
            text = _inline(child)
            if tag == "title" and _tag(node) == "sec":
                text = f"{_inline(node.find('{*}label'))} {text}".strip()
            if text:
                yield text
        else:
            yield from _blocks(child)


def _inline(node: etree._Element | None) -> str:
    """The running text of a node on one line."""
    return "" if node is None else " ".join("".join(_texts(node)).split())


def _texts(node: etree._Element) -> Iterator[str]:
    yield node.text or ""
    for child in node:
        if isinstance(child.tag, str) and _tag(child) not in LEFT_OUT:
            yield from _texts(child)
        elif not isinstance(child.tag, str) and isinstance(child, etree._Entity):
            yield child.text or ""
        yield child.tail or ""


def _authors(article: etree._Element) -> Iterator[str]:
    for one in article.iterfind(".//{*}article-meta//{*}contrib[@contrib-type='author']/{*}name"):
        yield f"{_inline(one.find('{*}given-names'))} {_inline(one.find('{*}surname'))}".strip()


def _published(article: etree._Element) -> str:
    for date in article.iterfind(".//{*}article-meta/{*}pub-date"):
        parts = [_inline(date.find(f"{{*}}{part}")) for part in ("year", "month", "day")]
        told = [part.zfill(2) for part in parts if re.fullmatch(r"\d+", part)]
        if told:
            return "-".join(told)
    return ""


def _id(article: etree._Element, kind: str) -> str:
    return _inline(article.find(f".//{{*}}article-meta/{{*}}article-id[@pub-id-type='{kind}']"))


def _tag(node: etree._Element | None) -> str:
    return "" if node is None or not isinstance(node.tag, str) else etree.QName(node).localname
