"""Where the values of a JSON text stand, which json.loads does not tell.

The text is known to be valid by then, which is why nothing is checked here.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

BLANKS = re.compile(r"[ \t\n\r]*")
Placed = tuple[int, Any]  # a value with the line where it begins


def skip(text: str, at: int) -> int:
    match = BLANKS.match(text, at)
    return match.end() if match else at


def members_of(text: str, start: int) -> Iterator[tuple[str, int, Any]]:
    """Yield (key, where its value begins, value) of the object that begins at `start`."""
    decoder = json.JSONDecoder()
    at = skip(text, start + 1)
    while text[at] != "}":
        key, at = decoder.raw_decode(text, at)
        begins = skip(text, skip(text, at) + 1)
        value, at = decoder.raw_decode(text, begins)
        yield key, begins, value
        at = skip(text, at)
        if text[at] == ",":
            at = skip(text, at + 1)


def elements(text: str, start: int) -> Iterator[Placed]:
    """Yield (line, value) of the array that begins at `start`."""
    decoder = json.JSONDecoder()
    at = skip(text, start + 1)
    line, counted_to = line_at(text, at), at
    while text[at] != "]":
        line, counted_to = line + text.count("\n", counted_to, at), at
        value, at = decoder.raw_decode(text, at)
        yield line, value
        at = skip(text, at)
        if text[at] == ",":
            at = skip(text, at + 1)


def line_at(text: str, at: int) -> int:
    return text.count("\n", 0, at) + 1
