"""How long runs still take, by hand; and runs side by side, against an independent mean."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from scipy import stats

from tests.verifier import made
from tests.verifier.made import NOON, auroc
from verifier.comparison import differences, seed_means
from verifier.forecast import all_left, left, paces, whole

RECIPE = {"objective": "cpc", "backbone": "s4", "n_updates": 100, "n_records": 64, "seed": 0}


def run(id=1, *, state="queued", took=None, began=None, step=0, n_steps=0, valid=None, **recipe):
    return made.run(
        id,
        task={**RECIPE, **recipe},
        state=state,
        started_at=NOON if took is not None else began,
        finished_at=None if took is None else NOON + timedelta(seconds=took),
        phase="pretraining",
        step=step,
        n_steps=n_steps,
        is_valid=valid,
    )


def ended(*seconds, **recipe):
    return [run(n, state="succeeded", took=s, seed=n, **recipe) for n, s in enumerate(seconds)]


def test_a_run_takes_as_long_as_the_middle_one_of_those_like_it():
    known = paces([*ended(10, 14, 90), *ended(500, n_updates=9000)])

    assert whole(run(), known).seconds == 14
    assert "3 earlier runs like it but for the seed" in whole(run(), known).because


def test_without_one_like_it_the_nearest_tell():
    known = paces([*ended(10, 20), *ended(100, objective="jepa")])

    assert whole(run(n_updates=7), known).seconds == 15
    assert whole(run(objective="hubert"), known).seconds == 20
    assert whole(run(), paces([])).seconds is None


def test_a_first_run_is_not_said_to_take_longer_than_others():
    first = run(state="running", began=NOON)

    assert left(first, paces([]), now=NOON).because == "no run has ended yet"
    late = left(first, paces(ended(10)), now=NOON + timedelta(seconds=11))
    assert late.because == "it takes longer than any like it"


def test_failed_runs_tell_nothing():
    assert paces([replace(ended(10)[0], state="failed")]).overall is None


def test_a_running_run_has_left_what_it_has_not_spent():
    at_work = run(state="running", began=NOON, step=60, n_steps=100)
    now = NOON + timedelta(seconds=4)

    assert at_work.fraction == pytest.approx(0.5)  # of pretraining's 5 to 80 % of the bar
    assert left(at_work, paces(ended(10)), now=now).seconds == 6


def test_one_on_a_slower_machine_is_not_said_to_be_nearly_done_for_minutes():
    """Like ones took 100 s; this one has done a tenth of the bar after 99."""
    at_work = run(state="running", began=NOON, step=20, n_steps=300)
    known = paces(ended(100))
    told = [left(at_work, known, now=NOON + timedelta(seconds=s)).seconds for s in (99, 100.5, 300)]

    assert at_work.fraction == pytest.approx(0.1)
    assert told == pytest.approx([90, 100.5 * 9, 300 * 9])


def test_the_pace_is_that_of_the_whole_run_not_of_the_phase_it_is_in():
    """Records nearly prepared, and all of the training still to come."""
    preparing = replace(run(state="running", began=NOON, step=99, n_steps=100), phase="data")
    now = NOON + timedelta(seconds=60)

    assert left(preparing, paces([]), now=now).seconds is None
    training = replace(preparing, phase="pretraining", step=20)
    assert left(training, paces([]), now=now).seconds == pytest.approx(240)  # a fifth in 60 s


def test_one_that_takes_longer_than_any_is_judged_by_its_own_pace():
    at_work = run(state="running", began=NOON, step=60, n_steps=100)
    now = NOON + timedelta(seconds=30)

    assert left(at_work, paces(ended(10)), now=now).seconds == pytest.approx(30)
    still = replace(at_work, step=0)
    assert left(still, paces(ended(10)), now=now).seconds is None


def test_one_that_went_on_from_a_checkpoint_has_only_its_rest_before_it():
    known = paces(ended(100, 100, 100))
    at_work = replace(run(state="running", began=NOON, step=80, n_steps=100), phase="pretraining")
    estimate = left(at_work, known, now=NOON + timedelta(seconds=5))

    assert at_work.fraction == pytest.approx(0.65)
    assert estimate.seconds == pytest.approx(35), "not the 95 that one from the start has left"
    assert "of which it has done 65%" in estimate.because


def test_all_are_done_when_the_longest_is_or_the_sum_is_shared_out():
    known = paces([*ended(10), *ended(100, objective="jepa")])
    six = [run(n) for n in range(6)]

    assert all_left([], six, known, slots=2, now=NOON).seconds == 30
    one_long = all_left([], [run(), run(objective="jepa")], known, slots=8, now=NOON)
    assert one_long.seconds == 100
    assert all_left([], six, known, slots=0, now=NOON).seconds is None


def test_only_what_differs_is_told():
    one, two = run(1, seed=0), run(2, seed=0, optimiser={"lr": 0.1, "beta": 0.9})
    three = run(3, seed=0, optimiser={"lr": 0.2, "beta": 0.9})

    found = {d.name: d.values for d in differences([two, three])}
    assert found == {"optimiser.lr": ("0.1", "0.2")}
    assert {d.name: d.values for d in differences([one, two])}["optimiser.lr"] == ("–", "0.1")


def test_means_over_seeds_have_the_t_interval_and_their_number():
    values = [0.91, 0.90, 0.94]
    runs = [run(n, state="succeeded", took=1, seed=n) for n in range(3)]

    [mean] = seed_means(runs, {n: [auroc(v)] for n, v in enumerate(values)})

    low, high = stats.t.interval(0.95, 2, np.mean(values), stats.sem(values))
    assert (mean.mean, mean.low, mean.high) == pytest.approx((np.mean(values), low, high))
    assert (mean.n_seeds, mean.run_ids) == (3, (0, 1, 2))


def test_invalid_runs_and_missing_values_are_never_averaged_in():
    good = run(1, state="succeeded", took=1, valid=True)
    bad = run(2, state="succeeded", took=1, valid=False, seed=1)
    empty = run(3, state="succeeded", took=1, valid=True, seed=2)

    [mean] = seed_means([good, bad, empty], {1: [auroc(0.9)], 2: [auroc(0.1)], 3: [auroc(None)]})

    assert (mean.mean, mean.n_seeds, mean.low) == (0.9, 1, None)


def test_groups_are_named_by_what_tells_them_apart():
    cpc = run(1, state="succeeded", took=1)
    jepa = run(2, state="succeeded", took=1, objective="jepa", seed=5)

    found = seed_means([cpc, jepa], {1: [auroc(0.9)], 2: [auroc(0.8)]})

    assert [each.setting for each in found] == ["objective = cpc", "objective = jepa"]


def test_groups_are_named_by_no_more_than_it_takes():
    """Each objective has options that no other has; they say nothing that its name does not."""
    kinds = [("cpc", {"horizon": 8}), ("jepa", {"momentum": 0.9}), ("jepa", {"momentum": 0.5})]
    runs = [
        run(n, state="succeeded", took=1, objective=name, objective_options=options, seed=n)
        for n, (name, options) in enumerate(kinds)
    ]
    values = {n: [auroc(0.9)] for n in range(3)}

    two = seed_means(runs[:2], values)
    assert [each.setting for each in two] == ["objective = cpc", "objective = jepa"]
    assert [each.setting for each in seed_means(runs, values)] == [
        "objective_options.momentum = –",
        "objective_options.momentum = 0.9",
        "objective_options.momentum = 0.5",
    ]
