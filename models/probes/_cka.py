"""Linear centred kernel alignment without the bias that many dimensions bring."""

import numpy as np
import numpy.typing as npt

Values = npt.NDArray[np.float64]
_LEAST_ROWS = 4


def linear_cka(one: Values, other: Values) -> float | None:
    """Similarity of two sets of values (R, K) and (R, M) of the same records.

    1 if one is the other turned, moved or stretched as a whole; near 0 if they are independent.
    None where there are fewer than four records or one of the sets does not vary.
    """
    if len(one) < _LEAST_ROWS:
        return None
    one, other = _scaled(one), _scaled(other)
    sizes = _hsic(one, one) * _hsic(other, other)
    return float(_hsic(one, other) / np.sqrt(sizes)) if sizes > 0 else None


def _scaled(values: Values) -> Values:
    centred = values - values.mean(axis=0)
    size = np.linalg.norm(centred)
    return centred / size if size > 0 else centred


def _hsic(one: Values, other: Values) -> float:
    """Unbiased estimate of Song et al. 2012 (JMLR 13, eq. 4) for linear kernels.

    The kernels (R, R) are never made: only their diagonals and row sums are needed.
    """
    n = len(one)
    squares = np.square(one).sum(axis=1), np.square(other).sum(axis=1)
    sums = (one @ one.sum(axis=0) - squares[0], other @ other.sum(axis=0) - squares[1])
    trace = np.square(one.T @ other).sum() - squares[0] @ squares[1]
    totals = sums[0].sum() * sums[1].sum() / ((n - 1) * (n - 2))
    return float((trace + totals - 2 / (n - 2) * sums[0] @ sums[1]) / (n * (n - 3)))
