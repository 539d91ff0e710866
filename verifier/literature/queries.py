"""A claim as search queries: its named things quoted, its rarest words, no stop words."""

import re

from verifier.judges._words import STOP_WORDS

N_WORDS = 5  # beside named things, in the narrow query
PHRASE = re.compile(r"\b[A-Z][a-z]+(?:[ -][A-Z][a-z]+)+")
NAME = re.compile(r"\b(?=\w*[A-Za-z])(?:\w*[a-z]\w*[A-Z]\w*|[A-Z][\w-]*[A-Z\d][\w-]*|[a-z]+\d\w*)")
WORD = re.compile(r"\b[^\W\d_]+(?:-[^\W\d_]+)*\b")

# Words of every report, which narrow no search.
EMPTY = frozenset(
    "study studies paper work authors report results result show shows shown find finds found "
    "claim claims used uses use different various several many all evaluate evaluates evaluated "
    "investigate investigates cover covers comprise comprises consist consists consistently "
    "confirm confirmed clearly most strongest compared comparison across recent prior setting "
    "settings choice adopted default variants identified over million billion thousand "
    "one two three four five six seven eight nine ten".split()
)


def queries_for(statement: str) -> list[str]:
    """Queries from narrow to wide; the wider ones are for when a narrow one finds nothing.

    >>> queries_for("CPC (Contrastive Predictive Coding) shows the most transferable features.")
    ['"Contrastive Predictive Coding" CPC transferable features', '"Contrastive Predictive Coding"']
    """
    phrases = [f'"{found}"' for found in PHRASE.findall(statement) if not _is_plain(found)]
    names = [found for found in NAME.findall(statement) if not _inside(found, phrases)]
    named = list(dict.fromkeys([*phrases, *names]))
    words = [word for word in _words(statement) if not _inside(word, named)]
    longest = sorted(words, key=len, reverse=True)
    narrow = [*named, *(word for word in words if word in longest[:N_WORDS])]
    wide = phrases or names[:1] + longest[:2]
    wider = longest[:2]
    written = [" ".join(query) for query in (narrow, wide, wider) if query]
    different = {frozenset(query.split()): query for query in reversed(written)}
    return list(reversed(different.values()))[: 2 if phrases else 3]


def _words(statement: str) -> list[str]:
    found = (word.lower() for word in WORD.findall(statement))
    return list(
        dict.fromkeys(w for w in found if len(w) > 2 and w not in STOP_WORDS and w not in EMPTY)
    )


def _is_plain(phrase: str) -> bool:
    """A sentence's first word and a name beside it are no phrase ("All Models")."""
    first = phrase.split()[0].lower()
    return first in STOP_WORDS or first in EMPTY


def _inside(word: str, terms: list[str]) -> bool:
    return any(re.search(rf"\b{re.escape(word)}\b", term, re.IGNORECASE) for term in terms)
