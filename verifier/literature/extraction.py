"""From a paper to candidate claims: sentences that claim something, typed and made to stand alone.

A ranked list for a person to go through, not a list of claims: what annotators marked as evidence
in SciFact's abstracts is found with the precision and recall of docs/literature.md. Each candidate
keeps its sentence letter by letter with its place; the edited statement stands beside it, never
instead of it.

Score = logistic(WEIGHTS · cues + place + length), fitted on the abstracts of SciFact's training
claims (those of its dev claims left out). SECTION is our judgement: SciFact has abstracts alone.

That score knows findings alone, and pushes down what a study did. How many objectives, samples or
layers it had are claims too, so they come from a list of their own, after the findings.
"""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from rapidfuzz import fuzz

from verifier.document import Document, Passage
from verifier.literature.cues import cues
from verifier.literature.passages import passages
from verifier.literature.sections import Section, page_of, section_at, sections

NAME = "rules 2"
INTERCEPT = -2.8
WEIGHTS: Mapping[str, float] = {
    "finds": 0.9,
    "concludes": 0.1,
    "compares": 0.3,
    "moves": 0.9,
    "measures": 0.35,
    "is sure": 0.2,
    "is named": 0.35,
    "aims": -1.7,
    "is known": -0.25,
    "does": -1.0,
    "hopes": -0.25,
}  # "grows" is in one sentence of a hundred there: too few to weigh
PLACE, SHORT, LONG = 1.6, -1.3, 0.5
LAST = -0.4
SECTION: Mapping[str, float] = {
    "abstract": 0.8,
    "results": 0.6,
    "discussion": 0.3,
    "conclusion": 0.8,
    "background": -0.6,
    "methods": -0.6,
}
LEFT_OUT = {"references", "end matter"}
LEAST = 0.15  # score; the best F1 on SciFact's training abstracts
MOST_ABSTRACT, MOST_FULL = 4, 40
MOST_SETTINGS_ABSTRACT, MOST_SETTINGS_FULL = 2, 15  # beside those
ALIKE = 95.0  # two statements of one paper, of 100
KINDS = ("finding", "comparison", "number", "trend", "setting")
CLAIMING = frozenset({"finds", "compares", "moves", "measures", "grows"})

LEAD = re.compile(
    r"^(?:(?:results?|findings?|main results?|conclusions?|interpretation|background|methods?"
    r"|objectives?)\s*[:.]\s+|(?:however|moreover|furthermore|here|overall|finally|thus|therefore"
    r"|hence|in conclusion|in summary|taken together|additionally|in addition|notably"
    r"|interestingly|importantly|specifically|in particular|consequently),?\s+)+",
    re.IGNORECASE,
)
REPORTED = re.compile(
    r"^(?:(?:we|our|these|the|this)(?: \w+){0,3} )"
    r"(?:show|shows|showed|find|finds|found|demonstrate|demonstrates|demonstrated|report|reports"
    r"|reported|observe|observed|confirm|confirms|confirmed|establish|reveal|reveals|revealed)"
    r"(?: here| also)? that (?P<said>.+)$",
    re.IGNORECASE | re.DOTALL,
)
WE = re.compile(r"\b(?:we|our)\b", re.IGNORECASE)  # an introduction tells of others' work, too
OWN = re.compile(
    r"\b(?:we|our|this (?:study|work|paper|review|benchmark|survey|trial)"
    r"|(?:all|the|both) (?:[\w-]+ ){0,2}"
    r"(?:models?|encoders?|stem|backbones?|networks?|corpus|data ?sets?|pretraining|training)"
    r"|(?:is|are|was|were) (?:pre-?)?(?:trained|evaluated|tested|enrolled|recruited))\b",
    re.IGNORECASE,
)
FRAGMENT = re.compile(r"(?:with|where|and|or|for|which|such|as|is|are|was|were|if|to|by|then)\b")
RELEASED = re.compile(
    r"\bwill (?:be )?(?:release[sd]?|made|open-?sourced?)\b"
    r"|\bwe (?:also )?(?:release|open-?source)\b"
    r"|\b(?:code|weights|checkpoints)\b[^.]{0,60}\bavailable\b",
    re.IGNORECASE,
)
TREND = re.compile(
    r"\bscaling\b|\bscales?(?: \w+)? with\b|\bmonoton\w+|\bas [\w ]{1,40}(?:grows?|increases?"
    r"|decreases?)\b|\b(?:in|de)creas\w+ with\b|\bcontinu\w+ to\b|\bplateau\w*|\bsaturat\w+"
    r"|\bdose[- ]dependent|\bpower[- ]law|\btrend\b|\bdiminish\w+",
    re.IGNORECASE,
)
BETTER = re.compile(r"\b(?:dominat\w+|superiority|advantage over|ranks? first)\b", re.IGNORECASE)
SPLIT = re.compile(r";\s+|,\s+(?:whereas|while)\s+")
POINTING = re.compile(
    r"(?P<first>^(?:it|they|this|these|those|such|he|she|its|their|both)\b)"
    r"|\b(?P<own>we|our|ours|us)\b"
    r"|\b(?P<study>(?:this|the present|the current|the proposed|our) "
    r"(?:study|work|paper|model|method|approach|framework|review|trial))\b"
    r"|\b(?P<named>the former|the latter|respectively|as above|aforementioned)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, kw_only=True)
class Found:
    """A candidate claim and where it stands in its document."""

    start: int
    end: int
    quote: str  # document.text[start:end]
    statement: str
    kind: str
    section: str
    page: int | None
    context_needed: str
    extractor: str
    score: float


def candidates(document: Document) -> list[Found]:
    """What a stored paper claims, by rule, the likeliest first; at most MOST_… of it."""
    parts = sections(document.text)
    read = [p for p in passages(document) if _kind_at(parts, p.start) not in LEFT_OUT]
    findings: list[Found] = []
    settings: list[Found] = []
    for i, passage in enumerate(read):
        if not is_statement(passage.text) or _is_title(passage.text, document.title, parts):
            continue
        kind = _kind_at(parts, passage.start)
        score = round(scored(document, passage.text, i, len(read), kind), 4)
        if score >= LEAST:
            findings += [replace(one, score=score) for one in _of(document, passage, parts)]
        elif is_setting(passage.text) and (kind != "background" or WE.search(passage.text)):
            whole = _one(document, passage, parts, passage.text)
            is_measured = cues(passage.text) & {"compares", "measures"}
            kind = whole.kind if is_measured else "setting"
            settings.append(replace(whole, score=score, kind=kind))
    is_short = document.extent == "abstract"
    n_findings = MOST_ABSTRACT if is_short else MOST_FULL
    n_settings = MOST_SETTINGS_ABSTRACT if is_short else MOST_SETTINGS_FULL
    return _best(findings)[:n_findings] + _best(settings)[:n_settings]


def _is_title(text: str, title: str, parts: Sequence[Section]) -> bool:
    """The paper's own title, or a part's: they name a thing and claim nothing."""
    plain = " ".join(text.split()).casefold()
    named = {" ".join(one.split()).casefold() for one in (title, *(part.title for part in parts))}
    return plain.rstrip(".") in {name.rstrip(".") for name in named}


def _best(found: Sequence[Found]) -> list[Found]:
    return _different(sorted(found, key=lambda one: (-one.score, one.start)))


def is_setting(sentence: str) -> bool:
    """Whether a paper counts what it itself used or did: objectives, samples, layers, hours.

    >>> is_setting("We benchmarked eight models on 26 tasks.")
    True
    >>> is_setting("The convolutional stem consists of four layers.")
    True
    >>> is_setting("We aim to compare two models."), is_setting("ECGs are recorded with 12 leads.")
    (False, False)
    """
    held = cues(sentence)
    is_its_own = "does" in held or OWN.search(sentence) is not None
    return "tallies" in held and is_its_own and not held & {"aims", "asks", "is known", "hopes"}


def is_statement(sentence: str) -> bool:
    """Something to be true or false: no question, heading, hope alone, or word on the code."""
    held = cues(sentence)
    return (
        len(sentence.split()) >= 4
        and "asks" not in held
        and "http" not in sentence
        and re.search(r"[a-z]", sentence) is not None
        and not ("hopes" in held and not held & CLAIMING)
        and RELEASED.search(sentence) is None
        and FRAGMENT.match(sentence) is None
    )


def scored(document: Document, sentence: str, i: int, n: int, section: str) -> float:
    """How likely the sentence i of n is one of those that say what a paper found, 0..1."""
    held, n_words = cues(sentence), len(sentence.split())
    total = INTERCEPT + sum(WEIGHTS.get(name, 0.0) for name in held)
    total += SHORT * (n_words < 7) + LONG * (n_words > 45)
    if document.extent == "abstract":
        total += PLACE * (i / (n - 1) if n > 1 else 1.0) + LAST * (i == n - 1)
    else:
        total += PLACE / 2 + SECTION.get(section, 0.0)
    return 1 / (1 + math.exp(-total))


def kind_of(statement: str) -> str:
    """What sort of claim it is.

    >>> [kind_of(s) for s in ("S4 outperforms CNNs.", "The stem consists of four layers.")]
    ['comparison', 'setting']
    """
    held = cues(statement)
    if "sets up" in held and not held & {"finds", "compares", "moves", "grows"}:
        return "setting"
    if TREND.search(statement):
        return "trend"
    if "compares" in held or BETTER.search(statement):
        return "comparison"
    return "number" if "measures" in held and re.search(r"\d", statement) else "finding"


def standing_alone(sentence: str, title: str) -> tuple[str, str]:
    """The sentence as a claim of its own, and what a reader must still be told.

    >>> standing_alone("However, we find that S4 wins.", "The study")
    ('S4 wins.', '')
    >>> standing_alone("Overall, data2vec trails.", "The study")[0]
    'data2vec trails.'
    >>> standing_alone("It wins.", "The study")
    ('It wins.', 'what “It” refers to in “The study”')
    """
    plain = LEAD.sub("", " ".join(sentence.split()))
    reported = REPORTED.match(plain)
    if reported is not None:
        plain = reported["said"]
    if re.match(r"[a-z]+\b(?!\d)", plain):  # a name such as "data2vec" stays as it is
        plain = plain[:1].upper() + plain[1:]
    return plain, _needed(plain, title)


def _needed(statement: str, title: str) -> str:
    said = dict.fromkeys(match.group() for match in POINTING.finditer(statement))
    if not said:
        return ""
    return f"what {', '.join(f'“{word}”' for word in said)} refers to in “{title}”"


def _of(document: Document, passage: Passage, parts: Sequence[Section]) -> list[Found]:
    return [_one(document, passage, parts, piece) for piece in _pieces(passage.text)]


def _one(document: Document, passage: Passage, parts: Sequence[Section], piece: str) -> Found:
    section = section_at(parts, passage.start)
    statement, needed = standing_alone(piece, document.title)
    return Found(
        start=passage.start,
        end=passage.end,
        quote=passage.text,
        statement=statement,
        kind=kind_of(statement),
        section=section.title if section else "",
        page=page_of(document.text, passage.start),
        context_needed=needed,
        extractor=NAME,
        score=0.0,
    )


def _pieces(sentence: str) -> list[str]:
    """A sentence in two where both halves claim something by themselves."""
    halves = SPLIT.split(sentence)
    if len(halves) == 2 and all(len(h.split()) >= 5 and cues(h) & CLAIMING for h in halves):
        return [halves[0].rstrip(".") + ".", halves[1]]
    return [sentence]


def _kind_at(parts: Sequence[Section], place: int) -> str:
    section = section_at(parts, place)
    return section.kind if section else ""


def _different(found: Sequence[Found]) -> list[Found]:
    """Without what repeats another with the same numbers and the same negations."""
    kept: list[Found] = []
    for one in found:
        if not any(_is_repeated(one.statement, other.statement) for other in kept):
            kept.append(one)
    return kept


def _is_repeated(one: str, other: str) -> bool:
    marks = re.compile(r"\d+(?:[.,]\d+)*|\b(?:not?|never|without)\b", re.IGNORECASE)
    return fuzz.token_sort_ratio(one, other) > ALIKE and marks.findall(one) == marks.findall(other)
