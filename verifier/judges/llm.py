"""A configured language model as judge: it must point at the words that decide.

Its quote has to stand in the passage letter by letter, white space aside; a decisive answer
without one is no answer. What it says of its own confidence is not asked for.
"""

from dataclasses import replace

from verifier import llm
from verifier.judges import Judgement
from verifier.verdict import Finding

LABEL = "Language model (OpenAI-compatible)"
PROMPT = "1"  # raised whenever the wording below changes
LEAST_QUOTE = 12  # characters, unless the passage itself is shorter
VERSION: str
FINDINGS = {
    "supported": Finding.SUPPORTED,
    "contradicted": Finding.CONTRADICTED,
    "silent": Finding.INCONCLUSIVE,
}
SCHEMA = {
    "type": "object",
    "properties": {
        "verdict": {"type": "string", "enum": list(FINDINGS)},
        "quote": {"type": "string"},
        "reason": {"type": "string"},
    },
    "required": ["verdict", "quote", "reason"],
    "additionalProperties": False,
}
INSTRUCTIONS = (
    "Does the passage by itself say that the claim is true (supported) or that it is false "
    "(contradicted)? Answer silent where it does neither, where it speaks of something else, of "
    "other conditions or of fewer cases than the claim, where it only hopes or supposes, and "
    "where you would have to know more. A number, a direction or a word such as “all” that "
    "differs is not the same claim. quote: the words of the passage that decide, copied letter by "
    "letter; empty if silent. reason: one sentence."
)


def __getattr__(name: str) -> str:
    """VERSION is that of the model configured now."""
    if name == "VERSION":
        chosen = llm.settings()
        return f"{chosen.model}, prompt {PROMPT}" if chosen else "not configured"
    raise AttributeError(name)


def available() -> tuple[bool, str]:
    why_not = llm.missing()
    return not why_not, why_not


def judge(statement: str, passage: str) -> Judgement:
    """What the model says, if it can show where the passage says so."""
    chosen = llm.settings()
    if chosen is None or not statement.strip() or not passage.strip():
        return _undecided("There is nothing to compare." if chosen else "No model is configured.")
    task = llm.Task(
        name="judgement",
        instructions=INSTRUCTIONS,
        texts={"Claim": statement, "Passage": passage},
        schema=SCHEMA,
    )
    try:
        said = llm.ask(task, chosen)
    except llm.LlmError as error:
        return replace(_undecided(f"It could not be asked: {error}"), trouble=str(error))
    finding, quote = FINDINGS[said["verdict"]], " ".join(said["quote"].split())
    if finding is Finding.INCONCLUSIVE:
        return _undecided(_one_sentence(said["reason"]) or "The model finds the passage silent.")
    plain = " ".join(passage.split())
    if len(quote) < min(LEAST_QUOTE, len(plain)) or quote not in plain:
        return _undecided(
            f"The model says {said['verdict']}, but its quote is not in the passage: "
            f"“{quote[:80]}”."
        )
    return Judgement(finding=finding, reason=f"“{quote}”: {_one_sentence(said['reason'])}")


def _undecided(reason: str) -> Judgement:
    return Judgement(finding=Finding.INCONCLUSIVE, reason=reason)


def _one_sentence(text: str) -> str:
    return " ".join(text.split())[:300]
