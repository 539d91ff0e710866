"""The loops of `gelu`."""

from typing import Any

import numba
import numpy as np

from models.kernels._loops import Data, at, given, part, row, slices
from models.kernels._numbers import e_to, read, size, to

_HALF, _ONE = np.float32(0.5), np.float32(1)
_DENSITY = np.float32((2 * np.pi) ** -0.5)  # the normal distribution's at 0
# Half the error function's complement, to 1e-7: formula 7.1.26 of Abramowitz and Stegun.
_STEEP = np.float32(0.3275911 * 0.5**0.5)
_TAIL = (0.254829592, -0.284496736, 1.421413741, -1.453152027, 1.061405429)
_T1, _T2, _T3, _T4, _T5 = [np.float32(0.5 * each) for each in _TAIL]


@row
def _activated(signal: Any, factor: Any, found: Any, n: int) -> None:
    for place in range(n):
        value = read(signal[place])
        bell = e_to(-_HALF * value * value)
        share = _ONE / (_ONE + _STEEP * size(value))
        tail = _T5 * share + _T4
        tail = tail * share + _T3
        tail = tail * share + _T2
        tail = (tail * share + _T1) * share * bell
        below = tail if value < 0 else _ONE - tail  # of the normal distribution
        found[place] = to(found.dtype, value * below * factor)
        signal[place] = to(signal.dtype, (below + value * _DENSITY * bell) * factor)


@row
def _forward(data: Data, kind: Any) -> None:
    numbers = given(data)
    n_rows, n = numbers[0], numbers[1]
    signal = numba.carray(at(numbers[2]), (n_rows, n), kind)
    factors = numba.carray(at(numbers[3]), (n_rows,), np.float32)
    found = numba.carray(at(numbers[4]), (n_rows, n), kind)
    for which in slices(data):
        first, last = part(which, n_rows, 1)
        for place in range(first, last):
            _activated(signal[place], factors[place], found[place], n)


def full(data: Data) -> None:
    _forward(data, np.float32)


def half(data: Data) -> None:
    _forward(data, np.uint16)
