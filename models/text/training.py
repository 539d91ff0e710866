"""Training of the bundled judge on packed lessons (lessons.py), on a CPU or on CUDA.

What was learnt in the first stage is the start of every judge of the second: one without each fold
of the claims, so that what it says of that fold is said of claims it never saw, and one that read
them all. The second stage leaves the lower layers as they are, so what they make of the lessons is
worked out once for all of these judges. Where a time is given that is too short for everything,
each part is cut in proportion, its rate falling as if that had been planned.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from models.randomness import lend, seeded
from models.text import minilm
from models.text.documents import UNKNOWN
from models.text.judge import Answer, Batch, Judge
from models.text.packing import Arrays, Numbers, Packed
from models.text.resuming import Course, resumed
from models.text.rows import Reader

WARM_UP = 0.06  # share of the steps
DROPOUT = 0.1
SMOOTHING = 0.05  # annotators and rules err
DECAY = 0.01
OF_SENTENCES = 0.5  # weight of their loss beside that of the whole
REPORT = 50  # steps between two words
KEEP = 60.0  # seconds between two states on disk
AT_ONCE = 16  # lessons read together where nothing is learnt
STRETCH = 32  # batches whose lessons are put in order of length
Say = Callable[[str], None]


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """How lessons are learnt."""

    n_first: int = 1  # times the first stage is read
    first_batch: int = 32
    first_rate: float = 1.5e-4
    n_second: int = 1  # times the second is
    n_kept: int = 3  # lower layers that it leaves as they are
    batch: int = 32
    rate: float = 1e-4
    first_share: float = 0.27  # of the time, where it is short
    seed: int = 0


class School:
    """Lessons on a device, and the judges that come of them.

    With a folder for its state, a training that was cut off goes on where it was last kept.
    """

    def __init__(
        self,
        lessons: Arrays,
        recipe: Recipe,
        *,
        device: str = "cpu",
        say: Say = lambda _: None,
        state: Path | None = None,
    ) -> None:
        self.lessons = lessons
        self.packed = Packed(lessons, device)
        self.stage, self.fold = lessons["stage"], lessons["fold"]
        self.recipe, self.device, self.say, self.state = recipe, device, say, state
        self._below: Below | None = None

    def first(self, seconds: float) -> tuple[Judge, int]:
        """A judge that has read no claim of the second stage, and how many steps it took."""
        generator = torch.Generator().manual_seed(self.recipe.seed)
        judge = Judge(minilm.load())
        for head in (judge.of_sentence, judge.of_whole):
            torch.nn.init.normal_(head.weight, std=0.02, generator=generator)
            torch.nn.init.zeros_(head.bias)
        epochs = [np.flatnonzero(self.stage == 0)] * self.recipe.n_first
        batches = list(self._batches(epochs, self.recipe.first_batch))
        judge.to(self.device)
        steps = self._fit(judge, batches, self.recipe.first_rate, seconds, "first")
        return judge, steps

    def second(self, judge: Judge, seconds: float, without: int | None) -> tuple[Judge, int]:
        """A judge that has also read the claims, one fold aside; the given one is not changed."""
        trained = deepcopy(judge)
        is_kept = np.full(len(self.fold), True) if without is None else self.fold != without
        stages = [*range(1, int(self.stage.max()) + 1)] * self.recipe.n_second
        epochs = [np.flatnonzero((self.stage == stage) & is_kept) for stage in stages]
        batches = list(self._batches(epochs, self.recipe.batch))
        if self._below is None and self.recipe.n_kept:
            rows = np.flatnonzero(self.stage > 0)
            self._below = Below(judge, self.packed, rows, self.recipe.n_kept)
        steps = self._fit(
            trained, batches, self.recipe.rate, seconds, name_of(without), self._below
        )
        return trained, steps

    def _fit(
        self,
        judge: Judge,
        batches: Sequence[Numbers],
        rate: float,
        seconds: float,
        name: str,
        below: "Below | None" = None,
    ) -> int:
        """Train `judge` in place; how many steps were made."""
        judge.train()
        for parameter in judge.parameters():
            parameter.requires_grad_(False)
        parameters = list(judge.trained(below.n_layers if below else 0).values())
        for parameter in parameters:
            parameter.requires_grad_(True)
        optimiser = torch.optim.AdamW(parameters, lr=rate, weight_decay=DECAY, fused=True)
        course = Course(judge, optimiser, seeded(self.recipe.seed))
        kept = resumed(self.state, name, course, self._told(judge, batches, rate))
        if course.step:
            self.say(f"{name}: goes on after step {course.step} of {len(batches)}")
        started, kept_at, losses = time.monotonic() - course.seconds, time.monotonic(), []
        while course.step < len(batches):
            course.seconds = time.monotonic() - started
            done = max(course.step / len(batches), course.seconds / seconds)
            if done >= 1:
                break
            for group in optimiser.param_groups:
                group["lr"] = rate * _share(done)
            with lend(course.random):
                loss = self._loss(judge, batches[course.step], below)
            optimiser.zero_grad(set_to_none=True)
            loss.backward()  # type: ignore[no-untyped-call]
            torch.nn.utils.clip_grad_norm_(parameters, 1.0)
            optimiser.step()
            course.step += 1
            losses.append(loss.detach())
            if len(losses) % REPORT == 0:
                recent = float(torch.stack(losses[-REPORT:]).mean())
                words = f"step {course.step} of {len(batches)}: loss {recent:.3f}"
                self.say(f"{name}: {words}, {course.seconds:.0f} s")
            if kept is not None and time.monotonic() - kept_at > KEEP:
                kept.keep(course)
                kept_at = time.monotonic()
        if kept is not None:
            kept.keep(course)
        judge.eval()
        return course.step

    def _told(self, judge: Judge, batches: Sequence[Numbers], rate: float) -> Iterator[bytes]:
        """All that decides what comes of a training, to tell one from another."""
        yield repr((rate, self.recipe.seed, self.device, [len(rows) for rows in batches])).encode()
        for value in judge.trained().values():
            yield value.detach().cpu().numpy().tobytes()
        start, marked = self.lessons["start"], self.lessons["mark_start"]
        for row in (int(row) for rows in batches for row in rows):
            yield self.lessons["ids"][start[row] : start[row + 1]].tobytes()
            yield self.lessons["marks"][marked[row] : marked[row + 1]].tobytes()
            yield self.lessons["label"][row].tobytes()

    def _loss(self, judge: Judge, rows: Numbers, below: "Below | None") -> Tensor:
        batch, labels, marks = self.packed.batch(rows)
        with minilm.precision(self.device):
            if below is None:
                whole, sentences = judge(batch, DROPOUT)
            else:
                x = below.of(batch, rows)
                whole, sentences = judge.above(x, batch, below.n_layers, DROPOUT)
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


class Below:
    """What the lower layers make of some lessons, worked out once, when it is first asked for."""

    def __init__(self, judge: Judge, packed: Packed, rows: Numbers, n_layers: int) -> None:
        self.n_layers = n_layers
        self._judge, self._packed, self._rows = judge, packed, rows
        self._start = np.zeros(len(packed.length), np.int64)
        self._start[rows] = np.cumsum(packed.length[rows]) - packed.length[rows]

    @cached_property
    def _vectors(self) -> Tensor:
        """(tokens, D), lesson after lesson."""
        packed, rows = self._packed, self._rows
        n = int(packed.length[rows].sum())
        found = torch.empty(n, minilm.WIDTH, dtype=torch.bfloat16, device=packed.device)
        order = rows[np.argsort(packed.length[rows], kind="stable")]
        for first in range(0, len(order), AT_ONCE):
            chosen = order[first : first + AT_ONCE]
            batch, _, _ = packed.batch(chosen)
            with torch.inference_mode(), minilm.precision(packed.device):
                x = self._judge.below(batch, self.n_layers)
            found[self._places(batch, chosen)] = x[batch.text.mask].to(found.dtype)
        return found

    def of(self, batch: Batch, rows: Numbers) -> Tensor:
        """(B, N, D) of these lessons, zero where there is no token."""
        mask = batch.text.mask
        x = torch.zeros(*mask.shape, minilm.WIDTH, device=mask.device)
        x[mask] = self._vectors[self._places(batch, rows)].float()
        return x

    def _places(self, batch: Batch, rows: Numbers) -> Tensor:
        mask = batch.text.mask
        first = torch.from_numpy(self._start[rows]).to(mask.device)
        return (first[:, None] + torch.arange(mask.shape[1], device=mask.device))[mask]


def name_of(without: int | None) -> str:
    """Of a judge of the second stage."""
    return "every" if without is None else f"without-{without}"


def answers(judge: Judge, asked: Packed, rows: Numbers, *, at_once: int = AT_ONCE) -> list[Answer]:
    """What a judge says of these rows, in their order."""
    found: dict[int, Answer] = {}
    reader = Reader(judge.encoder, minilm.sum_dtype(asked.device))
    order = rows[np.argsort(asked.length[rows], kind="stable")]
    for start in range(0, len(order), at_once):
        chosen = order[start : start + at_once]
        batch, _, _ = asked.batch(chosen)
        with torch.inference_mode():
            whole, sentences = judge.in_a_row(batch, reader)
        said = whole.cpu().numpy(), sentences.cpu().numpy()
        for i, row in enumerate(chosen):
            found[int(row)] = Answer(said[0][i], said[1][i, : asked.n_sentences[row]])
    return [found[int(row)] for row in rows]


def _share(done: float) -> float:
    """Of the rate: up in a line, down in a line."""
    return min((done + 1e-3) / WARM_UP, max(0.01, (1 - done) / (1 - WARM_UP)))
