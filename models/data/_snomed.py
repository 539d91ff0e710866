"""Diagnoses as the CinC challenges code them: SNOMED CT numbers, and the labels made from them."""

import hashlib
import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

TABLE = Path(__file__).with_name("_snomed.toml")
SUPERCLASSES = ("NORM", "MI", "STTC", "CD", "HYP")
SINUS_RHYTHM = "426783006"  # alone, it is how the challenge's sources write a normal record


@cache
def codes() -> Mapping[str, Mapping[str, Any]]:
    """Return what is known of each code: `short`, `name`, perhaps `scored`, `superclass`."""
    return tomllib.loads(TABLE.read_text(encoding="utf-8"))


def digest() -> str:
    return hashlib.sha256(TABLE.read_bytes().replace(b"\r\n", b"\n")).hexdigest()


def every(found: Iterable[str]) -> frozenset[str]:
    """Name each code by its abbreviation, or by its number if the challenge lists none.

    >>> sorted(every(["164889003", "123"]))
    ['123', 'AF']
    """
    return frozenset(codes()[code]["short"] if code in codes() else code for code in found)


def scored(found: Iterable[str]) -> frozenset[str]:
    """Keep what the challenge of 2021 scores; codes that it scores as one become one.

    >>> sorted(scored(["59118001", "713427006", "428750005"]))
    ['CRBBB']
    """
    return frozenset(_one(code)["short"] for code in found if codes().get(code, {}).get("scored"))


def superclasses(found: Iterable[str]) -> frozenset[str]:
    """Return PTB-XL's superclasses of the codes; sinus rhythm and nothing else is NORM.

    >>> sorted(superclasses(["426783006"])), sorted(superclasses(["426783006", "270492004"]))
    (['NORM'], ['CD'])
    """
    found = set(found)
    if found == {SINUS_RHYTHM}:
        return frozenset({"NORM"})
    classes = {codes().get(code, {}).get("superclass") for code in found}
    return frozenset(name for name in classes if name)


def scored_names() -> list[str]:
    return sorted({_one(code)["short"] for code, facts in codes().items() if facts.get("scored")})


def _one(code: str) -> Mapping[str, Any]:
    return codes()[codes()[code].get("counts_as", code)]
