"""What a page's layout puts between the words of a paper, taken out again. Pure.

Headers and footers that run through the pages, page numbers, and hyphens at the ends of lines.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence, Set
from functools import partial
from math import ceil

EDGE = 3  # lines at each end of a page among which a header or footer is looked for
LEAST_PAGES = 3  # a line that fewer pages share may be anything
SHARE = 0.4  # of the pages: left and right pages may differ
NUMBER = re.compile(r"\W*(?:page|seite|p\.)?\s*(\d{1,4})(?:\s*(?:/|of|von)\s*\d{1,4})?\W*", re.I)
HYPHEN = "\x02"  # PDFium's mark for a hyphen at the end of a line
BROKEN = re.compile(rf"(?P<first>[^\W_][\w{HYPHEN}-]*){HYPHEN}\n?(?P<rest>\w+)")
WORD = re.compile(r"[^\W\d_]\w*(?:-\w+)+|[^\W\d_]\w+")
OFTEN_APART = frozenset(  # words that may keep a hyphen before a word of the paper: "long-term"
    "non cross multi semi few zero one two three four five large small long short high low well "
    "state real fine data domain time patient lead open end like".split()
)


def without_running(pages: Sequence[str]) -> list[str]:
    r"""The pages without the lines that repeat at their ends, numbers aside, and page numbers.

    >>> without_running([f"A paper on S4\nWe say {word}.\n{n + 7}" for n, word in enumerate("abc")])
    ['We say a.', 'We say b.', 'We say c.']
    >>> without_running(["A title\nOne page.\n1"])
    ['A title\nOne page.']
    """
    lines = [page.split("\n") for page in pages]
    edges = [_edges(page) for page in lines]
    shared = Counter(
        shape for page, places in zip(lines, edges, strict=True) for shape in _shapes(page, places)
    )
    least = max(LEAST_PAGES, ceil(SHARE * len(pages)))
    running = {shape for shape, n in shared.items() if n >= least}
    first = _first_number(lines, edges)
    return [
        "\n".join(_between(page, partial(_is_running, running, first, number)))
        for number, page in enumerate(lines)
    ]


def _is_running(running: Set[str], first: int | None, number: int, line: str) -> bool:
    """Whether a line at the end of page `number` (from 0) belongs to the layout."""
    is_number = first is not None and _page_number(line) == number + first
    return is_number or _shape(line) in running or not line.strip()


def _between(page: Sequence[str], is_running: Callable[[str], bool]) -> Sequence[str]:
    """A page from the first line to the last that are not part of what runs through all pages."""
    start, end = 0, len(page)
    while start < min(end, EDGE) and is_running(page[start]):
        start += 1
    while end > max(start, len(page) - EDGE) and is_running(page[end - 1]):
        end -= 1
    return page[start:end]


def _first_number(lines: Sequence[Sequence[str]], edges: Sequence[set[int]]) -> int | None:
    """What the first page is numbered with; None where the pages bear no numbers."""
    offsets: Counter[int] = Counter()
    for page, places in enumerate(edges):
        found = {_page_number(lines[page][i]) for i in places}
        offsets.update(number - page for number in found if number is not None)
    first, n = next(iter(offsets.most_common(1)), (0, 0))
    is_shared = n >= max(LEAST_PAGES, ceil(SHARE * len(lines)))
    return first if is_shared or (first == 1 and n == len(lines)) else None


def _edges(page: Sequence[str]) -> set[int]:
    """Places of the first and last lines."""
    return {*range(min(EDGE, len(page))), *range(max(0, len(page) - EDGE), len(page))}


def _shapes(page: Sequence[str], places: Iterable[int]) -> set[str]:
    return {shape for i in places if (shape := _shape(page[i]))}


def _shape(line: str) -> str:
    """A line without its numbers; empty where nothing but numbers is in it."""
    plain = " ".join(re.sub(r"\d+", "#", line).split())
    return plain if re.search(r"[^\W\d_]{2}", plain) else ""


def _page_number(line: str) -> int | None:
    found = NUMBER.fullmatch(line.strip())
    return int(found[1]) if found else None


def without_hyphens(pages: Sequence[str]) -> list[str]:
    r"""Words that were broken at the ends of lines, whole again.

    A reader cannot tell by the break alone "perform-ance" from "state-of-the-art": the paper's
    other words are asked, then what usually keeps its hyphen.

    >>> without_hyphens(["learn\x02\ning, self\x02\nsupervised, state-of-the\x02\nart"])
    ['learning, self-supervised, state-of-the-art']
    >>> without_hyphens(["fine-grained and pre-train; pre\x02\ntrain"])
    ['fine-grained and pre-train; pre-train']
    >>> without_hyphens(["a term: long\x02\nterm, end\x02\ning, up\x02\ndates"])
    ['a term: long-term, ending, updates']
    """
    known = {word.lower() for page in pages for word in WORD.findall(BROKEN.sub(" ", page))}

    def whole(found: re.Match[str]) -> str:
        first, rest = found["first"].replace(HYPHEN, "-"), found["rest"]
        joined, apart = f"{first}{rest}", f"{first}-{rest}"
        is_apart = _is_apart(first, rest, known)
        if (joined.lower() in known) != (apart.lower() in known):
            is_apart = apart.lower() in known
        return apart if is_apart else joined

    return [BROKEN.sub(whole, page).replace(f"{HYPHEN}\n", "-\n") for page in pages]


def _is_apart(first: str, rest: str, known: Set[str]) -> bool:
    """Compounds, names with numbers ("S4-based") and what goes on with a capital letter."""
    return (
        "-" in first
        or first.lower() == "self"
        or (first.lower() in OFTEN_APART and rest.lower() in known)
        or not rest[0].islower()
        or any(letter.isdigit() for letter in first)
        or first.isupper()
    )
