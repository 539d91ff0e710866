"""Why a passage must not settle a claim on a model's word alone. Pure.

Models that read for meaning give a text that nearly repeats the claim more than nine in ten,
whatever the small difference: "in mice", "up to" for "more than", two numbers or two names that
changed places. Where the words are nearly the same, the difference is what matters; where they are
not, only what can be seen for certain counts: numbers, bounds, directions, negations, doubts.
"""

import re
from collections.abc import Sequence
from itertools import combinations

from verifier.judges import rules
from verifier.judges._cautions import PARTIALS, UNIVERSALS, denials, names, overstates, words
from verifier.judges._clauses import clauses, said_in
from verifier.judges._comparisons import comparison
from verifier.judges._figures import may_be_chance, without_everywhere, without_figures
from verifier.judges._pair import Pair, as_methods, pair_of
from verifier.judges._quantities import bounds, numbers
from verifier.judges._reservations import claims_more, reservation
from verifier.judges._sides import on_the_wrong_side
from verifier.judges._words import content, stem, tokens
from verifier.verdict import Finding

NEARLY = 0.6  # share of the claim's words that a passage holds which nearly repeats it …
LONGER = 2.0  # … being at most this many times as long
MORE = 7  # … or at most this many words longer
DOUBTS = frozenset(
    "may might could would whether tempting hypothesis hypothesize hypothesized unclear perhaps "
    "conceivable conceivably plausible plausibly possibly presumably hypothetically".split()
)
TREND = re.compile(r"\btrend(?:s|ed|ing)? (?:to|towards?)\b", re.IGNORECASE)
MEASURED = re.compile(
    r"(?P<number>\d[\d.,]*)[\s-]?(?P<unit>ms|s|min|h|hours?|days?|hz|khz|mv|µv|μv|uv"
    r"|percentage points?|points?|percent|%)(?![\w/])",
    re.IGNORECASE,
)
# "beyond one minute" bounds a number, where "this one" is none.
ONE_UNIT = re.compile(
    r"\bone(?= (?:second|minute|hour|day|week|month|year|percent|point|milli|centi|third|half"
    r"|quarter)\w*)",
    re.IGNORECASE,
)
# A denial of more, or of having shown it, is none of the thing itself.
DENIES_MORE = re.compile(
    r"\bnot (?:\w+ )?(?:significantly|all|always|every|necessarily|only|just|show|find|prove|imply"
    r"|demonstrate|indicate|mean)\b"
)
EITHER = re.compile(r"\s*either\b.*\bor\b", re.IGNORECASE)
SIGNIFICANT = re.compile(r"\bsignifican(?:t|tly|ce)\b|\bp\s?[<=>≤]")
FEWER_IS_BETTER = re.compile(
    r"\b(?:error|errors|perplexity|wer|mae|mse|rmse|false (?:positives?|negatives?|alarms?))\b"
)
ABSOLUTE = re.compile(r"\babsolute(?:ly)?\b", re.IGNORECASE)
RELATIVE = re.compile(r"\brelative(?:ly)?\b(?! to\b)", re.IGNORECASE)
# What may stand for a name that the claim gives.
PRONOUNS = frozenset("we our ours it its this these they their proposed".split())
# A claim of no difference; what may be chance does not speak against it.
NO_DIFFERENCE = re.compile(
    r"\b(?:no|not|nor|neither|without|non-?inferior\w*|equal\w*|equivalen\w*|similar\w*|same"
    r"|comparable|alike|unchanged|unaffected|independent\w*)\b|\bas \w+ as\b",
    re.IGNORECASE,
)
# A passage that says the one of the same things denies the other.
OPPOSITES = [
    (stem(one), stem(other))
    for ones, others in (
        ("increases raises rises", "decreases reduces lowers falls"),
        ("improves enhances helps", "worsens impairs degrades harms"),
        ("higher greater", "lower smaller"),
        ("larger bigger longer", "smaller shorter"),
        ("more", "less fewer"),
        ("better superior", "worse inferior"),
        ("faster quicker earlier", "slower later"),
        ("stronger", "weaker"),
        ("overestimates", "underestimates"),
    )
    for one in ones.split()
    for other in others.split()
]
NO_EFFECT = re.compile(
    r"\b(?:has|have|had|shows?|showed) no (?:\w+ )?(?:effect|impact|influence|benefit) on\b",
    re.IGNORECASE,
)
FRONTED = re.compile(
    r"^(?P<where>(?:on|in|across|for|among|at|during|with|when) [^,;:.]{1,60}), (?P<rest>[^.]+)",
    re.IGNORECASE,
)
ONE_OF = re.compile(r"\b(?:one of|among) the (?:most|best|strongest|largest|highest)\b")


def objection(statement: str, passage: str, finding: Finding) -> str:
    """Why `finding` should not be shown as decided by this passage; empty where nothing is seen.

    >>> objection("A beats B.", "Nobody doubts that A beats B.", Finding.INCONCLUSIVE)
    ''
    """
    if finding not in (Finding.SUPPORTED, Finding.CONTRADICTED):
        return ""
    if rules.judge(statement, passage).finding is finding:
        return ""
    pair = pair_of(statement, passage)
    if pair.distances and pair.share >= NEARLY:
        return f"the passage keeps its distance ({', '.join(pair.distances)})"
    seen = _against(pair) if finding is Finding.SUPPORTED else _not_against(pair)
    return (
        _doubt(pair)
        or reservation(pair.statement, pair.passage)
        or seen
        or _in_other_terms(pair)
        or _difference(pair, finding)
    )


def _doubt(pair: Pair) -> str:
    if "?" in pair.passage:
        return "the passage is a question"
    if EITHER.match(pair.passage):
        return "the passage leaves open which of two it is"
    if TREND.search(pair.passage) and not TREND.search(pair.statement):
        return "the passage speaks of a trend"
    doubts = sorted((set(words(pair.passage)) & DOUBTS) - set(words(pair.statement)))
    return f"the passage is not sure ({', '.join(doubts)})" if doubts else ""


def _in_other_terms(pair: Pair) -> str:
    """What only one of the two speaks of, where a model cannot be trusted to see what follows."""
    ours, theirs = pair.statement.lower(), pair.passage.lower()
    if bool(SIGNIFICANT.search(ours)) and not SIGNIFICANT.search(theirs):
        return "it does not say whether that is significant"
    if bool(FEWER_IS_BETTER.search(ours)) != bool(FEWER_IS_BETTER.search(theirs)):
        return "one of the two counts errors, of which fewer is better"
    for kind, terms in (("absolute", ABSOLUTE), ("relative", RELATIVE)):
        if terms.search(ours) and not terms.search(theirs):
            return f"it does not say whether that is {kind}"
    return ""


def _difference(pair: Pair, finding: Finding) -> str:
    """What is different in a passage that nearly repeats the claim, and no rule could weigh."""
    plain = without_figures(pair.passage)
    if not set(words(pair.statement)) & (UNIVERSALS | PARTIALS):
        plain = without_everywhere(plain)
    if finding is Finding.CONTRADICTED:
        plain = NO_EFFECT.sub("did not", plain)
    ours, theirs = as_methods(content(pair.statement)), as_methods(content(plain))
    if pair.share < NEARLY or len(theirs) > max(LONGER * len(ours), len(ours) + MORE):
        return ""
    if not pair.holds_places:
        return "it does not say where or in whom, as the claim does"
    unnamed = names(pair.statement) - names(pair.passage) - pair.said
    if unnamed and not PRONOUNS & set(words(pair.passage)):
        return f"it does not speak of {', '.join(sorted(unnamed))}"
    turned = _turned(pair.statement) if finding is Finding.CONTRADICTED else ()
    holding = (clause for clause in clauses(plain) if _holds(clause, pair))
    if any(pair.is_bare(said_in(clause), turned) for clause in holding):
        ours, theirs = _in_order(pair.statement), _in_order(plain)
        is_same = sorted(ours) == sorted(theirs)
        if (is_same and ours != theirs) or _change_sides(ours, theirs):
            return "the same words stand in another order"
        return ""
    return "it nearly repeats the claim, but sets conditions of its own"


def _holds(clause: str, pair: Pair) -> bool:
    """Whether a clause is the one about the claim: "We show" before it says nothing of it."""
    said = as_methods(content(clause))
    return 2 * sum(key in said for key in pair.claimed) > pair.share * len(pair.claimed)


def _turned(statement: str) -> set[str]:
    """Keys of words that say the opposite of one of the claim's."""
    ours = {token.key for token in tokens(statement)}
    both = [*OPPOSITES, *((other, one) for one, other in OPPOSITES)]
    return {other for one, other in both if one in ours}


def _in_order(text: str) -> list[str]:
    """Every key and quantifier, as they follow each other; "On PTB-XL, …" as "… on PTB-XL"."""
    said = (t for t in tokens(FRONTED.sub(r"\g<rest> \g<where>", text)) if not t.is_mark)
    return [t.key for t in said if t.is_content or t.text.lower() in UNIVERSALS | PARTIALS]


def _change_sides(ours: Sequence[str], theirs: Sequence[str]) -> bool:
    """Whether two words change places around a third, as the things that a verb parts do.

    >>> _change_sides("in mice s4 beats net1d".split(), "net1d beats s4".split())
    True
    >>> _change_sides("in mice s4 beats net1d".split(), "s4 beats net1d in mice".split())
    False
    """
    there = [theirs.index(key) for key in ours if ours.count(key) == theirs.count(key) == 1]
    return any(first > mid > last for first, mid, last in combinations(there, 3))


def _not_against(pair: Pair) -> str:
    if DENIES_MORE.search(pair.passage.lower()) and not DENIES_MORE.search(pair.statement.lower()):
        return "the passage denies more than the claim says, or only that it was shown"
    return ""


def _units(text: str) -> dict[str, set[str]]:
    """The units that each number of a text stands with."""
    found: dict[str, set[str]] = {}
    for one in MEASURED.finditer(text):
        found.setdefault(one["number"].rstrip(".,"), set()).add(
            one["unit"].lower().rstrip("s") or "s"
        )
    return found


def _agree(ours: set[str], theirs: set[str]) -> bool:
    """Whether a number is bounded alike; "about five" and "five" are."""
    loose = {"", "about"}
    return bool(ours & theirs) or (ours <= loose and bool(theirs & loose))


def _against(pair: Pair) -> str:
    """What stands against support: numbers, bounds, directions, quantifiers, negations."""
    if not numbers(pair.statement) <= numbers(pair.passage):
        return "it does not give the claim's number"
    said = bounds(ONE_UNIT.sub("1", pair.passage))
    for value, claimed_bounds in bounds(ONE_UNIT.sub("1", pair.statement)).items():
        if value in said and not _agree(claimed_bounds, said[value]):
            return f"its bound on {value:g} is another"
    units = _units(pair.passage)
    for number, unit in _units(pair.statement).items():
        if number in units and not unit & units[number]:
            return f"{number} has another unit"
    if ONE_OF.search(pair.passage.lower()) and not ONE_OF.search(pair.statement.lower()):
        return "it is one of several there"
    claimed, compared = comparison(pair.statement), comparison(pair.passage)
    if claimed and compared and claimed.what == compared.what:
        forward = claimed.left == compared.left
        if forward != (claimed.sign == compared.sign) or claimed.of != compared.of:
            return "it compares otherwise"
    if overstates(pair.statement, pair.passage) and set(words(pair.passage)) & PARTIALS:
        return "the claim says all, the passage does not"
    if pair.share >= NEARLY and denials(pair.statement) % 2 != denials(pair.passage) % 2:
        return "one of the two is negated"
    chance = may_be_chance(pair.passage)
    if chance and not NO_DIFFERENCE.search(pair.statement):
        return f"what it says may be chance ({chance})"
    return on_the_wrong_side(pair.statement, pair.passage) or claims_more(
        pair.statement, pair.passage
    )
