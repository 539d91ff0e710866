"""Title, sections, question and references of a text with # headings."""

import re
from dataclasses import dataclass

from verifier.claim import Reference
from verifier.importers._references import references_in
from verifier.importers._sections import REFERENCES, is_title, with_marked_headings
from verifier.importers._text import clean, lines

HEADING = re.compile(r"(#{1,6})[ \t]+(\S.*)")
NUMBERED = re.compile(r"[\d.]*\s*")
ABSTRACT = ("abstract", "zusammenfassung")
QUESTION = re.compile(r"research question:([^\n]*)", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class Section:
    heading: str
    level: int  # the number of # before the heading
    lines: tuple[tuple[int, str], ...]  # (line of the file, text)

    @property
    def body(self) -> str:
        return "\n".join(text.rstrip() for _, text in self.lines).strip()

    @property
    def name(self) -> str:
        return NUMBERED.sub("", self.heading, count=1).casefold()


@dataclass(frozen=True, kw_only=True)
class Outline:
    title: str
    preamble: tuple[tuple[int, str], ...]  # what stands before the first section, without title
    sections: tuple[Section, ...]

    @property
    def named(self) -> tuple[tuple[str, str], ...]:
        return tuple((section.heading, section.body) for section in self.sections)

    @property
    def abstract(self) -> str:
        return next((s.body for s in self.sections if s.name in ABSTRACT), "")

    @property
    def references(self) -> tuple[Reference, ...]:
        sections = (s for s in self.sections if REFERENCES.fullmatch(s.name))
        return references_in([text for s in sections for _, text in s.lines])


def heading(line: str) -> tuple[int, str]:
    """Return the number of # and the words of a heading; 0 and nothing for any other line.

    >>> heading("## **On** C# ##"), heading("#1 is no heading")
    ((2, 'On C#'), (0, ''))
    """
    match = HEADING.fullmatch(line.strip())
    if match is None:
        return 0, ""
    words, _, closing = match[2].rpartition(" ")
    shown = match[2] if closing.strip("#") or not words else words
    return len(match[1]), clean(shown.replace("**", ""))


def outline(text: str) -> Outline:
    """Split at headings of any kind; the first # one is the title, all others begin sections."""
    title = ""
    heads: list[tuple[str, int]] = []
    bodies: list[list[tuple[int, str]]] = [[]]
    for number, line in enumerate(with_marked_headings(lines(text)), start=1):
        level, words = heading(line)
        if not level:
            bodies[-1].append((number, line))
        elif is_title(words, level=level) and not title and (1 not in [n for _, n in heads]):
            title = words
        else:
            heads.append((words, level))
            bodies.append([])
    sections = tuple(
        Section(heading=words, level=level, lines=tuple(body))
        for (words, level), body in zip(heads, bodies[1:], strict=True)
    )
    return Outline(title=title, preamble=tuple(bodies[0]), sections=sections)


def question(text: str) -> str:
    """Return the research question a text states, or nothing.

    One with its question mark goes before one without: an abstract may repeat it shortened.

    >>> question("This examines scaling. Research question: How does it scale?. More.")
    'How does it scale?'
    """
    stated = [match[1] for match in QUESTION.finditer(text)]
    marked = [line[: line.index("?") + 1] for line in stated if "?" in line]
    sentences = [line.partition(". ")[0].strip().rstrip(".") for line in stated]
    return clean(next(iter([*marked, *sentences]), ""))
