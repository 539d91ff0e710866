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
SCALES = {"hundred": 100, "thousand": 1_000, "million": 10**6, "billion": 10**9}
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

# Words with which a claim points at its study; they say nothing of what was found.
POINTING = frozenset(
    "study studies paper papers work works author authors report reports used use shown show shows "
    "confirmed confirm confirms".split()
)

TOKEN = re.compile(
    r"(?P<name>[^\W\d_]+(?:-?\d+[^\W\d_]*)+)"  # S4, CIFAR-10, data2vec, PMC-15M
    r"|(?P<number>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)(?P<letter>[KMB](?![^\W_]))?"
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
        value = float(found["number"].replace(",", ""))
        value *= LETTERS[found["letter"].lower()] if found["letter"] else 1
        return _number(value, text)
    if found["word"]:
        return Token(key=stem(text), text=text)
    return Token(key=text, text=text, is_mark=True)


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
    """The number that begins at `start`, and where it ends; None where none begins."""
    first = found[start]
    i = start + 1
    if first.value is not None:
        value = first.value
    elif (word := first.text.lower()) in UNITS:
        value = UNITS[word]
    elif word in TENS:
        value = TENS[word]
        if i + 1 < len(found) and found[i].text == "-" and 0 < _unit(found[i + 1]) < 10:
            value += _unit(found[i + 1])
            i += 2
    else:
        return None, start
    while i < len(found) and found[i].text.lower() in SCALES:
        value *= SCALES[found[i].text.lower()]
        i += 1
    return float(value), i


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
