"""What the bundled judge is taught, in two stages.

The first is about what denial is: FEVER, our field's wordings, and claims made from the abstracts
themselves. The second is about how papers deny: SciFact's training claims and invented ones of our
own field, as they are and turned round, with near abstracts that say nothing, and some of the first
beside them.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from random import Random

from models.text import documents, pairs, wordings
from models.text.documents import Marked, Near
from models.text.packing import Lesson
from models.text.pairs import Example
from models.text.scifact import Abstract, CitingClaim


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How much of everything; the seed decides the rest."""

    n_fever: int = 13_332  # pairs …
    n_times: int = 2  # … each so often, and half as often again turned round
    n_mismatched: int = 3_000
    n_worded: int = 15_000  # pairs of our own field, made from wordings.toml
    n_restated: int = 3_000  # sentences of abstracts
    n_epochs: int = 2  # of labelled claims, made anew in each
    n_silent: int = 1  # near abstracts beside each claim, in each epoch
    n_turned: int = 1  # turned forms of a decided document, and of its evidence alone
    n_replayed: int = 300  # FEVER pairs beside each of these epochs
    n_reworded: int = 300  # new pairs of our own field beside each
    n_again: int = 150  # restated sentences beside each
    seed: int = 0


@dataclass(frozen=True, kw_only=True)
class Labelled:
    """Claims with the abstracts they cite.

    `near` holds, by claim, the abstracts that a search finds, the nearest first; of claims that it
    does not hold no silent abstract is read. Where there are plenty they are read `in_turn`: each
    in one epoch alone.
    """

    claims: Sequence[CitingClaim]
    corpus: Mapping[int, Abstract]
    near: Near
    in_turn: bool = False


def taught(
    real: Labelled, invented: Labelled | None, fever: Sequence[Example], plan: Plan
) -> Iterator[Lesson]:
    """Every lesson: those of stage 0, then the epochs of labelled claims as stages from 1 on."""
    random = Random(plan.seed)
    for read in _first(real.corpus, fever, _neighbours(real.near), plan, random):
        yield Lesson(read=documents.shown(read, random), stage=0)
    random = Random(plan.seed + 1)  # so that the first stage is the same beside other claims
    for epoch in range(plan.n_epochs):
        for each in (real, invented) if invented is not None else (real,):
            for read, fold in _labelled(each, plan, epoch, random):
                yield Lesson(read=documents.shown(read, random), stage=epoch + 1, fold=fold)
        for read in _again(real.corpus, fever, plan, random):
            yield Lesson(read=documents.shown(read, random), stage=epoch + 1)


def _first(
    corpus: Mapping[int, Abstract],
    fever: Sequence[Example],
    near: Near,
    plan: Plan,
    random: Random,
) -> Iterator[Marked]:
    chosen = fever[: plan.n_fever]
    passages = [pair.passage for pair in chosen]
    often = [pair for _ in range(plan.n_times) for pair in chosen]
    for pair in (*often, *pairs.mismatched(chosen, random, plan.n_mismatched)):
        one = documents.of_pair(pair, passages, random)
        yield one
        if random.random() < 0.5:
            yield from _turned(one, 1, random)
    worded = list(wordings.examples(random, plan.n_worded))
    passages = [pair.passage for pair in worded[:2000]]
    for pair in worded:
        yield documents.of_pair(pair, passages, random)
    yield from documents.restated(corpus, random, plan.n_restated)
    yield from documents.titled(corpus, near, random)


def _labelled(
    told: Labelled, plan: Plan, epoch: int, random: Random
) -> Iterator[tuple[Marked, int]]:
    for fold, part in enumerate(pairs.folds(told.claims, pairs.N_FOLDS)):
        if told.in_turn:
            part = [claim for claim in part if claim.id % plan.n_epochs == epoch]
        for one in documents.stated(part, told.corpus):
            yield one, fold
            for other in _turned(one, plan.n_turned, random):
                yield other, fold
            single = documents.alone(one, random)
            if single is not None:
                yield single, fold
                for other in _turned(single, plan.n_turned, random):
                    yield other, fold
        for one in documents.silent(part, told.corpus, told.near, random, plan.n_silent):
            yield one, fold


def _again(
    corpus: Mapping[int, Abstract], fever: Sequence[Example], plan: Plan, random: Random
) -> Iterator[Marked]:
    again = random.sample(fever, min(plan.n_replayed, len(fever)))
    passages = [pair.passage for pair in again]
    for pair in (*again, *wordings.examples(random, plan.n_reworded)):
        yield documents.of_pair(pair, passages, random)
    yield from documents.restated(corpus, random, plan.n_again)


def _turned(one: Marked, n: int, random: Random) -> Iterator[Marked]:
    for _ in range(n):
        other = documents.turned(one, random)
        if other is not None:
            yield other


def _neighbours(near: Near) -> Near:
    """Abstracts that one search found together, the first six."""
    found: dict[int, set[int]] = {}
    for together in near.values():
        for one in together[:6]:
            found.setdefault(one, set()).update(i for i in together[:6] if i != one)
    return {one: sorted(others) for one, others in found.items()}
