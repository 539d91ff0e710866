"""The words of a report, and which reports say the same. No torch."""

import re
import unicodedata
from functools import lru_cache
from zlib import crc32

_WORD = re.compile(r"[^\W_]+")
# Reports spell umlauts either way (PTB-XL has "Ueberdrehter" and "Überdrehter").
_SPELT_OUT = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "å": "aa", "ø": "oe", "æ": "ae"})


def words(text: str) -> list[str]:
    """Split into runs of letters and digits, all case, accents and umlauts spelt one way.

    >>> words("unbestÄtigter Bericht; QRS(T) abnorm in V4-V6")
    ['unbestaetigter', 'bericht', 'qrs', 't', 'abnorm', 'in', 'v4', 'v6']
    """
    composed = unicodedata.normalize("NFKC", text).casefold()
    spelt_out = unicodedata.normalize("NFKD", composed.translate(_SPELT_OUT))
    return _WORD.findall("".join(each for each in spelt_out if not unicodedata.combining(each)))


def same_key(text: str) -> str:
    """Return what two reports have in common if they count as identical: their words in order.

    >>> same_key("Sinus rhythm.  Normal ECG.") == same_key("sinus rhythm, normal ecg")
    True
    """
    return " ".join(words(text))


@lru_cache(maxsize=100_000)
def buckets(word: str, n_buckets: int) -> tuple[int, ...]:
    """Buckets of a word and of its parts of 3 to 5 characters, as fastText (arXiv:1607.04606).

    Unseen words, misspelt and compound ones share parts with known ones.

    >>> len(buckets("infarkt", 4096))  # of <infarkt>: itself, 7 of 3, 6 of 4, 5 of 5
    19
    """
    marked = f"<{word}>"
    parts = {marked}
    for length in (3, 4, 5):
        parts.update(marked[at : at + length] for at in range(len(marked) - length + 1))
    return tuple(sorted(crc32(part.encode()) % n_buckets for part in parts))
