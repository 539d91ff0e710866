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
from verifier.judges._cautions import denials, names, turns
from verifier.judges._pair import Pair, pair_of
from verifier.judges._quantities import numbers
from verifier.judges._sides import puts_the_other_ahead, sides
from verifier.literature._taking_back import (
    asks,
    does_not_vouch,
    finds_the_same,
    speaks_of_it,
    speaks_of_others,
    takes_back,
)
from verifier.literature._undoing import undoing
from verifier.literature.passages import Span, sentences
from verifier.literature.sections import Section, section_at, sections
from verifier.verdict import Evidence, Finding

OPPOSITES = (Finding.SUPPORTED, Finding.CONTRADICTED)
NEXT = 2  # sentences after a passage that may speak of it
LEAST_WITH_OPENING = 3  # sentences, of which the first tells what is known, unless it measures
NEARLY = 0.6  # share of the claim's words in a sentence that is about the same thing
PARTLY = 0.4  # … and in one that finds no difference where the claim says there is one
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
# What was found is told in the past, or with figures, or as "we find"; the present alone may state
# what is believed. "Pretrained", at the start, and "of generated ECGs" are no past.
PAST = re.compile(
    r"\b(?:was|were|had|did|came|rose|fell|led|took|saw|gave|lost|won)\b"
    r"|(?<=\w )(?<!\bthe )(?<!\ban )(?<!\ba )(?<!\bof )(?<!\bby )(?<!\bwith )(?<!\bfor )(?<!\bin )"
    r"(?<!\bon )(?<!\band )(?<!\bthan )(?<!\bto )(?<!\bfrom )\w{3,}ed\b"
)
FINDS = re.compile(
    r"\bwe (?:\w+ )?(?:find|found|show|showed|shown|demonstrated?|confirm(?:ed)?|observed?"
    r"|report(?:ed)?|identif(?:y|ied)|conclude|see|saw)\b"
    r"|\b(?:results|findings|data|experiments|analys[ei]s|evaluations?) (?:\w+ )?(?:show|suggest"
    r"|indicat|demonstrat|reveal|confirm)\w*",
    re.IGNORECASE,
)
# What goes on telling of findings, or sums them up.
MARKS = re.compile(
    r"^(?:most )?(?:importantly|notably|interestingly|remarkably|surprisingly|strikingly|moreover"
    r"|furthermore|additionally|in addition|thus|therefore|hence|together|overall|in conclusion"
    r"|in summary|accordingly|finally|conversely|in contrast)\b",
    re.IGNORECASE,
)
ALSO = re.compile(r"\b(?:also|further(?:more)?|moreover|additionally|in addition)\b", re.IGNORECASE)
FINDING = re.compile(r"\b(?:find|found|show|observ|demonstrat|reveal|confirm)\w*", re.IGNORECASE)
GOES_ON = 2  # sentences after a bare statement, at least, that make it no conclusion
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
RETRACTS = re.compile(
    r"\b(?:we|the authors|authors|the editors?|the journal) (?:hereby |therefore )?"
    r"(?:retract|withdraw)\w*\b|\b(?:article|paper|statement|claim|result) (?:is|was|has been) "
    r"(?:hereby )?(?:retracted|withdrawn)\b",
    re.IGNORECASE,
)


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
        or _before_any_finding(said, place, last, part)
        or _undone_later(statement, said, last, part)
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
    labels = _labels(said[: place + 1])
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


def _labels(said: Sequence[str]) -> list[re.Match[str]]:
    """The labels, as "RESULTS:" or "Methods and findings.", that open these sentences."""
    found = (LABEL.match(text) for text in said)
    return [one for one in found if one and (one["mark"] or one["label"].isupper())]


def _before_any_finding(said: Sequence[str], place: int, last: int, part: Section | None) -> str:
    """A bare statement in the present, in an abstract that has told of no finding before it.

    It may be what the study sets out to look at. What comes right after may vouch for it: "The gain
    levels off" speaks of a gain that the authors hold to be there.
    """
    if (part is not None and part.kind != "abstract") or _labels(said):
        return ""
    own = said[place]
    if numbers(own) or any(sign.search(own) for sign in (MARKS, AUTHORS, PAST, FINDS)):
        return ""
    if any(names(own) & names(text) for text in said[:place] if AUTHORS.search(text)):
        return ""  # "We propose ST-MEM … ST-MEM outperforms …"
    if any(FINDS.search(text) or MEASURED.search(text) for text in said[:place]):
        return ""
    after = said[last + 1 :]
    if len(after) < GOES_ON or speaks_of_it(after[0]):
        return ""
    if any(ALSO.search(text) and FINDING.search(text) for text in after):
        return ""  # what is also found comes after another finding
    return "it is told, in the present, before anything that the study found"


def _taken_back(statement: str, said: Sequence[str], place: int, last: int) -> str:
    if place and does_not_vouch(said[place - 1]):
        return f"the sentence before does not vouch for it (“{_short(said[place - 1])}”)"
    is_theirs = AUTHORS.search(said[place]) or MEASURED.search(said[place])
    if place and not is_theirs and speaks_of_others(said[place - 1]):
        return f"the sentence before speaks of what others say (“{_short(said[place - 1])}”)"
    for text in said[last + 1 : last + 1 + NEXT]:
        if asks(text):
            return f"the next sentence asks whether it is so (“{_short(text)}”)"
        if takes_back(statement, text):
            return f"the next sentence takes it back (“{_short(text)}”)"
    retracting = next((text for text in said if RETRACTS.search(text)), "")
    return f"something is taken back there (“{_short(retracting)}”)" if retracting else ""


def _denied_later(statement: str, said: Sequence[str], own: str, last: int) -> str:
    """A later sentence about the same thing that denies where the claim does not, or outright."""
    ruled = rules.judge(statement, own).finding
    for text in said[last + 1 :]:
        pair = pair_of(statement, text)
        is_about_it = pair.share >= NEARLY and len(pair.claimed) > 1
        if is_about_it and denials(text) % 2 > denials(statement) % 2:
            return f"a later sentence denies something of the kind (“{_short(text)}”)"
        if is_about_it and {ruled, rules.judge(statement, text).finding} == set(OPPOSITES):
            return f"a later sentence says otherwise (“{_short(text)}”)"
        if _claims_a_difference(pair) and pair.share >= PARTLY and finds_the_same(text):
            return f"a later sentence finds no difference (“{_short(text)}”)"
        if puts_the_other_ahead(statement, text):
            return f"a later sentence puts the other of the two ahead (“{_short(text)}”)"
    return ""


def _undone_later(statement: str, said: Sequence[str], last: int, part: Section | None) -> str:
    """A later sentence that may undo it in words of its own; of a full text only the next ones."""
    is_abstract = part is None or part.kind == "abstract"
    after = said[last + 1 :] if is_abstract else said[last + 1 : last + 1 + NEXT]
    how, text = undoing(statement, said[last], after)
    return f"a later sentence {how} (“{_short(text)}”)" if how else ""


def _claims_a_difference(pair: Pair) -> bool:
    is_one = sides(pair.statement) is not None or any(turns(pair.statement))
    return is_one and not denials(pair.statement) and not finds_the_same(pair.statement)


def _short(text: str, most: int = 80) -> str:
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"
