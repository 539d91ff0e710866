"""What stands around a passage and keeps it from settling a claim. Pure.

A sentence may say the very words of a claim and yet not be what its document says: an introduction
and the opening of an abstract tell what others found or what was believed, and the next sentence
may take it back ("This could not be reproduced."). What is seen here holds a decision back; it
never turns one round.
"""

import re
from collections.abc import Sequence

from verifier.document import Document, Passage
from verifier.judges import rules
from verifier.judges._cautions import negations
from verifier.judges._pair import pair_of
from verifier.literature.passages import Span, sentences
from verifier.literature.sections import Section, section_at, sections
from verifier.verdict import Evidence, Finding

OPPOSITES = (Finding.SUPPORTED, Finding.CONTRADICTED)
NEXT = 2  # sentences after a passage that may speak of it
LEAST_WITH_OPENING = 3  # sentences, of which the first tells what is known, unless it measures
NEARLY = 0.6  # share of the claim's words in a sentence that is about the same thing
MEASURED = re.compile(r"\d\.\d|\d\s?%|\d points?\b")
AUTHORS = re.compile(
    r"\b(?:we|our|ours|here(?!by)"
    r"|(?:this|the present|the current) (?:study|work|paper|trial|analysis|article|report|cohort"
    r"|review|benchmark|survey))\b",
    re.IGNORECASE,
)
# Where a text turns from what was known to what its authors did.
TURNS_TO_ITSELF = re.compile(
    r"\bwe (?!(?:(?:also|thus|therefore|further|have|then|now|hence) )*(?:find|found|show|showed"
    r"|shown|conclude|observe|observed|see|saw|recommend|urge|advise|release|publish(?:ed)?|share|ship"
    r"|discuss|demonstrate|demonstrated|confirm|confirmed|report|reported|hope|believe|note)\b)"
    r"|\b(?:here|in (?:this|the present|the current|our) (?:study|work|paper|trial|analysis"
    r"|article|report|cohort|review|benchmark|survey))\b"
    r"|\bour (?:trial|study|analys[ie]s|experiments?|work|data|cohort|reproduction)\b"
    r"|\b(?:aim|purpose|goal|objective) (?:of (?:this|the present|our)|was|is)\b"
    r"|^to (?:test|answer|examine|find out|investigate|check|determine|assess)\b"
    r"|\b(?:was|were) (?:randomi[sz]ed|randomly|compared|enrolled|recruited|re-?run|re-?trained"
    r"|trained|tested|analy[sz]ed|measured|collected|studied|pooled|repeated)\b",
    re.IGNORECASE,
)
BEFORE_IT = (
    r"(?P<before>background|introduction|context|objectives?|aims?|purpose|hypothes[ie]s"
    r"|rationale|importance|motivation)"
)
OF_IT = (
    r"(?:(?:study )?design|(?:materials and )?methods?|methodology|settings?|participants|patients"
    r"|interventions?|measurements?|(?:main |primary )?outcomes?|(?:main |principal )?(?:results?"
    r"|findings)|conclusions?|discussion|interpretation|limitations?|summary|significance"
    r"|data (?:sources?|extraction|synthesis|selection|collection)"
    r"|evidence (?:review|acquisition|synthesis)|study (?:selection|population))"
)
MORE_OF_IT = r"(?:(?: and |/| ?& ?)[a-z]+(?: [a-z]+){0,2})?"
LABEL = re.compile(
    rf"^(?P<label>{BEFORE_IT}|{OF_IT})\b(?P<mark>{MORE_OF_IT}\s*[:.—–])?", re.IGNORECASE
)
PLANS = re.compile(r"\bfuture (?:work|directions?|research)|\bhypothes[ie]s\b", re.IGNORECASE)
# "… [12].", "… (Lee et al., 2020).", "…¹²": somebody else's finding.
CITED = re.compile(
    r"\s?(?:\[\d{1,3}(?:\s?[,;–-]\s?\d{1,3})*\]|\((?:[^()]*\b(?:19|20)\d\d[a-z]?[^()]*)\)|[¹²³⁴-⁹]+)"
    r"\s*[.]?\s*[¹²³⁴-⁹]*$"
)
YEAR_ALONE = re.compile(r"\(\D*(?:in|from|since|until|of) (?:19|20)\d\d\)")
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
RETRACTS = re.compile(
    r"\b(?:we|the authors|authors|the editors?|the journal) (?:hereby |therefore )?"
    r"(?:retract|withdraw)\w*\b|\b(?:article|paper|statement|claim|result) (?:is|was|has been) "
    r"(?:hereby )?(?:retracted|withdrawn)\b",
    re.IGNORECASE,
)
ANNOUNCED = re.compile(r":$|\bthe following\b|\bas follows\b", re.IGNORECASE)


def seen_around(statement: str, document: Document, passage: Passage | Evidence) -> str:
    """Why a passage should not settle a claim, from its place; empty where nothing is seen.

    >>> text = "Teachers are necessary. This is a myth. Students learn as well without."
    >>> paper = Document(key="k", title="T", text=text, source="s")
    >>> first = Passage(document_id=1, start=0, end=23, text=text[:23])
    >>> seen_around("Teachers are necessary.", paper, first)
    'the next sentence takes it back (“This is a myth.”)'
    """
    text, start, end = document.text, passage.start, passage.end
    parts = sections(text) if document.extent != "abstract" else []
    part = section_at(parts, start)
    stretch = _stretch(text, part)
    place = next((i for i, span in enumerate(stretch) if span.end > start), None)
    if place is None:
        return ""
    last = next((i for i, span in enumerate(stretch) if span.end >= end), place)
    said = [" ".join(text[span.start : span.end].split()) for span in stretch]
    own = " ".join(text[start:end].split())
    return (
        _elsewhere(part, own)
        or _cited(own)
        or _taken_back(statement, said, place, last)
        or _denied_later(statement, said, own, last)
        or _before_the_study(said, place, part)
    )


def _stretch(text: str, part: Section | None) -> list[Span]:
    if part is None:
        return sentences(text)
    return [
        Span(part.start + span.start, part.start + span.end)
        for span in sentences(text[part.start : part.end])
    ]


def _elsewhere(part: Section | None, own: str) -> str:
    """An introduction tells of others' work, a part on plans of what nobody has seen yet."""
    if part is None:
        return ""
    if PLANS.search(part.title):
        return f"it stands in “{part.title}”, among what is planned or supposed"
    is_told = part.kind == "background" and "bjective" not in part.title  # "2.1 Objectives" is none
    if is_told and not AUTHORS.search(own):
        return f"it stands in “{part.title}”, which tells what others found"
    if part.kind == "references":
        return "it stands among the references"
    return ""


def _cited(own: str) -> str:
    if CITED.search(YEAR_ALONE.sub("", own)) and not AUTHORS.search(own):
        return "it gives another study as its source"
    return ""


def _before_the_study(said: Sequence[str], place: int, part: Section | None) -> str:
    """The opening of an abstract, before it turns to what the authors did."""
    found = (LABEL.match(text) for text in said[: place + 1])
    labels = [one for one in found if one and (one["mark"] or one["label"].isupper())]
    if labels:
        return "it is told as background or as an aim" if labels[-1]["before"] else ""
    if part is not None and part.kind != "abstract":
        return ""
    if any(AUTHORS.search(text) for text in said[: place + 1]):
        return ""
    turns = next((i for i, text in enumerate(said) if TURNS_TO_ITSELF.search(text)), 0)
    is_first = place == 0 and len(said) >= LEAST_WITH_OPENING and not MEASURED.search(said[0])
    if place < turns or is_first:
        return "it opens the abstract, before the study itself is told of"
    return ""


def _taken_back(statement: str, said: Sequence[str], place: int, last: int) -> str:
    before = said[place - 1] if place else ""
    if ANNOUNCED.search(before) and TAKES_BACK.search(before):
        return f"the sentence before does not vouch for it (“{_short(before)}”)"
    for text in said[last + 1 : last + 1 + NEXT]:
        if "?" in text and POINTS_BACK.search(text):
            return f"the next sentence asks whether it is so (“{_short(text)}”)"
        if REPRODUCED.search(text) and not negations(text):
            continue
        if BEFORE.search(statement) and not BEFORE.search(text):
            continue
        points = POINTS_BACK.search(text) and TAKES_BACK.search(text)
        comments = COMMENTS.search(text) and not CONFIRMS.search(text)
        if points or comments or TURNED_ROUND.search(text):
            return f"the next sentence takes it back (“{_short(text)}”)"
    retracting = next((text for text in said if RETRACTS.search(text)), "")
    return f"something is taken back there (“{_short(retracting)}”)" if retracting else ""


def _denied_later(statement: str, said: Sequence[str], own: str, last: int) -> str:
    """A later sentence about the same thing that denies where the claim does not, or outright."""
    ruled = rules.judge(statement, own).finding
    for text in said[last + 1 :]:
        pair = pair_of(statement, text)
        is_about_it = pair.share >= NEARLY and len(pair.claimed) > 1
        if is_about_it and len(negations(text)) % 2 > len(negations(statement)) % 2:
            return f"a later sentence denies something of the kind (“{_short(text)}”)"
        if is_about_it and {ruled, rules.judge(statement, text).finding} == set(OPPOSITES):
            return f"a later sentence says otherwise (“{_short(text)}”)"
    return ""


def _short(text: str, most: int = 80) -> str:
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"
