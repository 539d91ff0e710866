"""The clause of a passage in which a fact stands, and what else that clause says. Pure.

A fact is only plain where nothing beside it can bend it: "when tuned badly, A beats B" and "A beats
B in mice" hold the fact "A beats B" and say something else. So what stands around a fact must be
said by the claim as well, or belong to HARMLESS: words of reporting, praise, and holding.
"""

import re
from collections.abc import Collection, Iterator
from functools import lru_cache

from verifier.judges._cautions import FIELD
from verifier.judges._words import REPORTING, content, stem

# Words that say of a sentence that its authors do not vouch for it, or not of their own work.
DISTANCES = frozenset(
    "wrong wrongly false falsely incorrect incorrectly erroneous erroneously mistaken mistakenly "
    "misconception myth fallacy artefact artefacts artifact artifacts refute refutes refuted "
    "reject rejects rejected disprove disproves disproved disproven deny denies denied dispute "
    "disputes disputed alleged allegedly reportedly supposedly purportedly ostensibly argue argues "
    "argued allege theory theoretically ideally simulation simulations simulated hope hopes hoped "
    "belief beliefs believe believes notion assertion asserted misleading retracted withdrawn "
    "overturned contradict contradicts contradicted exaggerated will shall wish intend intends "
    "intended earlier previous previously prior former formerly others rival rivals et said "
    "stated states tend tends little wonder imagine suppose supposing counterfactual".split()
)
DISTANT = re.compile(
    r"\b(?:on paper|so far|used to|(?:next|coming|upcoming|forthcoming|planned) "
    r"(?:edition|version|release|phase|study|trial)"
    r"|we (?:had |have )?(?:reported|published|announced|claimed|wrote) that"
    r"|their (?:results|findings|experiments|analys[ei]s|study|work|paper))\b"
)
# Small words that carry no meaning of their own and yet turn that of a sentence.
BENDING = frozenset(
    "also again then but among once which who whom whose where when while if because until before "
    "after during too only just further more most least less per few own same within without under "
    "over below above against than such other some they he she why how what nor so there".split()
)
PLAIN = re.compile(r"\bwe also\b|\bthere (?=is|are|was|were|has|have|may|exists?)", re.IGNORECASE)
WORD = re.compile(r"[a-z]+")
HARMLESS = REPORTING | frozenset(
    # reporting, in more words
    "find finds found demonstrate demonstrates demonstrated reveal reveals revealed observe "
    "observed result results experiment experiments extensive comprehensive evidence clear "
    "clearly analysis analyses present presents presented compare compared comparison comparisons "
    "assess assessed assessment investigate investigated benchmark benchmarked benchmarks "
    "finding findings conclusion conclusions studied consider "
    # praise
    "state art sota novel new significant significantly substantial substantially considerable "
    "considerably consistently markedly notably overall highlight remarkably strong strongly "
    # holding and reaching
    "cover covers covered covering draw draws span spans spanning include includes including "
    "consist consists comprise comprises comprising contain contains hold holds provide provides "
    "total totals take takes taken reach reaches reached achieve achieves achieved attain attains "
    "obtain obtains yield yields yielding continue continues scaling keep keeps kept counts "
    # what every paper of the field speaks of
    "model models method methods approach approaches architecture architectures backbone backbones "
    "network networks foundation framework performance diverse multiple various different "
    "downstream structured".split()
)
HARMLESS_KEYS = frozenset(map(stem, HARMLESS)) | FIELD
CONDITIONAL = frozenset(
    "in on for when while after before under with without if were given unlike next among at by "
    "despite until once assuming according as where during besides apart within against".split()
)
# Where a sentence says another thing: what stands before is no condition of what stands after.
EDGES = re.compile(
    r";\s+|,\s+(?=(?:and|with|while|whereas|greater|higher|better)\b)|,\s+(?=[a-z]+ing\b)"
    r"|\s+(?=comprising\b)"
)
SAID_THAT = re.compile(r"\s+(?=(?:demonstrate|show|reveal|confirm|indicate)s? that\b)")
# By how much one thing beats another says nothing of when it does.
MARGIN = re.compile(
    r"\bby (?:an average of |about |up to )?(?:\d+(?:\.\d+)?\s?(?:%|percent\b|(?:percentage )?"
    r"points?\b)?|(?:a )?(?:large|wide|clear|considerable|significant|substantial) margins?)"
)


def distances(statement: str, passage: str) -> list[str]:
    """Words of the passage, and not of the statement, by which its authors keep their distance.

    >>> distances("A beats B.", "A common myth is that A beats B.")
    ['myth']
    """
    said, ours = (set(WORD.findall(text.lower())) for text in (passage, statement))
    return sorted((said & DISTANCES) - ours) + DISTANT.findall(passage.lower())


def bending(text: str) -> list[str]:
    """Small words that may turn a text's meaning; "we also", "there is" are manners of speaking."""
    return [word for word in WORD.findall(PLAIN.sub("", text).lower()) if word in BENDING]


@lru_cache(maxsize=4096)
def clauses(passage: str) -> tuple[str, ...]:
    """The parts of a sentence that can be true by themselves, each with its conditions.

    >>> clauses("We study models, covering five of them, and ask more.")
    ('We study models', 'covering five of them', 'and ask more.')
    >>> clauses("In mice, with care, it works.")
    ('In mice, with care, it works.',)
    """
    return tuple(_parts(passage))


def _parts(passage: str) -> Iterator[str]:
    if _opens_with_a_condition(passage):
        yield passage
        return
    for part in EDGES.split(passage):
        head = SAID_THAT.split(part, maxsplit=1)
        if len(head) == 2:
            yield head[0]  # "experiments on three data sets show that …"
        yield part


def _opens_with_a_condition(passage: str) -> bool:
    first = WORD.search(passage.lower())
    if first is None or first.group() not in CONDITIONAL:
        return False
    opening, comma, _ = passage.partition(",")
    return not comma or bool(beside(content(opening), ()))  # "In this work," is no condition


def said_in(clause: str) -> list[str]:
    """The keys of a clause and its bending words, but not by how much one thing beats another.

    >>> said_in("S4 also beats Net1D in mice by 3 points.")
    ['s4', 'beat', 'net1d', 'mice', 'also']
    """
    plain = MARGIN.sub("", clause)
    return content(plain) + bending(plain)


def beside(said: Collection[str], allowed: Collection[str]) -> set[str]:
    """Which keys are neither allowed nor harmless."""
    return set(said) - set(allowed) - HARMLESS_KEYS
