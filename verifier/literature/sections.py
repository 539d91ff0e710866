"""The parts of a paper, told by its heading lines, and the page a place is on.

Every reader leaves headings on lines of their own, so the text alone tells; an abstract is
one part.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

PAGE_END = "\f"
MOST_WORDS = 10  # of a heading
NUMBERED = r"(?:(?:\d+|[IVX]+|[A-Z])(?:\.\d+)*[.):]?\s+)?"
KINDS: Sequence[tuple[str, str]] = (
    ("abstract", r"abstract|summary|highlights|zusammenfassung|kurzfassung"),
    ("background", r"introduction|background|related works?|preliminar(?:y|ies)|motivation"
                   r"|objectives?|einleitung|einführung|hintergrund|stand der (?:technik|forschung)"
                   r"|verwandte arbeiten|grundlagen|zielsetzung"),
    ("methods", r"materials|methods?|methodology|experimental set-?up|set-?up|data(?: ?sets?)?\b"
                r"|implementation|training details|design|participants|statistical analysis"
                r"|methoden?|methodik|material(?:ien)?|daten(?:sätze)?|versuchsaufbau"
                r"|patient(?:en|innen)|studiendesign|umsetzung"),
    ("results", r"results?|experiments|findings|evaluation|ablation|scaling"
                r"|ergebnisse?|resultate?|experimente|auswertung|befunde"),
    ("discussion", r"discussion|limitations?|analysis|implications|diskussion|einschränkungen"
                   r"|limitationen|grenzen"),
    ("conclusion", r"conclu(?:sion|ding)s?|outlook|summary and|fazit|schlussfolgerung(?:en)?"
                   r"|schluss|ausblick|zusammenfassung und"),
    ("references", r"references|bibliography|literature cited|literatur(?:verzeichnis)?"
                   r"|quellen(?:verzeichnis)?|referenzen"),
    ("end matter", r"acknowledge?ments?|funding|author contributions?|competing|conflicts? of"
                   r"|ethics|data availability|code availability|append(?:ix|ices)|supplement\w*"
                   r"|danksagung|anhang|interessenkonflikte?|förderung"),
)  # fmt: skip
KNOWN = re.compile(
    rf"{NUMBERED}(?:"
    + "|".join(f"(?P<k{i}>{words})" for i, (_, words) in enumerate(KINDS))
    + r")\b[^.!?]*",
    re.IGNORECASE,
)
PART = re.compile(r"(?:\d+|[IVX]+)[.):]?\s")  # "4 Title", but neither "4.1 Title" nor "A Title"
NO_TITLE = re.compile(r"\s[-−+±]?\d+[.,]\d+%?\)?$|\s?[=≤≥≈]\s?\S")  # a table's row, a formula
PROSE = re.compile(r"\b[a-z]{2,}\b")
LINE = re.compile(r"[^\n\f]+")
SMALL = frozenset(
    "a an and as at by for from in of on or the to with via vs und der die das".split()
)


@dataclass(frozen=True, kw_only=True)
class Section:
    """A stretch of a text under one heading; what stands before the first has no title."""

    title: str
    kind: str  # one of KINDS, or "" where nothing tells
    start: int
    end: int


def sections(text: str) -> list[Section]:
    r"""The parts of a text, in order, without gaps.

    A heading that says nothing keeps the kind, unless its number shows that a new part begins.

    >>> parts = sections("A title\n\n1 Results\n\nIt wins.\n\n1.1 Linear probes\n\nToo.")
    >>> [(part.title, part.kind) for part in parts]
    [('', ''), ('1 Results', 'results'), ('1.1 Linear probes', 'results')]
    >>> [(p.title, p.kind) for p in sections("3 Methods\n\nWe do.\n\n4 S4 beats all\n\nIt does.")]
    [('3 Methods', 'methods'), ('4 S4 beats all', '')]
    """
    found = [("", "", 0)]
    for title, start in _headings(text):
        told = KNOWN.fullmatch(title)
        kind = "" if PART.match(title) else found[-1][1]
        if told is not None:
            kind = next(KINDS[i][0] for i in range(len(KINDS)) if told[f"k{i}"] is not None)
        found.append((title, kind, start))
    ends = [start for _, _, start in found[1:]] + [len(text)]
    return [
        Section(title=title, kind=kind, start=start, end=end)
        for (title, kind, start), end in zip(found, ends, strict=True)
        if end > start
    ]


def section_at(parts: Sequence[Section], place: int) -> Section | None:
    return next((part for part in parts if part.start <= place < part.end), None)


def page_of(text: str, place: int) -> int | None:
    """The page a place is on, 1 for the first; None where the text has no pages."""
    return text.count(PAGE_END, 0, place) + 1 if PAGE_END in text else None


def page_words(text: str, place: int) -> str:
    r"""The page a place is on, of how many; empty where the text has no pages.

    A text of one page ends with the mark of its end, as there is none between pages.

    >>> page_words("One.\fTwo.", 6), page_words("One.\f", 0), page_words("One.", 0)
    ('page 2 of 2', 'page 1 of 1', '')
    """
    page = page_of(text, place)
    n_pages = text.removesuffix(PAGE_END).count(PAGE_END) + 1
    return "" if page is None else f"page {page} of {n_pages}"


def _headings(text: str) -> Iterator[tuple[str, int]]:
    """Short lines without an end that stand alone, or are a part's usual name."""
    lines = list(LINE.finditer(text))
    for i, line in enumerate(lines):
        title = line.group().strip().lstrip("#").strip()
        words = title.split()
        if not 0 < len(words) <= MOST_WORDS or not (title[0].isupper() or title[0].isdigit()):
            continue
        if title.endswith((".", ",", ";", "?", "!")) or not re.search(r"[^\W\d_]{2}", title):
            continue  # the second: a row of numbers from a table
        after = lines[i + 1].group().strip() if i + 1 < len(lines) else ""
        if NO_TITLE.search(title) or (NO_TITLE.search(after) and len(PROSE.findall(after)) < 2):
            continue
        is_alone = _stands_alone(text, lines, i)
        is_title = i == 0 and len(words) > 2  # "Scaling ECG models" opens no results
        is_known = KNOWN.fullmatch(title) is not None and not is_title
        is_short = is_known and len(words) <= 5
        if (is_alone and (is_known or i)) or (is_short and _is_set_off(lines, i, title)):
            yield title, line.start()


def _is_set_off(lines: Sequence[re.Match[str]], i: int, title: str) -> bool:
    """A known name among other lines: a title by its letters, with prose that begins after it.

    "Results show that S4" is the beginning of a sentence, "Objective AUROC F1" a table's head.
    """
    words = re.sub(NUMBERED, "", title, count=1).split()
    if not all(word[0].isupper() or word.lower() in SMALL for word in words[1:]):
        is_title = re.match(r"\d|[IVX]+[.)]", title) is not None and not re.search(r"\d", title[2:])
        if not is_title:
            return False
    if i + 1 == len(lines):
        return True
    after = lines[i + 1].group().strip()
    return (
        re.match(r"[^\W_a-z]|\[", after) is not None and re.search(r"[a-z]{2}", after) is not None
    )


def _stands_alone(text: str, lines: Sequence[re.Match[str]], i: int) -> bool:
    """Between blank lines or pages, with something after it."""
    if i + 1 == len(lines):
        return False
    before = text[lines[i - 1].end() : lines[i].start()] if i else "\n\n"
    after = text[lines[i].end() : lines[i + 1].start()]
    return all(gap.count("\n") > 1 or PAGE_END in gap for gap in (before, after))
