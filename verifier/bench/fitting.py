"""Makes the selector and the stack from SciFact's training claims.

    python -m verifier.bench.fitting --scifact CLAIMS --corpus CORPUS
        [--gold CLAIMS --papers PAPERS]

Needs scikit-learn, which comes with the language model's package. Claims that share an abstract
are always in one fold. No development file of SciFact is read; --gold, our field's claims, only
calibrates how signs and judge are heard together. Takes about a minute once the sentences are
embedded; run again after `python -m models.text train`, so that the stack knows the new judge.
"""

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize, minimize_scalar

from models.text import pairs, scifact, weights
from verifier.bench import _scifact
from verifier.bench._cases import Labelled, of_gold
from verifier.encoder import Embedder, shared
from verifier.literature import selection, stack
from verifier.literature.bm25 import Bm25
from verifier.literature.weighing import Examiner, Held, best, judged, sentences_of
from verifier.workspace import home_folder

N_FOLDS = 5
N_BAGS = 3  # forests that differ in which features each split may ask
CLASSES = (scifact.SUPPORTED, scifact.CONTRADICTED, scifact.NEITHER)  # as stack.FINDINGS
UNHEARD = np.array([1.0, 0.0, 0.0, 1.0, 0.0, 0.0])  # the regression's logits as they are
PULL = 0.01  # towards it
PENALTY = 0.03  # C, strong: forty features, nine hundred pairs
Matrix = NDArray[np.float64]
Pair = tuple[scifact.CitingClaim, Held]


def forest(rows: Sequence[Matrix], is_gold: Sequence[Matrix]) -> dict[str, Any]:
    """Boosted trees as they are written: [feature, threshold, left, right, value] by node."""
    from sklearn.ensemble import HistGradientBoostingClassifier

    trees, start, depth = [], 0.0, 1
    for bag in range(N_BAGS):
        model = HistGradientBoostingClassifier(
            learning_rate=0.05,
            max_iter=120,
            max_leaf_nodes=8,
            min_samples_leaf=30,
            l2_regularization=5.0,
            max_features=0.4,
            early_stopping=False,
            random_state=bag,
        ).fit(np.vstack(rows), np.concatenate(is_gold))
        start += float(model._baseline_prediction.item()) / N_BAGS
        for (tree,) in model._predictors:
            trees.append([_node(node, i) for i, node in enumerate(tree.nodes)])
            depth = max(depth, int(tree.nodes["depth"].max()))
    return {"trees": trees, "start": start, "depth": depth}


def _node(node: Any, place: int) -> list[float]:
    if node["is_leaf"]:
        return [0, 0.0, place, place, float(node["value"]) / N_BAGS]
    threshold = float(f"{node['num_threshold']:.6g}")
    return [int(node["feature_idx"]), threshold, int(node["left"]), int(node["right"]), 0.0]


def regression(
    rows: Matrix, labels: NDArray[np.intp], folds: NDArray[np.intp], penalty: float
) -> dict[str, Any]:
    """Multinomial logistic regression; the temperature is the best on rows it was not fitted on."""
    out = np.zeros((len(rows), 3))
    for fold in np.unique(folds):
        inside = folds != fold
        fitted = stack.regression_of(_fitted(rows[inside], labels[inside], penalty))
        out[~inside] = [fitted.logits(row) for row in rows[~inside]]

    def loss(temperature: float) -> float:
        picked = [stack.softmax(row / temperature)[k] for row, k in zip(out, labels, strict=True)]
        return -float(np.log(picked).mean())

    found = minimize_scalar(loss, bounds=(0.4, 4.0), method="bounded")
    return {**_fitted(rows, labels, penalty), "temperature": round(float(found.x), 4)}


def _fitted(rows: Matrix, labels: NDArray[np.intp], penalty: float) -> dict[str, Any]:
    from sklearn.linear_model import LogisticRegression

    mean, scale = rows.mean(axis=0), rows.std(axis=0)
    scale = np.where(scale > 1e-9, scale, 1.0)
    standing = np.clip((rows - mean) / scale, -stack.FARTHEST, stack.FARTHEST)
    model = LogisticRegression(C=penalty, max_iter=2000).fit(standing, labels)
    return {
        "mean": _short(mean),
        "scale": _short(scale),
        "weights": [_short(row) for row in model.coef_.T],
        "start": _short(model.intercept_),
        "temperature": 1.0,
    }


def _short(values: Matrix) -> list[float]:
    return [float(f"{value:.6g}") for value in values]


def fit(
    claims: Sequence[scifact.CitingClaim],
    corpus: Mapping[int, scifact.Abstract],
    cache: Path,
    field: Labelled | None,
) -> None:
    """Write selector.json and stack.json beside the code that reads them."""
    held = _scifact.held(corpus)
    by_id = {each.document.id: each for each in held}
    idf = Bm25([f"{h.document.title} {h.document.text}" for h in held]).idf
    every: list[Pair] = [(claim, by_id[i]) for claim in claims for i in claim.cited]
    folds = _folds(every)
    read = _read(every, idf, Embedder(cache))
    rows = [selection.features(each) for each in read]
    gold = [_gold(claim, each) for claim, each in every]
    has_gold = np.array([each.any() for each in gold])
    selector = forest(*_chosen(rows, gold, has_gold))
    _write(selection.MODEL, selector)

    scores: dict[int, Matrix] = {}
    for fold in range(N_FOLDS):
        part = forest(*_chosen(rows, gold, has_gold & (folds != fold)))
        trees = selection.trees_of(part)
        scores |= {int(i): trees.score(rows[i]) for i in np.flatnonzero(folds == fold)}
    weighed = [best(each, scores[i])[0] for i, each in enumerate(read)]
    labels = np.array([CLASSES.index(c.label(h.document.id or 0)) for c, h in every])
    plain = regression(np.array([stack.features(w) for w in weighed]), labels, folds, PENALTY)
    found: dict[str, Any] = {"plain": plain}
    if not weights.missing_judge():
        unseen = {claim.id for claim in pairs.split(claims)[1]}
        kept = np.array([claim.id in unseen for claim, _ in every])
        heard = [_unseen(weighed, labels, folds, kept, plain["temperature"])]
        if field is not None:
            trees = selection.trees_of(selector)
            heard.append(_field(field, Examiner(field.held, Embedder(cache), None), trees, plain))
        found |= _judged(heard)
        _write(
            stack.RELIABILITY,
            {each.subject: _left_out(heard, i) for i, each in enumerate(heard)},
        )
    _write(stack.MODEL, found)


@dataclass(frozen=True, kw_only=True)
class Heard:
    """Pairs the judge never saw, with the logits of signs that did not see them either."""

    subject: str
    weighed: Sequence[stack.Weighed]
    logits: Matrix  # (pairs, 3)
    labels: NDArray[np.intp]
    groups: NDArray[np.intp]  # pairs that may not be parted


def _unseen(
    weighed: Sequence[stack.Weighed],
    labels: NDArray[np.intp],
    folds: NDArray[np.intp],
    kept: NDArray[np.bool_],
    temperature: float,
) -> Heard:
    rows = np.array([stack.features(each) for each in weighed])
    out = np.zeros((len(rows), 3))
    for fold in range(N_FOLDS):
        inside = folds != fold
        part = stack.regression_of(_fitted(rows[inside], labels[inside], PENALTY))
        out[~inside] = [part.logits(row) for row in rows[~inside]]
    chosen = [each for each, is_kept in zip(weighed, kept, strict=True) if is_kept]
    return Heard(
        subject="scifact",
        weighed=judged(chosen, shared().judge),
        logits=out[kept] / temperature,
        labels=labels[kept],
        groups=folds[kept],
    )


def _field(
    field: Labelled, examiner: Examiner, trees: selection.Trees, plain: Mapping[str, Any]
) -> Heard:
    """Our own field's claims: they calibrate six numbers and train nothing."""
    asked = [(case.statement, pair) for case in field.cases for pair in case.pairs]
    weighed = [examiner.best_of(statement, pair.place, trees) for statement, pair in asked]
    signs = stack.regression_of(plain)
    return Heard(
        subject="field",
        weighed=judged(weighed, shared().judge),
        logits=np.array([signs.logits(stack.features(each)) for each in weighed]),
        labels=np.array([stack.FINDINGS.index(pair.label) for _, pair in asked]),
        groups=np.array([pair.place for _, pair in asked]),
    )


def _judged(heard: Sequence[Heard]) -> dict[str, Any]:
    """How to weigh the bundled judge, from claims it never saw."""
    return {
        "judged": vars(hearing(heard)),
        "judge": weights.version(),
        "n_judged": {each.subject: len(each.labels) for each in heard},
    }


def _left_out(heard: Sequence[Heard], which: int) -> dict[str, Any]:
    """Probabilities of one subject's pairs, each from a weighing without its group."""
    part = heard[which]
    found = np.zeros((len(part.labels), 3))
    for group in np.unique(part.groups):
        is_out = np.equal(part.groups, group)
        rest = [each if i != which else _only(each, ~is_out) for i, each in enumerate(heard)]
        told = hearing(rest)
        for i in map(int, np.flatnonzero(is_out)):
            logits = told.logits(part.logits[i], part.weighed[i])
            found[i] = stack.as_ruled(part.weighed[i], stack.softmax(logits))
    return {
        "probabilities": [_short(row) for row in found.round(4)],
        "labels": part.labels.tolist(),
    }


def _only(heard: Heard, which: NDArray[np.bool_]) -> Heard:
    places = [int(i) for i in np.flatnonzero(which)]
    return replace(
        heard,
        weighed=[heard.weighed[i] for i in places],
        logits=heard.logits[places],
        labels=heard.labels[places],
        groups=heard.groups[places],
    )


def hearing(heard: Sequence[Heard]) -> stack.Hearing:
    """The six numbers under which the labels are the most probable, every subject counting alike.

    They are drawn to the regression over signs as it is, with the judge unheard.
    """
    told = [np.array([stack.opinion(each) for each in part.weighed]) for part in heard]

    def loss(numbers: Matrix) -> float:
        found = stack.Hearing(*numbers)
        total = 0.0
        for part, opinions in zip(heard, told, strict=True):
            logits = found.of(part.logits, opinions)
            raised = np.logaddexp.reduce(logits, axis=1)
            total += float((raised - logits[np.arange(len(logits)), part.labels]).mean())
        return total / len(heard) + PULL * float(((numbers - UNHEARD) ** 2).sum())

    found = minimize(loss, UNHEARD, method="BFGS").x
    return stack.Hearing(*(round(float(number), 4) for number in found))


def _read(
    every: Sequence[Pair], idf: selection.Idf, embedder: Embedder
) -> list[selection.Sentences]:
    embedder.embed([p.text for _, held in every for p in held.passages])
    claims = embedder.embed([claim.text for claim, _ in every])
    found = []
    for (claim, held), vector in zip(every, claims, strict=True):
        texts = [passage.text for passage in held.passages]
        cosines = (embedder.embed(texts) @ vector).astype(float)
        found.append(
            sentences_of(claim.text, texts, cosines=cosines, document=held.document, idf=idf)
        )
    return found


def _folds(every: Sequence[Pair]) -> NDArray[np.intp]:
    """Claims that share an abstract in one fold."""
    claims = list({claim.id: claim for claim, _ in every}.values())
    fold_of = {c.id: i % N_FOLDS for i, group in enumerate(pairs.groups(claims)) for c in group}
    return np.array([fold_of[claim.id] for claim, _ in every])


def _gold(claim: scifact.CitingClaim, held: Held) -> Matrix:
    marked = claim.gold(held.document.id or 0)
    return np.array([float(i in marked) for i in range(len(held.passages))])


def _chosen(
    rows: Sequence[Matrix], gold: Sequence[Matrix], which: NDArray[np.bool_]
) -> tuple[list[Matrix], list[Matrix]]:
    places = [int(i) for i in np.flatnonzero(which)]
    return [rows[i] for i in places], [gold[i] for i in places]


def _write(path: Path, found: Mapping[str, Any]) -> None:
    path.write_text(json.dumps(found, separators=(",", ":")) + "\n", encoding="utf-8")
    print(f"{path.name}: {path.stat().st_size // 1000} kB", file=sys.stderr)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m verifier.bench.fitting", description=__doc__)
    parser.add_argument("--scifact", type=Path, required=True, help="training claims, JSON lines")
    parser.add_argument("--corpus", type=Path, required=True, help="abstracts, JSON lines or .xz")
    parser.add_argument("--gold", type=Path, help="our field's labelled claims, to calibrate on")
    parser.add_argument("--papers", type=Path, help="the papers they are labelled against")
    asked = parser.parse_args(arguments)
    if (asked.gold is None) != (asked.papers is None):
        parser.error("--gold goes with --papers")
    fit(
        scifact.claims(asked.scifact),
        scifact.corpus(asked.corpus),
        home_folder() / "cache",
        None if asked.gold is None else of_gold(asked.gold, asked.papers),
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
