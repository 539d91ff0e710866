"""Sentences at their exact place: `text[start:end]` is the sentence, character for character.

Nothing is rewritten: a quote must be found again where it stands. Line breaks inside a sentence
stay in it; a blank line, a heading line, a caption's or table's line ends one, and so does a form
feed (a page's end), unless the next page goes on with a small letter.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from verifier.document import Document, Passage

# A stop after one of these ends no sentence, whatever follows.
NEVER_LAST = frozenset(
    "e.g i.e vs viz cf fig figs eq eqs eqn tab sec ch app ref refs no nos vol pp dr mr mrs ms prof "
    "st approx resp ca incl".split()
)
# … unless it is a unit: "patches of 100 ms." ends where "Ms. Lee" does not.
UNIT = re.compile(r"\d\s?(?:ms|sec)$")
# A stop after one of these ends a sentence only if a word follows that usually begins one.
SELDOM_LAST = frozenset("al etc inc ltd co corp dept univ jr sr ed eds u.s u.k ph.d w.r.t".split())
BEGINS = frozenset(
    "the a an this these that those we our in on for to it its they he she however moreover "
    "furthermore here there as by with from while when although since both all each most such "
    "results finally first second thus hence therefore using recent".split()
)

STOP = re.compile(r"""[.!?]+["'”’)\]]*(?=\s)""")
BREAK = re.compile(r"\n[ \t\r]*(?:\n\s*)+|\s*\f\s*(?![\sa-z])")
CAPTION = re.compile(r"\s*(?:Table|Figure|Fig\.|Tabelle|Abbildung|Abb\.)\s+[A-Z]?\d+\s*[.:|]")
CELL = re.compile(r"[-−+±<>≤≥(]?\d+(?:[.,]\d+)*%?\)?|[-–—±]|N/?A")
NEXT = re.compile(r"""["'“‘(\[]*(\S+)""")
LAST_WORD = re.compile(r"(?:^|[\s(\[“\"'/])([^\s(\[“\"'/]*)$")
HEADING = re.compile(r"(?:(?:\d+|[IVX]+|[A-Z])(?:\.\d+)*\.?\s+)?[A-Z][^.!?:;,]*")
SMALL = frozenset("a an and as at by for from in of on or the to with via vs".split())
CAPITAL_OR_MARK = re.compile(r"[^\Wa-z]|[^\w\s]")


@dataclass(frozen=True, slots=True)
class Span:
    start: int
    end: int


def passages(document: Document) -> list[Passage]:
    """The sentences of a stored document, in order."""
    if document.id is None:
        raise ValueError(f"{document.key}: only a stored document (one with an id) can be quoted")
    return [
        Passage(
            document_id=document.id, start=s.start, end=s.end, text=document.text[s.start : s.end]
        )
        for s in sentences(document.text)
    ]


def sentences(text: str) -> list[Span]:
    """Where each sentence or heading stands, without the white space around it.

    >>> text = "We follow Lee et al. (2020), i.e. S4. It wins by 0.5 points [12]. See Fig. 3."
    >>> [text[s.start : s.end] for s in sentences(text)][1:]
    ['It wins by 0.5 points [12].', 'See Fig. 3.']
    """
    found = []
    for block in _blocks(text):
        ends = [block.start, *_ends(text, block), block.end]
        found += [_stripped(text, start, end) for start, end in pairwise(ends)]
    return [span for span in found if span.end > span.start]


def _blocks(text: str) -> Iterator[Span]:
    """Stretches no sentence crosses: between blank lines and page ends, headings by themselves."""
    start = 0
    for gap in BREAK.finditer(text):
        yield from _without_headings(text, start, gap.start())
        start = gap.end()
    yield from _without_headings(text, start, len(text))


def _without_headings(text: str, start: int, end: int) -> Iterator[Span]:
    lines = list(re.finditer(r"[^\n]+", text[start:end]))
    open_from = start
    for i, line in enumerate(lines):
        before = lines[i - 1].group() if i and open_from < start + line.start() else ""
        after = lines[i + 1].group() if i + 1 < len(lines) else ""
        is_apart = _is_row(line.group()) or (after and _is_heading(line.group(), before, after))
        if is_apart or CAPTION.match(line.group()):
            yield Span(open_from, start + line.start())
            open_from = start + line.start()
        if is_apart:
            yield Span(open_from, start + line.end())
            open_from = start + line.end()
    yield Span(open_from, end)


def _is_row(line: str) -> bool:
    """A row of a table: at least two numbers, and more of them than words.

    >>> _is_row("data2vec 0.903 0.371"), _is_row("in 2019 and 2020 we saw 12 of")
    (True, False)
    """
    words = line.split()
    n_cells = sum(CELL.fullmatch(word) is not None for word in words)
    n_words = sum(re.search(r"[a-z]{2}", word) is not None for word in words)
    return n_cells >= 2 and n_cells > n_words


def _is_heading(line: str, before: str, after: str) -> bool:
    """A short capitalised line between the end of a sentence and the start of another."""
    line, before, after = line.strip(), before.strip(), after.strip()
    words = line.split()
    if not words or len(words) > 8 or (before and not before.endswith((".", "!", "?"))):
        return False
    if not HEADING.fullmatch(line) or not re.match(r"[\"'“(]?[A-Z]", after):
        return False
    is_numbered = words[0].rstrip(".").replace(".", "").isdigit()
    return is_numbered or all(w[0].isupper() or w.lower() in SMALL for w in words)


def _ends(text: str, block: Span) -> Iterator[int]:
    for stop in STOP.finditer(text, block.start, block.end):
        following = NEXT.match(text, _skip_space(text, stop.end()), block.end)
        if following and _is_end(text, block.start, stop, following):
            yield stop.end()


def _is_end(text: str, start: int, stop: re.Match[str], following: re.Match[str]) -> bool:
    if "!" in stop.group() or "?" in stop.group():
        return CAPITAL_OR_MARK.match(following.group()) is not None
    word = following.group(1)
    if not CAPITAL_OR_MARK.match(following.group()) and not word[:1].isdigit():
        return _is_name_in_small_letters(word)
    match = LAST_WORD.search(text, max(start, stop.start() - 40), stop.start())
    last = match.group(1).lower() if match else ""
    begins = re.sub(r"[,;:]+$", "", word).lower() in BEGINS
    if last in NEVER_LAST:
        return UNIT.search(text[: stop.start()][-8:]) is not None
    if last in SELDOM_LAST or _is_initial(text, stop.start(), last):
        return begins
    return True


def _is_initial(text: str, stop: int, last: str) -> bool:
    """One capital letter, as in "J. Smith" (but "type A. The …" ends, by what follows)."""
    return len(last) == 1 and text[stop - 1].isupper()


def _is_name_in_small_letters(word: str) -> bool:
    """Sentences may begin with "data2vec" or "wav2vec": letters, a digit, letters."""
    return re.match(r"[a-z]+\d+[a-z]+", word) is not None


def _skip_space(text: str, position: int) -> int:
    while position < len(text) and text[position].isspace():
        position += 1
    return position


def _stripped(text: str, start: int, end: int) -> Span:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return Span(start, end)
