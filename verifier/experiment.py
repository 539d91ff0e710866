"""The only door to training: a protocol becomes recipes, recipes become runs, runs an assessment.

Recipes are made here and carried out by a worker's child process; torch is never imported.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from models.data import DATASETS, DataReference, parse_reference
from models.recipe import Recipe, RecipeError, code_digest, fingerprint
from verifier import certainty
from verifier.checks import CHECKS, Decision, Measured
from verifier.checks._questions import answers
from verifier.claim import Claim, InputError
from verifier.conformity import compare
from verifier.measuring import Comparison, measure
from verifier.protocol import Arm, BundledClaim, Preset, Protocol, Stress, protocol_hash
from verifier.queue import Measurement, Run, RunRequest, fingerprint_of
from verifier.reach import regime, within_reach
from verifier.sensitivity import would_change
from verifier.statistics.looking import share_of_look
from verifier.statistics.questions import Question
from verifier.stress import Tally, stressed, turned, unjudged
from verifier.verdict import Assessment, CheckKind, Estimate, Finding, Kind, Witness, lowered

ENGINE = "5"  # raised whenever the same runs would be judged differently
RANDOM_ENCODER = "random encoder"  # the control by which pretraining has to have done something
DATA_WORDS = {"synthetic": "synthetic 12-lead ECGs", "ptb_xl": "PTB-XL records"}


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
    look: int = 0  # its number, where seeds are added until a claim is decided; 0: the only one

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
    return str(_parsed(reference))


def plan(entry: BundledClaim, conditions: Conditions) -> list[PlannedRun]:
    """Every run that the claim's protocol, or its conformity check, asks for."""
    runs = _descriptions(entry, conditions)
    if entry.protocol is not None:
        runs += _trainings(entry.protocol, conditions)
    return runs


def _descriptions(entry: BundledClaim, conditions: Conditions) -> list[PlannedRun]:
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
    base = base_recipe(protocol, preset, dataset=_parsed(conditions.data).name)
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


def base_recipe(protocol: Protocol, preset: Preset, *, dataset: str) -> Recipe:
    """What all arms of a protocol have in common."""
    base = Recipe.bundled(protocol.recipe).with_changes(preset.changes)
    return base.with_changes({"dataset": dataset}).with_changes(protocol.changes)


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
                recipe = base.with_changes({**changes, "n_records": size})
                yield {"role": "arm", **place, "size": size}, recipe
            at_largest = {**changes, "n_records": largest}
            for control in protocol.controls if arm in protocol.favoured else ():
                recipe = base.with_changes({**at_largest, **control.changes})
                yield {"role": control.name, **place, "size": largest}, recipe
            for stress in protocol.stress:
                if _bears_on(stress, arm=arm.name, context=context.name):
                    for size in sizes if stress.sizes == "all" else (largest,):
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


def _parsed(reference: str) -> DataReference:
    try:
        return parse_reference(reference)
    except ValueError as error:
        raise InputError(str(error)) from None


def _digest(reference: str, options: Mapping[str, Any], cache: Path | None) -> str:
    parsed = _parsed(reference)
    try:
        found = DATASETS.load(parsed.name).digest(parsed.folder, options, cache=cache)
    except (ValueError, OSError) as error:
        raise InputError(f"The data {reference!r} cannot be used: {error}") from None
    return str(found)


# judging


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """A planned run as it ended."""

    arm: Mapping[str, Any]
    run: Run
    predictions: bytes | None
    measurements: Sequence[Measurement] = ()  # what the run measured by itself


def assess(
    claim: Claim, entry: BundledClaim | None, outcomes: Sequence[Outcome], conditions: Conditions
) -> Assessment:
    """What our own runs say about a claim; pure once the runs are there."""
    common = {
        "claim_id": claim.id,
        "witness": Witness.EXPERIMENT,
        "command": (
            f"python -m verifier verify {claim.id} --preset {conditions.preset.name} "
            f"--data {conditions.data}" + (" --until-decided" if conditions.look else "")
        ),
        "run_ids": tuple(outcome.run.id for outcome in outcomes),
    }
    if entry is None or entry.protocol is None:
        return _untested(claim, entry, outcomes, common)
    return _tested(entry.protocol, outcomes, conditions, common)


def _untested(
    claim: Claim,
    entry: BundledClaim | None,
    outcomes: Sequence[Outcome],
    common: Mapping[str, Any],
) -> Assessment:
    facts = {
        outcome.arm["recipe"]: outcome.run.result["facts"]
        for outcome in outcomes
        if outcome.run.result is not None and "facts" in outcome.run.result
    }
    rows = compare(entry.expectations, facts) if entry is not None else ()
    reason = _why_untested(claim, entry)
    return Assessment(
        **common,
        finding=Finding.NOT_TESTABLE,
        reason=reason,
        confidence_reason="no experiment of ours bears on it",
        conformity=rows,
        protocol_id=None if entry is None else entry.claim.id,
        basis=fingerprint_of({"engine": ENGINE, "reason": reason, "rows": list(rows)}),
    )


def _why_untested(claim: Claim, entry: BundledClaim | None) -> str:
    if entry is None:
        return (
            "No bundled protocol tests this claim. Choose one on the claim's page if one of them "
            "does, or add one under verifier/claims/."
        )
    if claim.kind is Kind.DESCRIPTIVE:
        return (
            "Descriptive: it says what a study did or is, which only the study's own text can "
            "settle; training models of our own says nothing about it."
        )
    return entry.untested_because or "This version has no protocol that tests it."


def basis(protocol: Protocol, runs: Iterable[Run], conditions: Conditions) -> str:
    """Digest of all that decides an assessment, known before anything is measured."""
    said = sorted((run.fingerprint, run.state, run.is_valid) for run in runs)
    digest = protocol_hash(protocol, conditions.preset)
    decided = {"engine": ENGINE, "protocol": digest, "runs": said}
    return fingerprint_of({**decided, "look": conditions.look} if conditions.look else decided)


def open_questions(protocol: Protocol, outcomes: Sequence[Outcome]) -> tuple[Question, ...]:
    """What the runs leave undecided; all that was asked where that cannot be told."""
    measured = measure(protocol, [_comparison(outcome) for outcome in outcomes])
    decision: Decision = CHECKS.load(protocol.check).decide(measured, protocol=protocol)
    return answers(decision.questions).open if decision.questions else ()


def _tested(
    protocol: Protocol,
    outcomes: Sequence[Outcome],
    conditions: Conditions,
    common: Mapping[str, Any],
) -> Assessment:
    measured = measure(
        protocol,
        [_comparison(outcome) for outcome in outcomes],
        missing=[
            _failed(outcome.run)
            for outcome in outcomes
            if outcome.arm["role"] == "arm" and outcome.run.state != "succeeded"
        ],
        share=share_of_look(conditions.look) if conditions.look else 1.0,
    )
    decision = _decide(measured, protocol=protocol)
    under_stress = stressed(protocol, measured, _decide, _tallies(outcomes))
    turned_round = turned(decision, under_stress)
    nuisances = tuple(each.nuisance for each in under_stress)
    members, described = _bearing(measured, decision)
    setting = _setting(outcomes, conditions)
    grounds = certainty.reasons(
        setting,
        members=members,
        questions=decision.questions,
        controls=[each for each in measured.controls if RANDOM_ENCODER in each.name],
        n_seeds=measured.n_seeds,
        nuisances=nuisances,
    )
    said = [
        decision.reason,
        *regime(decision),
        *turned_round,
        *unjudged(under_stress),
        *_looked(conditions),
    ]
    return Assessment(
        **common,
        finding=decision.finding,
        reason=" ".join(said),
        look=conditions.look,
        confidence=decision.confidence,
        confidence_reason=decision.confidence_reason,
        nuisances=nuisances,
        is_turned_by_stress=bool(turned_round),
        would_change=would_change(decision.finding, decision.questions),
        certainty=lowered(grounds),
        reasons=grounds,
        kind=CheckKind.REDUCED_REPLICATION,
        scope=_scope(outcomes, measured, conditions),
        estimates=(
            *members,
            *measured.controls,
            *(estimate for each in under_stress for estimate in each.estimates),
            *described,
            *measured.points,
        ),
        protocol_id=protocol.id,
        protocol_hash=protocol_hash(protocol, conditions.preset),
        basis=basis(protocol, (outcome.run for outcome in outcomes), conditions),
    )


def _decide(measured: Measured, *, protocol: Protocol) -> Decision:
    decision: Decision = CHECKS.load(protocol.check).decide(measured, protocol=protocol)
    return within_reach(decision, protocol)


def _tallies(outcomes: Sequence[Outcome]) -> dict[str, Tally]:
    """By role, how many runs ended well and how many were planned."""
    found: dict[str, Tally] = {}
    for outcome in outcomes:
        role = outcome.arm["role"]
        ended, planned = found.get(role, (0, 0))
        found[role] = (ended + (outcome.run.state == "succeeded"), planned + 1)
    return found


def _bearing(
    measured: Measured, decision: Decision
) -> tuple[tuple[Estimate, ...], tuple[Estimate, ...]]:
    """The estimates that decide, and those that only describe."""
    if decision.members is None:
        return measured.members, ()
    decides = {member.name for member in decision.members}
    others = (m for m in measured.members if m.name not in decides)
    return decision.members, tuple(
        replace(each, role="description", probability=None) for each in others
    )


def _looked(conditions: Conditions) -> list[str]:
    if not conditions.look:
        return []
    share = share_of_look(conditions.look)
    return [
        f"Look {conditions.look} at a growing number of seeds: it may spend {share:.0%} of the "
        "usual error rates, so that all looks together are wrong no more often than one."
    ]


def _comparison(outcome: Outcome) -> Comparison:
    run = outcome.run
    usable = run.state == "succeeded" and run.is_valid is not False
    return Comparison(
        arm=outcome.arm,
        predictions=outcome.predictions if usable else None,
        problem="" if usable else _failed(run),
        n_records=_pretrained_on(run),
        covariates=_covariates(outcome),
    )


def _covariates(outcome: Outcome) -> dict[str, float]:
    """What a check may hold a score against, as far as the run says it."""
    result, task = outcome.run.result or {}, outcome.run.task
    losses = [
        measured.value
        for measured in outcome.measurements
        if (measured.name, measured.split) == ("pretraining_loss", "validation")
    ]
    found = {
        "pretraining_loss": losses[0] if losses else None,
        "n_updates": task.get("n_updates"),
        "n_records": _pretrained_on(outcome.run),
        "n_pairs": result.get("n_alignment_pairs") or None,
        "batch_size": task.get("batch_size"),
        "n_parameters": result.get("model", {}).get("n_parameters"),
        "width": task.get("backbone_options", {}).get("width", task.get("stem", {}).get("width")),
    }
    return {name: float(value) for name, value in found.items() if value is not None}


def _failed(run: Run) -> str:
    return (
        f"run {run.id} ({run.label}) {'is invalid' if run.state == 'succeeded' else run.state}"
        + (f": {run.error}" if run.error else "")
    )


def _pretrained_on(run: Run) -> int | None:
    """How many records a run really used, which may be fewer than its recipe allows."""
    found = (run.result or {}).get("n_pretraining_records")
    return None if found is None else int(found)


def _setting(outcomes: Sequence[Outcome], conditions: Conditions) -> certainty.Setting:
    counts = [n for outcome in outcomes if (n := _pretrained_on(outcome.run)) is not None]
    return certainty.Setting(
        is_synthetic=_parsed(conditions.data).name == "synthetic",
        n_records=max(counts, default=0),
        is_tuned=False,
        n_runs=len(outcomes),
        n_invalid=sum(outcome.run.is_valid is False for outcome in outcomes),
    )


def _scope(outcomes: Sequence[Outcome], measured: Measured, conditions: Conditions) -> str:
    """The regime the finding holds in, in words; a reduced-scale run says nothing beyond it."""
    results = [outcome.run.result for outcome in outcomes if outcome.run.result]
    name = _parsed(conditions.data).name
    parts = [DATA_WORDS.get(name, name)]
    if measured.sizes:
        parts.append("pretraining on " + _range(measured.sizes) + " records")
    arms = (outcome.run.task for outcome in outcomes if outcome.arm["role"] == "arm")
    updates = {task["n_updates"] for task in arms} - {0}
    if updates:
        parts.append(f"{_range(updates)} updates")
    tested = _tested_on(outcomes)
    if tested:
        parts.append(tested)
    sizes = {r["model"]["n_parameters"] for r in results if "model" in r}
    if sizes:
        parts.append(f"encoders of {_range(sizes)} parameters")
    parts.append(f"{measured.n_seeds} seeds")
    return "; ".join(parts)


def _tested_on(outcomes: Sequence[Outcome]) -> str:
    """All test records and patients, over the folds where each seed has its own."""
    folds: dict[int, tuple[int, int]] = {}
    for outcome in outcomes:
        if outcome.run.result and "dataset" in outcome.run.result:
            counted = outcome.run.result["dataset"]
            fold = outcome.run.task.get("dataset_options", {}).get("rotation", 0)
            folds[fold] = (counted["n_records"]["test"], counted["n_patients"]["test"])
    if not folds:
        return ""
    n_records, n_patients = (sum(counts) for counts in zip(*folds.values(), strict=True))
    said = f"{n_records:,} test records of {n_patients:,} patients"
    return said if len(folds) == 1 else f"{said} in {len(folds)} folds, each seed tested on one"


def _range(numbers: Iterable[int]) -> str:
    low, high = min(numbers := list(numbers)), max(numbers)
    return f"{low:,}" if low == high else f"{low:,} to {high:,}"


__all__ = ["Conditions", "Outcome", "PlannedRun", "RecipeError", "assess", "check_data", "plan"]
