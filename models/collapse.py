"""Has the embedding collapsed? Records that all look alike make every later number meaningless."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

# Far below anything a random encoder shows, far above rounding.
LEAST_RELATIVE_STD = 1e-3
LEAST_EFFECTIVE_RANK = 1.1


@dataclass(frozen=True, kw_only=True)
class Collapse:
    """Spread of an embedding over records.

    The relative standard deviation is the median dimension's, divided by the root mean square of
    all values.
    The effective rank is the exponential of the entropy of the covariance's eigenvalue shares
    (Roy and Vetterli 2007): 1 if all records lie on a line, D if they fill the space evenly.
    """

    median_std: float
    smallest_std: float
    relative_std: float
    effective_rank: float
    n_dimensions: int
    n_records: int

    @property
    def reason(self) -> str | None:
        """Say why the embedding counts as collapsed, or None if it does not."""
        if not np.isfinite([self.median_std, self.effective_rank]).all():
            return "the embedding is not finite"
        if self.relative_std < LEAST_RELATIVE_STD:
            return (
                f"the embedding collapsed: its dimensions vary over records by "
                f"{self.relative_std:.1e} of their size, below {LEAST_RELATIVE_STD:g}"
            )
        if self.effective_rank < LEAST_EFFECTIVE_RANK:
            return (
                f"the embedding collapsed: effective rank {self.effective_rank:.2f} "
                f"is below {LEAST_EFFECTIVE_RANK:g}"
            )
        return None

    def to_dict(self) -> dict[str, object]:
        return {**vars(self), "is_collapsed": self.reason is not None, "reason": self.reason}


def measure(embeddings: npt.NDArray[np.float32]) -> Collapse:
    """Measure (R, D) embeddings; where values are not finite the spread is `nan`."""
    values = embeddings.astype(np.float64)
    n_records, n_dimensions = values.shape
    if not np.isfinite(values).all():
        spread = np.full(n_dimensions, np.nan)
        rank = relative = float("nan")
    else:
        spread = values.std(axis=0)
        size = float(np.sqrt(np.mean(values**2)))
        relative = float(np.median(spread)) / size if size > 0 else 0.0
        rank = effective_rank(values)
    return Collapse(
        median_std=float(np.median(spread)),
        smallest_std=float(spread.min()),
        relative_std=relative,
        effective_rank=rank,
        n_dimensions=n_dimensions,
        n_records=n_records,
    )


def effective_rank(values: npt.NDArray[np.float64]) -> float:
    """Return the exponential of the entropy of the shares of variance; 0 where nothing varies.

    >>> round(effective_rank(np.array([[1.0, 0.0], [-1.0, 0.0], [0.0, 1.0], [0.0, -1.0]])), 6)
    2.0
    """
    centred = values - values.mean(axis=0)
    variances = np.linalg.svd(centred, compute_uv=False) ** 2
    total = variances.sum()
    if total <= 0:
        return 0.0
    shares = variances[variances > 0] / total
    return float(np.exp(-(shares * np.log(shares)).sum()))
