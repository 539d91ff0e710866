"""What stands before or behind a claim on its own line and says something of it.

"✅ CPC leads." and "CPC leads. [VERIFIED]" have a mark, "CPC leads (confidence: 0.9; supported)"
and "CPC leads. **Confidence:** High" a confidence. A bare "(92 %)" may be a number that the claim
states.
"""

import re

from verifier.importers import _said
from verifier.sentences import is_sentence

SIGN = r"(?:✓|✔|✅|☑|✗|✘|✖|❌|⚠|❓|❔|🟢|🟡|🟠|🔴|⚖|⛔)\ufe0f?"
SURE = r"(?:confidence(?: level| score)?|konfidenz|konfidens|certainty)"
LEVEL = "|".join(sorted(map(re.escape, _said.LEVELS), key=len, reverse=True))
END = r"[)\]*_.\s]*$"
IN_FRONT = re.compile(rf"\s*(?:(?P<sign>{SIGN})|\[(?P<tag>[^\[\]]{{1,24}})\])\s*[:–—-]?\s*(?=\S)")
BEHIND = (
    re.compile(rf"\s*(?P<verdict>{SIGN})[*_\s]*$"),
    re.compile(r"\s*(?:\[|(?<=[.!?])\s?\()(?P<tag>[A-Za-z✓✔✅❌✗ _-]{1,24})[)\]]\s*$"),
    re.compile(  # "(confidence: 0.9; supported)"
        rf"\s*[*_]*[(\[]\s*{SURE}\s*[:=]?\s*(?P<sure>[^()\[\]]{{1,30}})[)\]][*_]*\s*\.?$",
        re.IGNORECASE,
    ),
    re.compile(  # "(high confidence)", or behind the end of a sentence
        rf"(?:\s*[(\[][*_]*|(?<=[.!?:✓✔✅☑✗✘✖❌⚠\ufe0f])[\s*_–—-]+)"
        rf"(?P<sure>{LEVEL}|\d{{1,3}}\s?%) (?:confidence|certainty|konfidenz){END}",
        re.IGNORECASE,
    ),
    re.compile(  # "… – *High confidence (0.91)*"
        rf"\s+[–—|-]\s+[*_]*(?:{LEVEL}) (?:confidence|certainty|konfidenz)[*_]*"
        rf"\s*[(\[](?P<sure>(?:0?[.,]\d+|[01]|\d{{1,3}}\s?%))[)\]]{END}",
        re.IGNORECASE,
    ),
    re.compile(  # "… . Confidence: 85 %", "… – Verdict: supported"
        rf"(?:(?<=[.!?])\s+|\s+[–—|·-]\s+|\s*[(\[])[*_]*(?:{SURE})[*_]*\s*:[*_]*\s*"
        rf"(?P<sure>[^:;|·–—()\[\]]{{1,30}}?){END}",
        re.IGNORECASE,
    ),
    re.compile(  # "… — Refuted"; a number beside it may be anything, and is remarked
        r"\s+(?:[–—→|]|->)\s+[*_]*(?P<tag>[A-Z][A-Za-z ]{1,23}?)[*_]*"
        r"(?P<beside>\s*\([^()]{1,12}\))?\.?$"
    ),
    re.compile(
        r"(?:(?<=[.!?])\s+|\s+[–—|·-]\s+|\s*[(\[])[*_]*(?:verdict|status|urteil)[*_]*\s*:[*_]*\s*"
        rf"(?P<tag>[^:;|·–—()\[\]]{{1,30}}?){END}",
        re.IGNORECASE,
    ),
)
CITED = re.compile(r"(?:\s*\[[1-9]\d{0,2}(?:\s?[,;–-]\s?[1-9]\d{0,2})*\])+\s*\.?$")
MOST_TAGS = 4


def tags_parted(statement: str) -> tuple[str, dict[str, str]]:
    """A statement without what is said of it before and behind, and that by name.

    >>> tags_parted("✅ S4 is new (confidence: 85 %).")
    ('S4 is new.', {'confidence': '85 %', 'verdict': '✅'})
    >>> tags_parted("It is small. Verdict: refuted — Confidence: low")
    ('It is small.', {'verdict': 'refuted', 'confidence': 'low'})
    >>> tags_parted("It is trained with high confidence.")
    ('It is trained with high confidence.', {})
    """
    said: dict[str, str] = {}
    statement = " ".join(statement.split())
    cited = CITED.search(statement)
    if cited and _behind(statement[: cited.start()]) is not None:
        statement = statement[: cited.start()]  # "Confidence: 0.8 [2, 3]": the marks cite
    for _ in range(MOST_TAGS):
        found = _behind(statement)
        if found is None:
            break
        statement, told = found
        said = {**told, **said}
    match = IN_FRONT.match(statement)
    if match and (match["sign"] or _said.is_verdict(match["tag"])):
        statement = statement[match.end() :]
        said = {**said, "verdict": said.get("verdict", match["sign"] or match["tag"])}
    return statement, said


def _behind(statement: str) -> tuple[str, dict[str, str]] | None:
    for pattern in BEHIND:
        match = pattern.search(statement)
        if match is None or match.start() == 0:
            continue
        told = match.groupdict()
        if "sure" in told:
            sure, *others = re.split(r"\s*[;|]\s*", match["sure"].strip())
            verdicts = [other for other in others if _said.is_verdict(other)]
            said = {"confidence": sure} | ({"verdict": verdicts[0]} if verdicts else {})
            is_inside = match[0].strip()[0] in "([" and match[0].strip()[-1] == "."
            before = statement[: match.start()]
            return before + "." * (is_inside and not is_sentence(before)), said
        if "verdict" in told or _said.is_verdict(match["tag"]):
            said = {"verdict": told.get("verdict") or match["tag"]}
            said |= {"confidence": match[0].strip(" –—→|->")} if told.get("beside") else {}
            return statement[: match.start()], said
    return None
