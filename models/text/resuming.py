"""The state of a training on disk, so that one that was cut off loses little.

A state belongs to one training: it is told apart by a digest of everything that decides what comes
of it, and one of another training is written over. It is replaced as a whole, never in part.
"""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import torch

from models.text.judge import Judge


@dataclass
class Course:
    """A judge in training, and how far it is."""

    judge: Judge
    optimiser: torch.optim.Optimizer
    random: torch.Generator  # of dropout
    step: int = 0
    seconds: float = 0.0


@dataclass(frozen=True)
class Kept:
    """Where the state of one training lies."""

    path: Path
    digest: str

    def keep(self, course: Course) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        new = self.path.with_suffix(f".{os.getpid()}")  # another process may keep the same
        state = {
            "digest": self.digest,
            "judge": course.judge.trained(),
            "optimiser": course.optimiser.state_dict(),
            "random": course.random.get_state(),
            "step": course.step,
            "seconds": course.seconds,
        }
        torch.save(state, new)
        new.replace(self.path)

    def restore(self, course: Course) -> None:
        """What was last kept of this very training, if anything was."""
        if not self.path.exists():
            return
        state = torch.load(self.path, weights_only=True)
        if state["digest"] != self.digest:
            return
        for name, place in course.judge.trained().items():
            place.data.copy_(state["judge"][name])
        course.optimiser.load_state_dict(state["optimiser"])
        course.random.set_state(state["random"])
        course.step, course.seconds = state["step"], state["seconds"]


def resumed(folder: Path | None, name: str, course: Course, told: Iterable[bytes]) -> Kept | None:
    """Where to keep a training, set back to what was kept of it; None without a folder."""
    if folder is None:
        return None
    digest = sha256()
    for part in told:
        digest.update(part)
    kept = Kept(folder / f"{name}.pt", digest.hexdigest())
    kept.restore(course)
    return kept
