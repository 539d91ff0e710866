"""The loops of `norm_relu`."""

from typing import Any

import numba
import numpy as np

from models.kernels._loops import Data, at, given, part, row, slices
from models.kernels._numbers import read, root, to

_NONE, _ONE = np.float32(0), np.float32(1)


@row
def _mean(signal: Any, n: int) -> Any:
    total = _NONE
    for column in range(n):
        total += read(signal[column])
    return total / np.float32(n)


@row
def _variance(signal: Any, mean: Any, n: int) -> Any:
    total = _NONE
    for column in range(n):
        apart = read(signal[column]) - mean
        total += apart * apart
    return total / np.float32(n)


@row
def _cut(signal: Any, mean: Any, steep: Any, shift: Any, found: Any, n: int) -> None:
    for column in range(n):
        value = (read(signal[column]) - mean) * steep + shift
        value = _NONE if value <= _NONE else value  # so written, what is no number stays
        found[column] = to(found.dtype, value)


@row
def _forward(data: Data, kind: Any) -> None:
    numbers = given(data)
    n_features, n = numbers[0], numbers[1]
    signal = numba.carray(at(numbers[2]), (n_features, n), kind)
    small = numba.carray(at(numbers[3]), (3, n_features), np.float32)
    found = numba.carray(at(numbers[4]), (n_features, n), kind)
    means = numba.carray(at(numbers[5]), (n_features,), np.float32)
    variances = numba.carray(at(numbers[6]), (n_features,), np.float32)
    inverses = numba.carray(at(numbers[7]), (n_features,), np.float32)
    for which in slices(data):
        first, last = part(which, n_features, 1)
        for feature in range(first, last):
            its = signal[feature]
            mean = _mean(its, n)
            variance = _variance(its, mean, n)
            inverse = _ONE / root(variance + small[2, feature])
            _cut(its, mean, small[0, feature] * inverse, small[1, feature], found[feature], n)
            means[feature], variances[feature], inverses[feature] = mean, variance, inverse


@row
def _sums(
    signal: Any, gradient: Any, mean: Any, inverse: Any, steep: Any, shift: Any, n: int
) -> Any:
    to_scale, to_shift = _NONE, _NONE
    for column in range(n):
        apart = read(signal[column]) - mean
        value = _NONE if apart * steep + shift <= _NONE else read(gradient[column])
        to_shift += value
        to_scale += value * apart
    return to_scale * inverse, to_shift


@row
def _to_signal(
    signal: Any, gradient: Any, mean: Any, steep: Any, shift: Any, level: Any, lean: Any,
    found: Any, n: int,
) -> None:  # fmt: skip
    for column in range(n):
        apart = read(signal[column]) - mean
        value = _NONE if apart * steep + shift <= _NONE else read(gradient[column])
        found[column] = to(found.dtype, (value - level - apart * lean) * steep)


@row
def _backward(data: Data, kind: Any) -> None:
    numbers = given(data)
    n_features, n = numbers[0], numbers[1]
    signal = numba.carray(at(numbers[2]), (n_features, n), kind)
    small = numba.carray(at(numbers[3]), (4, n_features), np.float32)
    gradient = numba.carray(at(numbers[4]), (n_features, n), kind)
    found = numba.carray(at(numbers[5]), (n_features, n), kind)
    to_scales = numba.carray(at(numbers[6]), (n_features,), np.float32)
    to_shifts = numba.carray(at(numbers[7]), (n_features,), np.float32)
    share = _ONE / np.float32(n)
    for which in slices(data):
        first, last = part(which, n_features, 1)
        for feature in range(first, last):
            its, arrived = signal[feature], gradient[feature]
            shift, mean, inverse = small[1, feature], small[2, feature], small[3, feature]
            steep = small[0, feature] * inverse
            to_scale, to_shift = _sums(its, arrived, mean, inverse, steep, shift, n)
            to_scales[feature], to_shifts[feature] = to_scale, to_shift
            level, lean = to_shift * share, to_scale * inverse * share
            _to_signal(its, arrived, mean, steep, shift, level, lean, found[feature], n)


def forward_full(data: Data) -> None:
    _forward(data, np.float32)


def forward_half(data: Data) -> None:
    _forward(data, np.uint16)


def backward_full(data: Data) -> None:
    _backward(data, np.float32)


def backward_half(data: Data) -> None:
    _backward(data, np.uint16)
