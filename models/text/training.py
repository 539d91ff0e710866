"""Training of the bundled judge: what denial is, from many pairs; then how papers deny.

The first stage reads FEVER, our field's wordings and claims made from the abstracts themselves; the
second SciFact's training claims, with near abstracts that say nothing. What was learnt first is
the start of every judge that follows: one without each fold of the claims, so that what it says of
that fold is said of claims it never saw, and one that read them all. Of each, `n_averaged` are
trained in another order and their weights averaged, which is steadier than any of them.

Runs on a CPU or on CUDA. The recipe is `Plan`; where a time is given that is too short for it,
each part is cut in proportion, its rate falling as if that had been planned.
"""

import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from random import Random

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from models.text import documents, embedding, minilm, pairs, wordings
from models.text.documents import UNKNOWN, Marked
from models.text.judge import Judge, Pieces, batched
from models.text.pairs import CLASSES, Example
from models.text.scifact import Abstract, CitingClaim

WARM_UP = 0.06  # share of the steps
DROPOUT = 0.1
SMOOTHING = 0.05  # annotators and rules err
DECAY = 0.01
OF_SENTENCES = 0.5  # weight of their loss beside that of the whole
N_NEAR = 12  # abstracts among which silent ones are found
REPORT = 50  # steps between two words
FIRST_SHARE = 0.3  # of the time, for the first stage
Say = Callable[[str], None]


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How much of everything; the seed decides the rest."""

    n_fever: int = 13_332  # pairs, in each of the first epochs
    n_mismatched: int = 2_000
    n_worded: int = 60_000  # pairs of our own field, made from wordings.toml
    n_restated: int = 20_000  # sentences of abstracts
    is_titled: int = 1  # titles as claims; 0: not
    n_first: int = 1  # epochs of the first stage, made anew in each
    first_batch: int = 64
    first_rate: float = 2e-4
    n_epochs: int = 4  # of SciFact
    n_silent: int = 2  # near abstracts beside each claim, in each epoch
    n_turned: int = 1  # of a decided document's turned forms, in each epoch
    n_replayed: int = 400  # FEVER pairs beside each of these epochs
    n_reworded: int = 1_200  # new pairs of our own field beside each
    n_again: int = 400  # restated sentences beside each
    batch: int = 32
    rate: float = 1e-4
    n_averaged: int = 1
    seed: int = 0


@dataclass(frozen=True, kw_only=True)
class Read:
    """All there is to learn from."""

    claims: Sequence[CitingClaim]
    corpus: Mapping[int, Abstract]
    fever: Sequence[Example]
    near: documents.Near  # by claim
    near_abstracts: documents.Near


def read(
    claims: Sequence[CitingClaim],
    corpus: Mapping[int, Abstract],
    fever: Path,
    *,
    seed: int,
    device: str,
    say: Say,
) -> Read:
    """With the nearest abstracts of each claim and each abstract, by their embeddings."""
    started = time.monotonic()
    model, cutter = minilm.load().to(device), minilm.tokenizer(embedding.N_TOKENS)
    ids = list(corpus)
    texts = [f"{corpus[i].title} {' '.join(corpus[i].sentences)}" for i in ids]
    held = embedding.embed(model, cutter, texts, device=device)
    wanted = embedding.embed(model, cutter, [claim.text for claim in claims], device=device)
    say(f"{len(ids)} abstracts embedded, {time.monotonic() - started:.0f} s")
    order = np.argsort(-(wanted @ held.T), axis=1, kind="stable")[:, :N_NEAR]
    beside = np.argsort(-(held @ held.T), axis=1, kind="stable")[:, 1 : N_NEAR + 1]
    return Read(
        claims=claims,
        corpus=corpus,
        fever=pairs.fever(fever, Random(seed)),
        near={c.id: [ids[k] for k in row] for c, row in zip(claims, order, strict=True)},
        near_abstracts={i: [ids[k] for k in row] for i, row in zip(ids, beside, strict=True)},
    )


def first(given: Read, plan: Plan, *, device: str, seconds: float, say: Say) -> tuple[Judge, int]:
    """A judge that has read no claim of SciFact, and how many steps it took."""
    random = Random(plan.seed)
    generator = torch.Generator().manual_seed(plan.seed)
    judge = Judge(minilm.load())
    for head in (judge.of_sentence, judge.of_whole):
        torch.nn.init.normal_(head.weight, std=0.02, generator=generator)
        torch.nn.init.zeros_(head.bias)
    epochs = [list(_first_epoch(given, plan, random)) for _ in range(plan.n_first)]
    fitting = _Fitting(plan.first_batch, plan.first_rate, plan.seed, device, seconds, say)
    return judge, fitting.fit(judge, epochs)


def second(
    judge: Judge,
    claims: Sequence[CitingClaim],
    given: Read,
    plan: Plan,
    *,
    device: str,
    seconds: float,
    say: Say,
) -> tuple[Judge, int]:
    """A judge that has also read these claims; the given one is left as it is."""
    every, steps = [], 0
    for number in range(plan.n_averaged):
        seed = 1000 * plan.seed + number
        random = Random(seed)
        trained = deepcopy(judge)
        epochs = [list(_epoch(claims, given, plan, random)) for _ in range(plan.n_epochs)]
        share = seconds / plan.n_averaged
        fitting = _Fitting(plan.batch, plan.rate, seed, device, share, say)
        steps += fitting.fit(trained, epochs)
        every.append(trained)
    return average(every), steps


def average(judges: Sequence[Judge]) -> Judge:
    """Of weights that started from the same ones."""
    found = deepcopy(judges[0])
    every = [dict(judge.named_parameters()) for judge in judges]
    with torch.no_grad():
        for name, place in found.named_parameters():
            place.copy_(torch.stack([each[name] for each in every]).mean(dim=0))
    return found.eval()


def _first_epoch(given: Read, plan: Plan, random: Random) -> Iterator[Marked]:
    chosen = random.sample(given.fever, min(plan.n_fever, len(given.fever)))
    passages = [pair.passage for pair in chosen]
    told: list[Marked] = []
    for pair in (*chosen, *pairs.mismatched(chosen, random, plan.n_mismatched)):
        one = documents.of_pair(pair, passages, random)
        told += _with_turned(one, 1 if random.random() < 0.5 else 0, random)
    worded = list(wordings.examples(random, plan.n_worded))
    passages = [pair.passage for pair in worded[:2000]]
    told += [documents.of_pair(pair, passages, random) for pair in worded]
    told += documents.restated(given.corpus, random, plan.n_restated)
    if plan.is_titled:
        told += documents.titled(given.corpus, given.near_abstracts, random)
    random.shuffle(told)
    for one in told:
        yield documents.shown(one, random)


def _epoch(
    claims: Sequence[CitingClaim], given: Read, plan: Plan, random: Random
) -> Iterator[Marked]:
    told: list[Marked] = []
    for one in documents.stated(claims, given.corpus):
        told += _with_turned(one, plan.n_turned, random)
    told += documents.silent(claims, given.corpus, given.near, random, plan.n_silent)
    again = random.sample(given.fever, min(plan.n_replayed, len(given.fever)))
    passages = [pair.passage for pair in again]
    told += [documents.of_pair(pair, passages, random) for pair in again]
    told += [
        documents.of_pair(pair, passages, random)
        for pair in wordings.examples(random, plan.n_reworded)
    ]
    told += documents.restated(given.corpus, random, plan.n_again)
    random.shuffle(told)
    for one in told:
        yield documents.shown(one, random)


def _with_turned(one: Marked, n: int, random: Random) -> list[Marked]:
    found = [one]
    for _ in range(n):
        other = documents.turned(one, random)
        found += [other] if other else []
    return found


@dataclass(frozen=True)
class _Fitting:
    batch: int
    rate: float
    seed: int
    device: str
    seconds: float  # at most
    say: Say

    def fit(self, judge: Judge, epochs: Sequence[Sequence[Marked]]) -> int:
        """Train `judge` in place; how many steps were made."""
        judge.to(self.device).train()
        parameters = list(judge.trained().values())
        for parameter in judge.parameters():
            parameter.requires_grad_(False)
        for parameter in parameters:
            parameter.requires_grad_(True)
        n_steps = sum(math.ceil(len(epoch) / self.batch) for epoch in epochs)
        optimiser = torch.optim.AdamW(
            parameters, lr=self.rate, weight_decay=DECAY, fused=self.device == "cuda"
        )
        pieces, started, step, losses = Pieces(), time.monotonic(), 0, []
        for number, epoch in enumerate(epochs):
            for chosen in self._batches(epoch, pieces, number):
                done = max(step / n_steps, (time.monotonic() - started) / self.seconds)
                if done >= 1:
                    break
                for group in optimiser.param_groups:
                    group["lr"] = self.rate * _share(done, step)
                loss = self._loss(judge, pieces, chosen)
                optimiser.zero_grad()
                loss.backward()  # type: ignore[no-untyped-call]
                torch.nn.utils.clip_grad_norm_(parameters, 1.0)
                optimiser.step()
                step += 1
                losses.append(loss.detach())
                if step % REPORT == 0:
                    recent = float(torch.stack(losses[-REPORT:]).mean())
                    seconds = time.monotonic() - started
                    self.say(
                        f"epoch {number}, step {step} of {n_steps}: "
                        f"loss {recent:.3f}, {seconds:.0f} s"
                    )
        judge.eval()
        return step

    def _loss(self, judge: Judge, pieces: Pieces, chosen: Sequence[Marked]) -> Tensor:
        batch = batched(pieces.tokens([one.question() for one in chosen]))
        labels = torch.tensor([CLASSES.index(one.label) for one in chosen])
        marks = torch.full((len(chosen), batch.n_sentences), UNKNOWN)
        for row, one in enumerate(chosen):
            marks[row, : len(one.sentences)] = torch.tensor(one.marks())
        labels, marks = labels.to(self.device), marks.to(self.device)
        with minilm.precision(self.device):
            whole, sentences = judge(batch.to(self.device), DROPOUT)
        found = F.cross_entropy(whole.float(), labels, label_smoothing=SMOOTHING)
        by_sentence = F.cross_entropy(
            sentences.float().flatten(0, 1),
            marks.flatten(),
            ignore_index=UNKNOWN,
            reduction="sum",
            label_smoothing=SMOOTHING,
        ) / (marks != UNKNOWN).sum().clamp_min(1)
        total: Tensor = found + OF_SENTENCES * by_sentence
        return total

    def _batches(
        self, epoch: Sequence[Marked], pieces: Pieces, number: int
    ) -> Iterator[Sequence[Marked]]:
        """Batches of like length within stretches of the shuffled epoch: little is padding."""
        random = Random(f"{self.seed} {number}")
        stretch = 32 * self.batch
        for start in range(0, len(epoch), stretch):
            part = epoch[start : start + stretch]
            pieces.learn([t for one in part for t in (one.claim, one.title, *one.sentences)])
            part = sorted(part, key=lambda one: sum(map(len, one.sentences)))
            starts = list(range(0, len(part), self.batch))
            random.shuffle(starts)
            for i in starts:
                yield part[i : i + self.batch]


def _share(done: float, step: int) -> float:
    """Of the rate: up in a line, down in a line."""
    rising = (done + 1e-6) / WARM_UP if step else 1e-3
    return min(rising, max(0.01, (1 - done) / (1 - WARM_UP)))
