"""Were the arms of a comparison made on the same machines? Pure.

The same run on another processor gives another score: rounding grows in training. Spread over all
arms alike that is noise, and in the spread over seeds; where one arm was made here and another
there it is a shift that no number of seeds takes out.
"""

from collections.abc import Iterable, Mapping
from typing import Any

NAMED = ("device", "processor", "platform", "torch")  # of a run's environment
MOST_APART = 0.5  # of an arm's runs that may be made where another arm's are not

Place = tuple[str, str, int]  # arm, context, size


def apart(runs: Iterable[tuple[Mapping[str, Any], Mapping[str, Any] | None]]) -> str:
    """Which two arms were made on different machines, in words; empty where none were.

    Args:
        runs: the place (arm, context, size) of each run that ended, and its result.
    """
    made: dict[Place, list[str]] = {}
    for arm, result in runs:
        place = (arm["arm"], arm["context"], arm["size"])
        if machine := _machine(result):
            made.setdefault(place, []).append(machine)
    machines = sorted({machine for each in made.values() for machine in each})
    for machine in machines:
        shares = {place: found.count(machine) / len(found) for place, found in made.items()}
        most, least = max(shares, key=shares.__getitem__), min(shares, key=shares.__getitem__)
        if shares[most] - shares[least] > MOST_APART:
            return (
                f"{_words(most, made)} was made on {machine} in {made[most].count(machine)} of "
                f"{len(made[most])} runs, {_words(least, made)} in {made[least].count(machine)} of "
                f"{len(made[least])}"
            )
    return ""


def _machine(result: Mapping[str, Any] | None) -> str:
    """What tells machines apart; empty where a run does not say."""
    found = (result or {}).get("environment")
    if not isinstance(found, Mapping):
        return ""
    return ", ".join(
        f"torch {found[key]}" if key == "torch" else str(found[key])
        for key in NAMED
        if found.get(key)
    )


def _words(place: Place, among: Iterable[Place]) -> str:
    """An arm, with its context and size where there are several."""
    arm, context, size = place
    several = len({each[2] for each in among}) > 1
    within = [context] if context else []
    within += [f"{size:,} records"] if several else []
    return arm + (f" ({', '.join(within)})" if within else "")
