"""Pairs of our own field made by program: one fact in several wordings, and what denies it.

FEVER speaks of films and SciFact of cells; papers on models speak of who is ahead of whom, what
needs no labels and how many data sets. `wordings.toml` holds facts of that kind in sentences of our
own, each with the sentences that deny it. A pair takes its claim and its passage from either side:
from the same side they agree, from opposite sides one contradicts the other, so that neither alone
betrays the label. What says nothing of a claim speaks of the same things in another respect, or of
other things in the same respect.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

from models.text.pairs import Example
from models.text.scifact import CONTRADICTED, NEITHER, SUPPORTED

FACTS = Path(__file__).with_name("wordings.toml")
SLOT = re.compile(r"\{(\w)\}")
SILENT = 0.3  # share of pairs in which the passage says nothing of the claim
ASKED = 0.5  # share of claims that say less than the passage, where a fact has such
FRAMED = 0.5  # share of sentences with words before them

NUMBERS = "two three four five six seven eight nine ten eleven twelve".split()
FACTORS = {2: "twice", 3: "three times", 4: "four times", 5: "five times", 10: "ten times"}

Filled = Mapping[str, str]


def examples(random: Random, n: int) -> Iterator[Example]:
    """`n` pairs: seven in ten decided, as often for as against."""
    for _ in range(n):
        fact, slots = random.choice(facts()), _slots(random)
        is_so, is_told = random.random() < 0.5, random.random() < 0.5
        claimed = _chosen(fact, is_so, random)
        claim = _framed(_filled(claimed, _written(slots, random)), _words("before_claim"), random)
        if random.random() < SILENT:
            yield Example(claim, _silent(fact, slots, random), NEITHER)
            continue
        said = _chosen(fact, is_told, random)
        if not (is_so or is_told or fact.get("mirrored")):
            said = claimed
        elif random.random() < ASKED and is_told and "asks" in fact:
            claim = _filled(
                random.choice(fact["asks" if is_so else "doubts"]), _written(slots, random)
            )
        passage = _framed(_filled(said, _written(slots, random)), _words("before_passage"), random)
        label = SUPPORTED if is_so == is_told else CONTRADICTED
        yield Example(claim, _beside(passage, fact, slots, random), label)


@cache
def _written_down() -> Mapping[str, Any]:
    return tomllib.loads(FACTS.read_text(encoding="utf-8"))


def facts() -> Sequence[Mapping[str, Any]]:
    found: Sequence[Mapping[str, Any]] = _written_down()["fact"]
    return found


def _words(kind: str) -> list[str]:
    found: list[str] = _written_down()["words"][kind]
    return found


def _said(fact: Mapping[str, Any], is_so: bool, slots: Filled, random: Random) -> str:
    return _filled(_chosen(fact, is_so, random), _written(slots, random))


def _chosen(fact: Mapping[str, Any], is_so: bool, random: Random) -> str:
    return str(random.choice(fact["says" if is_so else "denies"]))


def _filled(wording: str, slots: Filled) -> str:
    text = SLOT.sub(lambda found: slots[found[1]], wording)
    return text[0].upper() + text[1:]


def _silent(fact: Mapping[str, Any], slots: Filled, random: Random) -> str:
    """The same things in another respect, or the same respect of other things."""
    if random.random() < 0.6:
        others = [other for other in facts() if other is not fact]
        chosen = random.sample(others, 2)
        return " ".join(_said(other, random.random() < 0.5, slots, random) for other in chosen)
    kept = {**_slots(random), "M": slots["M"], "T": slots["T"]}
    if not set("ABCSWD") & set("".join(SLOT.findall("".join(fact["says"])))):
        return _silent_elsewhere(fact, slots, random)
    return _framed(
        _said(fact, random.random() < 0.5, _parted(kept, slots), random),
        _words("before_passage"),
        random,
    )


def _silent_elsewhere(fact: Mapping[str, Any], slots: Filled, random: Random) -> str:
    other = random.choice([other for other in facts() if other is not fact])
    return _said(other, random.random() < 0.5, slots, random)


def _parted(kept: dict[str, str], slots: Filled) -> Filled:
    """Other things wherever chance gave the same ones."""
    for slot in "ABCSWVDq":
        if kept[slot] in slots.values():
            kept[slot] = f"other {kept[slot]}" if slot in "WVDq" else f"plain {kept[slot]}"
    return kept


def _beside(passage: str, fact: Mapping[str, Any], slots: Filled, random: Random) -> str:
    """Sometimes with a neighbour that says something else of the same things."""
    if random.random() < 0.6:
        return passage
    other = _silent_elsewhere(fact, slots, random)
    return f"{other} {passage}" if random.random() < 0.5 else f"{passage} {other}"


def _framed(text: str, before: Sequence[str], random: Random) -> str:
    opening = random.choice(before) if random.random() < FRAMED else ""
    first = text.split()[0].strip(",.")
    is_name = first != first.capitalize()
    return opening + (text if is_name or not opening else text[0].lower() + text[1:])


def _slots(random: Random) -> dict[str, str]:
    a, b, c = random.sample(_words("methods"), 3)
    task, other = random.sample(_words("tasks"), 2)
    kind, rival = random.sample(_words("kinds"), 2)
    n, x = random.sample(range(len(NUMBERS)), 2)
    p = random.choice([1, 2, 5, 10, 15, 20, 25, 40, 50, 75, 90, round(random.uniform(2, 98), 1)])
    t, u = random.sample(list(FACTORS), 2)
    z = random.choice([1, 2, 3, 5, 7, 8, 11, 15, 20, 40, 60, 100, 300, 500])
    z *= 10 ** random.randint(3, 6)
    return {
        "A": a, "B": b, "C": c, "T": task, "U": other, "W": kind, "V": rival,
        "S": random.choice(_words("syllables")) + random.choice(_words("endings")),
        "M": random.choice(_words("measures")), "D": random.choice(_words("data")),
        "q": random.choice(_words("things")),
        "n": str(n + 2), "x": str(x + 2), "p": f"{p}", "y": f"{_other_share(p, random)}",
        "t": f"{t}x", "u": f"{u}x",
        "z": str(z), "l": str(z * random.choice([2, 3, 10])),
        "s": str(z // random.choice([2, 4, 10])),
    }  # fmt: skip


def _written(slots: Filled, random: Random) -> dict[str, str]:
    """Numbers written the one way or the other."""
    found = dict(slots)
    for slot in "nx":
        if random.random() < 0.5:
            found[slot] = NUMBERS[int(slots[slot]) - 2]
    for slot in "tu":
        if random.random() < 0.5:
            found[slot] = FACTORS[int(slots[slot][:-1])]
    for slot in "zls":
        found[slot] = _large(int(slots[slot]), random)
    return found


def _large(value: int, random: Random) -> str:
    for unit, letter, word in (
        (10**9, "B", "billion"),
        (10**6, "M", "million"),
        (1000, "k", "thousand"),
    ):
        if value >= unit and value * 10 % unit == 0:
            number = f"{value / unit:g}"
            return random.choice([f"{number}{letter}", f"{number} {word}", f"{value:,}"])
    return f"{value:,}"


def _other_share(p: float, random: Random) -> float:
    found = round(p * random.choice([0.3, 0.5, 0.8, 1.3, 2, 3]), 1)
    return found if found <= 100 and found != p else round(p / 2 + 0.1, 1)
