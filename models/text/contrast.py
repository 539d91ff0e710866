"""Pairs made by program: a text turned round, so that what it says of another is turned as well.

Contradictions in real data are mostly a direction, a negation or a number changed. Turning either
side of a pair turns its label; turning both keeps it. A judge trained on all four cannot get by
with the claim alone. Every change is one of the rules below; a text none applies to is left out.
"""

import re
from collections.abc import Callable
from random import Random

OPPOSITES = """
increase/decrease increases/decreases increased/decreased increasing/decreasing
raises/lowers raised/lowered raising/lowering rise/fall rises/falls elevated/reduced
elevates/reduces higher/lower highest/lowest high/low more/less greater/smaller
larger/smaller large/small longer/shorter long/short faster/slower stronger/weaker better/worse
best/worst promotes/inhibits promote/inhibit promoted/inhibited
promoting/inhibiting activates/represses activate/repress activated/repressed
activation/repression enhances/impairs enhance/impair enhanced/impaired enhancing/impairing
upregulates/downregulates upregulated/downregulated upregulation/downregulation
upregulate/downregulate upregulating/downregulating improves/worsens improve/worsen
improved/worsened improving/worsening improvement/deterioration induces/suppresses induce/suppress
induced/suppressed induction/suppression stimulates/blocks stimulate/block stimulated/blocked
facilitates/hinders facilitate/hinder positive/negative positively/negatively gain/loss
accelerates/slows accelerated/slowed strengthens/weakens beneficial/harmful
sensitivity/resistance sensitive/resistant presence/absence present/absent
necessary/unnecessary sufficient/insufficient common/rare frequent/infrequent
superior/inferior outperforms/underperforms outperform/underperform outperformed/underperformed
supports/opposes effective/ineffective dependent/independent able/unable most/few
always/never exacerbates/alleviates exacerbate/alleviate gains/loses majority/minority
stabilizes/destabilizes maximal/minimal upstream/downstream success/failure
similar/different ahead/behind many/few encourages/discourages
""".split()  # fmt: skip
TURNED = {
    one: other for pair in OPPOSITES for one, other in (pair.split("/"), reversed(pair.split("/")))
}
TURNED |= {"reduces": "increases", "reduce": "increase", "reduced": "increased",
           "reducing": "increasing", "reduction": "increase", "diminished": "enhanced",
           "greatest": "smallest", "raise": "lower", "blocking": "stimulating",
           "suppressing": "inducing", "inhibition": "stimulation", "fewer": "more",
           "attenuates": "enhances", "attenuated": "enhanced", "declines": "rises",
           "declined": "rose", "rose": "declined", "fell": "rose"}  # fmt: skip
WORD = re.compile(r"[A-Za-z]+")
VERBS = "|".join(
    "affect alter associate bind block cause combine confer contribute control correlate cover "
    "depend determine drive express form generate help increase decrease reduce raise lower "
    "improve induce inhibit promote activate influence integrate interact involve lead learn link "
    "localize mediate modulate need occur outperform participate play prevent predict produce "
    "protect provide recognize regulate represent require respond result serve show stimulate "
    "suppress target transfer trigger use yield".split()
)
DENIED = [
    (re.compile(r"\b(is|are|was|were|can|could|may|will|does|do|did|has|have) not\b"), r"\1"),
    (re.compile(r"\bcannot\b"), "can"),
    (re.compile(r"\bno (significant |clear |apparent )?(?=\w)"), r"a \1"),
    (re.compile(r"\blacks?\b"), "has"),
    (re.compile(r"\bfail(?:s|ed)? to\b"), "did"),
    (re.compile(r"\bwithout\b"), "with"),
    (re.compile(r"\bneither\b(.*?)\bnor\b"), r"both\1and"),
]
ASSERTED = [
    (re.compile(r"\b(is|are|was|were|can|could|will|did|does|do)\b(?! not)"), r"\1 not"),
    (re.compile(r"\b(has|have) (?=been|shown)"), r"\1 not "),
    (re.compile(r"\bhas\b"), "lacks"),
    (re.compile(r"\ba significant\b"), "no significant"),
    (re.compile(rf"\b({VERBS})s\b"), r"does not \1"),
    (re.compile(rf"(?<!to )\b({VERBS})\b"), r"do not \1"),
]  # fmt: skip
NUMBER = re.compile(r"(?<![\w.])\d+(?:\.\d+)?(?![\w.]*[A-Za-z])")

Turn = Callable[[str], str | None]


def opposite(text: str) -> str | None:
    """Every word of direction in its opposite; None where there is none.

    >>> opposite("Lower noise increases accuracy.")
    'Higher noise decreases accuracy.'
    """
    other = WORD.sub(lambda found: _opposite(found.group()), text)
    return other if other != text else None


def opposite_once(text: str, random: Random) -> str | None:
    """One word of direction in its opposite: two would take each other back."""
    found = [word for word in WORD.finditer(text) if word.group().lower() in TURNED]
    if not found:
        return None
    chosen = random.choice(found)
    return text[: chosen.start()] + _opposite(chosen.group()) + text[chosen.end() :]


def denied(text: str) -> str | None:
    """The first negation taken away, or one put in; None where neither can be done.

    >>> denied("S4 does not need labels."), denied("S4 is fast.")
    ('S4 does need labels.', 'S4 is not fast.')
    """
    for rules in (DENIED, ASSERTED):
        for pattern, instead in rules:
            if pattern.search(text):
                return pattern.sub(instead, text, count=1)
    return None


def recounted(text: str, other: str, random: Random) -> str | None:
    """A number that both texts give, changed in the first; None where they share none."""
    theirs = set(NUMBER.findall(other))
    shared = [found for found in NUMBER.finditer(text) if found.group() in theirs]
    if not shared:
        return None
    chosen = random.choice(shared)
    new = _another(chosen.group(), theirs, random)
    return text[: chosen.start()] + new + text[chosen.end() :]


def turned(text: str, random: Random) -> str | None:
    """A claim turned round in one place; None where no rule applies."""
    rules: list[Turn] = [lambda one: opposite_once(one, random), denied]
    if random.random() < 0.3:
        rules.reverse()
    return next((found for rule in rules if (found := rule(text)) is not None), None)


def _opposite(word: str) -> str:
    instead = TURNED.get(word.lower())
    if instead is None:
        return word
    return instead.capitalize() if word[0].isupper() else instead


def _another(number: str, taken: set[str], random: Random) -> str:
    """A number of the same look at least a quarter away, and not one of `taken`."""
    places = len(number.partition(".")[2])
    for _ in range(20):
        factor = random.choice((0.3, 0.5, 0.7, 1.4, 2.0, 3.0, 5.0))
        found = f"{float(number) * factor + (not places):.{places}f}"
        if found not in taken and found != number:
            return found
    return f"{float(number) * 10 + 1:.{places}f}"
