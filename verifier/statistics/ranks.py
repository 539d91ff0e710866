"""Tests on ranks. Blocks in rows, arms or levels in columns."""

from math import sqrt

import numpy as np
from numpy.typing import NDArray
from scipy import special  # not scipy.stats, which takes a second to import

Floats = NDArray[np.float64]


def ranks(values: Floats) -> Floats:
    """Ranks along the first axis, from 1 up; tied values share their mean."""
    below = (values[:, None] > values[None]).sum(axis=1)
    tied = (values[:, None] == values[None]).sum(axis=1)
    return np.asarray(below + (tied + 1) / 2, dtype=np.float64)


def friedman(table: Floats) -> float:
    """p-value of Friedman's test that the columns (arms) of a table of blocks do not differ.

    With the correction for ties; 1 where every block ties all arms.
    """
    n_blocks, n_arms = table.shape
    within = ranks(table.T)  # (arms, blocks)
    deviation = within.sum(axis=1) - n_blocks * (n_arms + 1) / 2
    spread = ((within - (n_arms + 1) / 2) ** 2).sum()
    if spread == 0:
        return 1.0
    statistic = (n_arms - 1) * (deviation**2).sum() / spread
    return float(special.chdtrc(n_arms - 1, statistic))


def page(table: Floats) -> float:
    """One-sided p-value of Page's test that columns rise from the first to the last.

    The normal approximation of L (Page 1963, J. Am. Stat. Assoc. 58), with ranks within blocks.
    """
    n_blocks, n_levels = table.shape
    within = ranks(table.T)
    found = float((np.arange(1, n_levels + 1)[:, None] * within).sum())
    mean = n_blocks * n_levels * (n_levels + 1) ** 2 / 4
    variance = n_blocks * n_levels**2 * (n_levels + 1) ** 2 * (n_levels - 1) / 144
    return float(special.ndtr(-(found - mean) / sqrt(variance)))


def partial_spearman(x: Floats, y: Floats, given: Floats) -> Floats:
    """Rank correlation of x and y along the first axis, what `given` explains of both taken out.

    x and y are (P, …), broadcast against each other; `given` is (Q, P), Q may be 0. NaN where
    nothing varies.
    """
    n_points = len(x)
    design = np.stack([np.ones(n_points), *(ranks(each) for each in given)], axis=1)
    keep = np.eye(n_points) - design @ np.linalg.pinv(design)
    left = [np.tensordot(keep, ranks(each), axes=(1, 0)) for each in (x, y)]
    a, b = np.broadcast_arrays(*left)
    scale = np.sqrt((a * a).sum(axis=0) * (b * b).sum(axis=0))
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where(scale > 1e-9, (a * b).sum(axis=0) / scale, np.nan))
