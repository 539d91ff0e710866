"""The words of the trade, and what they do to a claim: what matching.py reads sentences with.

Pure data, and the folding of inflections it is spelt with.
"""

import re
from functools import lru_cache

NUMBER, NAME, BOUND, NEGATION = "numbers", "names", "bounds of a number", "negation"
QUANTIFIER, HEDGE, PLAIN = "quantifiers", "strength of assertion", "words"

ALIASES = {  # pattern: what it is read as
    r"\bcontrastive predictive coding\b": "CPC",
    r"\bjoint[ -]embedding predictive architectures?\b": "JEPA",
    r"\bstate[ -]space models?\b|\bssms\b": "SSM",
    r"\bconvolutional neural net(?:work)?s?\b|\bconvnets?\b": "CNN",
    r"\bexponential moving averages?\b": "EMA",
    r"\belectrocardiogra(?:ms?|phy|phic)\b": "ECG",
    r"[>≥]|\b(?:(?:more|greater|larger) than|at least|over|above|exceeding)(?= \d)": " atleast ",
    r"[<≤]|\b(?:(?:fewer|less|smaller) than|at most|up to|under|below)(?= \d)": " atmost ",
    r"[~≈]|\b(?:about|around|approximately|roughly|nearly|almost|some)(?= \d)": " roughly ",
    r"≠|\bcannot\b|(?<=[a-z])n['’]t\b|\bfail(?:s|ed)? to\b": " not ",
    r"['’]s\b": "",
    r"(?<![\w.])\.(?=\d)": "0.",
    r"\b(pre|self|non|multi|semi|un|cross|sub|inter|intra)[-‐‑ ](?=[a-z])": r"\1",
}
ALIAS = [(re.compile(pattern, re.IGNORECASE), word) for pattern, word in ALIASES.items()]
TOKEN = re.compile(
    r"(?P<number>(?<![\w.)])[-−]?(?<![\w.])(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?"
    r"(?:e[-+]?\d{1,3})?(?=[kmb%]|\b)(?!\w{2}))"
    r"(?P<scale>[kmb]\b|[ -]?(?:thousand|million|billion)\b)?"
    r"(?:[ -]?(?P<unit>%|(?:k?hz|hertz|ms|s|seconds?|mv|percent)\b))?|\w+(?:\+{1,2}(?!\w))?",
    re.IGNORECASE,
)
SCALES = {"k": 10**3, "thousand": 10**3, "m": 10**6, "million": 10**6, "b": 10**9, "billion": 10**9}
UNITS = {"hertz": "hz", "second": "s", "seconds": "s", "percent": "%"}
NUMBER_WORDS = [
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"),
    *("eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen"),
    *("eighteen", "nineteen", "twenty"),
]
DIGITS = {word: str(n) for n, word in enumerate(NUMBER_WORDS)}
NUMBER_WORD = re.compile(rf"\b(?:{'|'.join(NUMBER_WORDS)})\b", re.IGNORECASE)


@lru_cache(maxsize=16_384)
def stem_of(word: str) -> str:
    """Fold inflections, cautiously: "trained" and "training", never "training" and "trainer".

    >>> [stem_of(word) for word in ("lags", "lagging", "scaling", "scales", "losses", "studies")]
    ['lag', 'lag', 'scal', 'scal', 'loss', 'study']
    """
    if len(word) <= 3 or not word.isalpha():
        return word
    word = re.sub(r"(?<=\w{4})is(?=(?:e|es|ed|ing|ations?)$)", "iz", word)
    word = re.sub(r"ies$", "y", re.sub(r"(?<![suai])s$", "", re.sub(r"ies$", "y", word)))
    if len(word) > 4:
        word = re.sub(r"(?<=\w{3})(?:ing|ed)$", "", word)
        word = re.sub(r"([bdgkmnprt])\1$", r"\1", word)
    return word.removesuffix("e") if len(word) > 3 else word


def _bag(words: str) -> frozenset[str]:
    return frozenset(words.split())


def _by_stem(*groups: str) -> dict[str, str]:
    return {stem_of(word): group.split()[0] for group in groups for word in group.split()}


BOUNDS = {"atleast", "atmost", "roughly"}
NEGATIONS = _bag("not no never neither nor none without lack hardly except unless only")
QUANTIFIERS = _bag(
    "all most some many few several each both half any always consistently often usually "
    "mostly generally sometimes rarely mainly partly majority minority tens dozens hundreds "
    "thousands millions billions"
)
HEDGES = _bag(
    "may might could can should would possibly perhaps probably likely unlikely suggest seem "
    "appear hypothesis slightly marginally somewhat significantly clearly"
)
NAMES = _bag(  # also where they are written in lower case
    "cpc jepa dino dinosr hubert clip simclr byol mae ssm cnn transformer resnet mamba lstm "
    "rnn heedb mimic rope gelu relu ema ecg"
)
SYNONYMS = _by_stem(  # the first word of a group stands for all
    *("method methodology approach strategy technique paradigm"),
    *("outperform surpass exceed beat", "behavior behaviour", "more greater"),
    *("large larger big bigger", "small smaller", "high higher", "low lower", "long longer"),
    *("short shorter", "fast faster", "slow slower", "all every", "other others alternative"),
    *("prior previous earlier", "correlate correlation"),
)


def root_of(word: str) -> str:
    """One spelling for all inflections of a word and its synonyms."""
    return SYNONYMS.get(stem_of(word), stem_of(word))


OPPOSITE_WORDS = (
    *("lag lead", "lag outperform", "lead trail", "outperform underperform", "high low"),
    *("highest lowest", "large small", "largest smallest", "best worst", "better worse"),
    *("strong weak", "stronger weaker", "strongest weakest", "superior inferior"),
    *("increase decrease", "improve degrade", "improve worsen", "raise reduce", "raise lower"),
    *("gain lose", "more less", "more fewer", "fast slow", "long short", "positive negative"),
    *("before after", "first last", "ahead behind", "help hurt", "rise fall", "above below"),
)
OPPOSITES = {frozenset(map(root_of, pair.split())) for pair in OPPOSITE_WORDS}
ONE_SIDED = frozenset[str]().union(*OPPOSITES)
# Words whose change changes no claim. Not among them: "by" (it turns an assertion round), "from",
# "across", "within", "or", and whatever else limits one.
FILLERS = _bag(
    "a an the this that these those it its they their we our there here which who such of to "
    "in on at for with into onto through via upon per than as and also so then thus hence "
    "while when is are was were be been being am do does did has have had having show shows "
    "showed shown showing demonstrate demonstrates demonstrated exhibit exhibits exhibited "
    "find finds found prove proves proved proven confirm confirms confirmed report reports "
    "reported observe observed yield yields yielded give gives given provide provides "
    "provided achieve achieves achieved use uses used using employ employs employed adopt "
    "adopts adopted apply applied choose chosen choice cover covers covered include includes "
    "included comprise comprises comprised contain contains contained consist consists "
    "consisted hold holds held span spans spanning evaluate evaluates evaluated investigate "
    "investigates investigated examine examines examined consider considers considered study "
    "studies paper work works authors operate operates operated run runs different various "
    "diverse based behind compared comparison respectively overall namely kind kinds"
)
PREPOSITIONS = _bag("of to in on at for with into onto through via upon per than as")
TRANSPARENT = _bag("a an the this that these those its their our and")
DANGLING = PREPOSITIONS | TRANSPARENT | {"by", "from", "across", "or", "between", "under", "over"}
