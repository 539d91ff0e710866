"""Exceptions, pointers, "only", rates: small words by which a sentence is not the claim. Pure.

A sentence may hold every word of a claim and yet except from it what the claim speaks of, say it of
the thing that was named last, of one among several, or of another unit of count.
"""

import re

from verifier.judges._quantities import numbers
from verifier.judges._words import content, stem

EXCEPTS = re.compile(
    r"\b(?:except(?:ing|ions?)?|apart from|aside from|save for|other than|unless|all but|but one"
    r"|with one exception)\b",
    re.IGNORECASE,
)
# Which of the things named before is meant, only their order tells.
BY_PLACE = re.compile(
    r"\b(?:the (?:former|latter|opposite|reverse|contrary|converse)|respectively|vice versa"
    r"|in (?:this|that|the same|the reverse) order|the other way (?:a)?round)\b",
    re.IGNORECASE,
)
# "only 1 % of the labels" measures, "only the transformer" excludes all others.
ONLY = re.compile(
    r"\bonly\b(?! (?:\d|an? |one|two|three|few))"
    r"|\b(?:sole|solely|exclusively|alone|unique|uniquely)\b"
    r"|\bthe (?:very )?first\b(?! (?:\d|two|three|few|half|year|month|week|day|line)|-)",
    re.IGNORECASE,
)
NO_OTHER = re.compile(
    r"\b(?:only|sole|solely|exclusively|alone|unique|uniquely|first|no other|none (?:other|of the"
    r" others?)|nothing (?:but|else)|unlike (?:all|every|any) others?)\b",
    re.IGNORECASE,
)
NUMBER = r"\d+(?:[.,]\d+)*(?:\s?%| (?:million|billion|thousand))?"
SEVERAL = re.compile(rf"\b{NUMBER}(?:, {NUMBER})*,? (?:and|or) {NUMBER}(?!\w)")
BOTH = re.compile(r"\bboth (?P<first>[^,;.]+?) and (?P<second>[^,;.\s]+)", re.IGNORECASE)
RATE = re.compile(r"\bper (?!cent\b)(?:\d+[\d,.]*\s?)?(?P<unit>[a-z]+(?:-[a-z]+)*)", re.IGNORECASE)


def reservation(statement: str, passage: str) -> str:
    """What a passage reserves where the claim does not; empty where nothing is seen.

    >>> reservation("Mixup helps.", "No augmentation helps, the exception being mixup.")
    'it makes an exception, and the claim does not'
    >>> reservation("CPC helps.", "Of CPC and JEPA the latter helps.")
    'which of several it means, only their order tells (the latter)'
    """
    if EXCEPTS.search(passage) and not EXCEPTS.search(statement):
        return "it makes an exception, and the claim does not"
    pointer = BY_PLACE.search(passage)
    if pointer and not BY_PLACE.search(statement):
        return f"which of several it means, only their order tells ({pointer.group().lower()})"
    return ""


def claims_more(statement: str, passage: str) -> str:
    """Why a passage does not support what a claim says of all others, or per unit; or empty.

    >>> claims_more("Only CPC holds.", "CPC holds.")
    'the claim leaves out all others (only), the passage does not'
    >>> claims_more("It takes 1 s per ECG.", "It takes 1 s per beat.")
    'it counts per beat, the claim per ecg'
    """
    only = ONLY.search(statement)
    if only and not NO_OTHER.search(passage):
        return f"the claim leaves out all others ({only.group().lower()}), the passage does not"
    both = BOTH.search(statement)
    if both and not set(content(both["first"] + " " + both["second"])) <= set(content(passage)):
        return "the claim says it of both, the passage of one"
    listed = {key for several in SEVERAL.findall(passage) for key in numbers(several)}
    ours = numbers(statement)
    if len(ours) == 1 and ours & listed:
        return f"which of several numbers belongs to it, only their order tells ({min(ours)})"
    per, of = _rates(statement), _rates(passage)
    if per and of and not set(per) & set(of):
        return f"it counts per {min(of.values())}, the claim per {min(per.values())}"
    return ""


def _rates(text: str) -> dict[str, str]:
    return {stem(one["unit"]): one["unit"].lower() for one in RATE.finditer(text)}
