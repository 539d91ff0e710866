"""A research question as search queries, by rule: its names, and its phrases one at a time.

A source that asks for every word finds nothing for a whole question, so each query holds what
names the field and one phrase. Phrases are the runs of words between stop words, verbs of asking
and punctuation (the candidates of RAKE: Rose et al. 2010), the longer the better.
"""

import re

from verifier.judges._words import STOP_WORDS
from verifier.literature.queries import EMPTY, NAME, PHRASE

MOST_QUERIES = 5
MOST_WORDS = 4  # of a phrase
ASKING = frozenset(
    "how does do did what which why when where who whether can could should would will may might "
    "is are was were be been affect affects affected influence influences impact impacts effect "
    "effects improve improves change changes depend depends relate relates relationship role best "
    "better worse good beat beats outperform outperforms more less than across within between "
    "versus given compare compares compared".split()
)
WORD = re.compile(r"[A-Za-z][\w-]*|\d[\w.-]*")
BOUNDARY = re.compile(r"[.,;:?!()\[\]\"“”]")


def queries_of(question: str) -> list[str]:
    """Queries from narrow to wide, at most MOST_QUERIES; none for a question without a word.

    >>> queries_of("How do state space models compare with Net1D?")
    ['Net1D state space models']
    """
    names = _names(question)
    phrases = sorted(_phrases(question, names), key=lambda p: -len(p.split()))
    written = [[*names[:2], *phrases[:2]]] if len(phrases) > 1 else []
    written += [names[:3]] if names and (len(names) > 1 or not phrases) else []
    written += [[*names[:1], phrase] for phrase in phrases]
    asked = (" ".join(_quoted(term) for term in query) for query in written)
    return list(dict.fromkeys(query for query in asked if query))[:MOST_QUERIES]


def _names(question: str) -> list[str]:
    """Acronyms and named things, the latter only where they do not begin the sentence."""
    found = NAME.findall(question)
    found += [p for p in PHRASE.findall(question) if not question.strip().startswith(p)]
    return list(dict.fromkeys(name for name in found if name.lower() not in ASKING))


def _phrases(question: str, names: list[str]) -> list[str]:
    named = {word.lower() for name in names for word in WORD.findall(name)}
    found: list[str] = []
    for part in BOUNDARY.split(question):
        run: list[str] = []
        for word in [*WORD.findall(part), ""]:
            plain = word.lower()
            if plain and not (plain in STOP_WORDS or plain in ASKING or plain in EMPTY | named):
                run.append(plain)
                continue
            if run:
                found.append(" ".join(run[:MOST_WORDS]))
            run = []
    return list(dict.fromkeys(phrase for phrase in found if len(phrase) > 3))


def _quoted(term: str) -> str:
    """Two words are a phrase; more seldom stand together just so, and are left as words."""
    return f'"{term}"' if len(term.split()) == 2 else term
