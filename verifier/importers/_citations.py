r"""Marks of citation, which are no part of what a claim says.

"[3]" left in a claim would be read as a number that it states, and one claim cited twice would be
two. Only what can hardly be anything else is taken out: "[1, 3]" after "in" or "range" is an
interval, and "(Germany, 2019)" a scope.
"""

import re

BRACKET = re.compile(
    r"\[(?P<inside>[1-9]\d{0,2}(?:\s?[,;–-]\s?[1-9]\d{0,2})*)\](?=\s*(?:[.,;:!?)\[]|$)|\s+[a-z(])"
)
NEEDS_IT = frozenset(  # such words need what stands in the brackets
    "in of from to at by see and or than as is are was for with within between about range "
    "interval ci iqr set shape size sizes layers dimensions years age aged ages reference ref refs "
    "study studies paper papers equation eq figure table".split()
)
FOOTNOTE = re.compile(
    r"\s*(?:\[\^[^\]\s]{1,40}\]|\^\[[\d,; –-]{1,20}\]\^|【[^】]{1,60}】"
    r"|(?<!\d)<sup>[\d,; –\[\]-]{1,20}</sup>|\[arxiv:[^\]\s]{5,30}\])",
    re.IGNORECASE,
)
LINK = r"\[([^\[\]]{1,200})\]\(<?https?://[^\s()]*(?:\([^\s()]*\)[^\s()]*)*\)"
LINKED = re.compile(LINK)
SOURCE = re.compile(  # a link that is no part of the sentence: in brackets, or after its end
    rf"\s*\(\s*(?:(?:see )?{LINK}[,;]?\s*)+\)|(?<=[.!?])\s*{LINK}\.?(?=\s*$)", re.IGNORECASE
)
CITE = re.compile(r"\s*~?\\(?:auto|foot|paren|text)?cite[a-z]{0,6}\*?(?:\[[^\]]*\])*\{[^{}]*\}")
RAISED = re.compile(r"(?<=[.!?])[¹²³⁰⁴-⁹⁻,]+(?=\s|$)")  # after an end: elsewhere it is a power
AUTHORS = re.compile(r"\s*\((?=[^()]*\bet al\b)[^()]{4,200}\b(?:19|20)\d{2}[a-z]?\)")


def without_citations(statement: str) -> str:
    r"""Take citations out of a statement; one that is nothing else stays as it is.

    >>> without_citations("CPC beats data2vec [3, 5] on PTB-XL (Smith et al., 2024).[^1]")
    'CPC beats data2vec on PTB-XL.'
    >>> without_citations("It [leads](http://a.org) ([A, 2024](http://b.org/x_(1)))【3†source】.")
    'It leads.'
    >>> without_citations("Scores lie in [1, 3] at 95 % CI [1, 2], as [4] says.")
    'Scores lie in [1, 3] at 95 % CI [1, 2], as [4] says.'
    """
    text = LINKED.sub(r"\1", SOURCE.sub("", statement))
    text = FOOTNOTE.sub("", RAISED.sub("", CITE.sub("", AUTHORS.sub("", text))))
    text = _without_numbers(text)
    return " ".join(text.split()) if re.search(r"\w", text) else statement


def _without_numbers(text: str) -> str:
    """Walk over the brackets: what goes depends on the word before each."""
    kept, end = [], 0
    for match in BRACKET.finditer(text):
        before = text[: match.start()].rstrip()
        if _is_citation(before, match["inside"]):
            kept.append(text[end : match.start()].rstrip())
            end = match.end()
    return "".join([*kept, text[end:]])


def _is_citation(before: str, inside: str) -> bool:
    word = before[-40:].rpartition(" ")[2].casefold()
    if not word or word.strip("([{") in NEEDS_IT or word.endswith((":", "=", "≈", "/")):
        return False
    return word[-1] not in "0123456789%" or inside.isdigit()  # "0.9 [3]", but "2 [1, 3]"
