"""Is a claim cut off? Some report writers keep a claim's first 120 characters and no more."""

import re

from verifier.sentences import is_sentence

# A sentence does not stop here, whatever the habits of its writer.
DANGLING = re.compile(
    r"(?:\b(?:a|an|the|and|or|but|of|to|in|on|at|by|for|from|with|without|than|as|that|which"
    r"|is|are|was|were|between|across|into|over|under|versus)|\b(?:vs|e\.g|i\.e)\.|[-–,:;(\[/])$",
    re.IGNORECASE,
)
ELLIPSIS = re.compile(r"(?:…|\.\.\.)[\"'”’)\]]*$")


def is_cut(statement: str, *, others_end: bool) -> bool:
    """Tell a claim that was cut off from one whose writer uses no full stops.

    Without an end it is cut where the report's other claims do end; in a list without full
    stops only what cannot be an end counts.

    >>> is_cut("CPC shows the strongest representations across clinical ta", others_end=True)
    True
    >>> is_cut("CPC scales best", others_end=False), is_cut("CPC scales best of", others_end=False)
    (False, True)
    """
    if ELLIPSIS.search(statement) or DANGLING.search(statement):
        return True
    return others_end and not is_sentence(statement)


def mostly_end(statements: list[str]) -> bool:
    """Say whether the writer of these claims ends sentences: more than half of them do."""
    return 2 * sum(is_sentence(statement) for statement in statements) > len(statements)
