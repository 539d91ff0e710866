"""BM25 over whole documents (Robertson and Zaragoza 2009), in the variant whose idf is positive."""

from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from verifier.judges._words import content

K1 = 0.9
B = 0.4


class Bm25:
    """Texts indexed once by their content words."""

    def __init__(self, texts: Sequence[str]) -> None:
        counts = [Counter(content(text)) for text in texts]
        self.n_texts = len(texts)
        self._rows: dict[str, int] = {}
        lengths = np.array([sum(each.values()) for each in counts], dtype=float)
        usual = float(lengths.mean()) if lengths.any() else 1.0
        rows, columns, values = [], [], []
        for column, each in enumerate(counts):
            damping = K1 * (1 - B + B * lengths[column] / usual)
            for word, n in each.items():
                rows.append(self._rows.setdefault(word, len(self._rows)))
                columns.append(column)
                values.append(n * (K1 + 1) / (n + damping))
        self._weights = csr_matrix((values, (rows, columns)), (len(self._rows), len(texts)))
        self._n_holding = np.diff(self._weights.indptr)

    def scores(self, statement: str) -> NDArray[np.float64]:
        """One score a text, 0 where no word is shared."""
        words = [w for w in dict.fromkeys(content(statement)) if w in self._rows]
        if not words:
            return np.zeros(self.n_texts)
        idf = np.array([self.idf(word) for word in words])
        found: NDArray[np.float64] = idf @ self._weights[[self._rows[word] for word in words]]
        return found

    def idf(self, word: str) -> float:
        """What a word is worth; most, where no text holds it."""
        row = self._rows.get(word)
        n = 0 if row is None else int(self._n_holding[row])
        return float(np.log1p((self.n_texts - n + 0.5) / (n + 0.5)))
