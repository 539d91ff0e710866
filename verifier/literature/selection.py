"""Which sentences of a document bear on a claim: a small trained ranking.

Every sentence is described by how near it is to the claim (cosine of embeddings, share of the
claim's words, numbers), how that compares with the other sentences of its document, where it
stands, and how it opens; boosted trees, trained on SciFact's training claims alone, turn this into
the probability that an annotator would mark it. The model is a JSON file of plain numbers:
`python -m verifier.bench.fitting` makes it, and VERSION is the digest of what it says.
"""

import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz

from verifier.judges._cautions import HEDGES, names, negations, turns, words
from verifier.judges._quantities import numbers
from verifier.judges._words import REPORTING_KEYS, content

MODEL = Path(__file__).with_name("selector.json")
FINDING = re.compile(
    r"\b(?:we (?:show|find|found|demonstrate|report|observed?|identif\w+|conclude)|results?|"
    r"conclusions?|findings?|demonstrat\w+|suggest\w*|indicat\w+|reveal\w*|in summary|thus|"
    r"therefore|significant\w*|outperform\w*|achiev\w+)\b",
    re.IGNORECASE,
)
AIM = re.compile(
    r"\b(?:aim\w*|objectives?|purpose|background|methods?|we (?:investigated|examined|studied|"
    r"assessed|sought|used|measured)|to (?:investigate|determine|assess|examine|evaluate)|whether|"
    r"here we)\b",
    re.IGNORECASE,
)
Idf = Callable[[str], float]
Matrix = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Sentences:
    """The sentences of one document beside one claim."""

    statement: str
    texts: Sequence[str]
    cosines: Matrix  # of each sentence with the claim
    title_share: float  # share of the claim's words that the title holds
    idf: Idf
    is_abstract: bool = True  # a full text ends with its references, not with what was found


def features(read: Sentences) -> Matrix:
    """(sentences, features), each within -1..1 or a small count."""
    claimed = [k for k in dict.fromkeys(content(read.statement)) if k not in REPORTING_KEYS]
    weights = np.array([read.idf(key) for key in claimed]) if claimed else np.ones(0)
    held = np.array([_held(claimed, text) for text in read.texts])
    share = held @ weights / max(weights.sum(), 1e-9) if claimed else np.zeros(len(held))
    plain = held.mean(axis=1) if claimed else np.zeros(len(held))
    n = len(read.texts)
    place = np.arange(n) / max(n - 1, 1) if read.is_abstract else np.full(n, 0.5)
    cosines = read.cosines
    columns = [
        cosines,
        _standing(cosines),
        _order(cosines),
        share,
        _standing(share),
        _order(share),
        plain,
        _beside(cosines),
        _beside(share),
        place,
        np.minimum(np.arange(n)[::-1], 5.0) if read.is_abstract else np.full(n, 5.0),
        np.full(n, min(n, 30.0)),
        np.full(n, cosines.max()),
        np.full(n, share.max()),
        np.full(n, read.title_share),
        np.array(list(_described(read.statement, read.texts))).T,
    ]
    return np.vstack(columns).T


def _held(claimed: Sequence[str], text: str) -> NDArray[np.float64]:
    said = set(content(text))
    return np.array([float(key in said) for key in claimed])


def _described(statement: str, texts: Sequence[str]) -> Iterator[list[float]]:
    """What can be said of each text beside the claim alone."""
    claimed, named, ours = numbers(statement), names(statement), turns(statement)
    for text in texts:
        said, theirs = numbers(text), turns(text)
        yield [
            fuzz.partial_ratio(statement, text) / 100,
            fuzz.token_set_ratio(statement, text) / 100,
            min(len(text.split()), 60) / 60,
            len(claimed & said) / len(claimed) if claimed else -1.0,
            min(len(said), 6.0),
            float(len(named & names(text))),
            float(bool(negations(text))),
            float(bool(set(words(text)) & HEDGES)),
            float(len(FINDING.findall(text))),
            float(len(AIM.findall(text))),
            float(any(ours) and ours == theirs),
            float(any(ours) and any(theirs) and ours != theirs),
        ]


def _standing(values: Matrix) -> Matrix:
    """How many deviations above its document's mean."""
    spread = values.std()
    found: Matrix = (values - values.mean()) / (spread if spread > 1e-9 else np.inf)
    return found


def _order(values: Matrix) -> Matrix:
    """0 for the highest, then 1, …; equals in their order."""
    found = np.empty(len(values))
    found[np.argsort(-values, kind="stable")] = np.minimum(np.arange(len(values)), 10)
    return found


def _beside(values: Matrix) -> Matrix:
    """The larger of the two neighbours'."""
    padded = np.concatenate([[0.0], values, [0.0]])
    found: Matrix = np.maximum(padded[:-2], padded[2:])
    return found


@dataclass(frozen=True, eq=False)
class Trees:
    """Boosted trees as arrays (trees, nodes); a leaf points at itself and holds a value."""

    feature: NDArray[np.intp]
    threshold: Matrix
    left: NDArray[np.intp]
    right: NDArray[np.intp]
    value: Matrix
    depth: int
    start: float

    def score(self, rows: Matrix) -> Matrix:
        """(rows, features) to one number each: log odds of being evidence."""
        n_trees, n_nodes = self.feature.shape
        root = np.arange(n_trees) * n_nodes  # of each tree among the nodes of all
        row = np.arange(len(rows))[:, None]
        node = np.broadcast_to(root, (len(rows), n_trees))
        for _ in range(self.depth):
            is_left = rows[row, self.feature.take(node)] <= self.threshold.take(node)
            node = np.where(is_left, self.left.take(node), self.right.take(node)) + root
        found: Matrix = self.start + self.value.take(node).sum(axis=1)
        return found


def score(read: Sentences, trees: Trees | None = None) -> Matrix:
    """Log odds, sentence by sentence, that it is evidence, for or against."""
    return (trees or bundled()).score(features(read))


@cache
def bundled() -> Trees:
    return trees_of(json.loads(MODEL.read_text(encoding="utf-8")))


def version() -> str:
    """The first letters of the model's digest."""
    return sha256(MODEL.read_bytes()).hexdigest()[:10]


def trees_of(written: dict[str, object]) -> Trees:
    """The arrays of a model as bench/fitting.py writes it.

    Each node of each tree is [feature, threshold, left, right, value].
    """
    trees = written["trees"]
    if not isinstance(trees, list):
        raise ValueError(f"{MODEL.name}: expected a list of trees")
    n = max(len(tree) for tree in trees)
    parts = np.zeros((5, len(trees), n))
    for i, tree in enumerate(trees):
        parts[:, i, : len(tree)] = np.array(tree).T
    return Trees(
        feature=parts[0].astype(np.intp),
        threshold=parts[1],
        left=parts[2].astype(np.intp),
        right=parts[3].astype(np.intp),
        value=parts[4],
        depth=int(str(written["depth"])),
        start=float(str(written["start"])),
    )
