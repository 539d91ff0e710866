"""People's names as sources give them, parted into family and given names."""

import re
from typing import NamedTuple

GROUP = re.compile(
    r"\b(?:consortium|group|collaboration|team|network|investigators|society|committee|project"
    r"|initiative|university|institute|foundation|association)\b",
    re.IGNORECASE,
)
PARTICLES = frozenset(
    "von van de der den des di da del della du la le ten ter zu zur af av".split()
)
INITIALS = re.compile(r"[A-Z]{1,3}")
SUFFIXES = frozenset(("jr", "jr.", "sr", "sr.", "ii", "iii"))


class Name(NamedTuple):
    family: str
    given: str = ""  # empty for a group, and for who has one name
    suffix: str = ""


def parted(name: str) -> Name:
    """A name in its parts: "Given Family", "Family, Given" and "Family GF" are known.

    >>> parted("Ludwig van Beethoven"), parted("Smith JA")
    (Name(family='van Beethoven', given='Ludwig', suffix=''), \
Name(family='Smith', given='J. A.', suffix=''))
    >>> parted("ECG Consortium").family, parted("Author, Ann").given, parted("King Jr.").suffix
    ('ECG Consortium', 'Ann', '')
    """
    name = " ".join(name.split())
    if GROUP.search(name):
        return Name(name)
    family, comma, given = (part.strip() for part in name.partition(","))
    if comma and given.lower() not in SUFFIXES:
        return Name(family, given)
    suffix = given
    words = family.split()
    if len(words) > 2 and words[-1].lower() in SUFFIXES:
        suffix = words.pop()
    if len(words) > 1 and INITIALS.fullmatch(words[-1]) and not INITIALS.fullmatch(words[0]):
        return Name(" ".join(words[:-1]), " ".join(f"{letter}." for letter in words[-1]), suffix)
    start = len(words) - 1
    while start > 1 and words[start - 1] in PARTICLES:
        start -= 1
    return Name(" ".join(words[max(start, 0) :]), " ".join(words[: max(start, 0)]), suffix)
