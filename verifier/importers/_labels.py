"""Words with a colon: "Claim 2: …" is a claim, "Verdict: …" is said of one, others are neither."""

import re
from collections.abc import Iterable, Mapping, Sequence
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
from verifier.importers._cut import DANGLING
from verifier.importers._grid import cells
from verifier.importers._outline import heading
from verifier.importers._rows import Row
from verifier.importers._tags import tags_parted
from verifier.sentences import is_sentence

MARK = re.compile(r"\\([!-/:-@\[-`{-~])|\*\*|`|(<br\s*/?>)")
BULLET = r"(?:[-*+•‣◦▪●·–\uf0b7]\s+|\d{1,3}[.)]\s+)?"
CLAIM_LABEL, FINDING_LABEL = (
    re.compile(
        rf"{BULLET}(?:(?:(?:extracted|key|main) )?(?:{called})"
        r"(?:\s*(?:#|no\.?|nr\.?)?\s*\d{1,4}(?:\s*[:.)–—-]|$)|\s*:)"
        r"|[(\[]?C\d{1,3}[.:)\]]+(?=\s|$))\s*(.*)",
        re.IGNORECASE,
    )
    for called in ("claim|statement|behauptung|aussage|påstående", "finding|takeaway|erkenntnis")
)
LEAD = re.compile(r"\W{0,3}\*\*([^*]+)\*\*(\.?)(?=\s|$)")
LEAST_WORDS_OF_LEAD = 4
FIELD = re.compile(BULLET + r"([A-Za-z][\w %()]{2,30}?)\s*[:=]\s*(.*)")
QUOTE = re.compile(r"^\s*>\s?")
ITALIC = re.compile(r"(?<![\w*_])[*_](?=\S)|(?<=\S)[*_](?![\w*_])")
ASIDE = re.compile(
    r"(?:evidence|sources?|references?|citations?|support(?:ing evidence)?|notes?|rationale"
    r"|reason(?:ing)?|explanation|limitations?|caveats?|quellen?|belege?|begründung|hinweis)\s*:",
    re.IGNORECASE,
)
ASIDE_BELOW = re.compile(  # on a line of its own without a bullet, where no claim begins
    r"(?:[\w-]+ )?(?:evidence|strength|papers?|stud(?:y|ies)|quotes?|links?|urls?|doi|section|page"
    r"|location|type|category|tags?|comments?|context|grade|quality|stärke|zitat)\s*:",
    re.IGNORECASE,
)
ANOTHER_BLOCK = re.compile(r"[>|]|```|~~~|[-*_=]{3,}$")
ANY_LABEL = re.compile(r"[^\W\d_][\w/&-]*(?: [\w/&()-]+){0,3}\s?:(?:\s|$)")
LABEL_WITHIN = re.compile(r"\b(?:verdict|status|urteil|confidence|konfidenz):", re.IGNORECASE)
MARKS = (*VERIFIED, *OTHER_VERIFIED)
NUMBERS = (*CONFIDENCE, *OTHER_CONFIDENCE)
LEAST_WORDS_BEHIND_LABEL = 3  # "Claim 2: supported." is no claim
MOST_CHARACTERS = 60  # of what is said of a claim; more is a sentence


def plain(text: str) -> str:
    r"""Resolve escapes and drop the marks of bold and code.

    >>> plain(r"**CPC** is \*best\*")
    'CPC is *best*'
    """
    return MARK.sub(lambda match: match[1] or (" " if match[2] else ""), text)


def lead_of(text: str) -> str:
    """The bold sentence with which a text begins; what follows explains it. Else the text.

    >>> lead_of("**S4 is new in 2022.** So they say."), lead_of("**S4 is new** in 2022.")
    ('**S4 is new in 2022.**', '**S4 is new** in 2022.')
    """
    match = LEAD.match(text)
    if match is None or len(match[1].split()) < LEAST_WORDS_OF_LEAD:
        return text
    return match[0] if match[2] or is_sentence(match[1]) else text


def unlabelled(text: str) -> str:
    """A claim without "Claim 2:" or "Finding 2:" before it.

    >>> unlabelled("**Finding 1:** S4 is new."), unlabelled("**S4** is new.")
    ('S4 is new.', '**S4** is new.')
    """
    words = plain(text).strip()
    match = CLAIM_LABEL.fullmatch(words) or FINDING_LABEL.fullmatch(words)
    return match[1] if match else text


def field_of(line: str) -> dict[str, str]:
    """What a line says of the claim above it, by name; nothing for any other line.

    >>> field_of("   - **Confidence:** High | *Verdict*: supported"), field_of("| Status | true |")
    ({'Confidence': 'High', 'Verdict': 'supported'}, {'Status': 'true'})
    >>> field_of("- Supported: CPC beats data2vec."), field_of("It is so; confidence: low")
    ({}, {})
    """
    text = line.strip()
    if text.startswith("|") and len(row_of_two := cells(text)) == 2:
        text = ": ".join(row_of_two)
    found: dict[str, str] = {}
    for part in re.split(r"\s[|;·]\s|;\s", ITALIC.sub("", plain(text))):
        match = FIELD.fullmatch(part.strip())
        name = PERCENT.sub("", key(match[1])) if match else ""
        is_field = name in NUMBERS or (match and name in MARKS and _is_said(match[2], name))
        if match is None or not is_field:
            if not found:
                return {}  # a sentence, whatever stands at its end
        else:
            _, beside = tags_parted(match[2])
            if name in MARKS and "confidence" in beside:
                found["confidence"] = beside["confidence"]
            found[match[1]] = match[2]
    return found


def with_joined_fields(all_lines: Sequence[str]) -> list[str]:
    """The same lines, with what is said of a claim on the line of its name: "VERDICT", "true".

    >>> with_joined_fields(["Verdict", "supported", "S4 is new."])
    ['Verdict: supported', '', 'S4 is new.']
    """
    joined = list(all_lines)
    for at, line in enumerate(all_lines[:-1]):
        name = key(plain(line).strip().removesuffix(":"))
        below = next((n for n in range(at + 1, min(at + 3, len(joined))) if joined[n].strip()), at)
        value = plain(joined[below]).strip()
        is_verdict = name in MARKS and _said.is_verdict(value) and not _said.is_verdict(name)
        if below > at and (is_verdict or (name in NUMBERS and _said.is_confidence(value))):
            joined[at], joined[below] = f"{plain(line).strip().removesuffix(':')}: {value}", ""
    return joined


def _is_said(value: str, name: str) -> bool:
    """Is this a verdict? "Verified: …" and the like may also stand before a claim."""
    return _said.is_verdict(value) or (
        len(value) <= MOST_CHARACTERS and name.startswith(("verdict", "status", "urteil"))
    )


def ends_claim(line: str, so_far: str) -> bool:
    """Is this line below a claim no more of it: a quotation, a table, or "Papers: …"?

    >>> ends_claim("Strength: weak", "S4 is new."), ends_claim("PTB-XL: by far.", "It leads on")
    (True, False)
    """
    text = ITALIC.sub("", plain(line)).strip()
    if ANOTHER_BLOCK.match(text) or ASIDE.match(text) or ASIDE_BELOW.match(text):
        return True
    is_label = ANY_LABEL.match(text) is not None and text[0].isupper()
    return is_label and is_sentence(so_far) and not DANGLING.search(so_far)


def loosely(said: Mapping[str, str], statement: str, *, line: int) -> Row:
    """A claim of prose: what cannot be read of what is said of it is a remark, no error."""
    found = row({**said, "claim": statement}, line=line)
    return replace(found, is_loose=True, is_loosely_sure=True)


def labelled(numbered: Iterable[tuple[int, str]], label: re.Pattern[str]) -> list[Row]:
    """The claims of a text that writes "Claim 1: …", or what else `label` is, before each."""
    rows: list[Row] = []
    said: dict[str, str] = {}
    words: list[str] = []
    begins, is_open, is_running, is_quoted = 0, False, False, False

    def close() -> None:
        statement, sure = tags_parted(" ".join(words))
        if len(statement.split()) >= LEAST_WORDS_BEHIND_LABEL:
            found = loosely({**sure, **said}, statement, line=begins)
            rows.append(replace(found, is_whole=bool(sure)))

    for at, line in numbered:
        bare = QUOTE.sub("", line)
        level, title = heading(bare)
        match = label.fullmatch(plain(title or lead_of(bare)).strip())
        if match or level:
            if is_open:
                close()
            is_quoted = bare != line
            begins, is_open, is_running = at, match is not None, match is not None
            said, words = {}, [match[1]] if match and match[1] else []
        elif is_open:
            line = bare if is_quoted else line
            if told := field_of(line):
                said |= told
                is_running = False
            elif not line.strip():
                is_running = not words
            elif is_running and words and ends_claim(line, words[-1]):
                is_running = False
            elif is_running:
                words.append(re.sub(rf"^{BULLET}", "", plain(line).strip()))
            elif not said and LABEL_WITHIN.search(plain(line)):
                said = tags_parted(plain(line))[1]
    if is_open:
        close()
    return rows
