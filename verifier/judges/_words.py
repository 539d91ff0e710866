"""Words and numbers in one spelling, so that two texts can be compared.

"pre-training" is "pretraining", "eleven million" and "11M" are 11000000, "normalisation" is
"normalization"; endings are cut lightly. Pure.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

UNITS = {
    word: value
    for value, word in enumerate(
        "_ one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
        "fifteen sixteen seventeen eighteen nineteen".split()
    )
}
TENS = {
    word: 10 * (value + 2)
    for value, word in enumerate("twenty thirty forty fifty sixty seventy eighty ninety".split())
}
SCALES = {"dozen": 12, "hundred": 100, "thousand": 1_000, "million": 10**6, "billion": 10**9}
SUPERSCRIPTS = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")
LETTERS = {"k": 1_000, "m": 10**6, "b": 10**9}

STOP_WORDS = frozenset(
    "a an the this that these those it its they their them he she his her we our us i you your "
    "is are was were be been being am do does did doing have has had having can could will would "
    "shall should may might must of in on at by for from to into onto with within without about "
    "as than then so such and or but nor if while when where which who whom whose what how why "
    "there here also both between among across over under up down out off again further once more "
    "most other some any each few own same too very not no only just via per using use used based "
    "all every each during after before above below through because until against et al e g ie "
    "eg one".split()
)

# Words with which a claim reports on its study; they say nothing of what was found.
REPORTING = frozenset(
    "study studies paper papers work works author authors report reports used use shown show shows "
    "confirmed confirm confirms".split()
)

TOKEN = re.compile(
    r"(?P<name>[^\W\d_]+(?:-?\d+[^\W\d_]*)+)"  # S4, CIFAR-10, data2vec, PMC-15M
    r"|(?P<number>\d{1,3}(?:[,\u2009\u202f]\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)"
    r"(?:(?P<letter>[kKMB](?![^\W_])|(?:\s?(?:[×·∙]|\\?times)\s?10(?:\^\{?(?P<power>-?\d{1,2})\}?"
    r"|(?P<raised>[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)))))?"
    r"|(?P<word>[^\W\d_]+(?:['’][^\W\d_]+)?)"
    r"|(?P<mark>[^\w\s])"
)
JOINED = re.compile(r"\b(pre|non|un|re|multi|sub|over|under|fine)-(?=[^\W\d_])", re.IGNORECASE)
FINE_TUNE = re.compile(r"\bfine[ -](?=tun)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Token:
    """A word, a number or a mark. `key` is what is compared."""

    key: str
    text: str
    value: float | None = None  # for numbers
    is_mark: bool = False
    is_percent: bool = False

    @property
    def is_content(self) -> bool:
        return not self.is_mark and self.text.lower() not in STOP_WORDS


@lru_cache(maxsize=4096)
def tokens(text: str) -> tuple[Token, ...]:
    """Every word, number and mark in order; number words and scales read as one number.

    >>> [t.key for t in tokens("Pre-training on eleven million ECGs: 11M")]
    ['pretrain', 'on', '11000000', 'ecg', ':', '11000000']
    """
    text = FINE_TUNE.sub("fine", JOINED.sub(r"\1", text.replace("\\%", "%")))
    return tuple(_with_percents(_with_numbers([_token(found) for found in TOKEN.finditer(text)])))


def content(text: str) -> list[str]:
    """The keys of the words that carry meaning, in order, with repetitions.

    >>> content("The study covers five methodologies.")
    ['stud', 'cover', '5', 'methodolog']
    """
    return [token.key for token in tokens(text) if token.is_content]


def _token(found: re.Match[str]) -> Token:
    text = found.group()
    if found["name"]:
        return Token(key=text.lower().replace("-", ""), text=text)
    if found["number"]:
        return _number(_read_number(found), text)
    if found["word"]:
        return Token(key=stem(text), text=text)
    return Token(key=text, text=text, is_mark=True)


def _read_number(found: re.Match[str]) -> float:
    """The value of digits with thousands apart, a letter for a scale, or a power of ten.

    >>> [t.value for t in tokens("11M, 200k, 1,650 or 3 × 10^5")if t.value]
    [11000000.0, 200000.0, 1650.0, 300000.0]
    """
    value = float(re.sub("[,\u2009\u202f]", "", found["number"]))
    power = found["power"] or (found["raised"] or "").translate(SUPERSCRIPTS)
    if re.fullmatch(r"-?\d+", power):
        return value * 10.0 ** int(power)
    letter = found["letter"] or ""
    return value * LETTERS.get(letter.lower(), 1)


def _number(value: float, text: str, *, is_percent: bool = False) -> Token:
    key = f"{value:.6f}".rstrip("0").rstrip(".")
    return Token(key=key + "%" * is_percent, text=text, value=value, is_percent=is_percent)


def _with_numbers(found: list[Token]) -> Iterator[Token]:
    """Runs of number words and scales as one number; a lone "one" stays a word."""
    i = 0
    while i < len(found):
        value, after = _spelt(found, i)
        if value is None or (after == i + 1 and found[i].text.lower() == "one"):
            yield found[i]
            i += 1
        else:
            yield _number(value, " ".join(token.text for token in found[i:after]))
            i = after


def _spelt(found: list[Token], start: int) -> tuple[float | None, int]:
    """The number that begins at `start`, and where it ends; None where none begins.

    >>> [t.value for t in tokens("one hundred and twenty of half a million") if t.value]
    [120.0, 500000.0]
    """
    value, i = _simple(found, start)
    if value is None:
        return None, start
    whole, part = 0.0, value
    while i < len(found):
        word = found[i].text.lower()
        if word in SCALES:
            part *= SCALES[word]
            i += 1
            if SCALES[word] >= SCALES["thousand"]:
                whole, part = whole + part, 0.0
            continue
        more, after = _added(found, i)
        if more is None or not (part % 100 == 0 and (whole or part)):
            break
        part, i = part + more, after
    return whole + part, i


def _added(found: list[Token], i: int) -> tuple[float | None, int]:
    """What goes on with a number after its scale: "and twenty", "twenty-five"."""
    if found[i - 1].text.lower() not in SCALES:
        return None, i
    at = i + 1 if found[i].text.lower() == "and" else i
    if at < len(found) and found[at].text.lower() in {*UNITS, *TENS}:
        return _simple(found, at)
    return None, i


def _simple(found: list[Token], start: int) -> tuple[float | None, int]:
    """A number without a scale: digits, "twelve", "twenty-five", the "a" of "a hundred"."""
    first, after = found[start], [token.text.lower() for token in found[start + 1 : start + 3]]
    word = first.text.lower()
    if first.value is not None:
        return first.value, start + 1
    if word in UNITS:
        return float(UNITS[word]), start + 1
    if word in TENS:
        if after[:1] == ["-"] and len(after) == 2 and 0 < _unit(found[start + 2]) < 10:
            return float(TENS[word] + _unit(found[start + 2])), start + 3
        return float(TENS[word]), start + 1
    if word == "a" and after and after[0] in SCALES:
        return 1.0, start + 1
    if word == "half" and after[:1] == ["a"] and after[-1] in SCALES:
        return 0.5, start + 2
    return None, start


def _unit(token: Token) -> int:
    return UNITS.get(token.text.lower(), -1)


def _with_percents(found: Iterable[Token]) -> Iterator[Token]:
    """A number and the "%" or "percent" after it as one token."""
    held: Token | None = None
    for token in found:
        if held is not None:
            is_percent = token.text == "%" or token.key in ("percent", "percentag")
            yield _number(held.value or 0.0, held.text, is_percent=is_percent)
            held = None
            if is_percent:
                continue
        if token.value is not None:
            held = token
        else:
            yield token
    if held is not None:
        yield held


ENDINGS = (
    "izations ization izing ized izes ize ations ation ating ated ates ate ments ment nesses ness "
    "ances ance ences ence ities ity ables able ingly edly ings ing ied ies ed ly es s e y"
).split()


@lru_cache(maxsize=200_000)
def stem(word: str) -> str:
    """A word without its ending, at least four letters long; never a dictionary form.

    >>> [stem(w) for w in ("representations", "normalisation", "scaling", "scales", "S4s")]
    ['represent', 'normal', 'scal', 'scal', 's4']
    """
    word = re.sub(r"['’]s?$", "", word.lower())
    word = re.sub(r"is(ation|ations|ing|ed|es|e)$", r"iz\1", word) if len(word) > 6 else word
    if len(word) <= 4:
        return (
            word.removesuffix("s")
            if len(word) > 2 and not word.endswith(("ss", "us", "is"))
            else word
        )
    for ending in ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= _shortest(ending):
            if ending == "s" and word.endswith(("ss", "us", "is")):
                return word
            return _undoubled(word[: -len(ending)])
    return word


def _shortest(ending: str) -> int:
    return 3 if len(ending) <= 3 else 4


def _undoubled(word: str) -> str:
    if len(word) > 4 and word[-1] == word[-2] and word[-1] not in "sl":
        return word[:-1]
    return word.removesuffix("e") if len(word) > 4 else word


REPORTING_KEYS = frozenset(map(stem, REPORTING))
