"""A language model's opinion of a report, where one is set: beside the rubrics, never in them.

Each fault it finds must quote the report letter by letter, or is dropped and counted. Its number is
shown as its own; nobody has measured what it is worth.
"""

from dataclasses import dataclass

from verifier import llm
from verifier.literature.quotes import place_of

MOST = 40_000  # characters of a report
LEAST_QUOTE = 15
SCHEMA = {
    "type": "object",
    "properties": {
        "score": {"type": "integer", "enum": list(range(11))},
        "faults": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "quote": {"type": "string"},
                    "fault": {"type": "string"},
                    "remedy": {"type": "string"},
                },
                "required": ["quote", "fault", "remedy"],
                "additionalProperties": False,
            },
        },
    },
    "required": ["score", "faults"],
    "additionalProperties": False,
}
INSTRUCTIONS = (
    "Review this report as a strict but fair reader of a scientific synthesis: does it answer its "
    "question, are its claims whole, testable, supported and no larger than what was found? "
    "faults: the gravest first, at most eight; quote: the words of the report that show it, copied "
    "letter by letter; fault and remedy: one sentence each. score: 0 to 10."
)


@dataclass(frozen=True, kw_only=True)
class Fault:
    quote: str
    fault: str
    remedy: str


@dataclass(frozen=True, kw_only=True)
class ModelReview:
    model: str
    score: int
    faults: tuple[Fault, ...]
    n_refused: int  # faults whose quotes are not in the report


def review(text: str, chosen: llm.Settings) -> ModelReview:
    """Raises LlmError where the model cannot be asked or answers in another shape."""
    read = text[:MOST]
    said = llm.ask(
        llm.Task(name="review", instructions=INSTRUCTIONS, texts={"Report": read}, schema=SCHEMA),
        chosen,
    )
    found = [Fault(**{k: " ".join(v.split()) for k, v in each.items()}) for each in said["faults"]]
    kept = [f for f in found if len(f.quote) >= LEAST_QUOTE and place_of(f.quote, read)]
    return ModelReview(
        model=chosen.model,
        score=said["score"],
        faults=tuple(kept),
        n_refused=len(found) - len(kept),
    )
