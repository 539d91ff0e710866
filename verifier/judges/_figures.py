"""Figures that a sentence gives beside what it says: they measure it and set no condition. Pure.

"A beats B (0.93 against 0.89)", "by 3 points of F1", "from 0.90 to 0.92", "on all five tasks" say
how much, how sure and how often, where "in mice" says of whom. But figures also tell when a
difference may be chance: a p of 0.05 or more, an interval that holds no difference.
"""

import re

NUMBER = r"[-+−±]?(?:\d+(?:[.,]\d+)*|\.\d+)(?:\s?%)?"
TIME = "seconds?|minutes?|hours?|days?|weeks?|months?|years?"
UNIT = rf"(?:\s?(?:%|per ?cent|percent(?:age)?(?: points?)?|points?|ms|mv|mm|{TIME}|times))?"
METRIC = (
    r"(?:(?:macro|micro|mean|median|average|total|overall)[- ])?(?:f1|auroc|auc|auprc|accuracy"
    r"|sensitivity|specificity|precision|recall|dice|score|error|correlation|c-?index|concordance)"
    r"(?:[- ](?:score|index))?"
)
# What may stand beside numbers in brackets that give figures alone.
IN_FIGURES = re.compile(
    rf"{METRIC}|p|ci|hr|or|rr|n|sd|se|iqr|range|hazard|odds|risk|rate|ratio|adjusted|confidence"
    r"|interval|difference|versus|vs|against|and|to|from|points?|percent(?:age)?|spearman|pearson"
    rf"|kappa|rho|r|log-?rank|value|margin|both|compared|with|without|it|ms|mv|mm|{TIME}|per|person-years?",
    re.IGNORECASE,
)
BRACKETS = re.compile(r"\s*\(([^()]*\d[^()]*)\)")
WORD = re.compile(r"[fF]1|[^\W\d_]+(?:-[^\W\d_]+)*")
# No noun follows, else the numbers count it: "from 100 to 500 records".
ENDS = r"(?=\s*(?:[.,;:()]|$)|\s(?:and|at|but|for|from|in|on|over|when|while|whereas|with)\b)"
MARGINS = re.compile(
    r",? by (?:an average of |about |up to |more than |at least |(?:a )?factor of )?"
    rf"(?:{NUMBER}|two|three|four|five|ten){UNIT}"
    rf"(?: (?:to|and) {NUMBER}{UNIT})?(?: (?:of|in) {METRIC})?(?: on average)?{ENDS}"
    rf"|,? at {NUMBER}\s?(?:percentage )?points?(?: of {METRIC})?{ENDS}"
    rf"|,? from {NUMBER}{UNIT} to {NUMBER}{UNIT}{ENDS}"
    rf"|,? (?:with|at) an? {METRIC} of {NUMBER}{UNIT} (?:against|versus|vs\.?|compared (?:to|with))"
    rf" {NUMBER}{UNIT}{ENDS}"
    r"|,? (?:about |nearly |almost )?(?:two|three|four|five|ten|\d+)-?fold\b"
    r"|,? by (?:about |nearly |almost )?(?:a|one|two|three) (?:half|third|quarter|fifth|tenth)s?\b",
    re.IGNORECASE,
)
HOW_MANY = r"(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|\d+)"
ON_ALL = r"(?:(?:all|every|each|both)(?: of)?(?: the)?|any of(?: the)?)"
# Where a study looked, as far as it looked in general.
EVERYWHERE = re.compile(
    rf",? ?\b(?:on|in|across|for|over|with) (?:{ON_ALL}(?: {HOW_MANY})?|{HOW_MANY})"
    r"(?: downstream| public)?"
    r" (?:tasks?|data ?sets?|benchmarks?|seeds?|runs?|folds?|metrics?|subgroups?|cohorts?)"
    r"(?! (?:out )?of\b)(?!\w)"
    r"|,? ?\b(?:on|in) the (?:held-out |independent |internal )?test (?:set|cohort|data)\b",
    re.IGNORECASE,
)
# What a trial compares with goes without saying.
WITH_CONTROLS = re.compile(
    r",? (?:as )?(?:compared (?:to|with)|relative to|versus|over) (?:placebo|controls?|no treatment"
    r"|(?:the )?(?:(?:standard|usual|routine) (?:of )?care|control (?:arm|group)))\b",
    re.IGNORECASE,
)
P_VALUE = re.compile(
    r"\bp\s?[=>≥]\s?(?P<p>0?[.,]\d+)(?! for (?:interaction|heterogeneity|trend))", re.IGNORECASE
)
INTERVAL = re.compile(
    rf"\b(?:CI|confidence interval|(?:ratio|HR|OR|RR)(?: of)? {NUMBER})[\s:=,;(\[]{{1,3}}"
    rf"(?P<low>{NUMBER})\s?(?:to|-|–|,|;)\s?(?P<high>{NUMBER})",
    re.IGNORECASE,
)
BAYES = re.compile(r"\bBayes factors? (?:of|was|were|=) (?P<factor>\d+(?:\.\d+)?)", re.IGNORECASE)
RATIO = re.compile(r"\bratio\b|\b(?:HR|OR|RR)\b")
CHANCE = 0.05
ANECDOTAL = 3.0  # a Bayes factor below is "barely worth mentioning" (Jeffreys 1961)


def without_figures(text: str) -> str:
    """A sentence without the figures that only measure what it says.

    >>> without_figures("CPC beats JEPA by 3 points of F1 (0.93 against 0.90, p < 0.01) in mice.")
    'CPC beats JEPA in mice.'
    >>> without_figures("CPC beats JEPA (in 3 of 5 mice) from 2 layers on.")
    'CPC beats JEPA (in 3 of 5 mice) from 2 layers on.'
    """
    plain = BRACKETS.sub(lambda one: "" if _is_figures(one[1]) else one[0], text)
    return WITH_CONTROLS.sub("", MARGINS.sub("", plain))


def without_everywhere(text: str) -> str:
    """A sentence without that it held on all data sets, seeds and the like.

    >>> without_everywhere("CPC beats JEPA on each of the six data sets.")
    'CPC beats JEPA.'
    """
    return EVERYWHERE.sub("", text)


def may_be_chance(text: str) -> str:
    """The figure by which a difference may be chance; empty where none says so.

    >>> may_be_chance("It fell (hazard ratio 0.84, 95 % CI 0.66-1.07).")
    'CI 0.66-1.07'
    >>> may_be_chance("It fell (HR 0.84, 95 % CI 0.66-0.97, p = 0.02).")
    ''
    """
    for found in P_VALUE.finditer(text):
        if float(found["p"].replace(",", ".")) >= CHANCE:
            return found.group()
    for found in BAYES.finditer(text):
        if float(found["factor"]) < ANECDOTAL:
            return found.group()
    for found in INTERVAL.finditer(text):
        low, high = _value(found["low"]), _value(found["high"])
        none = 1.0 if RATIO.search(text[: found.end()]) else 0.0
        if low < none < high:
            return found.group()
    return ""


def _is_figures(inside: str) -> bool:
    return all(IN_FIGURES.fullmatch(word) for word in WORD.findall(inside))


def _value(number: str) -> float:
    plain = number.replace("−", "-").replace("%", "").replace("±", "").strip()
    return float(plain.replace(",", "."))
