"""Training of the bundled judge: FEVER for what denial is, then SciFact for how papers deny.

Runs on a CPU or on CUDA. The recipe is the constants below; the random generator is made once from
the seed, and what was used goes into the weights' file.
"""

import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

import numpy as np
import torch
from torch.nn import functional as F

from models.text import embedding, minilm, pairs, wordings
from models.text.judge import N_TOKENS, Judge, encode
from models.text.pairs import CLASSES, Example
from models.text.scifact import Abstract, CitingClaim

BATCH = 32
RATE = 1.5e-4  # the peak; small models take a larger one than BERT's usual 2e-5
WARM_UP = 0.06  # share of the steps
DROPOUT = 0.1
SMOOTHING = 0.05  # annotators and rules err
DECAY = 0.01
REPORT = 20  # steps between two words
Say = Callable[[str], None]
Keep = Callable[[Judge, int], None]  # called with what there is after each pass


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How much of everything; the seed decides the rest."""

    n_fever: int = 3200  # pairs, read once
    n_mismatched: int = 400
    n_restated: int = 800  # sentences turned round, once
    n_worded: int = 6000  # pairs of our own field, made from wordings.toml, once
    n_epochs: int = 3  # of SciFact with its turned pairs, made anew in each
    n_turned: int = 1  # of a decided pair's turned forms, in each epoch
    n_replayed: int = 200  # FEVER pairs beside each of these epochs
    n_reworded: int = 1200  # new pairs of our own field beside each
    seed: int = 0


def train(
    claims: Sequence[CitingClaim],
    corpus: Mapping[int, Abstract],
    fever: Path,
    plan: Plan,
    *,
    device: str = "cpu",
    say: Say = lambda _: None,
    keep: Keep = lambda judge, number: None,
) -> Judge:
    """A judge that has read all of it."""
    random = Random(plan.seed)
    generator = torch.Generator().manual_seed(plan.seed)
    model, cutter = minilm.load(), minilm.tokenizer(embedding.N_TOKENS)
    stated = pairs.stated(claims, corpus, lambda texts: embedding.embed(model, cutter, texts))
    read = pairs.fever(fever, random)
    stages = list(_stages(stated, read, corpus, claims, plan, random))
    judge = Judge(model)
    torch.nn.init.normal_(judge.head.weight, std=0.02, generator=generator)
    torch.nn.init.zeros_(judge.head.bias)
    _fit(judge, stages, device=device, say=say, keep=keep)
    return judge.to("cpu").eval()


def _stages(
    stated: Sequence[Example],
    read: Sequence[Example],
    corpus: Mapping[int, Abstract],
    claims: Sequence[CitingClaim],
    plan: Plan,
    random: Random,
) -> Iterator[list[Example]]:
    """The examples of each pass, in order."""
    cited = sorted({i for claim in claims for i in claim.cited})
    first = [
        *read[: plan.n_fever],
        *pairs.mismatched(read, random, plan.n_mismatched),
        *pairs.restated(corpus, cited, random, plan.n_restated),
        *wordings.examples(random, plan.n_worded),
    ]
    random.shuffle(first)
    yield first
    for _ in range(plan.n_epochs):
        again = [*stated, *(t for e in stated for t in pairs.turned(e, random, plan.n_turned))]
        again += random.sample(read, min(plan.n_replayed, len(read)))
        again += wordings.examples(random, plan.n_reworded)
        random.shuffle(again)
        yield again


def _fit(
    judge: Judge, stages: Sequence[Sequence[Example]], *, device: str, say: Say, keep: Keep
) -> None:
    judge.to(device).train()
    parameters = list(judge.trained().values())
    for parameter in judge.parameters():
        parameter.requires_grad_(False)
    for parameter in parameters:
        parameter.requires_grad_(True)
    n_steps = sum(math.ceil(len(stage) / BATCH) for stage in stages)
    optimiser = torch.optim.AdamW(parameters, lr=RATE, weight_decay=DECAY)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda i: _share(i, n_steps))
    cutter = minilm.tokenizer(N_TOKENS)
    started = time.monotonic()
    step = 0
    for number, stage in enumerate(stages):
        losses = []
        for examples in _batches(stage):
            batch = minilm.batch(encode(cutter, [(e.claim, e.passage) for e in examples]))
            labels = torch.tensor([CLASSES.index(e.label) for e in examples])
            with minilm.precision(device):
                said = judge(batch.to(device), DROPOUT)
            loss = F.cross_entropy(said.float(), labels.to(device), label_smoothing=SMOOTHING)
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            torch.nn.utils.clip_grad_norm_(parameters, 1.0)
            optimiser.step()
            schedule.step()
            step += 1
            losses.append(loss.item())
            if step % REPORT == 0:
                recent = float(np.mean(losses[-REPORT:]))
                seconds = time.monotonic() - started
                say(f"pass {number}, step {step} of {n_steps}: loss {recent:.3f}, {seconds:.0f} s")
        keep(judge, number)


def _batches(stage: Sequence[Example]) -> Iterator[Sequence[Example]]:
    """Batches of like length within stretches of the shuffled pass, so that little is padding."""
    stretch = 16 * BATCH
    for start in range(0, len(stage), stretch):
        part = sorted(stage[start : start + stretch], key=lambda e: len(e.claim) + len(e.passage))
        starts = list(range(0, len(part), BATCH))
        for i in sorted(starts, key=lambda i: hash((start, i, 17))):
            yield part[i : i + BATCH]


def _share(step: int, n_steps: int) -> float:
    """Up in a line, down in a line."""
    warm = max(1, int(WARM_UP * n_steps))
    return min((step + 1) / warm, max(0.02, (n_steps - step) / max(1, n_steps - warm)))
