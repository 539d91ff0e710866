"""How values and other people's text read on screen."""

import re
from datetime import datetime, timedelta, timezone
from html import escape
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import streamlit as st

from verifier import until_decided
from verifier.plural import plural as plural  # one of the words on screen

NONE = "–"
MARKDOWN = re.compile(r"([\\`*_{}\[\]()#+\-.!|<>$~^=&])")
# a colon begins emoji, icons and colours, and www. and @ an address that would become a link; an
# invisible joiner ends that
JOINED = re.compile(r"(:(?=\S)|\bwww(?=\.)|@(?=\S))", re.IGNORECASE)


def literal(text: str) -> str:
    r"""Text of unknown origin for a place that reads Markdown: shown letter by letter.

    >>> literal("[a] costs $5 *now*")
    '\\[a\\] costs \\$5 \\*now\\*'
    """
    joined = JOINED.sub("\\1\u2060", " ".join(text.split()))
    return MARKDOWN.sub(r"\\\1", joined)


def quoted(text: str) -> str:
    """The same for a place that reads HTML; line ends stay."""
    return escape(text).replace("\n", "<br>")


def shortened(text: str, length: int = 90) -> str:
    """The beginning, up to a whole word.

    >>> shortened("CPC scales better than JEPA", 15)
    'CPC scales …'
    """
    return text if len(text) <= length else text[: length - 2].rsplit(" ", 1)[0] + " …"


def percent(share: float | None) -> str:
    """A probability for people; never rounded up to certainty.

    >>> percent(0.999), percent(0.873), percent(None)
    ('> 99 %', '87 %', '–')
    """
    if share is None:
        return NONE
    if share > 0.99:
        return "> 99 %"
    return "< 1 %" if share < 0.01 else f"{share:.0%}".replace("%", " %")


def duration(seconds: float | None) -> str:
    """Wall time.

    >>> duration(42.4), duration(125), duration(7260), duration(None)
    ('42 s', '2 min 5 s', '2 h 1 min', '–')
    """
    return NONE if seconds is None else until_decided.duration(seconds)


def ago(at: datetime, now: datetime) -> str:
    """How long since, in one unit."""
    seconds = max((now - at).total_seconds(), 0)
    for size, word in ((86400, "day"), (3600, "hour"), (60, "minute")):
        if seconds >= size:
            return f"{plural(int(seconds // size), word)} ago"
    return "just now"


def local(at: datetime) -> datetime:
    """The moment in the reader's own time zone; UTC where the browser names none we know."""
    try:
        return at.astimezone(ZoneInfo(st.context.timezone or "UTC"))
    except (ZoneInfoNotFoundError, ValueError):
        offset = st.context.timezone_offset or 0  # minutes, counted westwards
        return at.astimezone(timezone(timedelta(minutes=-offset)))


def moment(at: datetime | None) -> str:
    return NONE if at is None else local(at).strftime("%d %b %Y, %H:%M")
