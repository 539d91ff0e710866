"""A paper's own text with what is claimed and quoted in it marked. All of it is escaped."""

from collections.abc import Iterable, Sequence
from html import escape
from typing import NamedTuple

from app_pages._passages import BLOCK, MARK
from app_pages._words import quoted

PASSAGE = "border-bottom:2px solid #0072B2;color:inherit;background:none;padding:0 .1em"
MOST_NAMED = 3  # claims beside a stretch that says nothing of them
LABEL = "opacity:.75;font-size:.78em"


class Mark(NamedTuple):
    """A stretch of a text, with a few words beside it."""

    start: int
    end: int
    label: str
    is_claim: bool  # a candidate, else a passage quoted for a claim
    is_judged: bool = True  # a passage that says nothing for or against its claim is not


def marked_text(text: str, marks: Iterable[Mark], start: int, end: int) -> str:
    """HTML of a part of a text; where marks overlap the first one has the words, all the labels.

    >>> html = marked_text("a <b> c", [Mark(2, 5, "C01", True)], 0, 7)
    >>> "&lt;b&gt;</mark>" in html, "C01" in html
    (True, True)
    """
    inside = sorted(m for m in marks if start <= m.start < m.end <= end)
    parts, at = [], start
    for group in _together(inside):
        first, last = group[0].start, max(mark.end for mark in group)
        style = MARK if any(mark.is_claim for mark in group) else PASSAGE
        parts.append(_plain(text[at:first]))
        parts.append(f'<mark style="{style}">{_plain(text[first:last])}</mark> {_labels(group)} ')
        at = last
    parts.append(_plain(text[at:end]))
    return f'<div style="{BLOCK};overflow-wrap:anywhere">{"".join(parts)}</div>'


def _labels(group: Sequence[Mark]) -> str:
    """The words beside a stretch; many claims it says nothing of are counted, named on hovering."""
    judged = list(dict.fromkeys(mark.label for mark in group if mark.is_judged))
    unjudged = dict.fromkeys(mark.label for mark in group if not mark.is_judged)
    others = [name for name in unjudged if not any(said.startswith(f"{name} ") for said in judged)]
    names = ", ".join(others)
    told = names if len(others) <= MOST_NAMED else f"{len(others)} claims"
    words = ", ".join([*judged, *([f"not judged for {told}"] if others else [])])
    return f'<span style="{LABEL}" title="{escape(names)}">[{escape(words)}]</span>'


def _plain(text: str) -> str:
    return quoted(text.replace("\f", "\n\n"))


def _together(marks: Sequence[Mark]) -> list[list[Mark]]:
    """Marks in groups that overlap."""
    groups: list[list[Mark]] = []
    for mark in marks:
        if groups and mark.start < max(held.end for held in groups[-1]):
            groups[-1].append(mark)
        else:
            groups.append([mark])
    return groups
