"""A configured language model proposes what a paper claims; each proposal must be in the text.

The model gives a sentence and a statement. The sentence has to stand in the paper letter by
letter, white space aside; otherwise the proposal is dropped and counted. Its statement may not
bring numbers that the sentence does not have. Nothing it says of its confidence is asked for.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from verifier import llm
from verifier.document import Document
from verifier.literature.extraction import KINDS, Found
from verifier.literature.quotes import place_of
from verifier.literature.sections import page_of, section_at, sections

PROMPT = "1"
AT_ONCE = 12_000  # characters of a paper in one request
MOST_PARTS = 8
LEAST_QUOTE = 20
SCORE = 0.5  # no measure: a person decides, and the rules' scores are not comparable
SCHEMA = {
    "type": "object",
    "properties": {
        "claims": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "sentence": {"type": "string"},
                    "statement": {"type": "string"},
                    "kind": {"type": "string", "enum": list(KINDS)},
                    "context_needed": {"type": "string"},
                },
                "required": ["sentence", "statement", "kind", "context_needed"],
                "additionalProperties": False,
            },
        }
    },
    "required": ["claims"],
    "additionalProperties": False,
}
INSTRUCTIONS = (
    "List what the paper itself claims to have found or done: findings, comparisons, numbers, "
    "trends and settings; no aims, no background, no hopes. sentence: the sentence that says it, "
    "copied letter by letter. statement: the same claim so that it can be understood alone, with "
    "nothing added. context_needed: what a reader must still know, or empty."
)
NUMBER = re.compile(r"\d+(?:[.,]\d+)*")


@dataclass(frozen=True, kw_only=True)
class Proposals:
    """What could be found again, and how many could not."""

    found: tuple[Found, ...]
    n_refused: int


def propose(document: Document, chosen: llm.Settings) -> Proposals:
    """Raises LlmError where the model cannot be asked or answers in another shape."""
    found: dict[tuple[int, str], Found] = {}
    n_refused = 0
    parts = sections(document.text)
    for start, text in _stretches(document.text):
        task = llm.Task(
            name="claims",
            instructions=INSTRUCTIONS,
            texts={"Title": document.title, "Text": text},
            schema=SCHEMA,
        )
        for said in llm.ask(task, chosen)["claims"]:
            span = place_of(said["sentence"], document.text, near=start)
            is_short = len(said["sentence"].strip()) < LEAST_QUOTE
            if span is None or is_short or _adds(said["statement"], said["sentence"]):
                n_refused += 1
                continue
            section = section_at(parts, span[0])
            one = Found(
                start=span[0],
                end=span[1],
                quote=document.text[span[0] : span[1]],
                statement=" ".join(said["statement"].split()),
                kind=said["kind"],
                section=section.title if section else "",
                page=page_of(document.text, span[0]),
                context_needed=" ".join(said["context_needed"].split()),
                extractor=f"{chosen.model}, prompt {PROMPT}",
                score=SCORE,
            )
            found[one.start, one.statement] = one
    return Proposals(found=tuple(found.values()), n_refused=n_refused)


def _adds(statement: str, sentence: str) -> bool:
    """Whether a statement is empty or brings a number of its own."""
    numbers: Sequence[str] = NUMBER.findall(sentence)
    return not statement.strip() or any(n not in numbers for n in NUMBER.findall(statement))


def _stretches(text: str) -> Iterator[tuple[int, str]]:
    """A text in parts that end where a paragraph does, as far as that can be."""
    start = 0
    for _ in range(MOST_PARTS):
        if start >= len(text):
            return
        end = min(start + AT_ONCE, len(text))
        if end < len(text):
            end = max(text.rfind("\n\n", start, end), text.rfind(". ", start, end) + 1, start + 1)
        yield start, text[start:end]
        start = end
