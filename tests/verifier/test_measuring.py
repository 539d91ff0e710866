from dataclasses import replace
from io import BytesIO
from statistics import fmean

import numpy as np
import pytest
from scipy import stats

from tests.verifier.planted import N_PATIENTS, predictions
from verifier.measuring import measure
from verifier.protocol import Arm, Protocol
from verifier.scoring import Comparison
from verifier.statistics.effect import Incomparable

FEW = "fewer than 2 seeds with valid runs"

PROTOCOL = Protocol(
    id="T1",
    hypothesis="",
    words="",
    check="exceeds",
    recipe="tiny",
    favoured=(Arm(name="a"),),
    rivals=(Arm(name="b"),),
    controls=(Arm(name="random encoder"),),
)


def run(arm: str, seed: int, payload: bytes | None, *, role: str = "arm", size: int = 64, **more):
    place = {"role": role, "arm": arm, "context": "", "size": size, "seed": seed}
    return Comparison(arm=place, predictions=payload, n_records=size, **more)


def both(skill_a: float, skill_b: float, n_seeds: int = 4) -> list[Comparison]:
    return [
        run(arm, seed, predictions(skill, seed=seed + 100 * (arm == "b")))
        for arm, skill in (("a", skill_a), ("b", skill_b))
        for seed in range(n_seeds)
    ]


def plain_macro_auroc(payload: bytes) -> float:
    with np.load(BytesIO(payload)) as stored:
        targets, scores = stored["targets"].astype(bool), stored["scores"]
    return fmean(
        stats.mannwhitneyu(scores[t, k], scores[~t, k]).statistic / (t.sum() * (~t).sum())
        for k, t in enumerate(targets.T)
    )


def test_a_member_is_the_mean_difference_paired_by_seed():
    runs = both(2.0, 1.0)
    (member,) = measure(PROTOCOL, runs).members
    found = {(c.arm["arm"], c.arm["seed"]): plain_macro_auroc(c.predictions) for c in runs}
    expected = fmean(found["a", seed] - found["b", seed] for seed in range(4))
    assert member.value == pytest.approx(expected)
    assert member.name == "a − b"
    assert (member.n, member.n_counts) == (4, "seeds")
    assert member.low < member.value < member.high
    assert member.n_patients == N_PATIENTS


def test_fewer_patients_make_a_wider_interval():
    def width(n_patients: int) -> float:
        runs = [
            run(arm, seed, predictions(skill, seed=shift, n_patients=n_patients))
            for arm, skill, shift in (("a", 1.5, 0), ("b", 1.0, 50))
            for seed in range(3)
        ]
        (member,) = measure(PROTOCOL, runs).members
        return member.patient_error

    assert width(20) > width(400)


def test_the_order_of_runs_changes_nothing():
    runs = both(2.0, 1.0)
    assert measure(PROTOCOL, runs) == measure(PROTOCOL, runs[::-1])


def test_an_invalid_run_is_left_out_with_its_pair():
    runs = both(2.0, 1.0)
    runs[0] = run("a", 0, None)
    measured = measure(PROTOCOL, runs)
    assert measured.members[0].n == 3
    assert measured.n_seeds == 3
    assert measured.missing == ()


def test_with_fewer_than_two_pairs_a_member_is_missing_and_not_estimated():
    measured = measure(PROTOCOL, both(2.0, 1.0, n_seeds=1))
    assert measured.members == ()
    assert "a − b has fewer than 2 seeds" in measured.missing[0]


def test_an_arm_without_any_valid_run_is_missing():
    measured = measure(PROTOCOL, [c for c in both(2.0, 1.0) if c.arm["arm"] == "a"])
    assert measured.members == ()
    assert measured.missing


def test_the_favoured_arm_is_held_against_its_control():
    controls = [
        run("a", seed, predictions(0.5, seed=seed + 900), role="random encoder")
        for seed in range(4)
    ]
    (control,) = measure(PROTOCOL, both(2.0, 1.0) + controls).controls
    assert control.name == "a − random encoder"
    assert control.role == "control"
    assert control.low > 0


def test_runs_of_one_seed_tested_on_other_records_are_not_compared():
    other = predictions(1.0, seed=0, n_patients=10)
    runs = [c for c in both(2.0, 1.0) if (c.arm["arm"], c.arm["seed"]) != ("b", 3)]
    with pytest.raises(ValueError, match="tested on different records"):
        measure(PROTOCOL, [*runs, run("b", 3, other)])


def test_seeds_may_be_tested_on_different_patients():
    """Then nothing is shared between seeds, and their spread alone is the error."""
    runs = [
        run(arm, seed, predictions(skill, seed=seed + shift, n_patients=40 + seed))
        for arm, skill, shift in (("a", 1.5, 0), ("b", 1.0, 50))
        for seed in range(4)
    ]
    (member,) = measure(PROTOCOL, runs).members
    assert member.patient_error == 0
    assert member.n_patients == 40 + 41 + 42 + 43


def test_sizes_are_those_really_used():
    runs = [Comparison(arm=c.arm, predictions=c.predictions, n_records=50) for c in both(2.0, 1.0)]
    assert measure(PROTOCOL, runs).sizes == (50,)


def test_a_protocol_over_sizes_gives_the_error_at_each():
    from dataclasses import replace

    over_sizes = replace(PROTOCOL, sizes="all")
    runs = [
        run(arm, seed, predictions(1.0, seed=seed + size), size=size)
        for arm in ("a", "b")
        for seed in range(3)
        for size in (32, 64)
    ]
    measured = measure(over_sizes, runs)
    assert [point.name for point in measured.points] == [
        "a at 32 records",
        "a at 64 records",
        "b at 32 records",
        "b at 64 records",
    ]
    assert len(measured.members) == 2
    expected = fmean(
        1 - plain_macro_auroc(c.predictions)
        for c in runs
        if c.arm["arm"] == "a" and c.arm["size"] == 32
    )
    assert measured.points[0].value == pytest.approx(expected)


def test_scores_that_are_no_numbers_are_not_put_in_order():
    """Sorting puts NaN above everything, which would count as a score like any other."""
    with np.load(BytesIO(predictions(1.0, seed=0))) as stored:
        arrays = dict(stored)
    arrays["scores"][3, 0] = np.nan
    damaged = BytesIO()
    np.savez(damaged, **arrays)
    runs = both(2.0, 1.0)
    runs[0] = run("a", 0, damaged.getvalue())
    with pytest.raises(Incomparable, match="1 of 600 scores of a run are not finite"):
        measure(PROTOCOL, runs)


def test_runs_that_saw_other_labels_are_not_compared():
    with np.load(BytesIO(predictions(1.0, seed=100))) as stored:
        arrays = dict(stored)
    arrays["targets"] = 1 - arrays["targets"]
    relabelled = BytesIO()
    np.savez(relabelled, **arrays)
    runs = [c for c in both(2.0, 1.0) if (c.arm["arm"], c.arm["seed"]) != ("b", 0)]
    with pytest.raises(Incomparable, match="different records"):
        measure(PROTOCOL, [*runs, run("b", 0, relabelled.getvalue())])


def test_a_size_at_which_every_run_is_invalid_is_missing_and_not_forgotten():
    everywhere = replace(PROTOCOL, sizes="all", controls=())
    runs = both(2.0, 1.0)
    lost = [run(c.arm["arm"], c.arm["seed"], None, size=512) for c in runs]
    assert measure(everywhere, runs).missing == ()
    found = measure(everywhere, [*runs, *lost]).missing
    assert found == tuple(f"{arm} at 512 records has {FEW}" for arm in ("a", "b"))


def test_sizes_beyond_what_a_data_set_has_are_one_size():
    """Asked for 512 and for 4,096 records where there are 300: the same runs, once."""
    everywhere = replace(PROTOCOL, sizes="all", controls=())
    runs = [
        replace(each, arm={**each.arm, "size": size}, n_records=min(size, 300))
        for size in (64, 512, 4096)
        for each in both(2.0, 1.0)
    ]
    found = measure(everywhere, runs)
    assert [each.name for each in found.members] == ["a − b at 64 records", "a − b at 300 records"]
    assert found.sizes == (64, 300)
