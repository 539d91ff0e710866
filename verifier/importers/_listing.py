"""Claims that a text lists below a heading, as items, bold sentences or headings of their own.

What stands below a claim as "Verdict: …" or "Confidence: …" is said of it. Items below an item,
and "Evidence: …" beside one, are remarks on a claim, not claims.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

from verifier.importers._labels import ASIDE, LABELLED, field_of, loosely, plain, said_at_end
from verifier.importers._outline import heading
from verifier.importers._rows import Row
from verifier.importers._sections import is_above_others, is_title, said_of_all
from verifier.matching import is_sentence

ITEM = re.compile(r"(\s*)([-*+•‣◦▪●·–]|\d{1,9}[.)])\s+(.*)")
DASH = "–"  # begins an item only where no sentence goes on
BOX = re.compile(r"\[([ xX])\]\s+")
BOLD = re.compile(r"\*\*([^*]+)\*\*(.*)")
LEAST_WORDS = 4  # of a bold beginning that is a claim, not a label
MOST_WORDS_OF_TOPIC = 3  # of a bold item above others; one that ends in a colon may be longer
TICKED = "ticked in the report, which is not taken for verified"
UNTICKED = "not ticked in the report"


@dataclass(kw_only=True)
class Listed:
    """A claim while its lines are read."""

    line: int
    words: list[str]
    is_verified: bool | None = None  # what the heading above says of all
    said: dict[str, str] = field(default_factory=dict)

    def row(self) -> Row:
        text = " ".join(self.words)
        box = BOX.match(text)
        statement, sure = said_at_end(plain(text[box.end() :] if box else text))
        found = loosely({**sure, **self.said}, statement, line=self.line)
        is_ticked = box is not None and box[1] != " "
        is_all = self.is_verified is not None and (box is None or is_ticked)
        if found.verified is None and is_all:
            return replace(found, verified=self.is_verified)
        remarks = () if box is None else (TICKED if is_ticked else UNTICKED,)
        return replace(found, remarks=remarks)


def listed(numbered: Iterable[tuple[int, str]], is_above: Callable[[str], bool]) -> list[Row]:
    """The claims below headings that `is_above` accepts; bold sentences where there is no list."""
    reader = _Reader(is_above)
    for at, line in numbered:
        reader.read(at, line)
    found = reader.items or reader.bold
    return [claim.row() for claim in found if claim.words]


class _Reader:
    """Where we are in the text, line by line."""

    def __init__(self, is_above: Callable[[str], bool]) -> None:
        self.is_above = is_above
        self.items: list[Listed] = []
        self.bold: list[Listed] = []
        self.level = 0  # of the heading on claims that we are under; 0: under none
        self.off_level = 0  # of a heading below it that is on something else; 0: none
        self.is_verified: bool | None = None
        self._begin_section(title=None)

    def _begin_section(self, *, title: tuple[int, str] | None) -> None:
        self.title = title  # of this section; a claim if a verdict follows at once
        self.is_titled = False  # its heading is its claim
        self.open: Listed | None = None
        self.is_running = False  # the next line goes on with the open claim
        self.shape: tuple[int, bool] | None = None  # of the list: its indent, is it numbered

    def read(self, at: int, line: str) -> None:
        level, words = heading(line)
        if level:
            self._heading(at, level, words)
        elif self.level and not self.off_level:
            self._line(at, line)

    def _heading(self, at: int, level: int, words: str) -> None:
        if not self.level or level <= self.level:
            is_above = self.is_above(words) and not is_title(words, level=level)
            self.level = level if is_above else 0
            self.off_level, self.is_verified = 0, said_of_all(words)
            self._begin_section(title=None)
            return
        if self.off_level and level > self.off_level:
            return
        self.off_level = level if is_above_others(words) else 0
        self._begin_section(title=(at, words))
        match = LABELLED.fullmatch(words)
        if not self.off_level and (match or is_sentence(words)):
            self._begin(at, match[1] if match else words, self.items)
            self.is_titled = True

    def _line(self, at: int, line: str) -> None:
        is_awaited = self.open is not None and not self.open.words
        if not line.strip():
            self.is_running = is_awaited
        elif said := field_of(line):
            self._say(said)
        elif item := ITEM.fullmatch(line):
            self._item(at, item)
        elif self.is_running and self.open is not None:
            self.open.words.append(line.strip())
        elif not line[0].isspace():
            self.shape = None  # a paragraph of its own: what follows is another list
            self._bold(at, line)

    def _say(self, said: dict[str, str]) -> None:
        if self.open is None and self.title is not None:
            self._begin(self.title[0], self.title[1], self.items)
            self.is_titled = True
        if self.open is not None:
            self.open.said |= said
        self.is_running = False

    def _item(self, at: int, item: re.Match[str]) -> None:
        indent, is_numbered = len(item[1]), item[2][0].isdigit()
        if item[2] == DASH and self._goes_on() and self.open is not None:
            self.open.words.append(item[0].strip())
            return
        if self.shape and indent > self.shape[0] and self._is_topic() and not ASIDE.match(item[3]):
            self.items.pop()
            self.shape = None  # what stands below the topic are the claims
        least, numbers_only = self.shape or (indent, is_numbered)
        self.is_running = False
        if self.is_titled or indent > least or (numbers_only and not is_numbered):
            return
        self.shape = (indent, numbers_only)
        if not ASIDE.match(plain(item[3])):
            match = LABELLED.fullmatch(plain(item[3]))
            self._begin(at, match[1] if match else item[3], self.items)

    def _is_topic(self) -> bool:
        """Is the last item no claim but what the items below it are about?"""
        if self.open is None or self.open.said or self.items[-1:] != [self.open]:
            return False
        words = " ".join(self.open.words).strip()
        is_label = BOLD.fullmatch(words) is not None and len(words.split()) <= MOST_WORDS_OF_TOPIC
        return (is_label or plain(words).endswith(":")) and not is_sentence(plain(words))

    def _goes_on(self) -> bool:
        return self.is_running and self.open is not None and not is_sentence(self.open.words[-1])

    def _bold(self, at: int, line: str) -> None:
        match = BOLD.match(line)
        if match and len(match[1].split()) >= LEAST_WORDS and not match[1].rstrip().endswith(":"):
            label = LABELLED.fullmatch(match[1])
            self._begin(at, label[1] if label else match[1], self.bold)
            self.is_running = False

    def _begin(self, at: int, text: str, claims: list[Listed]) -> None:
        words = [text] if text.strip() else []
        self.open = Listed(line=at, words=words, is_verified=self.is_verified)
        self.is_running = True
        claims.append(self.open)
