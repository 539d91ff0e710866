"""A training's state on disk, replaced by rename so that it is always whole."""

import pickle
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Generator

from models.adamw import AdamW
from models.whole_file import replacing

_SCHEMA = 2


@dataclass(frozen=True, kw_only=True)
class Training:
    """What an update changes: together with the recipe, all that decides the updates to come."""

    objective: Any  # a models.objectives Objective, which owns the encoder
    optimiser: AdamW
    generator: Generator


def save(
    path: Path, training: Training, *, step: int, fingerprint: str, losses: list[float]
) -> None:
    state = {
        "schema": _SCHEMA,
        "fingerprint": fingerprint,
        "step": step,
        "losses": losses,
        "objective": training.objective.state_dict(),
        "optimiser": training.optimiser.state_dict(),
        "generator": training.generator.get_state(),
    }
    with replacing(path) as half_made:
        torch.save(state, half_made)


def read(path: Path) -> dict[str, Any] | None:
    """Return a checkpoint's content, None if there is none. Loads numbers only, no code.

    One that the disk did not keep whole is set aside, so that the run begins again.
    """
    if not path.is_file():
        return None
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
    except (RuntimeError, EOFError, pickle.UnpicklingError, zipfile.BadZipFile):
        path.replace(path.with_name(f"{path.name}.broken"))
        return None
    if not isinstance(state, dict) or state.get("schema") != _SCHEMA:
        raise ValueError(f"{path} is not a checkpoint of this version; use another folder.")
    return state


def restore(state: dict[str, Any], training: Training) -> tuple[int, list[float]]:
    """Put the state back; return the number of updates made and their last losses."""
    training.objective.load_state_dict(state["objective"])
    training.optimiser.load_state_dict(state["optimiser"])
    training.generator.set_state(state["generator"])
    return int(state["step"]), list(state["losses"])
