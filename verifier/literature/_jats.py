"""JATS XML, as PubMed Central and many publishers give it: headings and paragraphs on their lines.

What is no running text is left out: tables, figures' drawings, a formula's second writing.
Captions stay.
Entities of other people's making are not expanded and nothing is fetched.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from lxml import etree

from verifier.claim import InputError
from verifier.document import notice_note
from verifier.markup import plain_formula, raised

LEFT_OUT = {
    "table", "tex-math", "annotation", "annotation-xml", "graphic", "media", "inline-graphic",
    "object-id", "processing-instruction", "fn-group", "journal-meta",
}  # fmt: skip
NOTICES = {
    "retraction": "retraction",
    "partial-retraction": "partial_retraction",
    "expression-of-concern": "expression_of_concern",
    "correction": "correction",
}
BLOCKS = {"p", "title", "list-item", "mixed-citation", "element-citation", "disp-quote", "def"}


@dataclass(frozen=True, kw_only=True)
class Article:
    title: str
    text: str
    doi: str
    pmc: str
    pubmed: str
    authors: tuple[str, ...]
    published: str
    notices: tuple[str, ...] = ()  # where it is itself one, about another work


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
        pubmed=_id(article, "pmid"),
        authors=tuple(_authors(article)),
        published=_published(article),
        notices=tuple(_notices(article)),
    )


def _notices(article: etree._Element) -> Iterator[str]:
    """JATS names the kind of an article, and what it retracts or corrects as related to it."""
    kind = NOTICES.get(article.get("article-type") or "")
    if kind is None:
        return
    related = article.iterfind(".//{*}article-meta/{*}related-article[@ext-link-type='doi']")
    named = [one.get("{http://www.w3.org/1999/xlink}href") or "" for one in related]
    for doi in named or [""]:
        yield notice_note(kind, doi.lower())


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
    if _tag(node) in ("fig", "table-wrap"):
        yield from _captioned(node)
        return
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


def _captioned(node: etree._Element) -> Iterator[str]:
    """A figure's or table's number and caption in one paragraph; then its notes."""
    caption = node.find("{*}caption")
    said = [] if caption is None else list(_blocks(caption))
    label = _inline(node.find("{*}label")).rstrip(".:")
    if said:
        yield ": ".join(filter(None, (label, " ".join(said))))
    for child in node:
        if _tag(child) not in ("label", "caption", *LEFT_OUT):
            yield from _blocks(child)


def _inline(node: etree._Element | None) -> str:
    """The running text of a node on one line."""
    if node is None:
        return ""
    parts: list[str] = []
    _write(node, parts)
    return " ".join("".join(parts).split())


def _write(node: etree._Element, parts: list[str]) -> None:
    """Append a node's text; what is raised must not run into the number before it."""
    parts.append(node.text or "")
    for child in node:
        tag = _tag(child)
        if tag in BLOCKS:
            parts.append(" ")  # an item of a list, say, within a paragraph
        if tag == "alternatives":
            parts.append(_formula(child))
        elif tag in ("sup", "msup") or (tag == "xref" and child.get("ref-type") == "bibr"):
            _write_raised(child, tag, parts)
        elif isinstance(child.tag, str) and tag not in LEFT_OUT:
            _write(child, parts)
        elif isinstance(child, etree._Entity):
            parts.append(child.text or "")
        parts.append(child.tail or "")


def _write_raised(node: etree._Element, tag: str, parts: list[str]) -> None:
    """A power ("10^-4"), the number of a reference ("[12]"), or a plain raised letter."""
    before = "".join(parts[-6:])
    if tag == "msup" and len(node) == 2:
        base, above = _inline(node[0]), _inline(node[1])
        parts.append(f"{base}^{above}")
    elif tag == "xref":
        is_raised = _tag(node.getparent()) == "sup" or node.find("{*}sup") is not None
        inner: list[str] = []
        _write(node, inner)
        parts.append(f"[{''.join(inner).strip()}]" if is_raised else "".join(inner))
    elif node.find("{*}xref") is not None:
        _write(node, parts)
    else:
        parts.append(raised(before, "".join(node.itertext())))


def _formula(node: etree._Element) -> str:
    """One of several ways in which a formula is written: MathML before TeX."""
    math = node.find("{*}math")
    if math is not None:
        return _inline(math)
    tex = node.find("{*}tex-math")
    return "" if tex is None else plain_formula("".join(tex.itertext()))


def _authors(article: etree._Element) -> Iterator[str]:
    """People, and groups by the name they go by."""
    for one in article.iterfind(".//{*}article-meta//{*}contrib[@contrib-type='author']"):
        given, family = one.find("{*}name/{*}given-names"), one.find("{*}name/{*}surname")
        name = f"{_inline(given)} {_inline(family)}".strip() or _inline(one.find("{*}collab"))
        if name:
            yield name


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
