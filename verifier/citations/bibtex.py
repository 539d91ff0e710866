r"""BibTeX, for LaTeX: letters beyond ASCII as LaTeX writes them, so that any BibTeX reads them.

An entry is `@misc`: sources do not tell the journal, which `@article` demands.
"""

import re
import unicodedata
from collections.abc import Sequence

from verifier.citations._facts import Facts, facts
from verifier.citations._names import Name
from verifier.document import Document

LABEL, SUFFIX, MEDIA_TYPE = "BibTeX", ".bib", "application/x-bibtex"

SPECIAL = {
    **{letter: f"\\{letter}" for letter in "&%$#_"},
    "{": r"\textbraceleft{}",  # BibTeX counts braces, whatever stands before them
    "}": r"\textbraceright{}",
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "–": "--",
    "—": "---",
    "‐": "-",
    "‑": "-",
    "“": "``",
    "”": "''",
    "‘": "`",
    "’": "'",
    "…": r"\ldots{}",
    "\u00a0": "~",
    "ß": r"{\ss}",
    "ø": r"{\o}",
    "Ø": r"{\O}",
    "æ": r"{\ae}",
    "Æ": r"{\AE}",
    "œ": r"{\oe}",
    "Œ": r"{\OE}",
    "ł": r"{\l}",
    "Ł": r"{\L}",
    "å": r"{\aa}",
    "Å": r"{\AA}",
    "ı": r"{\i}",
}
ACCENTS = {
    "\u0300": "`",
    "\u0301": "'",
    "\u0302": "^",
    "\u0303": "~",
    "\u0304": "=",
    "\u0306": "u",
    "\u0307": ".",
    "\u0308": '"',
    "\u030a": "r",
    "\u030b": "H",
    "\u030c": "v",
    "\u0323": "d",
    "\u0327": "c",
    "\u0328": "k",
}
KEPT = re.compile(r"[\w+/-]*(?:\w[A-Z]|[A-Za-z]\d|\d[A-Za-z])[\w+/-]*")  # BibTeX would lower it
UNNAMED = frozenset("a an the on of in for and to with from do does is are how what can".split())


def render(documents: Sequence[Document]) -> bytes:
    """UTF-8; every entry has a key of its own."""
    taken: set[str] = set()
    return "\n".join(_entry(facts(document), taken) for document in documents).encode()


def _entry(known: Facts, taken: set[str]) -> str:
    fields = {
        "author": " and ".join(_person(name) for name in known.authors),
        "title": _title(known.title),
        "year": known.year,
        "doi": _verbatim(known.doi),
        "eprint": known.arxiv_id,
        "archiveprefix": "arXiv" if known.arxiv_id else "",
        "url": _verbatim(known.url),
        "note": escaped(known.caution[:1].upper() + known.caution[1:]),
    }
    lines = [f"  {name} = {{{value}}},\n" for name, value in fields.items() if value]
    return f"@misc{{{_key(known, taken)},\n{''.join(lines)}}}\n"


def escaped(text: str) -> str:
    r"""Text as LaTeX writes it; what it has no ASCII for stays.

    >>> print(escaped("Müller & Søn: 5 % of α_1"))
    M{\"u}ller \& S{\o}n: 5 \% of α\_1
    """
    return "".join(_letter(letter) for letter in unicodedata.normalize("NFC", text))


def _letter(letter: str) -> str:
    if letter in SPECIAL:
        return SPECIAL[letter]
    base, *marks = list(unicodedata.normalize("NFD", letter))
    if len(marks) != 1 or marks[0] not in ACCENTS or not base.isascii():
        return letter
    accent, base = ACCENTS[marks[0]], {"i": r"\i", "j": r"\j"}.get(base, base)
    return (
        f"{{\\{accent}{{{base}}}}}"
        if accent.isalpha() or len(base) > 1
        else f"{{\\{accent}{base}}}"
    )


def _title(title: str) -> str:
    """Braces around words whose capitals and figures a style must not lower: {ECG}, {S4}."""
    parts, at = [], 0
    for word in KEPT.finditer(title):
        parts += [escaped(title[at : word.start()]), f"{{{escaped(word.group())}}}"]
        at = word.end()
    return "".join([*parts, escaped(title[at:])])


def _person(name: Name) -> str:
    """Family, suffix, given; whoever has one name, and a group, as one word in braces."""
    family, given, suffix = (escaped(part) for part in name)
    if not given:
        return f"{{{family}}}"
    parts = (part for part in (family, suffix, given) if part)
    return ", ".join(f"{{{part}}}" if re.search(r"\band\b", part) else part for part in parts)


def _verbatim(address: str) -> str:
    """As `doi` and `url` are read: nothing in them is LaTeX, but braces count."""
    return address.replace("{", "%7B").replace("}", "%7D")


def _key(known: Facts, taken: set[str]) -> str:
    """Such as "author2026state", with a letter after it where that is taken."""
    family = known.authors[0].family if known.authors else "anonymous"
    words = [word for word in _ascii(known.title).split() if word not in UNNAMED]
    plain = "".join(_ascii(family).split()) + known.year + "".join(words[:1])
    key, n = plain, 0
    while key in taken:
        n += 1
        key = plain + _count(n)
    taken.add(key)
    return key


def _count(n: int) -> str:
    """b, c … z, and from there on numbers.

    >>> _count(1), _count(25), _count(26)
    ('b', 'z', '-27')
    """
    return "abcdefghijklmnopqrstuvwxyz"[n] if n < 26 else f"-{n + 1}"


def _ascii(text: str) -> str:
    apart = unicodedata.normalize("NFKD", text.lower().replace("ß", "ss").replace("ø", "o"))
    return re.sub(r"[^a-z0-9 ]", "", "".join(c if c.isascii() else "" for c in apart))
