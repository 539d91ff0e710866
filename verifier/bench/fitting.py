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
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.text import invented, scifact, weights
from verifier.bench._cases import Labelled, of_gold
from verifier.bench._hearing import PENALTY, hearing, left_out, of_field, of_invented, of_training
from verifier.bench._learners import Matrix, forest, regression, short
from verifier.bench._material import Material, Said, read_pairs, readings
from verifier.encoder import Reading
from verifier.literature import selection, stack
from verifier.literature.weighing import Look, nearest, weighed
from verifier.workspace import home_folder

N_FOUND = 10  # documents of a search that are asked about


def fit(
    material: Material,
    heard: Mapping[Said, Reading],
    ours: Material | None,
    field: Labelled | None,
) -> None:
    """Write selector.json and stack.json beside the code that reads them."""
    idf = material.retriever.bm25.idf
    folds, labels, gold = material.folds, material.labels, material.gold
    read = read_pairs(material.every, idf, material.embedder)
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
        unseen = [of_training(looks, plain_rows, labels, folds, plain["temperature"])]
        forests, signs = selection.trees_of(selector), stack.regression_of(plain)
        if ours is not None:
            unseen.append(of_invented(ours, heard, forests, signs))
        if field is not None:
            unseen.append(of_field(field, material.embedder, forests, signs))
        found |= {
            "judged": vars(hearing(unseen)),
            "ranking": _sentences(looks, gold),
            "judge": weights.version(),
            "n_judged": {each.subject: len(each.labels) for each in unseen},
        }
        probabilities = {each.subject: left_out(unseen, i) for i, each in enumerate(unseen)}
        _write(stack.RELIABILITY, probabilities)
    _write(stack.MODEL, found)


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
    of_trees, of_judge = short(model.coef_[0])
    return {"of_trees": of_trees, "of_judge": of_judge, "start": short(model.intercept_)[0]}


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
