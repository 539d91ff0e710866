import json
from dataclasses import replace

import pytest

from models.recipe import Recipe
from verifier.claim import InputError
from verifier.planning import Conditions, check_data, plan
from verifier.protocol import bundled, preset_named

QUICK = Conditions(preset=preset_named("quick"), data="synthetic")
SHORT = Conditions(  # the preset standard with two seeds, one of them under stress
    preset=replace(preset_named("standard"), n_seeds=2, n_stress_seeds=1), data="synthetic"
)
PROTOCOLS = sorted(i for i, entry in bundled().items() if entry.protocol is not None)
PLANNED = {}


def trainings(claim_id: str, conditions: Conditions = QUICK):
    key = claim_id, repr(conditions)
    if key not in PLANNED:
        PLANNED[key] = plan(bundled()[claim_id], conditions)
    return [run for run in PLANNED[key] if run.request.kind == "training"]


def prints(claim_id: str, conditions: Conditions = QUICK, role: str = "arm"):
    found = trainings(claim_id, conditions)
    return {run.request.fingerprint for run in found if run.arm["role"] == role}


def test_every_arm_runs_in_every_context_with_every_seed():
    arms = [run.arm for run in trainings("C03") if run.arm["role"] == "arm"]
    assert len(arms) == 3 * 5 * 3, "backbones × objectives × seeds"
    assert {arm["seed"] for arm in arms} == {0, 1, 2}


def test_arms_of_one_seed_differ_in_the_objective_alone():
    wanted = ("cpc", "jepa")
    found = [
        run.request.task
        for run in trainings("C04")
        if run.arm["role"] == "arm" and run.arm["seed"] == 0 and run.arm["arm"] in wanted
    ]
    one, other = found
    assert {key for key in one if one[key] != other[key]} == {"objective", "objective_options"}


@pytest.mark.parametrize("claim_id", PROTOCOLS)
def test_arms_differ_in_what_the_claim_is_about_and_in_nothing_else(claim_id):
    protocol = bundled()[claim_id].protocol
    arms = (*protocol.favoured, *protocol.rivals)
    stated = {key.partition(".")[0] for arm in arms for key in arm.changes}
    with_options = {f"{name}_options" for name in stated & {"objective", "backbone"}}
    groups = {}
    for run in trainings(claim_id, SHORT):
        if run.arm["role"] == "arm":
            place = tuple(run.arm[name] for name in ("context", "size", "seed"))
            groups.setdefault(place, []).append(run.request.task)
    for tasks in groups.values():
        assert len(tasks) == len(arms)
        differing = {key for task in tasks for key in task if task[key] != tasks[0][key]}
        assert differing <= stated | with_options


@pytest.mark.parametrize("claim_id", PROTOCOLS)
def test_every_protocol_has_an_untrained_control_and_one_with_nothing_to_learn(claim_id):
    runs = trainings(claim_id, SHORT)
    untrained = [r.request.task for r in runs if r.arm["role"] == "random encoder"]
    assert {task["n_updates"] for task in untrained} == {0}
    null = [json.dumps(r.request.task) for r in runs if "shuffled" in r.arm["role"]]
    assert null
    for task in null:
        assert '"shuffles_labels": true' in task or '"shuffles_pairs": true' in task


def test_protocols_on_pretraining_are_held_against_training_on_labels():
    for claim_id in ("C03", "C04", "C05", "C06", "C07", "C13"):
        assert len(prints(claim_id, role="trained from scratch on labels")) == 3, claim_id


def test_the_random_encoder_is_not_trained():
    controls = [run for run in trainings("C04") if run.arm["role"] == "random encoder"]
    assert len(controls) == 3
    assert {run.request.task["n_updates"] for run in controls} == {0}
    assert "random encoder" in controls[0].request.label


def test_a_preset_never_trains_the_random_encoder():
    full = Conditions(preset=replace(preset_named("full"), n_seeds=1), data="synthetic")
    updates = {run.request.task["n_updates"] for run in trainings("C04", full)}
    assert updates == {0, 1000}


def test_claims_share_runs():
    for conditions in (QUICK, SHORT):
        assert prints("C04", conditions) < prints("C03", conditions)
        assert prints("C04", conditions) < prints("C05", conditions)
        assert prints("C05", conditions) == prints("C06", conditions) == prints("C07", conditions)
    for role in ("fixed epochs", "subsets drawn anew"):
        assert prints("C05", SHORT, role) == prints("C06", SHORT, role)
    one, *others = (prints(i, SHORT, "random encoder") for i in ("C03", "C04", "C05", "C06", "C07"))
    assert len(one) == 2, "one for each seed, whatever the objective"
    assert all(other == one for other in others)
    assert len(prints("C13", SHORT) & prints("C04", SHORT)) == 2, "CPC at the default width"


def test_all_claims_together_cost_far_fewer_runs_than_each_by_itself():
    each = {i: {r.request.fingerprint for r in trainings(i, SHORT)} for i in PROTOCOLS}
    together = len(set.union(*each.values()))
    assert together < 0.6 * sum(len(own) for own in each.values())


def test_a_stress_arm_changes_only_the_arms_it_names():
    stressed = [run for run in trainings("C05", SHORT) if run.arm["role"] == "mask rate 49 %"]
    assert {run.arm["arm"] for run in stressed} == {"data2vec"}
    assert {run.arm["size"] for run in stressed} == {1900}
    options = [run.request.task["objective_options"] for run in stressed]
    assert {option["mask_probability"] for option in options} == {0.65}


def test_a_stress_may_change_each_arm_in_its_own_way():
    role = "learning rate scaled with width"
    found = {
        run.request.task["stem"]["width"]: run.request.task["learning_rate"]
        for run in trainings("C13", SHORT)
        if run.arm["role"] == role
    }
    assert found == {16: 2e-2, 48: 6.7e-3, 64: 5e-3}


def test_stress_arms_are_run_with_as_many_seeds_as_the_preset_says():
    stress = {stress.name for stress in bundled()["C05"].protocol.stress}
    for conditions, seeds in ((QUICK, set()), (SHORT, {0})):
        runs = trainings("C05", conditions)
        assert {run.arm["seed"] for run in runs if run.arm["role"] in stress} == seeds


def test_fixed_epochs_give_every_size_as_many_passes_as_the_largest():
    found = {
        run.arm["size"]: run.request.task["n_updates"]
        for run in trainings("C06", SHORT)
        if run.arm["role"] == "fixed epochs" and run.arm["arm"] == "cpc"
    }
    assert found == {56: 4, 136: 11, 330: 26, 800: 63, 1900: 150}  # 150 × size / 1900


def test_subsets_drawn_anew_differ_from_size_to_size_below_the_largest():
    runs = [
        run
        for run in trainings("C06", SHORT)
        if run.arm["role"] == "subsets drawn anew" and run.arm["arm"] == "cpc"
    ]
    options = {run.arm["size"]: run.request.task["dataset_options"] for run in runs}
    drawn = {size: each.get("subset_seed") for size, each in options.items()}
    assert drawn.pop(1900) is None, "all there is cannot be drawn anew"
    assert len(set(drawn.values())) == 4
    assert None not in drawn.values()


def test_arms_of_one_seed_share_their_test_fold_and_every_fold_has_its_turn(tmp_path):
    for name in ("ptbxl_database.csv", "scp_statements.csv"):
        (tmp_path / name).write_text("no record is needed to plan\n", encoding="utf-8")
    preset = replace(preset_named("standard"), n_stress_seeds=0)
    conditions = Conditions(preset=preset, data=f"ptb_xl:{tmp_path}")
    folds = {}
    for run in trainings("C04", conditions):
        fold = run.request.task["dataset_options"]["rotation"]
        folds.setdefault(run.arm["seed"], set()).add(fold)
    assert folds == {seed: {seed % 10} for seed in range(16)}


def test_data_without_folds_are_split_once():
    options = [run.request.task["dataset_options"] for run in trainings("C04", SHORT)]
    assert all("rotation" not in each for each in options)


def test_planning_twice_plans_the_same():
    assert plan(bundled()["C05"], QUICK) == plan(bundled()["C05"], QUICK)


def test_a_planned_task_is_a_recipe_that_can_be_read_back():
    task = trainings("C03")[0].request.task
    assert Recipe.from_json(json.dumps(task)).to_dict() == task


def test_a_descriptive_claim_plans_descriptions_only():
    planned = plan(bundled()["C14"], QUICK)
    assert {run.request.kind for run in planned} == {"description"}


def test_the_data_reference_is_checked_before_anything_is_asked():
    assert check_data(" synthetic ") == "synthetic"
    with pytest.raises(InputError, match="Did you mean 'synthetic'"):
        check_data("synthetics")
