"""Trees and regressions as they are written down: fitted here, read without scikit-learn."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar

from verifier.literature import stack

N_BAGS = 3  # forests that differ in which features each split may ask
Matrix = NDArray[np.float64]


def forest(rows: Sequence[Matrix], is_gold: Sequence[Matrix]) -> dict[str, Any]:
    """Boosted trees as they are written: [feature, threshold, left, right, value] by node.

    An abstract a place: `rows` (sentences, features), and 1 in `is_gold` (sentences,) for evidence.
    """
    trees, start, depth = [], 0.0, 1
    for bag in range(N_BAGS):
        model = boosted(bag).fit(np.vstack(rows), np.concatenate(is_gold))
        start += float(model._baseline_prediction.item()) / N_BAGS
        for (tree,) in model._predictors:
            trees.append([_node(node, i) for i, node in enumerate(tree.nodes)])
            depth = max(depth, int(tree.nodes["depth"].max()))
    return {"trees": trees, "start": start, "depth": depth}


def boosted(bag: int) -> Any:
    """One of the forests, not yet fitted."""
    from sklearn.ensemble import HistGradientBoostingClassifier

    return HistGradientBoostingClassifier(
        learning_rate=0.05,
        max_iter=120,
        max_leaf_nodes=8,
        min_samples_leaf=30,
        l2_regularization=5.0,
        max_features=0.4,
        early_stopping=False,
        random_state=bag,
    )


def _node(node: Any, place: int) -> list[float]:
    if node["is_leaf"]:
        return [0, 0.0, place, place, float(node["value"]) / N_BAGS]
    threshold = float(f"{node['num_threshold']:.6g}")
    return [int(node["feature_idx"]), threshold, int(node["left"]), int(node["right"]), 0.0]


def regression(
    rows: Matrix, labels: NDArray[np.intp], folds: NDArray[np.intp], penalty: float
) -> dict[str, Any]:
    """Multinomial logistic regression; the temperature is the best on rows it was not fitted on.

    `rows` (pairs, features); `labels` places of stack.FINDINGS; pairs of one fold stay together.
    `penalty` is C: the smaller, the stronger.
    """
    out = np.zeros((len(rows), 3))
    for fold in np.unique(folds):
        inside = folds != fold
        part = stack.regression_of(fitted(rows[inside], labels[inside], penalty))
        out[~inside] = [part.logits(row) for row in rows[~inside]]

    def loss(temperature: float) -> float:
        picked = [stack.softmax(row / temperature)[k] for row, k in zip(out, labels, strict=True)]
        return -float(np.log(picked).mean())

    found = minimize_scalar(loss, bounds=(0.4, 4.0), method="bounded")
    return {**fitted(rows, labels, penalty), "temperature": round(float(found.x), 4)}


def fitted(rows: Matrix, labels: NDArray[np.intp], penalty: float) -> dict[str, Any]:
    """The regression on all of the rows as it is written, at temperature 1."""
    from sklearn.linear_model import LogisticRegression

    mean, scale = rows.mean(axis=0), rows.std(axis=0)
    scale = np.where(scale > 1e-9, scale, 1.0)
    standing = np.clip((rows - mean) / scale, -stack.FARTHEST, stack.FARTHEST)
    model = LogisticRegression(C=penalty, max_iter=2000).fit(standing, labels)
    return {
        "mean": short(mean),
        "scale": short(scale),
        "weights": [short(row) for row in model.coef_.T],
        "start": short(model.intercept_),
        "temperature": 1.0,
    }


def short(values: Matrix) -> list[float]:
    """Six digits of each, for a file."""
    return [float(f"{value:.6g}") for value in values]
