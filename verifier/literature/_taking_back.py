"""Sentences that take back, doubt or leave to others what was said just before them. Pure."""

import re

from verifier.judges._cautions import UNIVERSALS, negations, words
from verifier.judges._quantities import numbers
from verifier.judges._words import content

SAID = (
    r"(?:results?|findings?|claims?|statements?|conclusions?|assertions?|beliefs?|associations?"
    r"|effects?|differences?|advantages?|gains?|benefits?|improvements?|gaps?|correlations?"
    r"|relations?(?:hips?)?|links?|superiority|views?|ideas?|hypothes[ie]s|assumptions?"
    r"|impressions?|observations?|patterns?|trends?|rankings?)"
)
POINTS_BACK = re.compile(
    rf"\b(?:this|that|these|those|such(?: an?)?|the (?:same|latter|former|above|said|published))"
    rf" (?:[\w-]+ )?(?:{SAID}|figures?|numbers?|estimates?|values?|reports?|reductions?"
    r"|increases?|decreases?|savings?)\b"
    rf"|\bthe {SAID}\b(?! (?:of|between|in|on|from|for|that|with)\b)"
    r"|^(?:\W*(?:however|but|yet|unfortunately|surprisingly|still|later|subsequently),? )?"
    r"(?:this|that) (?:is|was|has|had|could|did|does|turned|proved|remains)\b"
    r"|\b(?:is|was|does|did) (?:this|that|it|they)\b"
    r"|\b(?:none|nothing|little|neither) of (?:this|these|it|them)\b"
    r"|\b(?:it|they) (?:does|did|do|was|is|were|are|has|have|could|can) not"
    r"(?= (?:in|on|for|when|once|after|with|under)\b|[.,;])"
    r"|^(?:so|thus) (?:[\w-]+ ){1,3}(?:say|said|state|claim|teach|believe|argue|hold)\b"
    r"|\b(?:so|thus) it (?:is|was) (?:said|claimed|believed|thought|held)\b",
    re.IGNORECASE,
)
# What is said of the sentence itself and not of its matter; who confirms it says so.
COMMENTS = re.compile(
    r"\b(?:this|that|these|those|both|such(?: an?)?) (?:[\w-]+ )?(?:sentences?|statements?|claims?"
    r"|headlines?|figures?|numbers?|values?|conclusions?|beliefs?|views?|assertions?|dictum|rule"
    r"|stor(?:y|ies)|impressions?|estimates?)\b"
    r"|\bthe (?:sentence|statement|claim|headline|assertion)s?\b(?! (?:of|that)\b)"
    r"|^(?:such|so) (?:is|was|were|are|goes|went|runs|ran)\b|^at least (?:this|that|so)\b"
    r"|\bthe (?:evidence|case|support|argument) (?:for|behind) (?:it|this|that)\b",
    re.IGNORECASE,
)
CONFIRMS = re.compile(
    r"\b(?:confirm\w*|reproduc(?:ed|ible)|replicated|holds?|held|robust|consistent|persist\w*"
    r"|unchanged|remain(?:s|ed)|similar|same|agrees?|agreed|corroborat\w+|support\w*)\b",
    re.IGNORECASE,
)
# "This was not due to chance" takes nothing back.
NOT_MERELY = (
    r"due|because|explained|depend|dependent|affected|caused|driven|attributable|altered|changed"
    r"|confined|limited|restricted|only|just|merely|an? artefact|an? artifact|by chance|surprising"
)
NOT_THEIR_OWN = (
    r"(?:of|by|from|rests? on) (?:the |some |all |other )?(?:earlier|previous|prior|others|older"
    r"|literature|textbooks?|reviewers|rival|critics)"
)
HELD_TRUE = (
    r"(?:is|was|were|are|had been|has been) (?:\w+ )?(?:expected|assumed|believed|hypothesi[sz]ed"
    r"|predicted|supposed|conjectured|thought|claimed|said|(?:our|the|an?) (?:\w+ )?(?:hypothesis"
    r"|assumption|expectation|conjecture|belief|prediction|aim|plan|hope))"
)
TAKES_BACK = re.compile(
    rf"\b(?:not|cannot|never)\b(?! (?:{NOT_MERELY})\b)|n't\b"
    r"|\b(?:no longer|nothing|none|neither|little of|disappear\w*|vanish\w*|evaporat\w*|faded?"
    r"|reversed|overturned|refut\w+|retract\w*|withdr[ae]wn?|wrong|false|untrue|mistaken"
    r"|erroneous|mistake|bug|artefacts?|artifacts?|by chance|was chance|confound\w+|leak\w*"
    r"|contaminat\w+|exaggerat\w*|inflated|spurious|overstat\w*|(?:un|ir)reproduc\w+|failed|lost"
    r"|attenuated|unclear|unproven|untested|disputed|controversial|myth|misconception|folklore"
    r"|remov(?:es|ed)|abolish\w*|cancel\w*|erase[sd]?|dissolve[sd]?|explain(?:s|ed) away|shrank"
    r"|shrunk|shrinks|collapse[sd]|(?:brought|came|went|comes|goes) (?:[\w-]+ ){0,3}down"
    r"|(?:fell|dropped|drops|falls) to (?:zero|nothing|chance)|only|alone"
    r"|doubt(?:ful|ed)|questionable|into question|remains? to be|say|said|claim|teach|argue"
    rf"|(?:widely|commonly|often|generally|long) \w+|{NOT_THEIR_OWN}|{HELD_TRUE})\b",
    re.IGNORECASE,
)
TURNED_ROUND = re.compile(
    r"^\W*(?:[\w, ]{0,40}\b)?(?:the (?:opposite|reverse|contrary)|on the contrary)\b"
    rf"|^(?:however|but|yet|nevertheless|unfortunately)\b.*\bno (?:such )?(?:[\w-]+ )?{SAID}\b",
    re.IGNORECASE,
)
REPRODUCED = re.compile(r"\b(?:was|were|is) (?:reproduced|replicated|confirmed)\b", re.IGNORECASE)
# "Before adjustment … After adjustment this disappeared" takes nothing back of the former.
BEFORE = re.compile(
    r"\b(?:before|without|unadjusted|crude|initial(?:ly)?|at first)\b", re.IGNORECASE
)
# Who says things that a study does not answer for.
OTHERS = re.compile(
    r"\b(?:press releases?|brochures?|leaflets?|advertis(?:ements?|ing)|headlines?|newspapers?"
    r"|editorials?|commentar(?:y|ies)|blogs?|textbooks?|guidelines?|manufacturers?|makers?|vendors?"
    r"|folklore|anecdotes?|opinions?|proponents|opponents|critics|conventional wisdom)\b",
    re.IGNORECASE,
)
# What they say stands in the sentence already: "Short windows miss beats, critics say."
THEY_SAY = re.compile(
    r"\b(?:says?|said|claims?|argues?|holds?|recommends?|warns?|advises?)\b", re.IGNORECASE
)
NO_DIFFERENCE = re.compile(
    r"\b(?:the same|identical|indistinguishable|alike|no (?:\w+ )?differen(?:ce|t)|did not differ"
    r"|unchanged|with (?:and|or) without|with either|in either (?:arm|group|direction)"
    r"|(?:in|of) both (?:arms|groups)|as (?:\w+ ){1,9}?as (?:with|without|before|in))\b",
    re.IGNORECASE,
)
# "When counted rightly, the share is 23 %": the same thing, with another number.
IS_NOW = re.compile(
    r"\b(?:the (?:share|figure|number|rate|value|score|result)|it|this|that) "
    r"(?:is|was|becomes|became|(?:falls?|fell|drops?|dropped|shrinks?|shrank) to) "
    r"(?:only |just |no more than |about )?(?P<number>\d+(?:[.,]\d+)*(?:\s?%)?)"
    r"(?! (?:times|points? (?:higher|lower|more|less))\b)",
    re.IGNORECASE,
)
SETTING = re.compile(
    r"\b(?:with|when|at|given|using|if|for|in|on) (?P<what>[^,.;:]+)", re.IGNORECASE
)
OPENS_WITH = re.compile(
    r"^(?:with|when|at|given|using|if|for|in|on) (?P<what>.+?)"
    r"(?:,| (?=(?:the|this|that|these|those|it|they|no)\b))",
    re.IGNORECASE,
)
ANNOUNCES = re.compile(r":$|\bthe following\b|\bas follows\b", re.IGNORECASE)


def asks(text: str) -> bool:
    """Whether a sentence asks if what was said before is so."""
    return "?" in text and POINTS_BACK.search(text) is not None


def takes_back(statement: str, text: str) -> bool:
    """Whether a sentence that follows a claim's words does not let them stand.

    >>> takes_back("It helps.", "This could not be reproduced.")
    True
    >>> takes_back("It helps.", "This was not due to chance.")
    False
    """
    if REPRODUCED.search(text) and not negations(text):
        return False
    if BEFORE.search(statement) and not BEFORE.search(text):
        return False
    if is_of_another_amount(statement, text):
        return False
    if POINTS_BACK.search(text) and TAKES_BACK.search(text):
        return True
    if _gives_another_number(statement, text):
        return True
    comments = COMMENTS.search(text) and not CONFIRMS.search(text)
    return bool(comments or TURNED_ROUND.search(text))


def speaks_of_others(text: str) -> bool:
    """Whether a sentence names those whose sayings may follow, who studied nothing here.

    >>> speaks_of_others("We collected the brochures of nine vendors.")
    True
    """
    return OTHERS.search(text) is not None and not THEY_SAY.search(text)


def speaks_of_it(text: str) -> bool:
    """Whether a sentence goes on about what was said before it, as about something that is so.

    >>> speaks_of_it("The gain levels off."), speaks_of_it("The gain was not reproduced.")
    (True, False)
    """
    return POINTS_BACK.search(text) is not None and not TAKES_BACK.search(text)


def finds_the_same(text: str) -> bool:
    """Whether a sentence finds no difference between two things.

    >>> finds_the_same("Stays were as long with monitoring as without.")
    True
    """
    return NO_DIFFERENCE.search(text) is not None


def _gives_another_number(statement: str, text: str) -> bool:
    """Whether a sentence gives what a claim measures another number.

    >>> _gives_another_number("It finds 91 % of them.", "Counted rightly, the share is 23 %.")
    True
    """
    claimed = {key for key in numbers(statement) if key.endswith("%") or "." in key}
    found = [key for one in IS_NOW.finditer(text) for key in numbers(one["number"])]
    kinds = {key.endswith("%") for key in claimed}
    return any(key not in claimed and key.endswith("%") in kinds for key in found)


def is_of_another_amount(statement: str, text: str) -> bool:
    """Whether a sentence opens with another amount of what the claim is bound to.

    >>> is_of_another_amount("It helps with 1 % of the labels.", "With all labels it did not.")
    True
    >>> is_of_another_amount("It helps.", "With all labels it did not.")
    False
    """
    opens = OPENS_WITH.match(text)
    if opens is None:
        return False
    amount = _amounts(opens["what"])
    return any(
        bool(set(content(own["what"])) & set(content(opens["what"])) - _amounts(own["what"]))
        and bool(amount)
        and bool(_amounts(own["what"]))
        and not amount & _amounts(own["what"])
        for own in SETTING.finditer(statement)
    )


def _amounts(text: str) -> set[str]:
    return numbers(text) | set(words(text)) & (UNIVERSALS | {"full", "no"})


def does_not_vouch(text: str) -> bool:
    """Whether a sentence announces what follows as something its authors do not hold."""
    return bool(ANNOUNCES.search(text) and TAKES_BACK.search(text))
