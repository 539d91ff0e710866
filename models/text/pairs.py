"""Pairs of a claim and a passage, and folds of claims: what the bundled judge learns from.

Licensed data only: SciFact's training claims (CC BY 4.0), FEVER pairs (CC BY-SA 3.0), and what is
made from both by program (documents.py, wordings.py). No development file is ever read here.
"""

import lzma
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from random import Random

from models.text.scifact import CONTRADICTED, NEITHER, SUPPORTED, CitingClaim

CLASSES = (SUPPORTED, CONTRADICTED, NEITHER)
OTHER = {SUPPORTED: CONTRADICTED, CONTRADICTED: SUPPORTED}
FEVER_WORDS = 90  # longer evidence is left out: it costs much and says little
N_FOLDS = 3  # of training claims; each costs a training


@dataclass(frozen=True, slots=True)
class Example:
    claim: str
    passage: str
    label: str


def folds(claims: Sequence[CitingClaim], n: int) -> list[list[CitingClaim]]:
    """`n` parts of like size; claims that share an abstract, twins among them, are in one.

    No chance is involved: groups go, largest first, to the part that is smallest so far.
    """
    found: list[list[CitingClaim]] = [[] for _ in range(n)]
    for group in sorted(groups(claims), key=lambda group: (-len(group), digest_of(group[0].text))):
        min(found, key=len).extend(group)
    return [sorted(each, key=lambda claim: claim.id) for each in found]


def groups(claims: Sequence[CitingClaim]) -> list[list[CitingClaim]]:
    """Claims joined by the abstracts they cite."""
    group_of: dict[int, list[CitingClaim]] = {}
    for claim in claims:
        joined = [claim]
        for held in {id(g): g for i in claim.cited if (g := group_of.get(i)) is not None}.values():
            joined += held
        for each in joined:
            group_of.update(dict.fromkeys(each.cited, joined))
    return list({id(group): group for group in group_of.values()}.values())


def digest_of(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def digest(path: Path) -> str:
    return sha256(path.read_bytes()).hexdigest()[:16]


def fever(path: Path, random: Random) -> list[Example]:
    """FEVER's pairs with short evidence, its bracket codes written out, in random order."""
    found = []
    with lzma.open(path, "rt", encoding="utf-8") as lines:
        next(lines)  # the header: label, claim, evidence
        for line in lines:
            label, claim, passage = line.rstrip("\n").split("\t")
            if len(passage.split()) <= FEVER_WORDS:
                found.append(Example(claim, _plain(passage), label))
    random.shuffle(found)
    return found


def mismatched(pairs: Sequence[Example], random: Random, n: int) -> Iterator[Example]:
    """Claims with a passage of another claim: about something else."""
    for _ in range(n):
        one, other = random.sample(pairs, 2)
        if one.claim != other.claim:
            yield Example(one.claim, other.passage, NEITHER)


def _plain(text: str) -> str:
    for code, mark in (
        ("-LRB-", "("),
        ("-RRB-", ")"),
        ("-LSB-", "["),
        ("-RSB-", "]"),
        ("``", '"'),
        ("''", '"'),
    ):
        text = text.replace(code, mark)
    return text
