"""Makes the selector and the stack from SciFact's training claims.

    python -m verifier.bench.fitting --scifact CLAIMS --corpus CORPUS --invented FILE --ask ASK
    python -m models.text prepare … --ask ASK, then python -m models.text train … --heard HEARD
    python -m verifier.bench.fitting --scifact CLAIMS --corpus CORPUS --invented FILE --heard HEARD
        [--gold CLAIMS --papers PAPERS]

The first writes what a judge shall be asked about every training claim; the second trains judges
that lack a fold of the claims each and asks them about that fold; the third fits everything on what
was said of claims that nothing had seen. Claims that share an abstract are always in one fold. No
development file of SciFact is read; --invented (models/text/invented.py) and --gold, our field's
claims, only calibrate how signs and judge are heard together. Without --heard the stack knows no
judge. Needs scikit-learn, which comes with the language model's package; takes about a minute once
the sentences are embedded.
"""

import argparse
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize, minimize_scalar

from models.text import invented, pairs, scifact, weights
from verifier.bench import _scifact
from verifier.bench._cases import Labelled, of_gold
from verifier.encoder import Embedder, Reading, shared
from verifier.literature import selection, stack
from verifier.literature.retrieval import Hit, Retriever
from verifier.literature.weighing import (
    Examiner,
    Held,
    Look,
    nearest,
    retriever_of,
    sentences_of,
    weighed,
)
from verifier.workspace import home_folder

N_BAGS = 3  # forests that differ in which features each split may ask
CLASSES = (scifact.SUPPORTED, scifact.CONTRADICTED, scifact.NEITHER)  # as stack.FINDINGS
UNHEARD = np.array([1.0, 0, 0, 0, 1.0, 0, 0, 0])  # the regression's logits as they are
N_FOUND = 10  # documents of a search that are asked about
PULL = 0.01  # towards it
PENALTY = 0.03  # C, strong: forty features, nine hundred pairs
Matrix = NDArray[np.float64]
Pair = tuple[scifact.CitingClaim, Held]
Said = tuple[int, int, tuple[int, ...]]  # claim, abstract, places of the sentences that were read


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


class Material:
    """Training claims beside the abstracts they cite, and the selector's view of each pair."""

    def __init__(
        self,
        claims: Sequence[scifact.CitingClaim],
        corpus: Mapping[int, scifact.Abstract],
        cache: Path,
    ) -> None:
        self.claims = claims
        self.embedder = Embedder(cache)
        self.held = _scifact.held(corpus)
        self.place = {each.document.id: place for place, each in enumerate(self.held)}
        self.every: list[Pair] = [
            (claim, self.held[self.place[i]]) for claim in claims for i in claim.cited
        ]
        self.folds = _folds(self.every)
        self.labels = np.array([CLASSES.index(c.label(h.document.id or 0)) for c, h in self.every])
        self.gold = [_gold(claim, each) for claim, each in self.every]

    @cached_property
    def retriever(self) -> Retriever:
        return retriever_of(self.held, self.embedder)

    def found(self, claim: scifact.CitingClaim, most: int) -> list[Hit]:
        vector = self.embedder.embed([claim.text])[0]
        return self.retriever.search(claim.text, vector, most)

    def nearest(self, claim: scifact.CitingClaim, place: int) -> tuple[int, ...]:
        vector = self.embedder.embed([claim.text])[0]
        texts = [passage.text for passage in self.held[place].passages]
        return nearest((self.embedder.embed(texts) @ vector).astype(float))

    def ask(self, n_found: int) -> Iterator[dict[str, Any]]:
        """What a judge shall be asked: cited abstracts and the first of those found."""
        for claim in self.claims:
            found = [hit.place for hit in self.found(claim, n_found)] if n_found else []
            for place in dict.fromkeys([*(self.place[i] for i in claim.cited), *found]):
                chosen = self.nearest(claim, place)
                if chosen:
                    document = self.held[place].document.id
                    yield {"claim": claim.id, "document": document, "sentences": chosen}


def fit(
    material: Material,
    heard: Mapping[Said, Reading],
    ours: Material | None,
    field: Labelled | None,
) -> None:
    """Write selector.json and stack.json beside the code that reads them."""
    idf = material.retriever.bm25.idf
    folds, labels, gold = material.folds, material.labels, material.gold
    read = _read(material.every, idf, material.embedder)
    rows = [selection.features(each) for each in read]
    has_gold = np.array([each.any() for each in gold])
    selector = forest(*_chosen(rows, gold, has_gold))
    _write(selection.MODEL, selector)

    trees: dict[int, Matrix] = {}
    for fold in np.unique(folds):
        part = forest(*_chosen(rows, gold, has_gold & (folds != fold)))
        told = selection.trees_of(part)
        trees |= {int(i): told.score(rows[i]) for i in np.flatnonzero(folds == fold)}
    looks = [
        Look(read=each, trees=trees[i], chosen=nearest(each.cosines)) for i, each in enumerate(read)
    ]
    plain_rows = np.array([stack.features(weighed(look)) for look in looks])
    plain = regression(plain_rows, labels, folds, PENALTY)
    found: dict[str, Any] = {"plain": plain}
    if heard:
        looks = [
            replace(look, reading=heard[claim.id, held.document.id or 0, look.chosen])
            for look, (claim, held) in zip(looks, material.every, strict=True)
        ]
        unseen = [_unseen(looks, plain_rows, labels, folds, plain["temperature"])]
        forests, signs = selection.trees_of(selector), stack.regression_of(plain)
        if ours is not None:
            unseen.append(_invented(ours, heard, forests, signs))
        if field is not None:
            unseen.append(_field(field, material.embedder, forests, signs))
        found |= {
            "judged": vars(hearing(unseen)),
            "ranking": _sentences(looks, gold),
            "judge": weights.version(),
            "n_judged": {each.subject: len(each.labels) for each in unseen},
        }
        left_out = {each.subject: _left_out(unseen, i) for i, each in enumerate(unseen)}
        _write(stack.RELIABILITY, left_out)
    _write(stack.MODEL, found)


def readings(path: Path) -> dict[Said, Reading]:
    """What judges said, as `models.text train --heard` wrote it."""
    found = {}
    for line in path.read_text("utf-8").splitlines():
        entry = json.loads(line)
        key = (int(entry["claim"]), int(entry["document"]), tuple(entry["sentences"]))
        found[key] = Reading(np.array(entry["logits"]), np.array(entry["by_sentence"]))
    return found


def _sentences(looks: Sequence[Look], gold: Sequence[Matrix]) -> dict[str, float]:
    """How trees and judge rank sentences together, over every sentence that was read."""
    from sklearn.linear_model import LogisticRegression

    rows, marks = [], []
    for look, each in zip(looks, gold, strict=True):
        if look.reading is not None:
            chosen = list(look.chosen)
            rows.append(np.stack([look.trees[chosen], stack.telling(look.reading.sentences)]))
            marks.append(each[chosen])
    model = LogisticRegression(C=1e3).fit(np.hstack(rows).T, np.concatenate(marks))
    of_trees, of_judge = _short(model.coef_[0])
    return {"of_trees": of_trees, "of_judge": of_judge, "start": _short(model.intercept_)[0]}


@dataclass(frozen=True, kw_only=True)
class Heard:
    """Pairs the judge never saw, with the logits of signs that did not see them either."""

    subject: str
    weighed: Sequence[stack.Weighed]
    logits: Matrix  # (pairs, 3)
    labels: NDArray[np.intp]
    groups: NDArray[np.intp]  # pairs that may not be parted


def _unseen(
    looks: Sequence[Look],
    rows: Matrix,
    labels: NDArray[np.intp],
    folds: NDArray[np.intp],
    temperature: float,
) -> Heard:
    """Every training pair, with judges and signs that did not see its claim."""
    out = np.zeros((len(rows), 3))
    for fold in np.unique(folds):
        inside = folds != fold
        part = stack.regression_of(_fitted(rows[inside], labels[inside], PENALTY))
        out[~inside] = [part.logits(row) for row in rows[~inside]]
    return Heard(
        subject="scifact",
        weighed=[weighed(look) for look in looks],
        logits=out / temperature,
        labels=labels,
        groups=folds,
    )


def _invented(
    material: Material,
    heard: Mapping[Said, Reading],
    trees: selection.Trees,
    signs: stack.Regression,
) -> Heard:
    """Claims of our own making, with judges that did not see them; selector and signs never do."""
    read = _read(material.every, material.retriever.bm25.idf, material.embedder)
    looks = []
    for each, (claim, held) in zip(read, material.every, strict=True):
        chosen = nearest(each.cosines)
        said = heard[claim.id, held.document.id or 0, chosen]
        score = selection.score(each, trees)
        looks.append(Look(read=each, trees=score, chosen=chosen, reading=said))
    found = [weighed(look) for look in looks]
    return Heard(
        subject="invented",
        weighed=found,
        logits=_logits(signs, found),
        labels=material.labels,
        groups=material.folds,
    )


def _field(
    field: Labelled, embedder: Embedder, trees: selection.Trees, signs: stack.Regression
) -> Heard:
    """Our own field's claims: they calibrate a few numbers and train nothing."""
    examiner = Examiner(field.held, embedder, shared().judge)
    asked = [(case.statement, pair) for case in field.cases for pair in case.pairs]
    found = [
        weighed(examiner.looks(statement, [pair.place], trees)[pair.place])
        for statement, pair in asked
    ]
    return Heard(
        subject="field",
        weighed=found,
        logits=_logits(signs, found),
        labels=np.array([stack.FINDINGS.index(pair.label) for _, pair in asked]),
        groups=np.array([pair.place for _, pair in asked]),
    )


def _logits(signs: stack.Regression, found: Sequence[stack.Weighed]) -> Matrix:
    return np.array([signs.logits(stack.features(each)) for each in found])


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
    """The numbers under which the labels are the most probable, every subject counting alike.

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
    """The folds of models/text: claims that share an abstract are in one."""
    claims = list({claim.id: claim for claim, _ in every}.values())
    parts = pairs.folds(claims, pairs.N_FOLDS)
    fold_of = {claim.id: number for number, part in enumerate(parts) for claim in part}
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
    parser.add_argument("--invented", type=Path, help="abstracts of models/text/invented.py")
    parser.add_argument("--ask", type=Path, help="only write what a judge shall be asked here")
    parser.add_argument("--heard", type=Path, help="what judges said of claims they never saw")
    parser.add_argument("--gold", type=Path, help="our field's labelled claims, to calibrate on")
    parser.add_argument("--papers", type=Path, help="the papers they are labelled against")
    asked = parser.parse_args(arguments)
    if (asked.gold is None) != (asked.papers is None):
        parser.error("--gold goes with --papers")
    claims, corpus = scifact.claims(asked.scifact), scifact.corpus(asked.corpus)
    cache = home_folder() / "cache"
    material = Material(claims, corpus, cache)
    ours = Material(*invented.read(asked.invented), cache) if asked.invented else None
    if asked.ask is not None:
        with asked.ask.open("w", encoding="utf-8") as out:
            entries = [*material.ask(N_FOUND), *(ours.ask(0) if ours else ())]
            out.writelines(json.dumps(entry) + "\n" for entry in entries)
        return 0
    heard = {} if asked.heard is None else readings(asked.heard)
    field = None if asked.gold is None else of_gold(asked.gold, asked.papers)
    fit(material, heard, ours, field)
    return 0


if __name__ == "__main__":
    sys.exit(main())
