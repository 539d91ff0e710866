"""What a PDF is called: its metadata may be left over from a template or a word processor."""

import re
from collections import Counter
from collections.abc import Sequence

MOST = 300  # characters a title can have
LARGER = 1.1  # times the size of the usual text
NO_TITLE = re.compile(
    r"^microsoft word|^untitled|^(?:title|document|paper|manuscript|draft|layout|slide|template)"
    r"[\s\d._-]*$|\.(?:docx?|pdf|tex|dvi|ps|rtf|odt|indd|txt|pages)$|^arxiv:|^doi:|^https?:|[_@]",
    re.IGNORECASE,
)


def title_of(metadata: str, first_page: str, sizes: Sequence[tuple[str, float]] = ()) -> str:
    """The metadata's title where the first page has it; else the largest text there.

    Metadata that the first page does not have, as of a title set in formulae, serve where no text
    is larger than the rest and they read like a title. Empty where nothing does. `sizes` are the
    characters of the first page in reading order, each with its size.

    >>> title_of("Microsoft Word - draft3.doc", "On S4 for ECG")
    ''
    >>> title_of("ON S4  for ECG", "Preprint. On S4 for ECG by A. Author")
    'ON S4 for ECG'
    """
    given = " ".join(metadata.split())
    is_title = reads_like_a_title(given)
    if is_title and _letters(given) in _letters(first_page):
        return given
    return largest(sizes) or (given if is_title else "")


def reads_like_a_title(text: str) -> bool:
    """Two words or more, and nothing that programs write: file names, stamps, names of templates.

    >>> [reads_like_a_title(t) for t in ("On S4", "paper_v2 final", "arXiv:2605.12241v1 [cs.LG]")]
    [True, False, False]
    """
    n_words = len(re.findall(r"\w{2,}", text))
    return n_words >= 2 and len(text) <= MOST and not NO_TITLE.search(text)


def largest(sizes: Sequence[tuple[str, float]]) -> str:
    """The text in the largest size above the usual one that reads like a title."""
    set_in = Counter(round(size, 1) for letter, size in sizes if letter.strip())
    if not set_in:
        return ""
    usual = set_in.most_common(1)[0][0]
    for size in sorted((each for each in set_in if each >= usual * LARGER), reverse=True):
        text = _first_stretch(sizes, size)
        if reads_like_a_title(text):
            return text
    return ""


def _first_stretch(sizes: Sequence[tuple[str, float]], size: float) -> str:
    """What stands together in one size first; line ends and spaces belong to any."""
    found: list[str] = []
    for letter, own in sizes:
        if not letter.strip():
            found += [" "] if found else []
        elif round(own, 1) == size:
            found.append(letter)
        elif found:
            break
    return " ".join("".join(found).split())


def _letters(text: str) -> str:
    return "".join(letter for letter in text.casefold() if letter.isalnum())
