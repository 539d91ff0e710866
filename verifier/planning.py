"""The only door to training: from a protocol to the runs it wants, on which data, how often.

Recipes are made here and carried out by a worker's child process; torch is never imported.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from models.catalog import did_you_mean
from models.data import DATASETS, DataReference, parse_reference
from models.fingerprint import code_digest, fingerprint
from models.options import check as check_options
from models.recipe import Recipe, RecipeError
from verifier.claim import InputError
from verifier.protocol import Arm, BundledClaim, Preset, Protocol, Stress
from verifier.runs import RunRequest

SYNTHETIC = "synthetic"  # a data set that is always there


@dataclass(frozen=True, kw_only=True)
class PlannedRun:
    """A run, and its place in the protocol that wants it."""

    request: RunRequest
    arm: Mapping[str, Any]  # role, arm, context, size, seed; or the recipe of a description


@dataclass(frozen=True, kw_only=True)
class Conditions:
    """How thoroughly and on what data a claim is tested."""

    preset: Preset
    data: str
    cache: Path | None = None
    n_seeds: int | None = None  # instead of the preset's, where seeds were added
    look: int = 1  # its number; each after the first has more seeds

    @property
    def planned(self) -> Preset:
        """The preset with the seeds that are really wanted."""
        if self.n_seeds is None:
            return self.preset
        return replace(self.preset, n_seeds=self.n_seeds)


def check_data(reference: str, cache: Path | None = None) -> str:
    """The reference in its one spelling, if its records are there.

    With a cache folder a large data set is read once and its digest remembered.

    Raises:
        InputError: what is wrong with it and what is allowed.
    """
    _digest(reference, {}, cache)
    return str(parsed_data(reference))


def plan(entry: BundledClaim, conditions: Conditions) -> list[PlannedRun]:
    """Every run that the claim's protocol, or its conformity check, asks for."""
    runs = _descriptions(entry)
    if entry.protocol is not None:
        runs += _trainings(entry.protocol, conditions)
    return runs


def _descriptions(entry: BundledClaim) -> list[PlannedRun]:
    planned = []
    for name in dict.fromkeys(expected.recipe for expected in entry.expectations):
        recipe = Recipe.bundled(name)
        request = RunRequest(
            kind="description",
            fingerprint=fingerprint(recipe, "", code := code_digest()),
            label=f"what {name} builds",
            task=recipe.to_dict(),
            code=code,
            data="",
            priority=1,  # seconds long, so first
        )
        planned.append(PlannedRun(request=request, arm={"role": "description", "recipe": name}))
    return planned


def _trainings(protocol: Protocol, conditions: Conditions) -> list[PlannedRun]:
    preset = conditions.planned
    base = base_recipe(protocol, preset, dataset=parsed_data(conditions.data).name)
    digest = _digest(conditions.data, base.dataset_options, conditions.cache)
    code = code_digest()
    sizes = preset.sizes[-1:] if protocol.sizes == "largest" else preset.sizes
    n_stressed = preset.n_seeds if preset.n_stress_seeds is None else preset.n_stress_seeds
    unstressed = replace(protocol, stress=())
    unique: dict[tuple[Any, ...], PlannedRun] = {}
    for seed in range(preset.n_seeds):
        seeded = base.with_changes({"seed": seed, **_fold(base, seed, preset)})
        wanted = protocol if seed < n_stressed else unstressed
        for place, recipe in _recipes(wanted, seeded, sizes):
            request = RunRequest(
                kind="training",
                fingerprint=fingerprint(recipe, digest, code),
                label=label(recipe),
                task=recipe.to_dict(),
                data=conditions.data,
                code=code,
            )
            arm = {**place, "seed": seed}
            unique[tuple(arm.values())] = PlannedRun(request=request, arm=arm)
    return list(unique.values())


def check_recipes(protocol: Protocol, preset: Preset, *, dataset: str | None = None) -> None:
    """Hold every recipe that a protocol asks for against what there is to be set.

    Without a data set, options of data sets are held against what any of them knows.

    Raises:
        InputError: what is misspelt or no value, where it stands, and the nearest there is.
    """
    base = base_recipe(protocol, preset, dataset=dataset or SYNTHETIC)
    known = () if dataset else tuple(DATASETS)
    for place, recipe in _recipes(protocol, base, preset.sizes or (1,)):
        with _told(protocol, place):
            check_options(recipe, datasets=known)
            if place["role"] == "arm":
                _check_probes(protocol, recipe)


def _check_probes(protocol: Protocol, recipe: Recipe) -> None:
    for probe in protocol.probes:
        if probe not in recipe.probes:
            raise RecipeError(
                f"it is judged by the probe {probe!r}, which its recipe does not have: "
                f"probes = {list(recipe.probes)}.{did_you_mean(probe, recipe.probes)}"
            )


def base_recipe(protocol: Protocol, preset: Preset, *, dataset: str) -> Recipe:
    """What all arms of a protocol have in common."""
    with _told(protocol):
        bundled = Recipe.bundled(protocol.recipe)
    with _told(protocol, preset=preset.name):
        base = bundled.with_changes(preset.changes)
        check_options(base)
    with _told(protocol):
        return base.with_changes({"dataset": dataset}).with_changes(protocol.changes)


@contextmanager
def _told(
    protocol: Protocol, place: Mapping[str, Any] | None = None, *, preset: str = ""
) -> Iterator[None]:
    """Say where in a protocol a recipe comes from that cannot be."""
    try:
        yield
    except RecipeError as error:
        shown = [f"preset {preset!r}"] if preset else []
        if place is not None:
            shown += [f"arm {place['arm']!r}"]
            shown += [f"in {place['context']!r}"] if place["context"] else []
            shown += [f"under {place['role']!r}"] if place["role"] != "arm" else []
        where = f"{protocol.id}.toml [protocol]" + (f", {' '.join(shown)}" if shown else "")
        raise InputError(f"{where}: {error}") from None


def _fold(base: Recipe, seed: int, preset: Preset) -> dict[str, Any]:
    """The change that gives a seed its own test fold; all arms of a seed share it."""
    n_rotations = getattr(DATASETS.load(base.dataset), "N_ROTATIONS", 1)
    if not preset.rotates_folds or n_rotations == 1:
        return {}
    return {"dataset_options.rotation": seed % n_rotations}


def _recipes(
    protocol: Protocol, base: Recipe, sizes: Sequence[int]
) -> Iterable[tuple[dict[str, Any], Recipe]]:
    """Each arm in each context at each size; controls at the largest alone."""
    largest = sizes[-1]
    for context in protocol.contexts or (Arm(name=""),):
        for arm in (*protocol.favoured, *protocol.rivals):
            changes = {**context.changes, **arm.changes}
            place = {"arm": arm.name, "context": context.name}
            for size in sizes:
                with _told(protocol, {"role": "arm", **place}):
                    recipe = base.with_changes({**changes, "n_records": size})
                yield {"role": "arm", **place, "size": size}, recipe
            at_largest = {**changes, "n_records": largest}
            for control in protocol.controls if arm in protocol.favoured else ():
                with _told(protocol, {"role": control.name, **place}):
                    recipe = base.with_changes({**at_largest, **control.changes})
                yield {"role": control.name, **place, "size": largest}, recipe
            for stress in protocol.stress:
                if _bears_on(stress, arm=arm.name, context=context.name):
                    for size in sizes if stress.sizes == "all" else (largest,):
                        with _told(protocol, {"role": stress.name, **place}):
                            recipe = base.with_changes({**changes, "n_records": size})
                            recipe = _stressed(stress, arm.name, recipe, sizes)
                        yield {"role": stress.name, **place, "size": size}, recipe


def _bears_on(stress: Stress, *, arm: str, context: str) -> bool:
    is_arm = not stress.arms or arm in stress.arms
    return is_arm and (not stress.contexts or context in stress.contexts)


def _stressed(stress: Stress, arm: str, recipe: Recipe, sizes: Sequence[int]) -> Recipe:
    """The recipe of an arm under a nuisance."""
    size = recipe.n_records or sizes[-1]
    changes = {**stress.changes, **stress.own_changes.get(arm, {})}
    if stress.fixes_epochs:
        changes["n_updates"] = max(1, round(recipe.n_updates * size / sizes[-1]))
    if stress.redraws_subsets and size != sizes[-1]:
        drawn = 1 + recipe.seed * len(sizes) + list(sizes).index(size)
        changes["dataset_options.subset_seed"] = drawn
    return recipe.with_changes(changes)


def label(recipe: Recipe) -> str:
    """One line for the list of runs."""
    what = recipe.objective if recipe.n_updates else "random encoder"
    many = "all" if recipe.n_records is None else f"{recipe.n_records:,}"
    return f"{what} · {recipe.backbone} · {many} records · seed {recipe.seed}"


def parsed_data(reference: str) -> DataReference:
    try:
        return parse_reference(reference)
    except ValueError as error:
        raise InputError(str(error)) from None


def _digest(reference: str, options: Mapping[str, Any], cache: Path | None) -> str:
    parsed = parsed_data(reference)
    try:
        found = DATASETS.load(parsed.name).digest(parsed.folder, options, cache=cache)
    except (ValueError, OSError) as error:
        raise InputError(f"The data {reference!r} cannot be used: {error}") from None
    return str(found)
