"""Training of the bundled judge on packed lessons (lessons.py), on a CPU or on CUDA.

What was learnt in the first stage is the start of every judge of the second: one without each fold
of the claims, so that what it says of that fold is said of claims it never saw, and one that read
them all. Where a time is given that is too short for everything, each part is cut in proportion,
its rate falling as if that had been planned.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from models.text import minilm
from models.text.documents import UNKNOWN
from models.text.judge import Answer, Judge
from models.text.packing import Arrays, Numbers, Packed

WARM_UP = 0.06  # share of the steps
DROPOUT = 0.1
SMOOTHING = 0.05  # annotators and rules err
DECAY = 0.01
OF_SENTENCES = 0.5  # weight of their loss beside that of the whole
REPORT = 100  # steps between two words
STRETCH = 32  # batches whose lessons are put in order of length
Say = Callable[[str], None]


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """How lessons are learnt."""

    n_first: int = 2  # times the first stage is read
    first_batch: int = 128
    first_rate: float = 2.5e-4
    batch: int = 48
    rate: float = 1.2e-4
    first_share: float = 0.27  # of the time, where it is short
    seed: int = 0


class School:
    """Lessons on a device, and the judges that come of them."""

    def __init__(
        self, lessons: Arrays, recipe: Recipe, *, device: str = "cpu", say: Say = lambda _: None
    ) -> None:
        self.packed = Packed(lessons, device)
        self.stage, self.fold = lessons["stage"], lessons["fold"]
        self.recipe, self.device, self.say = recipe, device, say

    def first(self, seconds: float) -> tuple[Judge, int]:
        """A judge that has read no claim of SciFact, and how many steps it took."""
        generator = torch.Generator().manual_seed(self.recipe.seed)
        judge = Judge(minilm.load())
        for head in (judge.of_sentence, judge.of_whole):
            torch.nn.init.normal_(head.weight, std=0.02, generator=generator)
            torch.nn.init.zeros_(head.bias)
        epochs = [np.flatnonzero(self.stage == 0)] * self.recipe.n_first
        judge.to(self.device)
        steps = self._fit(judge, epochs, self.recipe.first_batch, self.recipe.first_rate, seconds)
        return judge, steps

    def second(self, judge: Judge, seconds: float, without: int | None) -> tuple[Judge, int]:
        """A judge that has also read the claims, one fold aside; the given one is not changed."""
        trained = deepcopy(judge)
        is_kept = np.full(len(self.fold), True) if without is None else self.fold != without
        epochs = [
            np.flatnonzero((self.stage == stage) & is_kept)
            for stage in range(1, int(self.stage.max()) + 1)
        ]
        steps = self._fit(trained, epochs, self.recipe.batch, self.recipe.rate, seconds)
        return trained, steps

    def _fit(
        self, judge: Judge, epochs: Sequence[Numbers], size: int, rate: float, seconds: float
    ) -> int:
        """Train `judge` in place; how many steps were made."""
        judge.train()
        parameters = list(judge.trained().values())
        for parameter in judge.parameters():
            parameter.requires_grad_(False)
        for parameter in parameters:
            parameter.requires_grad_(True)
        batches = list(self._batches(epochs, size))
        optimiser = torch.optim.AdamW(
            parameters, lr=rate, weight_decay=DECAY, fused=self.device == "cuda"
        )
        started, losses = time.monotonic(), []
        for step, rows in enumerate(batches):
            done = max(step / len(batches), (time.monotonic() - started) / seconds)
            if done >= 1:
                break
            for group in optimiser.param_groups:
                group["lr"] = rate * _share(done)
            loss = self._loss(judge, rows)
            optimiser.zero_grad(set_to_none=True)
            loss.backward()  # type: ignore[no-untyped-call]
            torch.nn.utils.clip_grad_norm_(parameters, 1.0)
            optimiser.step()
            losses.append(loss.detach())
            if len(losses) % REPORT == 0:
                recent = float(torch.stack(losses[-REPORT:]).mean())
                taken = time.monotonic() - started
                self.say(f"step {step + 1} of {len(batches)}: loss {recent:.3f}, {taken:.0f} s")
        judge.eval()
        return len(losses)

    def _loss(self, judge: Judge, rows: Numbers) -> Tensor:
        batch, labels, marks = self.packed.batch(rows)
        with minilm.precision(self.device):
            whole, sentences = judge(batch, DROPOUT)
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

    def _batches(self, epochs: Sequence[Numbers], size: int) -> Iterator[Numbers]:
        """Batches of like length within stretches of each shuffled epoch: little is padding."""
        random = np.random.default_rng(self.recipe.seed)
        for epoch in epochs:
            order = random.permutation(epoch)
            for start in range(0, len(order), STRETCH * size):
                part = order[start : start + STRETCH * size]
                part = part[np.argsort(self.packed.length[part], kind="stable")]
                firsts = np.arange(0, len(part), size)
                for i in random.permutation(firsts):
                    yield part[i : i + size]


def answers(judge: Judge, asked: Packed, rows: Numbers, *, at_once: int = 128) -> list[Answer]:
    """What a judge says of these rows, in their order."""
    found: dict[int, Answer] = {}
    order = rows[np.argsort(asked.length[rows], kind="stable")]
    for start in range(0, len(order), at_once):
        chosen = order[start : start + at_once]
        batch, _, _ = asked.batch(chosen)
        with torch.inference_mode(), minilm.precision(asked.device):
            whole, sentences = judge(batch)
        said = whole.float().cpu().numpy(), sentences.float().cpu().numpy()
        for i, row in enumerate(chosen):
            found[int(row)] = Answer(said[0][i], said[1][i, : asked.n_sentences[row]])
    return [found[int(row)] for row in rows]


def _share(done: float) -> float:
    """Of the rate: up in a line, down in a line."""
    return min((done + 1e-3) / WARM_UP, max(0.01, (1 - done) / (1 - WARM_UP)))
