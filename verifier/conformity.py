"""Does the bundled module build what a study describes? Shown beside a claim, never as evidence.

We wrote the module to follow the study, so agreement would be a circle as evidence; it matters
because our experiments stand on it.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from verifier.protocol import Expectation


def compare(
    expectations: Sequence[Expectation], facts: Mapping[str, Mapping[str, Any]]
) -> tuple[dict[str, Any], ...]:
    """One row per expectation; `facts` holds the description of each recipe that could be built.

    A fact that the description lacks is `found` None with a reason, and `holds` None.
    """
    return tuple(_row(expected, facts.get(expected.recipe)) for expected in expectations)


def _row(expected: Expectation, facts: Mapping[str, Any] | None) -> dict[str, Any]:
    row: dict[str, Any] = {
        "says": expected.says,
        "recipe": expected.recipe,
        "fact": expected.fact,
        "expected": expected.equals,
        "found": None,
        "holds": None,
        "reason": "",
    }
    if facts is None:
        return {**row, "reason": f"the recipe {expected.recipe} could not be described"}
    found: Any = facts
    for part in expected.fact.split("."):
        if not isinstance(found, Mapping) or part not in found:
            return {**row, "reason": f"the description has no {expected.fact}"}
        found = found[part]
    return {**row, "found": found, "holds": found == expected.equals}
