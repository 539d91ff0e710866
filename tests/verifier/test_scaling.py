import math
from typing import Any

import pandas as pd
import pytest

from tests.verifier import made
from tests.verifier.made import auroc
from verifier import scaling
from verifier.charts import RANDOM_ENCODER
from verifier.queue import Measurement, Run

Scored = tuple[list[Run], dict[int, list[Measurement]]]


def run(id: int, *, state: str = "succeeded", is_valid: bool | None = True, **recipe: Any) -> Run:
    task = {
        "objective": "cpc",
        "backbone": "s4d",
        "seed": 0,
        "n_records": 64,
        "n_updates": 300,
        "objective_options": {"mask_rate": 0.5},
        **recipe,
    }
    result = task.pop("result", {"n_pretraining_records": task["n_records"]})
    said = {name: task.pop(name) for name in ("data", "kind") if name in task}
    return made.run(id, task=task, state=state, is_valid=is_valid, result=result, **said)


def scored(*pairs: tuple[Run, float | None]) -> Scored:
    return [run for run, _ in pairs], {run.id: [auroc(value)] for run, value in pairs}


def test_the_error_is_the_mean_over_seeds_with_a_small_sample_t_interval() -> None:
    # Errors 0.20, 0.22, 0.27: mean 0.23, standard deviation √(0.0013) = 0.0360555,
    # t(0.975, 2) = 4.302653, so half of the interval is 4.302653 · 0.0360555 / √3 = 0.0895669.
    points = scaling.points(
        *scored((run(1, seed=0), 0.80), (run(2, seed=1), 0.78), (run(3, seed=2), 0.73))
    )
    row = points.iloc[0]
    assert len(points) == 1
    assert row["error"] == pytest.approx(0.23)
    assert row["auroc"] == pytest.approx(0.77)
    assert row["low"] == pytest.approx(0.23 - 0.0895669, abs=1e-6)
    assert row["high"] == pytest.approx(0.23 + 0.0895669, abs=1e-6)
    assert (row["n_seeds"], row["run_ids"], row["n_updates"]) == (3, [1, 2, 3], 300)
    assert (row["data"], row["backbone"], row["objective"]) == ("synthetic", "s4d", "cpc")


def test_one_seed_has_no_interval() -> None:
    row = scaling.points(*scored((run(1), 0.8))).iloc[0]
    assert math.isnan(row["low"])
    assert math.isnan(row["high"])


def test_seeds_that_are_tested_on_different_folds_are_one_curve() -> None:
    turned = [run(seed + 1, seed=seed, dataset_options={"rotation": seed}) for seed in range(3)]
    points = scaling.points(*scored(*((one, 0.8) for one in turned)))
    assert points.n_seeds.tolist() == [3]
    assert points.settings.tolist() == [""]


def test_a_seed_that_was_run_twice_counts_once() -> None:
    points = scaling.points(
        *scored((run(1, seed=0), 0.8), (run(2, seed=0), 0.8), (run(3, seed=1), 0.6))
    )
    assert points.iloc[0]["n_seeds"] == 2
    assert points.iloc[0]["error"] == pytest.approx(0.3)


def test_runs_that_are_invalid_unfinished_or_without_a_score_are_counted_and_never_averaged() -> (
    None
):
    runs, measurements = scored(
        (run(1), 0.8),
        (run(2, seed=1, is_valid=False), 0.1),
        (run(3, seed=2, state="failed"), 0.1),
        (run(4, seed=3), None),
        (run(5, kind="description"), None),
    )
    points = scaling.points(runs, measurements)
    assert list(points["run_ids"]) == [[1]]
    assert scaling.left_out(runs, measurements) == {
        "not finished": 1,
        "invalid": 1,
        "not scored": 1,
    }


def test_only_the_test_score_of_the_linear_probe_counts() -> None:
    others = [
        auroc(0.1, split="validation"),
        auroc(0.2, probe="finetune"),
        auroc(0.3, name="auroc/NORM"),
    ]
    points = scaling.points([run(1)], {1: [*others, auroc(0.9)]})
    assert points.iloc[0]["auroc"] == pytest.approx(0.9)


@pytest.mark.parametrize(
    ("result", "expected"),
    [
        ({"n_pretraining_records": 40}, 40),
        ({"dataset": {"n_records": {"train": 50}}}, 50),
        ({"dataset": {"n_records": {"train": 500}}}, 64),
        ({}, 64),
    ],
)
def test_the_number_of_records_is_what_was_really_used(result: Any, expected: int) -> None:
    points = scaling.points(*scored((run(1, result=result), 0.8)))
    assert points.iloc[0]["n_records"] == expected


def test_a_recipe_that_states_no_number_takes_all_of_the_training_fold() -> None:
    result = {"dataset": {"n_records": {"train": 500}}}
    points = scaling.points(*scored((run(1, n_records=None, result=result), 0.8)))
    assert points.iloc[0]["n_records"] == 500


def test_a_random_encoder_is_one_point_whatever_recipe_it_was_made_from() -> None:
    points = scaling.points(
        *scored(
            (run(1, n_updates=0, seed=0, objective="cpc"), 0.6),
            (run(2, n_updates=0, seed=1, objective="jepa", n_records=512), 0.7),
        )
    )
    assert list(points["objective"]) == [RANDOM_ENCODER]
    assert list(points["n_records"]) == [0]
    assert points.iloc[0]["error"] == pytest.approx(0.35)


def test_a_curve_stands_beside_the_random_encoder_of_its_own_network_and_probe() -> None:
    shuffled = {"linear": {"shuffles_labels": True}}
    points = scaling.points(
        *scored(
            (run(1, window_s=2.5), 0.8),
            (run(2, window_s=2.5, seed=1), 0.8),
            (run(3, window_s=10), 0.9),
            (run(4, window_s=2.5, n_updates=0, objective="supervised"), 0.7),
            (run(5, window_s=10, n_updates=0), 0.6),
            # chance, which nothing has to beat, and more often run than the two before
            *(
                (run(n, seed=n, window_s=2.5, n_updates=0, probe_options=shuffled), 0.5)
                for n in range(6, 9)
            ),
        )
    )
    usual = points[(points["objective"] == "cpc") & (points["settings"] == "")]
    other = points[(points["objective"] == "cpc") & (points["settings"] == "window_s = 10")]

    def random_errors(chosen: pd.DataFrame) -> list[float]:
        shown = scaling.beside(chosen, points)
        return [round(e, 2) for e in shown.loc[shown["objective"] == RANDOM_ENCODER, "error"]]

    assert (random_errors(usual), random_errors(other)) == ([0.3], [0.4])
    unnamed = points[(points["objective"] == RANDOM_ENCODER) & (points["settings"] == "")]
    assert unnamed["run_ids"].tolist() == [[4]]


def test_recipes_that_differ_in_more_than_the_seed_are_not_averaged_and_say_how_they_differ() -> (
    None
):
    other = {"objective_options": {"mask_rate": 0.3}}
    points = scaling.points(
        *scored((run(1, seed=0), 0.8), (run(2, seed=1), 0.8), (run(3, seed=0, **other), 0.6))
    )
    assert list(points["settings"]) == ["", "objective_options.mask_rate = 0.3"]
    assert list(points["n_seeds"]) == [2, 1]
    assert points["series"].nunique() == 2


def test_data_sets_are_never_averaged_together() -> None:
    points = scaling.points(*scored((run(1), 0.8), (run(2, seed=1, data="ptb_xl:/x"), 0.6)))
    assert sorted(points["data"]) == ["ptb_xl:/x", "synthetic"]


def test_no_runs_give_an_empty_table_with_all_columns() -> None:
    points = scaling.points([], {})
    assert points.empty
    assert list(points.columns) == scaling.COLUMNS
    assert scaling.range_note(points) is None


def curve(sizes: list[int], *, n_seeds: int) -> Scored:
    pairs = [(size, seed) for size in sizes for seed in range(n_seeds)]
    return scored(
        *(
            (run(place, n_records=size, seed=seed), 0.8)
            for place, (size, seed) in enumerate(pairs, start=1)
        )
    )


def test_five_sizes_over_a_decade_and_a_half_at_three_seeds_are_enough() -> None:
    assert scaling.range_note(scaling.points(*curve([64, 128, 512, 1024, 2048], n_seeds=3))) is None


@pytest.mark.parametrize(
    ("sizes", "n_seeds", "expected"),
    [
        ([64, 512, 4096], 3, "cpc, s4d: 3 sizes over 1.8 decades, 3 seeds"),
        ([64, 80, 100, 120, 640], 3, "cpc, s4d: 5 sizes over 1.0 decades, 3 seeds"),
        ([64, 128, 512, 1024, 4096], 2, "cpc, s4d: 5 sizes over 1.8 decades, 2 seeds"),
        ([64], 1, "cpc, s4d: 1 size, 1 seed."),
    ],
)
def test_less_is_called_insufficient_range_with_its_numbers(
    sizes: list[int], n_seeds: int, expected: str
) -> None:
    note = scaling.range_note(scaling.points(*curve(sizes, n_seeds=n_seeds)))
    assert note is not None
    assert note.startswith("Insufficient range")
    assert expected in note


def test_numbers_of_records_that_the_fold_alone_makes_differ_are_one_size() -> None:
    labelled = [612, 607, 611, 620]
    points = scaling.points(
        *scored(
            *(
                (run(seed, seed=seed, objective="supervised", n_records=n), 0.8)
                for seed, n in enumerate(labelled, start=1)
            )
        )
    )
    (size,) = points.to_dict("records")
    assert (size["n_records"], size["n_seeds"], size["run_ids"]) == (612, 4, [1, 2, 3, 4])
    assert "supervised, s4d: 1 size, 4 seeds." in str(scaling.range_note(points))


def test_the_usual_settings_of_every_objective_are_those_that_can_be_compared() -> None:
    points = scaling.points(
        *scored(
            *((run(n, seed=n, window_s=2.5), 0.8) for n in range(1, 5)),
            (run(5, objective="supervised", window_s=2.5), 0.8),
            *((run(n, seed=n, objective="supervised", window_s=10), 0.9) for n in (6, 7)),
        )
    )
    usual = points[points["settings"] == ""]
    assert sorted(usual["run_ids"]) == [[1, 2, 3, 4], [5]]


def test_a_random_encoder_alone_is_no_scaling_curve_and_gets_no_note() -> None:
    points = scaling.points(*scored((run(1, n_updates=0), 0.6)))
    assert scaling.range_note(points) is None
