"""The words of a file: in lines, cleaned, and quoted in errors."""

import re
import unicodedata


def clean(text: str) -> str:
    r"""Collapse white space, and remove control, invisible formatting and broken characters.

    >>> clean(" a\tb\x07\u202e c\n")
    'a b c'
    """
    spaced = " ".join(text.split())
    kept = (c for c in spaced if unicodedata.category(c) not in {"Cc", "Cf", "Cs"})
    return " ".join("".join(kept).split())


def lines(text: str) -> list[str]:
    """Split as editors count lines; str.splitlines also splits at form feeds and the like."""
    return re.split(r"\r\n|\r|\n", text)


def excerpt(value: object, n_characters: int = 40) -> str:
    """Quote what was found, shortened, for an error."""
    text = clean(str(value))
    return repr(text if len(text) <= n_characters else text[:n_characters] + "…")
