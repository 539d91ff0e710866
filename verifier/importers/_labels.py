"""Words with a colon: "Claim 2: …" is a claim, "Verdict: …" is said of one, others are neither."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace

from verifier.importers import _said
from verifier.importers._columns import (
    CONFIDENCE,
    OTHER_CONFIDENCE,
    OTHER_VERIFIED,
    PERCENT,
    VERIFIED,
    key,
    row,
)
from verifier.importers._outline import heading
from verifier.importers._rows import Row

MARK = re.compile(r"\\([!-/:-@\[-`{-~])|\*\*|`|(<br\s*/?>)")
BULLET = r"(?:[-*+•‣◦▪●·–]\s+|\d{1,3}[.)]\s+)?"
LABELLED = re.compile(
    BULLET + r"(?:(?:extracted|key|main) )?(?:claim|behauptung|aussage)"
    r"(?:\s*(?:#|no\.?|nr\.?)?\s*\d{1,4}(?:\s*[:.)–—-]|$)|\s*:)\s*(.*)",
    re.IGNORECASE,
)
FIELD = re.compile(BULLET + r"([A-Za-z][\w %()]{2,30}?)\s*[:=]\s*(.*)")
ASIDE = re.compile(
    r"(?:evidence|sources?|references?|citations?|support(?:ing evidence)?|notes?|rationale"
    r"|reason(?:ing)?|explanation|limitations?|caveats?|quellen?|belege?|begründung|hinweis)\s*:",
    re.IGNORECASE,
)
SURE_AT_END = re.compile(
    r"\s*[(\[]\s*(confidence|konfidenz|certainty)\b\s*[:=]?\s*([^()\[\]]{1,30})[)\]]\s*(\.?)$",
    re.IGNORECASE,
)
TAG_AT_END = re.compile(r"\s*(?:\[|(?<=[.!?])\s?\()([A-Za-z✓✔✅❌✗ _-]{1,24})[)\]]\s*$")
MARKS = (*VERIFIED, *OTHER_VERIFIED)
NUMBERS = (*CONFIDENCE, *OTHER_CONFIDENCE)
LEAST_WORDS = 3  # of a claim behind its label: "Claim 2: supported." is none
MOST_CHARACTERS = 60  # of what is said of a claim; more is a sentence


def plain(text: str) -> str:
    r"""Resolve escapes and drop the marks of bold and code.

    >>> plain(r"**CPC** is \*best\*")
    'CPC is *best*'
    """
    return MARK.sub(lambda match: match[1] or (" " if match[2] else ""), text)


def field_of(line: str) -> dict[str, str]:
    """What a line says of the claim above it, by name; nothing for any other line.

    >>> field_of("   - **Confidence:** High | Verdict: supported")
    {'Confidence': 'High', 'Verdict': 'supported'}
    >>> field_of("- Supported: CPC beats data2vec on PTB-XL.")
    {}
    """
    found = {}
    for part in re.split(r"\s[|;·]\s|;\s", plain(line).strip()):
        match = FIELD.fullmatch(part.strip())
        name = PERCENT.sub("", key(match[1])) if match else ""
        if match and (name in NUMBERS or (name in MARKS and _is_said(match[2], name))):
            found[match[1]] = match[2]
    return found


def _is_said(value: str, name: str) -> bool:
    """Is this a verdict? "Verified: …" and the like may also stand before a claim."""
    try:
        _said.verified(value)
    except ValueError:
        return len(value) <= MOST_CHARACTERS and name.startswith(("verdict", "status", "urteil"))
    return True


def said_at_end(statement: str) -> tuple[str, dict[str, str]]:
    """A statement without "(confidence: 0.9; supported)" at its end, and what that says.

    >>> said_at_end("S4 is new (confidence: 85 %).")
    ('S4 is new.', {'confidence': '85 %'})
    """
    tag = TAG_AT_END.search(statement)
    if tag is not None and _is_said(tag[1], ""):
        return statement[: tag.start()], {"verdict": tag[1]}
    match = SURE_AT_END.search(statement)
    if match is None:
        return statement, {}
    sure, *others = re.split(r"\s*[;|]\s*", match[2].strip())
    said = {match[1].casefold(): sure}
    if verdicts := [other for other in others if _is_said(other, "")]:
        said["verdict"] = verdicts[0]
    return statement[: match.start()] + match[3], said


def loosely(said: Mapping[str, str], statement: str, *, line: int) -> Row:
    """A claim of prose: what cannot be read of what is said of it is a remark, no error."""
    found = row({**said, "claim": statement}, line=line)
    return replace(found, is_loose=True, is_loosely_sure=True)


def labelled(numbered: Iterable[tuple[int, str]]) -> list[Row]:
    """The claims of a text that writes "Claim 1: …" or "Claim: …" before each."""
    rows: list[Row] = []
    said: dict[str, str] = {}
    words: list[str] = []
    begins, is_open, is_running = 0, False, False

    def close() -> None:
        statement, sure = said_at_end(" ".join(words))
        if len(statement.split()) >= LEAST_WORDS:
            rows.append(loosely({**sure, **said}, statement, line=begins))

    for at, line in numbered:
        level, title = heading(line)
        match = LABELLED.fullmatch(plain(title or line).strip())
        if match or level:
            if is_open:
                close()
            begins, is_open, is_running = at, match is not None, match is not None
            said, words = {}, [match[1]] if match and match[1] else []
        elif is_open:
            if told := field_of(line):
                said |= told
                is_running = False
            elif not line.strip():
                is_running = not words
            elif is_running:
                words.append(re.sub(rf"^{BULLET}", "", plain(line).strip()))
    if is_open:
        close()
    return rows
