"""What the bundled judge learns from: pairs of a claim and a passage, and what the one says.

Licensed data only: SciFact's training claims (CC BY 4.0), FEVER pairs (CC BY-SA 3.0), and pairs
made from both by the rules of contrast.py. No development file is ever read here.
"""

import lzma
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from random import Random

import numpy as np

from models.text import contrast
from models.text.scifact import CONTRADICTED, NEITHER, SUPPORTED, Abstract, CitingClaim

CLASSES = (SUPPORTED, CONTRADICTED, NEITHER)
OTHER = {SUPPORTED: CONTRADICTED, CONTRADICTED: SUPPORTED}
FEVER_WORDS = 60  # longer evidence is left out: it costs much and says little
TOP = 3  # sentences of an abstract that are read at most, the nearest to the claim

N_FOLDS = 4  # of training claims; the first is kept for the calibrated stack
Embed = Callable[[Sequence[str]], "np.ndarray"]


@dataclass(frozen=True, slots=True)
class Example:
    claim: str
    passage: str
    label: str


def split(claims: Sequence[CitingClaim]) -> tuple[list[CitingClaim], list[CitingClaim]]:
    """Claims for the judge, and a quarter it never sees, on which its words are calibrated.

    Claims that share an abstract, twins among them, fall on the same side. No chance is involved:
    groups go, largest first, to the fold that is smallest so far.
    """
    folds: list[list[CitingClaim]] = [[] for _ in range(N_FOLDS)]
    for group in sorted(groups(claims), key=lambda group: (-len(group), digest_of(group[0].text))):
        min(folds, key=len).extend(group)
    kept = [claim for fold in folds[1:] for claim in fold]
    return sorted(kept, key=lambda c: c.id), sorted(folds[0], key=lambda c: c.id)


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


def stated(
    claims: Sequence[CitingClaim], corpus: Mapping[int, Abstract], embed: Embed
) -> list[Example]:
    """What SciFact's annotators said: each rationale, and sentences near the claim that are none.

    A sentence of an abstract that has a rationale counts as silent only if it is far from the
    claim: annotators marked enough sentences, not all.
    """
    found = []
    for claim, abstract, order in _ranked(claims, corpus, embed):
        label, gold = claim.label(abstract.id), claim.gold(abstract.id)
        for chosen in claim.rationales.get(abstract.id, ()):
            passage = " ".join(abstract.sentences[i] for i in sorted(chosen))
            found.append(Example(claim.text, passage, label))
            if len(chosen) > 1:
                found += [Example(claim.text, abstract.sentences[i], label) for i in chosen]
        silent = [i for i in order if i not in gold]
        taken = silent[:TOP] if label == NEITHER else silent[-2:]
        found += [Example(claim.text, abstract.sentences[i], NEITHER) for i in taken]
    return found


def turned(example: Example, random: Random, most: int) -> list[Example]:
    """Other corners of a decided pair, `most` at most: claim, passage or both turned round."""
    if example.label == NEITHER:
        return []
    claim = contrast.turned(example.claim, random)
    passage = contrast.opposite(example.passage) or contrast.denied(example.passage)
    found = []
    if claim:
        found.append(Example(claim, example.passage, OTHER[example.label]))
    if passage:
        found.append(Example(example.claim, passage, OTHER[example.label]))
    if claim and passage:
        found.append(Example(claim, passage, example.label))
    if example.label == SUPPORTED:
        recounted = contrast.recounted(example.claim, example.passage, random)
        found += [Example(recounted, example.passage, CONTRADICTED)] if recounted else []
    return random.sample(found, min(most, len(found)))


def restated(
    corpus: Mapping[int, Abstract], chosen: Sequence[int], random: Random, n: int
) -> Iterator[Example]:
    """Short sentences as claims about themselves: as they stand, or turned round."""
    sentences = [s for i in chosen for s in corpus[i].sentences if 8 <= len(s.split()) <= 30]
    for sentence in random.sample(sentences, min(n, len(sentences))):
        other = contrast.recounted(sentence, sentence, random) or contrast.turned(sentence, random)
        if other:
            yield Example(sentence, sentence, SUPPORTED)
            yield Example(other, sentence, CONTRADICTED)


def _ranked(
    claims: Sequence[CitingClaim], corpus: Mapping[int, Abstract], embed: Embed
) -> Iterator[tuple[CitingClaim, Abstract, list[int]]]:
    """Each claim with each abstract it cites, and the sentences from near to far."""
    ids = sorted({i for claim in claims for i in claim.cited})
    at = dict(zip(ids, _starts(corpus, ids), strict=True))
    sentences = embed([s for i in ids for s in corpus[i].sentences])
    wanted = embed([claim.text for claim in claims])
    for claim, vector in zip(claims, wanted, strict=True):
        for i in claim.cited:
            near = sentences[at[i] : at[i] + len(corpus[i].sentences)] @ vector
            yield claim, corpus[i], [int(k) for k in np.argsort(-near, kind="stable")]


def _starts(corpus: Mapping[int, Abstract], ids: Sequence[int]) -> list[int]:
    return [0, *np.cumsum([len(corpus[i].sentences) for i in ids])[:-1].tolist()] if ids else []


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
