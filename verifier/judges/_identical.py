"""Whether a passage is the claim itself, letter for letter, as its authors' own assertion. Pure.

Then it says what the claim says, whatever its verb means: no rule need understand it. So the bar is
on what stands around the claim: nothing, or one of a few frames by which authors vouch for what
they found. "It has been claimed that", "whether", "if", a quotation mark, a condition, a second
clause: any other letter, and it is another sentence.
"""

import re

LEAST_WORDS = 3
DASHES = re.compile("[\u2010-\u2015\u2212]")  # hyphens and dashes of all lengths, and the minus
FRAME = re.compile(
    r"(?:(?:here|overall|in summary|in conclusion|notably|in (?:this|our) (?:work|study|paper)), )?"
    r"(?:(?:we|our (?:results|findings|experiments|analyses|analysis)"
    r"|(?:the|these) (?:results|findings|experiments)) "
    r"(?:find|found|show|shows|showed|demonstrate|demonstrates|demonstrated|observe|observed"
    r"|confirm|confirms|confirmed|conclude|reveal|reveals|revealed) that )?",
    re.IGNORECASE,
)
SHOWN_IN = re.compile(
    r" \((?:see )?(?:table|tab\.|figure|fig\.) ?[0-9]{1,2}[a-z]?\)", re.IGNORECASE
)
# Whose meaning is in another sentence: the same words elsewhere may speak of something else.
ELSEWHERE = frozenset(
    "we our ours us i my it its they them their theirs this that these those he she his her here "
    "such former latter above below following proposed".split()
)


def is_said_whole(statement: str, passage: str) -> bool:
    """Whether a passage asserts the very words of a claim that can be understood alone.

    >>> is_said_whole("CPC outpaces JEPA on ECGs.", "We find that CPC outpaces JEPA on ECGs")
    True
    >>> is_said_whole("CPC outpaces JEPA on ECGs.", "It is said that CPC outpaces JEPA on ECGs.")
    False
    """
    ours, theirs = _plain(statement), _plain(passage)
    words = re.findall(r"[^\W_]+", ours.lower())
    if len(words) < LEAST_WORDS or ELSEWHERE & set(words) or ours.endswith(("?", "…", "...")):
        return False
    theirs = SHOWN_IN.sub("", theirs)
    frame = FRAME.match(theirs)
    said = theirs[frame.end() :] if frame else theirs
    return said[:1].casefold() + said[1:] == ours[:1].casefold() + ours[1:]


def points_elsewhere(statement: str) -> str:
    """The word a claim begins with whose meaning is in another sentence; empty where it has none.

    >>> points_elsewhere("It outpaces JEPA on ECGs."), points_elsewhere("CPC doubles its lead.")
    ('It', '')
    """
    found = re.match(r"\W*([^\W_]+)", statement)
    return found[1] if found and found[1].lower() in ELSEWHERE else ""


def _plain(text: str) -> str:
    """One kind of space and of dash, without the full stop at the end."""
    return re.sub(r"\s*\.$", "", " ".join(DASHES.sub("-", text).split()))
