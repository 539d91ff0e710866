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
    ("abstract", r"abstract|summary|highlights"),
    ("background", r"introduction|background|related works?|preliminar|motivation|objectives?"),
    ("methods", r"materials|methods?|methodology|experimental set-?up|set-?up|data(?: ?sets?)?\b"
                r"|implementation|training details|design|participants|statistical analysis"),
    ("results", r"results?|experiments|findings|evaluation|ablation|scaling"),
    ("discussion", r"discussion|limitations?|analysis|implications"),
    ("conclusion", r"conclu(?:sion|ding)|outlook|summary and"),
    ("references", r"references|bibliography|literature cited"),
    ("end matter", r"acknowledge?ments?|funding|author contributions?|competing|conflicts? of"
                   r"|ethics|data availability|code availability|append(?:ix|ices)|supplement"),
)  # fmt: skip
KNOWN = re.compile(
    rf"{NUMBERED}(?:"
    + "|".join(f"(?P<k{i}>{words})" for i, (_, words) in enumerate(KINDS))
    + r")\b[^.!?]*",
    re.IGNORECASE,
)
LINE = re.compile(r"[^\n\f]+")


@dataclass(frozen=True, kw_only=True)
class Section:
    """A stretch of a text under one heading; what stands before the first has no title."""

    title: str
    kind: str  # one of KINDS, or "" where nothing tells
    start: int
    end: int


def sections(text: str) -> list[Section]:
    r"""The parts of a text, in order, without gaps. A heading that says nothing keeps the kind.

    >>> parts = sections("A title\n\n1 Results\n\nIt wins.\n\n1.1 Linear probes\n\nToo.")
    >>> [(part.title, part.kind) for part in parts]
    [('', ''), ('1 Results', 'results'), ('1.1 Linear probes', 'results')]
    """
    found = [("", "", 0)]
    for title, start in _headings(text):
        told = KNOWN.fullmatch(title)
        kind = found[-1][1]
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


def _headings(text: str) -> Iterator[tuple[str, int]]:
    """Short lines without an end that stand alone, or are a part's usual name."""
    lines = list(LINE.finditer(text))
    for i, line in enumerate(lines):
        title = line.group().strip().lstrip("#").strip()
        words = title.split()
        if not 0 < len(words) <= MOST_WORDS or not re.match(r"[A-Z0-9]", title):
            continue
        if title.endswith((".", ",", ";", "?", "!")) or not re.search(r"[^\W\d_]{2}", title):
            continue  # the second: a row of numbers from a table
        is_alone = _stands_alone(text, lines, i)
        is_title = i == 0 and len(words) > 2  # "Scaling ECG models" opens no results
        is_known = KNOWN.fullmatch(title) is not None and not is_title
        if (is_known and (is_alone or len(words) <= 5)) or (is_alone and i):
            yield title, line.start()


def _stands_alone(text: str, lines: Sequence[re.Match[str]], i: int) -> bool:
    """Between blank lines or pages, with something after it."""
    if i + 1 == len(lines):
        return False
    before = text[lines[i - 1].end() : lines[i].start()] if i else "\n\n"
    after = text[lines[i].end() : lines[i + 1].start()]
    return all(gap.count("\n") > 1 or PAGE_END in gap for gap in (before, after))
