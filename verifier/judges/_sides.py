"""Of two things that a claim compares, which of them a passage speaks of, and on which side. Pure.

_comparisons.py reads the few comparisons a rule may decide by. Here any "… than …" counts, whatever
is compared, to see that a passage speaks of the wrong one: "Ablation led to fewer shocks" is not
about amiodarone, though it holds all other words of "Amiodarone led to fewer shocks than ablation".
"""

import re
from dataclasses import dataclass

from verifier.judges._cautions import denials
from verifier.judges._comparisons import RIGHT_EDGE
from verifier.judges._words import content

THAN = re.compile(
    r"\b(?:than|compared (?:to|with)|(?:superior|inferior) to|versus|as opposed to"
    r"|(?:outperform|surpass|exceed)(?:s|ed|ing)?|beats?|beating"
    r"|(?:(?:gain|improve|win|advantage|benefit)s?|gained|improved|won)(?: [\w.%]+){0,4} over)\b",
    re.IGNORECASE,
)
OUTDONE = re.compile(
    r"\b(?:is|are|was|were|be|been|being) (?:\w+ly )?(?:outperformed|surpassed|exceeded|beaten"
    r"|outdone|overtaken) by\b",
    re.IGNORECASE,
)
BRACKETS = re.compile(r"\s*\([^()]*\)")
HYPHEN = re.compile(r"(?<=[^\W\d_])-(?=[^\W\d_])")  # "self-supervised" is not "supervised"
AHEAD = re.compile(
    r"\b(?:ahead|wins?|won|(?:came|come|comes) first|best|better|superior|outperform(?:s|ed)?"
    r"|surpass(?:es|ed)?|beats?)\b",
    re.IGNORECASE,
)
AS_BEFORE = re.compile(
    r"^\s*(?:by|in|with|on|for|at|from|under|after|that of|those of) ", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Sides:
    """Keys of what stands before and after "than", each without what stands on both sides."""

    left: frozenset[str]
    right: frozenset[str]


def sides(text: str) -> Sides | None:
    """The two sides of a text's only comparison; None where there is none, or several.

    >>> sorted(sides("A drug led to fewer shocks than ablation.").right)
    ['ablation']
    """
    plain = _joined(BRACKETS.sub("", text))
    found = list(THAN.finditer(plain))
    if len(found) != 1 or OUTDONE.search(plain):
        return None
    before, after = plain[: found[0].start()], AS_BEFORE.sub(" ", plain[found[0].end() :])
    edge = RIGHT_EDGE.search(after.lower())
    left = frozenset(content(before))
    right = frozenset(content(after[: edge.start()] if edge else after))
    return Sides(left - right, right - left) if left and right else None


def on_the_wrong_side(statement: str, passage: str) -> str:
    """Why a passage that holds a claim's comparison may speak of the other of the two; or empty.

    >>> on_the_wrong_side("CPC needs fewer labels than JEPA.", "JEPA needs fewer labels.")
    'of the two that the claim compares, it speaks of the other (jepa)'
    >>> on_the_wrong_side("CPC needs fewer labels than JEPA.", "CPC needs fewer labels.")
    ''
    """
    claimed = sides(statement)
    if claimed is None or not claimed.left or not claimed.right:
        return ""
    passage = _joined(passage)
    found = OUTDONE.search(passage)
    if found:
        before, after = set(content(passage[: found.start()])), content(passage[found.end() :])
        is_turned = bool(claimed.left & before) and not claimed.left & set(after)
        return "it says of the claim's subject that it is outdone" if is_turned else ""
    said = sides(passage)
    if said is not None:
        is_turned = claimed.right <= said.left and not claimed.right & said.right
        return "it compares the other way round" if is_turned and claimed.left & said.right else ""
    words = set(content(passage))
    if claimed.right <= words and not claimed.left <= words and not THAN.search(passage):
        other = ", ".join(sorted(claimed.right))
        return f"of the two that the claim compares, it speaks of the other ({other})"
    return ""


def puts_the_other_ahead(statement: str, text: str) -> bool:
    """Whether a sentence says of the second thing that a claim compares that it does better.

    >>> puts_the_other_ahead("CPC outperforms JEPA on ECGs.", "Then JEPA came out ahead.")
    True
    >>> puts_the_other_ahead("CPC outperforms JEPA on ECGs.", "CPC is ahead of JEPA.")
    False
    """
    claimed = sides(statement)
    if claimed is None or not claimed.right or denials(text):
        return False
    text = _joined(text)
    found = AHEAD.search(text)
    if found is None or claimed.left & set(content(text)):
        return False
    return claimed.right <= set(content(text[: found.start()]))


def _joined(text: str) -> str:
    return HYPHEN.sub("", text)
