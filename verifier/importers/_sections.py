"""Which headings stand above claims, and what a text uses as headings.

A list under "Limitations" or "References" holds no claims, even below "Claims".
"""

import re
from collections.abc import Sequence
from itertools import islice

from verifier.importers import _said
from verifier.importers._text import clean

CLAIMS = re.compile(r"\b(?:claims|behauptungen|aussagen|kernaussagen|påståenden)\b", re.IGNORECASE)
VERDICT = re.compile(
    r"\W*(?:(?:not |un)?(?:verified|supported|confirmed)|refuted|contradicted|debunked)"
    r"\W*(?:\(\d+\):?)?",
    re.IGNORECASE,
)
FINDINGS = re.compile(  # claims by another name, where nothing is called a claim
    r"\b(?:findings|takeaways|erkenntnisse|kernergebnisse)\b"
    r"|(?:key|main|core) (?:results|points|insights|conclusions)",
    re.IGNORECASE,
)
ALL_IT_SAYS = re.compile(  # of a heading at the top, which may as well be the report's title
    r"[\d.\s]*(?:(?:the|our|all|key|main|central|core|major|principal) |(?:list|summary) of )*"
    r"(?:claims?|findings?|takeaways|behauptungen|kernaussagen|påståenden):?",
    re.IGNORECASE,
)
OTHERS = re.compile(
    r"\b(?:how|about|excluded|limitations?|caveats?|references?|bibliography|sources?"
    r"|works cited|citations?|footnotes"
    r"|methods?|methodology|next steps|future (?:work|directions)|recommendations?"
    r"|open questions|research gaps?|gaps|disclaimers?|notes?|appendix|glossary|search strategy"
    r"|begränsningar|referenser|källor|metod"
    r"|literatur(?:verzeichnis)?|quellen(?:verzeichnis)?|referenzen|einschränkungen|limitationen"
    r"|grenzen|methodik|methoden|ausblick|nächste schritte|empfehlungen|fußnoten|hinweise?)\b",
    re.IGNORECASE,
)
CLOSING = re.compile(  # sections that say more than was found
    r"[\d.\s]*(?:conclusions?|discussion|(?:\w+ )?implications?(?: for .*)?|fazit|diskussion"
    r"|schlussfolgerung(?:en)?|slutsats(?:er)?):?",
    re.IGNORECASE,
)
REFERENCES = re.compile(
    r"(?:\w+ )?(?:references?|bibliography|sources|works cited|citations"
    r"|literatur(?:verzeichnis)?|quellen(?:verzeichnis)?|referenzen|referenser|källor)"
    r"(?: list| cited)?:?",
    re.IGNORECASE,
)
N_WORDS_OF_HEADING = 6  # of a line that is a heading only by being bold or ending in a colon
ALONE = re.compile(  # a heading that lost its mark when it was copied from a page
    r"(?:(?:list|summary) of (?:the )?)?(?:[^\W\d_]+ )?"
    r"(?:claims|findings|takeaways|behauptungen|aussagen|kernaussagen|påståenden)",
    re.IGNORECASE,
)
NUMBERED = re.compile(r"(?:(\d{1,2})[.)]?\s+)?([^\W\d_].*)")
ITEM = re.compile(r"\s*(?:[-*+•‣◦▪●·–\uf0b7]|\d{1,3}[.)])\s")
SAID_OF_ALL = re.compile(
    r"[\W\d]*(\w.*?)(?: (?:claims|findings))?[^\w()]*(?:\(\d+\))?:?", re.IGNORECASE
)
NOT_THESE = re.compile(  # in a sentence above a list
    r"\b(?:how|excluded|limitations?|caveats?|omitted|discarded|gaps?|methods?|steps|einschränkungen"
    r"|grenzen|schritte)\b",
    re.IGNORECASE,
)
N_WORDS_BEFORE_LIST = 30  # of a sentence that ends in a colon above a list
BOLD = re.compile(r"(\*\*|__)([^*_\n]{1,80})\1:?")
UNDERLINE = re.compile(r"={3,}|-{3,}")


def is_above_claims(words: str) -> bool:
    """Does a heading speak of claims, or say a verdict on what stands below it and no more?

    >>> [is_above_claims(words) for words in ("2. Main claims", "Not verified (3)", "About claims")]
    [True, True, False]
    """
    if VERDICT.fullmatch(words):
        return True
    return CLAIMS.search(words) is not None and OTHERS.search(words) is None


def is_above_findings(words: str) -> bool:
    return FINDINGS.search(words) is not None and OTHERS.search(words) is None


def is_title(words: str, *, level: int) -> bool:
    """May a heading be the report's title, which says nothing of what stands below?

    >>> is_title("Claims of the year", level=1), is_title("2. Key claims:", level=1)
    (True, False)
    """
    return level == 1 and ALL_IT_SAYS.fullmatch(words) is None


def is_above_others(words: str) -> bool:
    is_other = OTHERS.search(words) or CLOSING.fullmatch(words)
    return is_other is not None and CLAIMS.search(words) is None


def said_of_all(words: str) -> str:
    """What a heading says of every claim below it; empty where it says nothing.

    >>> [said_of_all(words) for words in ("2. Verified claims ✅", "Refuted (3)", "Main claims")]
    ['Verified', 'Refuted', '']
    """
    match = SAID_OF_ALL.fullmatch(clean(words))
    return match[1] if match and _said.is_verdict(match[1]) else ""


def with_marked_headings(all_lines: Sequence[str]) -> list[str]:
    r"""The same lines, with every heading written with #: underlined, bold or ended by a colon.

    The last two are headings only where their words tell what follows; as many lines come out.

    >>> with_marked_headings(["A title", "=======", "", "**Key findings**", "- S4 is new."])
    ['# A title', '', '', '###### Key findings', '- S4 is new.']
    """
    marked = list(all_lines)
    number = 0  # of the last heading that has one and no mark
    for at, line in enumerate(all_lines):
        below = all_lines[at + 1].strip() if at + 1 < len(all_lines) else ""
        above = all_lines[at - 1].strip() if at else ""
        match = NUMBERED.fullmatch(line.rstrip())
        if _is_underlined(line, above=above, below=below):
            marked[at : at + 2] = [f"{'#' if below[0] == '=' else '##'} {line.strip()}", ""]
        elif words := _told_by_words(line, above=above, below=below):
            marked[at] = f"###### {words}"
            number = int(match[1]) if match and match[1] else number
        elif match and match[1] and number and not above:  # "4. Discussion" after "3. Claims"
            is_next = int(match[1]) == number + 1 and len(match[2].split()) <= N_WORDS_OF_HEADING
            if is_next and match[2][-1] not in ".!?,;":
                marked[at], number = f"###### {line.strip()}", number + 1
        elif _is_above_list(all_lines, at):
            marked[at] = "###### Claims"
    return marked


def _is_above_list(all_lines: Sequence[str], at: int) -> bool:
    """Is it a sentence like "Here are the main claims of the review:", with a list below it?"""
    text = all_lines[at].strip()
    is_told = text.endswith(":") and CLAIMS.search(text) and not ITEM.match(text)
    is_told = is_told and NOT_THESE.search(text) is None
    if not is_told or text[0] in "#>|" or len(text.split()) > N_WORDS_BEFORE_LIST:
        return False
    below = (each for each in islice(all_lines, at + 1, None) if each.strip())
    return ITEM.match(next(below, "")) is not None


def _is_underlined(line: str, *, above: str, below: str) -> bool:
    if above or not line[:1].strip() or UNDERLINE.fullmatch(below) is None:
        return False
    return "|" not in line and re.match(r"#|>|[-*+•]\s|\d{1,9}[.)]\s|[-=]{3,}", line) is None


def _told_by_words(line: str, *, above: str, below: str) -> str:
    text = line.strip()
    if len(text) > 120:
        return ""
    if not text.endswith((":", "*", "_")):
        match = None if above else NUMBERED.fullmatch(text)
        if match and match[1] and re.match(rf"{int(match[1]) + 1}[.)]\s", below):
            return ""  # a list, such as a table of contents
        is_known = match and any(p.fullmatch(match[2]) for p in (ALONE, OTHERS, CLOSING))
        return text if is_known and match and match[2][0].isupper() else ""
    bold = BOLD.fullmatch(text)
    words = (bold[2] if bold else text).strip().removesuffix(":").strip()
    if len(words.split()) > N_WORDS_OF_HEADING or words.startswith(("-", "*", "•", "|", "#", ">")):
        return ""
    known = (is_above_claims(words), is_above_findings(words), is_above_others(words))
    return words if any(known) else ""
