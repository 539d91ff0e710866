"""Words that stop a rule: negations, hedges, restrictions, quantifiers, conditions. Pure."""

import re
from functools import lru_cache

NEGATIONS = frozenset(
    "not no never neither nor without cannot none nothing hardly barely rarely seldom scarcely "
    "fail fails failed failing lack lacks lacked lacking absence avoid avoids prevents prevent "
    "unable insufficient".split()
)
HEDGES = frozenset(
    "may might could would should can hypothesize hypothesise hypothesized hypothesis whether if "
    "suggest suggests suggested suggesting possibly potentially potential likely unlikely perhaps "
    "appear appears seem seems believed assume assumed assumption assumptions aim aims aimed plan "
    "expect expected predicted test tested conjecture claim claims claimed question unclear "
    "controversial unknown doubt debated challenges contrary conflicting speculate doubt "
    "thought considered".split()
)
RESTRICTIONS = frozenset(
    "only except unless but however although though unlike instead rather despite whereas while "
    "some partly partially limited mostly mainly often sometimes usually generally most many "
    "several few half certain particular especially before until".split()
)
UNIVERSALS = frozenset("all every each always any entire consistently uniformly invariably".split())
DETERMINERS = frozenset("a an the our its their this these".split())
PREPOSITIONS = frozenset("in on for of at with to from across by over under".split())
PARTIALS = frozenset("most some many several few majority".split())
# What was done with data or labels: two numbers under different conditions may both be right.
CONDITIONS = frozenset(
    "train trained training pretrain pretrained pretraining finetune finetuned finetuning test "
    "tested evaluate evaluated evaluation evaluates validated validation frozen linear probing "
    "probed supervised "
    "zero few shot shots".split()
)
WORD = re.compile(r"[a-z]+(?:'t)?")
JOINED = re.compile(r"\b(pre|fine)-(?=\w)")


@lru_cache(maxsize=4096)
def words(text: str) -> tuple[str, ...]:
    plain = JOINED.sub(r"\1", text.lower().replace("’", "'"))
    return tuple("not" if word.endswith("n't") else word for word in WORD.findall(plain))


def negations(text: str) -> list[str]:
    """The negating words of a text, in order, each as often as it occurs."""
    return [word for word in words(text) if word in NEGATIONS]


def denials(text: str) -> int:
    """How often a text denies something; "neither … nor", and "not … nor", deny once.

    >>> denials("Neither in dogs nor in cats did it help."), denials("It did not fail to help.")
    (1, 2)
    """
    found = negations(text)
    return len([word for word in found if word != "nor"]) or len(found[:1])


def cautions(statement: str, passage: str) -> list[str]:
    """Hedging and restricting words of the passage that the statement does not share.

    >>> cautions("A beats B.", "A may beat B on most tasks.")
    ['may', 'most']
    """
    said = set(words(statement))
    return sorted((set(words(passage)) & (HEDGES | RESTRICTIONS)) - said)


def hedges(statement: str, passage: str) -> list[str]:
    return sorted((set(words(passage)) & HEDGES) ^ (set(words(statement)) & HEDGES))


RISING = frozenset("increas rais improv enhanc gain grow higher upregulat promot more".split())
FALLING = frozenset("decreas reduc lower diminish declin degrad downregulat inhibit less".split())


def turns(text: str) -> tuple[bool, bool]:
    """Whether a text speaks of something rising, and of something falling."""
    said = words(text)
    rises = any(word.startswith(tuple(RISING)) for word in said)
    return rises, any(word.startswith(tuple(FALLING)) for word in said)


def overstates(statement: str, passage: str) -> list[str]:
    """Universal words of the statement without any in the passage."""
    claimed = sorted(set(words(statement)) & UNIVERSALS)
    return [] if set(words(passage)) & UNIVERSALS else claimed


FIELD = frozenset({"ecg"})  # what every claim here is about names nothing in particular

NAME = re.compile(
    r"(?<![\w-])(?=[\w-]*[A-Za-z])(?:[A-Z]+[\w/]*(?:-[A-Z\d][\w/]*)+|\w*[a-z\d]\w*[A-Z]\w*"
    r"|[A-Z]{2,}[\w/]*|[A-Z]\d\w*|[a-z]+\d+\w*)"
)


@lru_cache(maxsize=4096)
def names(text: str) -> frozenset[str]:
    """Things with a name of their own, by their unusual capitals or digits.

    >>> sorted(names("The CG-DMER and data2vec models beat S4 on PTB-XL"))
    ['cgdmer', 'data2vec', 'ptbxl', 's4']
    """
    found = (re.sub(r"[-/_]", "", name).lower() for name in NAME.findall(text))
    return frozenset(name.removesuffix("s") if len(name) > 3 else name for name in found) - FIELD
