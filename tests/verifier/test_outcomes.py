from types import SimpleNamespace

from tests.verifier.made import run
from verifier import outcomes
from verifier.outcomes import Outcome


def on_fold(rotation: int, n_patients: int) -> Outcome:
    """A run on one fold."""
    counts = {"n_records": {"test": n_patients + 10}, "n_patients": {"test": n_patients}}
    task = {"dataset_options": {"rotation": rotation}, "n_updates": 1}
    return Outcome(
        arm={}, run=SimpleNamespace(task=task, result={"dataset": counts}), predictions=None
    )


def test_the_scope_counts_the_test_patients_of_all_folds_once():
    """Seeds 0 and 10 test on the same fold, whose patients are not more for it."""
    runs = [on_fold(0, 240), on_fold(0, 240), on_fold(1, 230), on_fold(2, 211)]
    expected = "711 test records of 681 patients in 3 folds, each seed tested on one"
    assert outcomes.tested_on(runs) == expected
    assert outcomes.tested_on(runs[:2]) == "250 test records of 240 patients"
    assert outcomes.tested_on([]) == ""


def test_what_became_of_a_run_stands_within_a_sentence():
    made_of = {"task": {}, "label": "cpc · s4 · seed 0"}
    cancelled = run(8, state="cancelled", error="Cancelled.", **made_of)
    failed = run(9, state="failed", error="It took longer than its limit of 9 s.", **made_of)
    assert outcomes.failure(cancelled) == "run 8 (cpc · s4 · seed 0) cancelled"
    assert outcomes.failure(failed) == (
        "run 9 (cpc · s4 · seed 0) failed: It took longer than its limit of 9 s"
    )
