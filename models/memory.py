"""How much memory training holds for itself, which must not grow with what it trains on.

Pages of a mapped cache are the system's, which takes them back when it wants; they are not counted.
"""

import gc
import itertools
from collections.abc import Callable
from pathlib import Path

import torch

from models.build import build_encoder, build_objective
from models.data._records import Records
from models.progress import Progress
from models.randomness import seeded
from models.recipe import Recipe
from models.train import Loop, draw_batch, start, train

_STATUS = Path("/proc/self/status")


def private_mb() -> float | None:
    """Memory of this process that no file stands behind, in MB; None where Linux does not say."""
    if not _STATUS.exists():
        return None
    lines = dict(line.split(":", 1) for line in _STATUS.read_text().splitlines())
    return int(lines["RssAnon"].split()[0]) / 1024


class _Peak(Progress):
    """Looks at the memory after every update."""

    def __init__(self, path: Path) -> None:
        ticks = itertools.count()
        super().__init__(path, clock=lambda: float(next(ticks)))
        self.mb = 0.0

    def report(self, *_: object, **__: object) -> None:
        self.mb = max(self.mb, private_mb() or 0.0)


def training_mb(folder: Path, n_windows: int, open_records: Callable[[], Records]) -> float | None:
    """Open a cache and train on as many windows of it at a small width; return the most held.

    None where Linux does not say.
    """
    if private_mb() is None:
        return None
    gc.collect()
    tiny = Recipe.bundled("tiny")
    recipe = tiny.with_changes({"batch_size": 64, "n_updates": max(n_windows // 64, 1)})
    objective = build_objective(recipe, build_encoder(recipe, seeded(0)), seeded(0))
    peak = _Peak(folder / "progress.jsonl")
    checkpoint = folder / f"{n_windows}.pt"
    records = open_records()
    rows = records.indices("train")
    train(
        recipe,
        start(recipe, objective),
        lambda generator: draw_batch(recipe, records, rows, generator),
        Loop(
            device=torch.device("cpu"),
            progress=peak,
            checkpoint=checkpoint,
            checkpoint_every=recipe.n_updates,
            fingerprint="memory",
        ),
    )
    checkpoint.unlink()
    return peak.mb
