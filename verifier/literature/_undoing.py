"""Later sentences of a document that may undo what it said before, in words of their own. Pure.

"Counted where they had been assigned, patients came back as often": no word of it denies, and yet
the gain that was told before is gone. What such a sentence says is not understood here. So one that
has the shape of it keeps what came before from settling a claim: it opens with a condition of its
own, tells what had been done, finds things alike, gives another number or a cause, or comes back to
what was said without upholding it. The mildest of these are lifted by a conclusion after them that
still speaks of the matter.
"""

import re
from collections.abc import Sequence

from verifier.judges._quantities import numbers
from verifier.judges._words import content
from verifier.literature._taking_back import SAID, is_of_another_amount

OPENING = re.compile(
    r"^(?P<by>with|without|once|when|if|before|after|among|of|in|on|at|over|under|for|from|within"
    r"|during|against|per|by|given|since|until|drawn|put|fed|told|shown|read|rerun|seen|moved|run"
    r"|held|set|split"
    r"|(?P<done>\w{3,}(?:ed|en|wn)(?= (?:of|at|with|without|by|to|in|inside|for|where|when|within"
    r"|alike|anew|on|over|from|as|again|one|what)\b|,)"  # "Matched for age, …"
    r"|\w{3,}ing (?:from|for|by|on|to|only|at|with|within|out)"  # "Counting from the first day, …"
    r"|(?:(?!(?:is|are|was|were|has|have|been) )[\w-]+ ){1,4}(?:\w+ed|out|aside|apart|alone)(?=,)))"
    r"(?!\w)",
    re.IGNORECASE,
)
NO_CONDITION = re.compile(
    r"^(?:(?:indeed|in (?:vitro|vivo|support|addition|contrast|conclusion|summary|sum|total|all"
    r"|particular|turn|line|accordance|agreement|fact|general|brief|short|spite|comparison"
    r"|other words|this study)|on (?:average|the other hand)|for (?:example|instance|this|that"
    r"|the first time)|with (?:regard|respect)|at the same time|by (?:contrast|comparison|using"
    r"|combining)|of (?:note|these|the)|(?:compared|based|according|corresponding|taken|as) \w+"
    r"|to (?:our|the best))\b"
    r"|.*, (?:here )?we (?!(?:\w+ )?(?:find|found|see|saw|observed?)\b))",  # "By …, we developed"
    re.IGNORECASE,
)
PLACE = re.compile(r"^(?:in|on|at|for|from|within|during|over|by|when|since|among|under)\b", re.I)
ELSEWHERE = "tells how it is under another condition"
BEHIND = "tells what lay behind it"
EVEN = "finds things alike, or nothing"
CAUSE = "gives it a cause"
NUMBER = "gives another number"
BACK = "comes back to it"
DONE = "tells how it was done"
MILD = (BACK, DONE)
PARTNERS = ({"before", "after"}, {"with", "without"}, {"when", "with"})
POINTS = re.compile(
    r"\b(?:it|they|them|both|either|neither|each|nothing|nobody|none|others?|this|that|these|those"
    r"|two|arms?|groups?|sides?|curves?|schedules?|all|every|any|one|rest|what|whoever|figures?"
    r"|values?|counts?|numbers?|results?|as (?:many|much|few|often))\b",
    re.IGNORECASE,
)
AT_ONE = re.compile(r"\b(?:it|them)\b|^(?:this|that|these|those)\b", re.IGNORECASE)
UPHOLDS = re.compile(
    r"^further\b|\b(?:again|furthermore|moreover|likewise|additionally|similarly|confirm\w*"
    r"|persist\w*|held(?! out)|holds?|robust(?:ly)?|consistent\w*|reproduced|replicated"
    r"|the same (?:order|direction|picture|pattern|result|sign)|even (?:in|when|after|with))\b",
    re.IGNORECASE,
)
NOT_OWED = re.compile(
    r"\b(?:not|never|cannot be|could not be) (?:(?:\w+ly|just) )?(?:due|owed|owing|explained"
    r"|attributed|by chance|chance)\b",
    re.IGNORECASE,
)
ALIKE = re.compile(
    r"(?<!\bin )(?<!\bfor )(?<!\bwith )(?<!\bunder )(?<!\buses )(?<!\busing )"
    r"\bthe (?:very )?same\b"
    r"|\b(?:equal\w*|alike|identical\w*|indistinguishable|(?:drew|draw|drawn|on a) level"
    r"|coincided?s?|chance|coin|guess\w*|nothing|nobody|none|little|hardly|zero(?!-)|tie[ds]?"
    r"|no (?:longer|more|better|fewer|less|different\w*)|(?:is|are|was|were) (?:comparable|similar)"
    r"|(?:did|does|do) (?:nothing|not (?:differ|hold|change|survive|help|persist|last|stand)"
    r"(?=[.,;:]| (?:in|on|for|when|once|after|with|under|between|by|from|at|across)\b)))(?!\w)"
    r"|\b(?:as|no) (?!well\b)(?:\w+ ){1,8}?(?:as|than)\b|\bjust as \w+\b"
    r"|\bas (?:well(?! as)|many|often|far|much)\b",
    re.IGNORECASE,
)
LAY_BEHIND = re.compile(
    r"\b(?:had|ha(?:s|ve) since) (?:(?:all|already|just|also|first|once|later|largely|since) )?"
    r"(?:been|\w+ed|\w+en|run|set|put|read|cut|left|made|given|taken|told|had)\b",
    re.IGNORECASE,
)
WAS_DONE = re.compile(  # how, after what came of it
    r"\b(?:is|are|was|were) (?:(?:\w+ly|then|first|all) )?(?:computed|calculated|cropped|scored"
    r"|counted|chosen|picked|selected|trained|tuned|labell?ed|annotated|split|excluded|left out"
    r"|derived|run|fitted|adjudicated|read|part of|unknown|told|written|fed|logged|entered"
    r"|filtered)\b",
    re.IGNORECASE,
)
ASIDE = re.compile(
    r"\b(?:who|which|that|whom|whose|whether|if|because)\b[^,.;]*$"
    r"|\b(?:after|before|when|once|where) \w+ $",
    re.IGNORECASE,
)
DENIES = re.compile(r"\b(?:not|never|no|none|nobody|neither)\b", re.IGNORECASE)
OWED = re.compile(
    r"\b(?:(?:owe[ds]?|owing|due|traced?|attribut\w+|thanks) (?:\w+ )?to|account\w* for|explain\w*"
    r"|turn(?:s|ed) out|rests? on|stems? from|c[ao]mes? from|reflects?|driven by|makes? up"
    r"|because of|emerged|pointed out|noticed|what (?:counts|matters|remains) is"
    r"|we (?:\w+ ){0,3}(?:take|took|regard|read|interpret|ascribe)|it (?:is|was) the \w+)\b",
    re.IGNORECASE,
)
OF_IT = rf"(?:{SAID}|reductions?|increase|decrease|leads?|edges?|margins?|preferences?)"
A_FINDING = re.compile(rf"\b{SAID}\b", re.IGNORECASE)
POINTS_BACK = re.compile(
    r"\b(?:this|these|such(?: an?)?|the|its) (?:[\w-]+ )?"
    rf"{OF_IT}\b(?! (?:of|between|in|on|from|for|that|with)\b)",
    re.IGNORECASE,
)
TELLS = re.compile(
    r"\b(?:show|suggest|indicat|demonstrat|reveal|identif|provid|support|establish|highlight"
    r"|implicat|offer|open|enabl|allow)\w*\b",
    re.IGNORECASE,
)
GRADES = re.compile(  # "The gain was largest with two leads": it is there
    r"\b(?:larg\w+|small\w+|great\w+|strong\w+|weak\w+|gr[eo]ws?|remain\w*|same|levels off"
    r"|independent\w*|significant\w*|clear\w*|pronounced|marked|highest|lowest|most)\b",
    re.IGNORECASE,
)
CONCLUDES = re.compile(
    r"^(?:conclusions?|in (?:conclusion|summary|sum)|together|altogether|overall|collectively"
    r"|consequently|accordingly|(?:our|the|this) (?:[\w-]+ ){0,3}(?:work|experiments?|model"
    r"|insights?|evidence|review|benchmark|paper))\b"
    r"|\b(?:thus|therefore|hence|taken together|(?:these|our) (?:[\w-]+ ){0,3}(?:results?|findings?"
    r"|data|observations?|stud(?:y|ies)|analys[ei]s)|we (?:\w+ )?(?:conclude|propose|suggest"
    r"|hypothesi[sz]e|speculate|believe|uncover|discovered)|supporting evidence|provides?"
    r"|identif(?:y|ies)|highlights?|establish(?:es)?)\b",
    re.IGNORECASE,
)
NO_SUPPORT = re.compile(
    r"\b(?:not|no|cannot|none|nothing|neither|nor|never|nobody|without|only|fail\w*|unable|wrong"
    r"|artefacts?|artifacts?|chance|caution\w*|warn\w*|mislead\w*|overstat\w*|pitfalls?|lessons?"
    r"|calls?|needs?|needed|should|must|require[ds]?|urge|advi[sc]e|future"
    r"|(?:further|larger) (?:stud|research|work|trial)\w*)\b|n't\b",
    re.IGNORECASE,
)


def undoing(statement: str, own: str, after: Sequence[str]) -> tuple[str, str]:
    """What a later sentence may do to a claim and the sentence that says it, and that sentence.

    >>> undoing("It helps.", "It helps.", ["Matched for age, groups fared alike."])
    ('tells how it is under another condition', 'Matched for age, groups fared alike.')
    >>> undoing("It helps.", "It helps.", ["Side effects were rare."])
    ('', '')
    """
    about = _stems(statement) | _stems(own)
    concluded = [i for i, text in enumerate(after) if _concludes(about, text)]
    for i, text in enumerate(after):
        found = _may_undo(statement, own, about, text)
        is_lifted = i <= max(concluded, default=-1) and _is_lifted(found, text)
        if found and not is_lifted:
            return found, text
    return "", ""


def _is_lifted(found: str, text: str) -> bool:
    """Whether a conclusion further on makes nothing of a sentence that may undo something."""
    if found != ELSEWHERE:
        return found in MILD
    signs = (ALIKE, OWED, DENIES, LAY_BEHIND)
    return PLACE.match(text) is not None and not any(sign.search(text) for sign in signs)


def _may_undo(statement: str, own: str, about: set[str], text: str) -> str:
    is_upheld = UPHOLDS.search(text) and not DENIES.search(text)
    if is_upheld or NOT_OWED.search(text) or _is_the_other_side(own, text):
        return ""
    opens = OPENING.match(text)
    is_done = opens is not None and opens["done"]
    is_linked = _stems(text) & about or POINTS.search(text) or DENIES.search(text)
    if (is_linked or is_done) and _sets_a_condition(statement, own, text):
        return ELSEWHERE
    if any(not ASIDE.search(text[: one.start()]) for one in LAY_BEHIND.finditer(text)):
        return BEHIND
    if not opens and _gives_another_number(own, text):
        return NUMBER
    if ALIKE.search(text):
        return EVEN
    if OWED.search(text) and (AT_ONE.search(text) or A_FINDING.search(text)):
        return CAUSE
    if POINTS_BACK.search(text) and not GRADES.search(text) and not TELLS.search(text):
        return BACK
    if WAS_DONE.search(text) and not re.search(r"\d", text):
        return DONE
    return ""


def _is_the_other_side(own: str, text: str) -> bool:
    """Whether two sentences open with two conditions of a kind, as of two things compared.

    >>> _is_the_other_side("Before adjustment it helped.", "After it, nothing was left.")
    True
    """
    first, opens = OPENING.match(own), OPENING.match(text)
    if first is None or opens is None:
        return False
    pair = {first["by"].lower(), opens["by"].lower()}
    return len(pair) == 1 or pair in PARTNERS


def _sets_a_condition(statement: str, own: str, text: str) -> bool:
    """Whether a sentence opens with a condition, and the claim's does not end with one like it."""
    opens = OPENING.match(text)
    if opens is None or NO_CONDITION.match(text) or is_of_another_amount(statement, text):
        return False
    by = re.escape(opens["by"])
    return not re.search(
        rf"\b{by} (?:[\w.%-]+ ){{0,4}}[\w.%-]+ ?(?:\(.*\))?\.?$", own, re.IGNORECASE
    )


def _gives_another_number(own: str, text: str) -> bool:
    """Whether a sentence about the same things gives a share, or a decimal, of its own."""
    said, found = numbers(own), numbers(text)
    is_of_a_kind = bool(_kinds(said) & _kinds(found))
    return is_of_a_kind and not said & found and bool(_stems(own) & _stems(text))


def _kinds(found: set[str]) -> set[str]:
    return {sign for sign in "%." for key in found if sign in key}


def _concludes(about: set[str], text: str) -> bool:
    """Whether a sentence sums up, still speaks of the matter, and takes nothing from it."""
    signs = (NO_SUPPORT, ALIKE, OWED)
    is_open = any(sign.search(text) for sign in signs)
    return CONCLUDES.search(text) is not None and not is_open and bool(_stems(text) & about)


def _stems(text: str) -> set[str]:
    return {word for word in content(text) if re.search("[a-z]", word)}
