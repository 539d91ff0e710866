"""What is written of fitted trees and regressions, against scikit-learn's own predictions."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits

from verifier.bench._learners import N_BAGS, boosted, forest, regression
from verifier.literature import stack
from verifier.literature.selection import trees_of

DICE = np.random.default_rng(5)
ROWS = DICE.normal(size=(240, 4))
MARKS = (ROWS[:, 0] + ROWS[:, 1] ** 2 > 0.5).astype(float)


@pytest.fixture(autouse=True)
def _one_thread():
    """OpenMP's threads wait for each other by spinning, which takes minutes on a busy machine."""
    with threadpool_limits(limits=1):
        yield


def test_trees_as_written_say_what_the_forests_themselves_say() -> None:
    written = trees_of(forest([ROWS[:100], ROWS[100:]], [MARKS[:100], MARKS[100:]]))

    themselves = [boosted(bag).fit(ROWS, MARKS).decision_function(ROWS) for bag in range(N_BAGS)]
    assert written.score(ROWS) == pytest.approx(np.mean(themselves, axis=0), abs=1e-6)


def test_a_regression_as_written_says_what_the_fitted_one_says() -> None:
    labels = np.digitize(ROWS[:, 2], [-0.5, 0.5])
    made = regression(ROWS, labels, np.arange(240) % 4, penalty=0.1)
    written = stack.regression_of({**made, "temperature": 1.0})

    standing = (ROWS - ROWS.mean(axis=0)) / ROWS.std(axis=0)
    standing = standing.clip(-stack.FARTHEST, stack.FARTHEST)
    itself = LogisticRegression(C=0.1, max_iter=2000).fit(standing, labels)
    told = [stack.softmax(written.logits(row)) for row in ROWS]
    assert np.array(told) == pytest.approx(itself.predict_proba(standing), abs=1e-4)


def test_a_regression_too_sure_of_rows_it_has_not_seen_is_cooled() -> None:
    guessed = DICE.integers(0, 3, size=240)  # nothing to be learnt

    weak = regression(ROWS, guessed, np.arange(240) % 4, penalty=100.0)
    strong = regression(ROWS, np.digitize(ROWS[:, 2], [-0.5, 0.5]), np.arange(240) % 4, 0.01)

    assert weak["temperature"] > 1 > strong["temperature"]
