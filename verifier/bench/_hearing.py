"""How much a judge is to be heard beside the signs, from pairs that it never saw."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from verifier.bench._cases import Labelled
from verifier.bench._learners import Matrix, fitted, short
from verifier.bench._material import Material, Said, read_pairs
from verifier.encoder import Embedder, Reading, shared
from verifier.literature import selection, stack
from verifier.literature.weighing import Examiner, Look, nearest, weighed

UNHEARD = np.array([1.0, 0, 0, 0, 1.0, 0, 0, 0])  # the regression's logits as they are
PULL = 0.01  # towards it
PENALTY = 0.03  # C, strong: forty features, nine hundred pairs


@dataclass(frozen=True, kw_only=True)
class Heard:
    """Pairs the judge never saw, with the logits of signs that did not see them either."""

    subject: str
    weighed: Sequence[stack.Weighed]
    logits: Matrix  # (pairs, 3)
    labels: NDArray[np.intp]
    groups: NDArray[np.intp]  # pairs that may not be parted


def of_training(
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
        part = stack.regression_of(fitted(rows[inside], labels[inside], PENALTY))
        out[~inside] = [part.logits(row) for row in rows[~inside]]
    return Heard(
        subject="scifact",
        weighed=[weighed(look) for look in looks],
        logits=out / temperature,
        labels=labels,
        groups=folds,
    )


def of_invented(
    material: Material,
    heard: Mapping[Said, Reading],
    trees: selection.Trees,
    signs: stack.Regression,
) -> Heard:
    """Claims of our own making, with judges that did not see them; selector and signs never do."""
    read = read_pairs(material.every, material.retriever.bm25.idf, material.embedder)
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


def of_field(
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


def left_out(heard: Sequence[Heard], which: int) -> dict[str, Any]:
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
        "probabilities": [short(row) for row in found.round(4)],
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
