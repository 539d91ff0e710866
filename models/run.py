"""One run from recipe to result.json: records, pretraining, probes. Knows no database."""

import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Generator

from models import checkpoint, collapse
from models.alignment import alignment_recipe, alignment_rows, build_alignment
from models.build import build_encoder, build_objective, check_options
from models.data import DATASETS, DataReference
from models.data._records import Records, nested_order
from models.embedding import Examined
from models.encoder import Encoder
from models.fingerprint import code_digest, fingerprint
from models.generators import GENERATORS
from models.measurement import Measurement
from models.multiply_adds import multiply_adds
from models.objectives import OBJECTIVES
from models.probes import PROBES
from models.probes._result import ProbeResult
from models.progress import Phase, Progress
from models.randomness import seeded
from models.recipe import Alignment, Recipe, RecipeError
from models.result import describe_records, environment, write_json, write_predictions
from models.train import (
    Loop,
    NotFiniteError,
    Trained,
    draw_batch,
    held_out_loss,
    rows_with,
    start,
    train,
)
from models.update import Batch, needs_of

_SCHEMA = 1
_CHECKPOINTS: dict[Phase, str] = {"pretraining": "checkpoint.pt", "alignment": "alignment.pt"}


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where and with what a run is carried out: what is no part of the recipe."""

    out: Path
    cache: Path
    data: DataReference
    n_threads: int = 1
    device: str = "cpu"
    checkpoint_every: int = 100
    clock: Callable[[], float] = time.time


class OtherRunError(RecipeError):
    """The folder holds the remains of a run with another fingerprint."""


def run(recipe: Recipe, place: Place, *, is_stopping: Callable[[], bool]) -> dict[str, Any]:
    """Carry a run out, or to its end; return what was written to result.json."""
    began = place.clock()
    place.out.mkdir(parents=True, exist_ok=True)
    progress = Progress(place.out / "progress.jsonl", clock=place.clock, is_stopping=is_stopping)
    with _deterministic(place.n_threads):
        dataset = DATASETS.load(recipe.dataset)
        digest = dataset.digest(place.data.folder, recipe.dataset_options, place.cache)
        identity = fingerprint(recipe, digest, code := code_digest())
        if (result := _found_before(place.out, identity)) is not None:
            return result
        progress.report("data", 0, 1)
        records = dataset.load(
            place.data.folder,
            recipe.dataset_options,
            sampling_hz=recipe.sampling_hz,
            cache=place.cache,
            report=progress.of("data"),
        )
        progress.report("data", 1, 1)
        made = _Making(recipe, records, place, progress, identity).carry_out()
    result = {
        "schema": _SCHEMA,
        "kind": "training",
        "fingerprint": identity,
        "code_digest": code,
        "recipe": recipe.to_dict(),
        **made,
        "dataset": describe_records(records),
        "environment": environment(place.device, place.n_threads),
        "wall_s": round(place.clock() - began, 3),
    }
    predictions = place.out / "predictions.npz"
    if result["is_valid"]:
        result["predictions_sha256"] = sha256(predictions.read_bytes()).hexdigest()
    write_json(place.out / "result.json", result)
    progress.report("done", 1, 1)  # once for every time that all of it was computed
    return result


class _Making:
    """The part of a run that needs torch, in order; each step leaves what the next one needs."""

    def __init__(
        self,
        recipe: Recipe,
        records: Records,
        place: Place,
        progress: Progress,
        identity: str,
    ) -> None:
        self.recipe = recipe
        self.records = records
        self.place = place
        self.progress = progress
        self.identity = identity
        self.device = torch.device(place.device)
        self.rows = pretraining_rows(recipe, records)
        self.source = _source(recipe, self.device)
        weights = seeded(recipe.seed, stream=0)
        self.encoder: Encoder = build_encoder(recipe, weights)
        # The heads draw after the encoder, so objectives share the encoder they start from.
        self.objective = build_objective(
            recipe, self.encoder, weights, n_labels=len(records.label_names)
        ).to(self.device)
        self.pairs = self.rows[:0]  # none
        self.paired: Any = self.objective if "texts" in needs_of(self.objective) else None
        if (settings := recipe.alignment) is not None:
            self.paired = build_alignment(recipe, settings, self.encoder).to(self.device)
            self.pairs = alignment_rows(recipe, settings, records)
        _check_probes(recipe, records, has_texts=self.paired is not None)

    def carry_out(self) -> dict[str, Any]:
        trained = Trained(losses=[], windows_per_s=None)
        spread: collapse.Collapse | None = None
        reason: str | None = None
        measurements: list[Measurement] = []
        details: dict[str, Any] = {}
        try:
            trained = self._pretrain()
            examined = Examined(
                self.encoder,
                self.records,
                self.recipe,
                device=self.device,
                paired=self.paired,
                report=self.progress.of("probe"),
            )
            measurements.append(self._held_out("pretraining_loss", self.recipe, self.objective))
            spread = collapse.measure(examined.embeddings("validation"))
            reason = spread.reason
            if reason is None:
                if (settings := self.recipe.alignment) is not None:
                    measurements.append(self._align(settings))
                probed = {name: self._probe(name, examined) for name in self.recipe.probes}
                for name, found in probed.items():
                    measurements.extend(found.measurements)
                    details[name] = found.details
                write_predictions(self.place.out / "predictions.npz", self.records, probed)
        except NotFiniteError as error:
            reason = str(error)
        if reason is not None:
            measurements += [self._missing(name, reason) for name in self.recipe.probes]
        return {
            "is_valid": reason is None,
            "invalid_reason": reason,
            "measurements": [each.to_dict() for each in measurements],
            "probes": details,
            "collapse": spread.to_dict() if spread else None,
            "model": {
                "n_parameters": self.encoder.n_parameters,
                "n_backbone_parameters": self.encoder.backbone.n_parameters,
                "n_tokens": self.encoder.n_tokens,
                "multiply_adds": multiply_adds(self.encoder),  # of a window, forwards
            },
            "n_pretraining_records": self._n_records() if self.recipe.n_updates else 0,
            "n_alignment_pairs": len(self.pairs),
            "last_losses": [each if np.isfinite(each) else None for each in trained.losses],
            "windows_per_s": trained.windows_per_s,
        }

    def _n_records(self) -> int:
        return len(self.rows) if self.source is None else int(self.source.n_records)

    def _pretrain(self) -> Trained:
        training = start(self.recipe, self.objective)
        return train(self.recipe, training, self._draw(), self._loop("pretraining"))

    def _draw(self) -> Callable[[Generator], Batch]:
        """Where pretraining has its batches from: prepared records, or ones made as it goes."""
        if self.source is not None:
            return partial(self.source.batch, needs=needs_of(self.objective))
        return partial(draw_batch, self.recipe, self.records, self.rows)

    def _align(self, settings: Alignment) -> Measurement:
        """Train what is to meet the encoder; return the loss on the validation fold."""
        stage = alignment_recipe(self.recipe, settings)
        training = start(stage, self.paired, stream=4)
        draw = partial(draw_batch, stage, self.records, self.pairs)
        train(stage, training, draw, self._loop("alignment"))
        return self._held_out("alignment/loss", stage, self.paired)

    def _loop(self, phase: Phase) -> Loop:
        return Loop(
            device=self.device,
            progress=self.progress,
            checkpoint=self.place.out / _CHECKPOINTS[phase],
            checkpoint_every=self.place.checkpoint_every,
            fingerprint=self.identity,
            phase=phase,
        )

    def _held_out(self, name: str, recipe: Recipe, objective: Any) -> Measurement:
        needs = needs_of(objective)
        rows = rows_with(needs, self.records, self.records.indices("validation"))
        value = held_out_loss(recipe, objective, self.records, rows, self.device)
        if not np.isfinite(value):
            raise NotFiniteError(f"the loss on the validation fold is {value}")
        return Measurement(
            name=name,
            split="validation",
            value=value,
            n=len(rows),
            n_patients=self.records.n_patients(rows),
        )

    def _probe(self, name: str, examined: Examined) -> ProbeResult:
        self.progress.stop_if_asked()
        options = self.recipe.probe_options.get(name, {})
        found: ProbeResult = PROBES.load(name).evaluate(examined, **options)
        renamed = [replace(one, name=self._named(one.name, name)) for one in found.measurements]
        return replace(found, measurements=tuple(renamed))

    def _named(self, measurement: str, probe: str) -> str:
        """Mark what an alignment after pretraining has part in."""
        is_aligned = self.recipe.alignment is not None and _needs_texts(probe)
        return f"alignment/{measurement}" if is_aligned else measurement

    def _missing(self, probe: str, reason: str) -> Measurement:
        rows = self.records.indices("test", is_labelled=True)
        return Measurement(
            name=self._named(getattr(PROBES.load(probe), "HEADLINE", "macro_auroc"), probe),
            probe=probe,
            split="test",
            value=None,
            reason=f"the run is invalid: {reason}",
            n=len(rows),
            n_patients=self.records.n_patients(rows),
            n_labels=0,
        )


def _needs_texts(probe: str) -> bool:
    return bool(getattr(PROBES.load(probe), "NEEDS_TEXTS", False))


def _check_probes(recipe: Recipe, records: Records, *, has_texts: bool) -> None:
    """Refuse a probe that could not be carried out before hours are spent on pretraining."""
    for name in recipe.probes:
        options = recipe.probe_options.get(name, {})
        probe = PROBES.load(name)
        check_options(probe.evaluate, options, where=f"probe_options.{name}")
        if hasattr(probe, "check"):
            probe.check(records, **options)
        if _needs_texts(name) and not has_texts:
            raise RecipeError(
                f"The probe {name} needs an encoder of texts: an objective on pairs (clip, "
                f"siglip) or a table alignment; {recipe.objective} alone has none."
            )


def pretraining_rows(recipe: Recipe, records: Records) -> npt.NDArray[np.int64]:
    """Return rows of the training fold to pretrain on, at most `n_records`; choices are nested."""
    needs = needs_of(OBJECTIVES.load(recipe.objective).Objective)
    rows = rows_with(needs, records, records.indices("train"))
    if not len(rows_with(needs, records, records.indices("validation"))) or not len(rows):
        with_needs = f" with the {' and '.join(needs)} that {recipe.objective} needs"
        raise RecipeError(
            f"{records.name} has no training or no validation records{with_needs if needs else ''}."
        )
    if recipe.n_times > records.n_times:
        raise RecipeError(
            f"window_s = {recipe.window_s:g} is longer than the records of {records.name}, "
            f"{records.n_times / records.sampling_hz:g} s."
        )
    if recipe.n_records is None or recipe.n_records >= len(rows):
        return rows
    order = nested_order(len(rows), subset_seed=int(recipe.dataset_options.get("subset_seed", 0)))
    return np.sort(rows[order[: recipe.n_records]])


def _source(recipe: Recipe, device: torch.device) -> Any:
    """Return what makes records while training goes on, None where the recipe does not ask."""
    if "n_generated" not in recipe.dataset_options:
        return None
    if recipe.n_records is not None:
        raise RecipeError(
            f"n_records = {recipe.n_records} limits prepared records, but pretraining makes its "
            f"own: dataset_options.n_generated = {recipe.dataset_options['n_generated']}. State "
            f"one of the two."
        )
    return GENERATORS.load(recipe.dataset).Source(recipe, device)


def _found_before(out: Path, identity: str) -> dict[str, Any] | None:
    """Return this run's own result if it is there; refuse a folder with another run's remains."""
    result = _whole_result(out)
    fingerprint_found: str | None = None
    if result is not None:
        fingerprint_found = result.get("fingerprint", "a description")
    else:
        for name in _CHECKPOINTS.values():
            if (state := checkpoint.read(out / name)) is not None:
                fingerprint_found = state["fingerprint"]
    if fingerprint_found is not None and fingerprint_found != identity:
        raise OtherRunError(
            f"{out} holds another run ({fingerprint_found[:12]}, this one is {identity[:12]}): "
            f"its recipe, data or training code differ. Choose another folder for --out."
        )
    return result


def _whole_result(out: Path) -> dict[str, Any] | None:
    """Return result.json, None if there is none, or none that the disk kept whole."""
    try:
        result = json.loads((out / "result.json").read_text(encoding="utf-8"))
        if "predictions_sha256" in result:
            found = sha256((out / "predictions.npz").read_bytes()).hexdigest()
            return result if found == result["predictions_sha256"] else None
    except (OSError, ValueError):
        return None
    return result if isinstance(result, dict) else None


@contextmanager
def _deterministic(n_threads: int) -> Iterator[None]:
    """Same sums in the same order: a fixed number of threads, no operation that races."""
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # what cuBLAS asks for
    before = torch.get_num_threads(), torch.get_deterministic_debug_mode()
    torch.set_num_threads(n_threads)
    # Every value is written before it is read here; filling memory with NaN first costs a tenth.
    torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]
    # unlike use_deterministic_algorithms this does not import the compiler, which takes a second
    torch.set_deterministic_debug_mode("error")
    try:
        yield
    finally:
        torch.set_num_threads(before[0])
        torch.set_deterministic_debug_mode(before[1])
