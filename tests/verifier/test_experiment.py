import json

import pytest

from models.recipe import Recipe
from verifier import experiment
from verifier.certainty import Setting, reasons
from verifier.claim import InputError
from verifier.conformity import compare
from verifier.experiment import Conditions
from verifier.protocol import Expectation, bundled, preset_named
from verifier.verdict import Concern, Estimate

QUICK = Conditions(preset=preset_named("quick"), data="synthetic")


def trainings(claim_id: str, conditions: Conditions = QUICK):
    planned = experiment.plan(bundled()[claim_id], conditions)
    return [run for run in planned if run.request.kind == "training"]


def test_every_arm_runs_in_every_context_with_every_seed():
    arms = [run.arm for run in trainings("C03") if run.arm["role"] == "arm"]
    assert len(arms) == 3 * 3 * 3, "backbones × objectives × seeds"
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


def test_the_random_encoder_is_not_trained():
    controls = [run for run in trainings("C04") if run.arm["role"] == "random encoder"]
    assert len(controls) == 3
    assert {run.request.task["n_updates"] for run in controls} == {0}
    assert "random encoder" in controls[0].request.label


def test_a_preset_never_trains_the_random_encoder():
    full = Conditions(preset=preset_named("full"), data="synthetic")
    updates = {run.request.task["n_updates"] for run in trainings("C04", full)}
    assert updates == {0, 1000}


def test_claims_share_runs():
    prints = {
        i: {r.request.fingerprint for r in trainings(i) if r.arm["role"] == "arm"}
        for i in ("C03", "C04", "C05")
    }
    assert prints["C04"] < prints["C03"]
    assert prints["C04"] < prints["C05"]


def test_a_stress_arm_changes_only_the_arms_it_names():
    stressed = [run for run in trainings("C05") if run.arm["role"] == "mask rate 49 %"]
    assert {run.arm["arm"] for run in stressed} == {"data2vec"}
    assert {run.arm["size"] for run in stressed} == {2048}
    options = [run.request.task["objective_options"] for run in stressed]
    assert {option["mask_probability"] for option in options} == {0.65}


def test_planning_twice_plans_the_same():
    assert trainings("C05") == trainings("C05")


def test_a_planned_task_is_a_recipe_that_can_be_read_back():
    task = trainings("C03")[0].request.task
    assert Recipe.from_json(json.dumps(task)).to_dict() == task


def test_a_descriptive_claim_plans_descriptions_only():
    planned = experiment.plan(bundled()["C14"], QUICK)
    assert {run.request.kind for run in planned} == {"description"}


def test_the_data_reference_is_checked_before_anything_is_asked():
    assert experiment.check_data(" synthetic ") == "synthetic"
    with pytest.raises(InputError, match="Did you mean 'synthetic'"):
        experiment.check_data("synthetics")


FOUR = Expectation(says="four", fact="stem.n_convolutions", equals=4, recipe="paper_cpc")


@pytest.mark.parametrize(
    ("facts", "found", "holds"),
    [
        ({"paper_cpc": {"stem": {"n_convolutions": 4}}}, 4, True),
        ({"paper_cpc": {"stem": {"n_convolutions": 3}}}, 3, False),
        ({"paper_cpc": {"stem": {}}}, None, None),
        ({"paper_cpc": {"stem": 4}}, None, None),
        ({}, None, None),
    ],
)
def test_conformity_is_found_not_found_or_unknown(facts, found, holds):
    (row,) = compare([FOUR], facts)
    assert (row["found"], row["holds"]) == (found, holds)
    assert bool(row["reason"]) == (holds is None)


def effect(value: float, low: float, high: float) -> Estimate:
    return Estimate(name="e", value=value, low=low, high=high, n=3, n_counts="seeds")


def concerns(members, controls=(), *, is_synthetic=True, n_seeds=10, is_tuned=True):
    setting = Setting(is_synthetic=is_synthetic, n_records=900, is_tuned=is_tuned)
    found = reasons(setting, members=members, controls=controls, delta=0.01, n_seeds=n_seeds)
    return [(reason.concern, reason.levels) for reason in found]


CLEAR = effect(0.1, 0.05, 0.15)


def test_synthetic_data_count_twice_against_directness():
    assert concerns([CLEAR]) == [(Concern.INDIRECTNESS, 2)]
    assert concerns([CLEAR], is_synthetic=False) == [(Concern.INDIRECTNESS, 1)]


def test_an_interval_across_delta_or_few_seeds_are_imprecise():
    assert (Concern.IMPRECISION, 1) in concerns([effect(0.01, -0.01, 0.03)])
    assert (Concern.IMPRECISION, 1) in concerns([CLEAR], n_seeds=3)


def test_members_on_both_sides_are_inconsistent():
    assert (Concern.INCONSISTENCY, 1) in concerns([CLEAR, effect(-0.1, -0.15, -0.05)])


def test_one_learning_rate_for_all_arms_is_a_risk_of_bias():
    assert (Concern.RISK_OF_BIAS, 1) in concerns([CLEAR], is_tuned=False)


def test_arms_that_do_not_beat_a_random_encoder_tell_little():
    found = concerns([CLEAR], [effect(0.001, -0.01, 0.02)], is_synthetic=False)
    assert found.count((Concern.INDIRECTNESS, 1)) == 2
