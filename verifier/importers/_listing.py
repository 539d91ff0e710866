"""Claims that a text lists below a heading, as items, bold sentences or headings of their own.

What stands below a claim as "Verdict: …" or "Confidence: …" is said of it. Items below an item or
below one of several bold sentences, and "Evidence: …" beside one, are remarks on a claim, not
claims; so is what follows a bold sentence with which an item begins.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

from verifier.importers._labels import (
    ASIDE,
    CLAIM_LABEL,
    LEAST_WORDS_BEHIND_LABEL,
    ends_claim,
    field_of,
    lead_of,
    loosely,
    plain,
    unlabelled,
)
from verifier.importers._outline import heading
from verifier.importers._rows import Row
from verifier.importers._sections import is_above_others, is_title, said_of_all
from verifier.importers._tags import tags_parted
from verifier.sentences import is_sentence

ITEM = re.compile(
    r"(\s*)([-*+•‣◦▪●·–➢►▸⁃\uf0b7\uf0a7]|o(?=\t)|\(?\d{1,9}[.)]|\d\ufe0f?\u20e3"
    r"|\(?(?:[a-h]|[ivx]{1,4})[.)](?! ?[eg]\.))\s+(.*)"
)
BOLD_NUMBER = re.compile(r"^(\s*)\*\*(\d{1,3}[.)])\*\*(?=\s)")
DEEPER = ("o", "\uf0a7")  # what Word has for bullets of the second and third level
DASH = "–"  # begins an item only where no sentence goes on
BOX = re.compile(r"\[([ xX])\]\s+")
BOLD = re.compile(r"\*\*([^*]+)\*\*(.*)")
NUMBER = re.compile(r"^(?:\d{1,3}[.)]|\d{1,2}(?:\.\d{1,2})+[.)]?)\s+(?=\S)")  # of a heading
OF_SECTION = re.compile(r"(\d{1,2})\.(\d{1,2})[.)]?\s+(\S.*)")
LEAST_WORDS = 4  # of a bold beginning that is a claim, not a label
MOST_WORDS_OF_TOPIC = 3  # of an item above others; one that ends in a colon may be longer
VERB_LIKE = re.compile(r"\s[a-z]+(?:s|ed)\b|\s(?:is|are)\s")  # "CPC leads"; also "Scaling laws"
TICKED = "ticked in the report, which is not taken for verified"
UNTICKED = "not ticked in the report"


@dataclass(kw_only=True)
class Listed:
    """A claim while its lines are read."""

    line: int
    words: list[str]
    said_of_all: str = ""  # in the heading above
    said: dict[str, str] = field(default_factory=dict)
    above: "Listed | None" = None  # the bold sentence that this item stands below

    def row(self) -> Row:
        text = " ".join(self.words)
        box = BOX.match(text)
        text = text[box.end() :] if box else text
        statement, sure = tags_parted(plain(text))
        if (lead := lead_of(text)) != text:
            statement, _ = tags_parted(plain(lead))
        found = loosely({**sure, **self.said}, statement, line=self.line)
        found = replace(found, is_whole=bool(sure))
        is_ticked = box is not None and box[1] != " "
        if found.verified is None and self.said_of_all and (box is None or is_ticked):
            return replace(found, verified=self.said_of_all)
        remarks = () if box is None else (TICKED if is_ticked else UNTICKED,)
        return replace(found, remarks=remarks)


def listed(numbered: Iterable[tuple[int, str]], is_above: Callable[[str], bool]) -> list[Row]:
    """The claims below headings that `is_above` accepts; bold sentences where there is no list."""
    reader = _Reader(is_above)
    for at, line in numbered:
        reader.read(at, line)
    labelled = {id(claim) for claim in reader.labelled}
    items = [item for item in reader.items if id(item.above) not in labelled]
    found = items or ([] if labelled else reader.bold)
    if len({id(item.above) for item in items if item.above}) > 1:
        found = [*reader.bold, *(item for item in items if item.above is None)]
    return [claim.row() for claim in (*found, *reader.labelled) if claim.words]


class _Reader:
    """Where we are in the text, line by line."""

    def __init__(self, is_above: Callable[[str], bool]) -> None:
        self.is_above = is_above
        self.items: list[Listed] = []
        self.bold: list[Listed] = []
        self.labelled: list[Listed] = []  # paragraphs that begin with "Claim 2:"
        self.level = 0  # of the heading on claims that we are under; 0: under none
        self.off_level = 0  # of a heading below it that is on something else; 0: none
        self.said_of_all = ""  # in that heading …
        self.said_below = ""  # … and in one below it
        self.number = ""  # of that heading, if it has one
        self._begin_section(title=None)

    def _begin_section(self, *, title: tuple[int, str] | None) -> None:
        self.title = title  # of this section; a claim if a verdict follows at once
        self.is_titled = False  # its heading is its claim
        self.open: Listed | None = None
        self.is_running = False  # the next line goes on with the open claim
        self.shape: tuple[int, bool] | None = None  # of the list: its indent, is it numbered
        self.above: Listed | None = None  # the last bold sentence

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
            self.off_level, self.said_of_all, self.said_below = 0, said_of_all(words), ""
            number = re.match(r"\d+", words)
            self.number = number[0] if number else ""
            self._begin_section(title=None)
            return
        if self.off_level and level > self.off_level:
            return
        self.off_level = level if is_above_others(words) else 0
        self.said_below = said_of_all(words)
        words = NUMBER.sub("", words)
        self._begin_section(title=(at, words))
        claim = unlabelled(words)
        is_claim = claim != words or is_sentence(words) or tags_parted(words)[1]
        if not self.off_level and is_claim and not self.said_below:
            self._begin(at, claim, self.items)
            self.is_titled = True

    def _line(self, at: int, line: str) -> None:
        of_section = OF_SECTION.fullmatch(line)
        if of_section and of_section[1] == self.number:  # "2.1 S4 is new." below "2. Claims"
            line = f"{of_section[2]}. {of_section[3]}"
        line = BOLD_NUMBER.sub(r"\1\2", line)
        is_awaited = self.open is not None and not self.open.words
        if not line.strip():
            self.is_running = is_awaited
        elif said := field_of(line):
            self._say(said)
        elif item := ITEM.fullmatch(line):
            self._item(at, item)
        elif labelled := _behind_label(line):
            self.shape = None
            self._begin(at, labelled, self.labelled)
            self.above = self.open
        elif self.is_running and self.open is not None:
            if self.open.words and ends_claim(line, self.open.words[-1]):
                self.is_running = False
            else:
                self.open.words.append(line.strip())
        elif not line[0].isspace():
            self.shape = None  # a paragraph of its own: what follows is another list
            self._bold(at, line)

    def _say(self, said: dict[str, str]) -> None:
        if self.open is None and self.title is not None and not self.said_below:
            self._begin(self.title[0], self.title[1], self.items)
            self.is_titled = True
        if self.open is not None:
            self.open.said |= said
        self.is_running = False

    def _item(self, at: int, item: re.Match[str]) -> None:
        indent, is_numbered = len(item[1]) + (item[2] in DEEPER), item[2].strip("(")[0].isdigit()
        if item[2] == DASH and self._goes_on() and self.open is not None:
            self.open.words.append(item[0].strip())
            return
        is_below = self.shape is not None and indent > self.shape[0]
        if is_below and not ASIDE.match(item[3]) and self._is_topic(item[3]):
            self.items.pop()
            self.shape = None  # what stands below the topic are the claims
        least, numbers_only = self.shape or (indent, is_numbered)
        self.is_running = False
        if self.is_titled or indent > least or (numbers_only and not is_numbered):
            return
        self.shape = (indent, numbers_only)
        if not ASIDE.match(plain(item[3])):
            self._begin(at, unlabelled(item[3]), self.items)

    def _is_topic(self, below: str) -> bool:
        """Is the last item no claim but what the items below it are about?"""
        if self.open is None or self.open.said or self.items[-1:] != [self.open]:
            return False
        words = " ".join(self.open.words).strip()
        is_bare = is_sentence(plain(below)) and VERB_LIKE.search(words) is None
        is_marked = is_bare or BOLD.fullmatch(words) is not None
        is_label = is_marked and len(words.split()) <= MOST_WORDS_OF_TOPIC
        return (is_label or plain(words).endswith(":")) and not is_sentence(plain(words))

    def _goes_on(self) -> bool:
        return self.is_running and self.open is not None and not is_sentence(self.open.words[-1])

    def _bold(self, at: int, line: str) -> None:
        match = BOLD.match(line)
        if match and len(match[1].split()) >= LEAST_WORDS and not match[1].rstrip().endswith(":"):
            self._begin(at, unlabelled(NUMBER.sub("", match[1])), self.bold)
            self.is_running = False
            self.above = self.open if is_sentence(match[1]) else None

    def _begin(self, at: int, text: str, claims: list[Listed]) -> None:
        words = [text] if text.strip() else []
        above = self.above if claims is self.items else None
        said = self.said_below or self.said_of_all
        self.open = Listed(line=at, words=words, said_of_all=said, above=above)
        self.is_running = True
        claims.append(self.open)


def _behind_label(line: str) -> str:
    """The claim of a paragraph that begins with "Claim 2:"; nothing for any other line."""
    text = plain(lead_of(line)).strip()
    match = CLAIM_LABEL.fullmatch(text)
    is_numbered = match is not None and re.search(r"\d", text[: match.start(1)]) is not None
    claim = match[1] if match and is_numbered else ""
    return claim if len(claim.split()) >= LEAST_WORDS_BEHIND_LABEL else ""
