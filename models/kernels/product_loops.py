"""The loops of `product`."""

from typing import Any

import numpy as np

from models.kernels._loops import Data, given, part, row, slices, worker
from models.kernels._tiles import multiply
from models.kernels.product import COLUMNS


@row
def _made(data: Data, kind: Any) -> None:
    numbers = given(data)
    n_rows, n_inner, n_columns, n_at_once = numbers[0], numbers[1], numbers[2], numbers[3]
    packed = numbers[7] + worker(data) * numbers[8]
    for which in slices(data):
        begin, end = part(which, n_columns, COLUMNS)
        for first in range(begin, end, n_at_once):
            last = min(first + n_at_once, end)
            multiply(
                kind, n_rows, n_inner, n_columns, first, last,
                numbers[4], numbers[5], numbers[6], packed,
            )  # fmt: skip


def full(data: Data) -> None:
    _made(data, np.float32)


def half(data: Data) -> None:
    _made(data, np.uint16)
